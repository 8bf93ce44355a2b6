// Brings the installed packages up to date with the lock file, in plain JavaScript for whatever Node the machine has (18 or
// newer): npm's scripts afterwards run on the Node 24 that the package `node` brings. `runtime` leaves the development
// packages out, `all` takes everything. Where nothing changed it costs milliseconds.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
// Who has the development packages keeps them: `npm start` must not take the tests' tools out of a developer's checkout.
const scope = process.argv[2] === 'all' || existsSync(join(root, 'node_modules', 'vitest')) ? 'all' : 'runtime';
const stamp = join(root, 'node_modules', '.muster-install');
const wanted = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex');

function fail(message) {
  process.stderr.write(`muster: ${message}\n`);
  process.exit(1);
}

function installed() {
  if (!existsSync(stamp) || !existsSync(join(root, 'node_modules', '.bin', 'node'))) return false;
  const [lock, have] = readFileSync(stamp, 'utf8').trim().split(' ');
  return lock === wanted && (have === 'all' || scope === 'runtime');
}

function install() {
  if (process.platform === 'win32') fail('Windows is not supported: use Linux (or macOS, best effort).');
  if (!process.env.npm_execpath) fail('run me through npm: `npm start` or `npm test`.');
  process.stderr.write('muster: installing packages (once; later starts take seconds) ...\n');
  rmSync(stamp, { force: true });
  const flags = [
    'ci',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    ...(scope === 'all' ? ['--include=dev'] : ['--omit=dev']),
  ];
  const npm = spawnSync(process.execPath, [process.env.npm_execpath, ...flags], { cwd: root, stdio: ['ignore', 2, 2] });
  if (npm.status !== 0) fail('npm ci failed (see above). Check the network and the free disk space, then try again.');
}

// An npm that blocks install scripts leaves `node_modules/.bin/node` out: the package's own script puts it there.
function ensureNode24() {
  const local = join(root, 'node_modules', '.bin', 'node');
  const version = () => spawnSync(local, ['--version'], { encoding: 'utf8' }).stdout?.trim();
  if (version()?.startsWith('v24.')) return;
  const setup = join(root, 'node_modules', 'node', 'installArchSpecificPackage.js');
  if (existsSync(setup)) {
    spawnSync(process.execPath, [process.env.npm_execpath ?? 'npm', 'rebuild', 'node'], {
      cwd: root,
      stdio: ['ignore', 2, 2],
    });
  }
  if (!version()?.startsWith('v24.'))
    fail(
      'the npm package `node` did not bring Node 24: allow its install script (npm approve-scripts node) and try again.',
    );
}

if (!installed()) {
  install();
  ensureNode24();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, `${wanted} ${scope}\n`);
}
// The console is built by the Node that was brought.
spawnSync(join(root, 'node_modules', '.bin', 'node'), [join(root, 'scripts', 'build-console.ts')], {
  cwd: root,
  stdio: ['ignore', 2, 2],
});
