import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Plugin } from 'vitest/config';
import { currentBundle } from '../../src/bundle.mjs';

/** The directory of the bundle of the sources as they are, from which a started service and a command run. */
export function theBundle(): string {
  const directory = currentBundle();
  if (!directory) throw new Error('There is no bundle of these sources: `node scripts/bundle.mjs` says why.');
  return directory;
}

/** Builds the bundle where there is none yet, and lets modules that run in a test start the same threads as the service does. */
export function threadsFromTheBundle(): Plugin {
  spawnSync(process.execPath, [join(import.meta.dirname, '../../scripts/bundle.mjs')], { stdio: 'inherit' });
  const directory = theBundle();
  const sources = join(import.meta.dirname, '../../src/');
  return {
    name: 'threads-from-the-bundle',
    enforce: 'pre',
    transform(code, id) {
      if (!id.startsWith(sources)) return null;
      const folder = id.slice(sources.length).split('/').slice(0, -1);
      return code.replace(
        /new URL\('\.\/([\w.-]+\.(?:worker|process))\.ts', import\.meta\.url\)/g,
        (_, name: string) => {
          return `new URL(${JSON.stringify(`file://${encodeURI(join(directory, [...folder, name].join('-')))}.js`)})`;
        },
      );
    },
  };
}
