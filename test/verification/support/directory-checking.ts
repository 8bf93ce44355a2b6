import { execFileSync } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DigestThread } from '../../../src/verification/digest-thread.ts';
import { DEFAULT_LIMITS } from '../../../src/verification/limits.ts';
import type { PathResult } from '../../../src/verification/verify-file.ts';
import { planTargets } from '../../../src/verification/verify-plan.ts';
import { verifyTarget } from '../../../src/verification/verify-target.ts';
import { keys } from './point-making.ts';

const digests = new DigestThread();

/** Checks a directory in the way of `muster verify`: whatever it is taken for. */
export async function checkDirectory(directory: string): Promise<PathResult[]> {
  // Only of manifests of ours is a signature asked for.
  const isSigned = (await readdir(directory)).includes('manifest.json');
  const publicKeys = isSigned ? [keys.publicKey] : [];
  const options = { level: 'content', limits: DEFAULT_LIMITS, publicKeys, digests } as const;
  const results: PathResult[] = [];
  for (const target of await planTargets([directory], options)) results.push(await verifyTarget(target, options));
  return results;
}

/** Writes files by their paths. */
export async function writeFiles(directory: string, files: Readonly<Record<string, Buffer>>): Promise<string> {
  for (const [path, bytes] of Object.entries(files)) {
    await mkdir(join(directory, dirname(path)), { recursive: true });
    await writeFile(join(directory, path), bytes);
  }
  return directory;
}

/** What happens to one file of a directory. */
export const DIRECTORY_DAMAGES = {
  missing: (path: string) => rm(path),
  emptied: (path: string) => writeFile(path, ''),
  altered: async (path: string) => {
    const bytes = await readFile(path);
    const at = Math.floor(bytes.length / 2);
    bytes[at] = (bytes[at] ?? 0) ^ 0x10;
    await writeFile(path, bytes);
  },
  cut: async (path: string) => {
    const bytes = await readFile(path);
    await writeFile(path, bytes.subarray(0, -Math.ceil(bytes.length / 3)));
  },
  'a pipe': async (path: string) => {
    await rm(path);
    execFileSync('mkfifo', [path]);
  },
} as const;

/** Copies a directory, changes the copy and checks it. */
export async function checkCopy(
  pristine: string,
  copy: string,
  change: (directory: string) => Promise<unknown>,
): Promise<PathResult[]> {
  await rm(copy, { recursive: true, force: true });
  await cp(pristine, copy, { recursive: true });
  await change(copy);
  return checkDirectory(copy);
}

/** Every file below, by its path. */
export async function filesBelow(directory: string): Promise<string[]> {
  const found = await readdir(directory, { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();
}
