// Builds the web console when what it is made from has changed: `npm start` does so before it starts. The result lies beside
// the installed packages, with the digest of its sources in it, so a checkout that is up to date costs milliseconds.
import { hash } from 'node:crypto';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const root = join(import.meta.dirname, '..');
const sources = join(root, 'src', 'console');
const output = join(root, 'node_modules', '.cache', 'muster-console');
const stamp = join(output, 'built-from');

const digest = sourceDigest();
if (builtFrom() === digest) console.error('muster: the console is up to date');
else await buildConsole();

/** Of all sources with their names, and of the lock file: other packages make another console. */
function sourceDigest(): string {
  const files = globSync('**/*', { cwd: sources, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
  const digests = [...files, join(root, 'package-lock.json')].map(
    (file) => `${file.slice(root.length)} ${hash('sha256', readFileSync(file))}`,
  );
  return hash('sha256', digests.join('\n'));
}

function builtFrom(): string | undefined {
  try {
    return readFileSync(stamp, 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** Compressed copies beside the files: they are sent a thousand times and compressed once. */
function compressAssets(): void {
  for (const file of globSync('assets/*.{js,css}', { cwd: output })) {
    const path = join(output, file);
    const content = readFileSync(path);
    writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
    writeFileSync(`${path}.br`, brotliCompressSync(content));
  }
}

async function buildConsole(): Promise<void> {
  console.error('muster: building the console (once; later starts skip this) ...');
  const { build } = await import('vite');
  await build({
    configFile: join(sources, 'vite.config.ts'),
    logLevel: 'warn',
    build: { outDir: output },
  });
  compressAssets();
  writeFileSync(stamp, `${digest}\n`);
}
