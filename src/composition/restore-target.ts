import { mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { openDataDirectory } from '../database/server/data-directory.ts';
import { stopOrphan } from '../database/server/orphan.ts';
import type { Clock } from '../kernel/clock.ts';
import { syncDirectory } from '../kernel/durable-files.ts';
import { AppError, messageOf } from '../kernel/errors.ts';
import type { Logger } from '../kernel/log.ts';
import type { Directories } from './directories.ts';

/** An empty data directory that this process alone fills. Nothing in it counts before {@link publish}. */
export interface RestoreTarget extends AsyncDisposable {
  /** Where the parts are made, on the file system where they will be. */
  readonly staging: { readonly postgres: string; readonly keys: string; readonly log: string };
  /** Gives the finished parts their places. */
  publish(): Promise<void>;
}

/** Never started by anybody, and removed by the next restore when this one is killed. */
const STAGING = 'unfinished-restore';
const LOCK_FILE = 'muster.lock';

/**
 * Takes an empty data directory. Backups and audit anchors may lie in it already, where the configuration has them. When
 * the target is disposed of before it was published, everything that was made is removed again.
 *
 * @throws AppError `conflict` `data-directory-not-empty`, `data-directory-in-use`; `unavailable` `data-directory-unusable`.
 */
export async function openRestoreTarget(
  directories: Directories,
  options: { readonly clock: Clock; readonly log: Logger },
): Promise<RestoreTarget> {
  const { data } = directories;
  // Before anything is touched: a wrong MUSTER_DATA may name a directory that is nothing of ours.
  const existed = await refuseOccupied(directories);
  const held = await openDataDirectory(data, options);
  const root = join(data, STAGING);
  const staging = { postgres: join(root, 'postgres'), keys: join(root, 'keys'), log: join(root, 'log') };
  const clear = async () => {
    await stopOrphan({ dataDirectory: staging.postgres, log: options.log });
    await rm(root, { recursive: true, force: true });
  };
  let published = false;
  try {
    await refuseOccupied(directories);
    await clear();
    await mkdir(root, { mode: 0o700 });
  } catch (thrown) {
    await held.release();
    throw thrown;
  }
  return {
    staging,
    async publish() {
      await rename(staging.keys, directories.keys);
      try {
        // The database comes last: with it the directory is an installation.
        await rename(staging.postgres, directories.postgres);
      } catch (thrown) {
        await rm(directories.keys, { recursive: true, force: true });
        throw thrown;
      }
      await syncDirectory(data);
      published = true;
    },
    async [Symbol.asyncDispose]() {
      await clear();
      if (!published) await rm(join(data, LOCK_FILE), { force: true });
      await held.release();
      // Fails, as it should, when backups or anchors lie in it.
      if (!published && !existed) await rmdir(data).catch(() => {});
    },
  };
}

/** Answers whether the directory is there. */
async function refuseOccupied(directories: Directories): Promise<boolean> {
  const { data } = directories;
  const allowed = new Set([
    STAGING,
    LOCK_FILE,
    ...[directories.backups, directories.anchors].map((path) => below(data, path)),
  ]);
  const names = await readdir(data).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return undefined;
    const message = `The data directory ${data} cannot be read: ${messageOf(thrown)}`;
    throw new AppError('unavailable', 'data-directory-unusable', message, { cause: thrown });
  });
  const foreign = (names ?? []).filter((name) => !allowed.has(name));
  if (foreign.length === 0) return names !== undefined;
  const some = foreign.slice(0, 5).join(', ');
  throw new AppError(
    'conflict',
    'data-directory-not-empty',
    `The data directory ${data} is not empty (${some}${foreign.length > 5 ? ', ...' : ''}): nothing is restored over existing data. Move it away, or name another one in MUSTER_DATA.`,
  );
}

/** The name in `directory` that leads to `path`; of a path elsewhere, one that no directory holds. */
function below(directory: string, path: string): string {
  return relative(directory, path).split(sep)[0] || '..';
}
