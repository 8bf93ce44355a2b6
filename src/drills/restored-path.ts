import { lstat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { AppError } from '../kernel/errors.ts';
import type { Recovery } from './recovery.ts';
import { pathInside, type Sandbox } from './sandbox.ts';

/**
 * Where the restored thing lies that a step works on: the named file, or the only one there is, or else the directory. No link
 * leads out of the sandbox.
 * @throws AppError `unprocessable` `no-such-restored-file` with what there is.
 */
export async function restoredPath({ files }: Recovery, sandbox: Sandbox, file: string | undefined): Promise<string> {
  if (files === undefined)
    throw new AppError('internal', 'nothing-extracted', 'A step ran before anything was unpacked');
  const { root, single } = files;
  const name = file ?? (single.length === 1 ? single[0] : '.') ?? '.';
  const path = await pathInside(sandbox, relative(sandbox.directory, join(root, name)));
  const found = await lstat(path).catch(() => undefined);
  if (found !== undefined && !found.isSymbolicLink()) return path;
  const there =
    single.length === 0 ? 'name a file below what was extracted' : `there are ${single.slice(0, 10).join(', ')}`;
  throw new AppError('unprocessable', 'no-such-restored-file', `No file ${name} was restored: ${there}`);
}
