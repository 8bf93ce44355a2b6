// Where the bundle of this checkout lies, in plain JavaScript: the packages need not be installed, and any Node asks.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CHECKOUT = dirname(dirname(fileURLToPath(import.meta.url)));
export const BUNDLES = join(CHECKOUT, 'dist');
/** Names the bundle that was built last, and says of which files. */
export const CURRENT = join(BUNDLES, 'current');

/** @returns {string | undefined} the directory of the bundle of the sources as they are now; undefined where there is none. */
export function currentBundle() {
  const [content = '', look] = existsSync(CURRENT) ? readFileSync(CURRENT, 'utf8').split(' ') : [];
  const directory = join(BUNDLES, content);
  if (content === '' || !existsSync(directory)) return undefined;
  // A copied checkout has other times, and the same content.
  return look === lookOfSources() || content === contentOfSources() ? directory : undefined;
}

/** Sizes and times of the sources as one digest: what can be asked at every start, within milliseconds. */
export function lookOfSources() {
  return digestOf((path) => {
    const { size, mtimeMs } = statSync(path);
    return `${size} ${mtimeMs}`;
  });
}

/** The sources, the packages and the builder as one digest: the name of their bundle. */
export function contentOfSources() {
  return digestOf((path) => readFileSync(path));
}

function digestOf(read) {
  const hash = createHash('sha256');
  const sources = readdirSync(join(CHECKOUT, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(CHECKOUT.length + 1))
    .sort();
  for (const name of [...sources, 'package-lock.json', 'scripts/bundle.mjs']) {
    hash.update(`\n${name}\n`).update(read(join(CHECKOUT, name)));
  }
  return hash.digest('hex').slice(0, 16);
}
