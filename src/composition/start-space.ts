import { statfs } from 'node:fs/promises';
import { AppError } from '../kernel/errors.ts';
import { formatBytes } from '../kernel/units.ts';

/** A new cluster, its first backup, and the copy that the first drill unpacks. */
const FIRST_START_BYTES_MIN = 256 * 1024 ** 2;

/** PostgreSQL shuts down hard where it cannot write its log: two segments of it must fit. */
const START_BYTES_MIN = 32 * 1024 ** 2;

/**
 * Makes sure that the data directory's disk has room for a start. A database that is started on a full disk ends in the
 * middle of something, with an error that does not name the disk.
 * @throws AppError `unavailable` `disk-full` with what is free and what is needed.
 */
export async function requireStartSpace(dataDirectory: string, isFirstStart: boolean): Promise<void> {
  const { bavail, bsize } = await statfs(dataDirectory);
  const needed = isFirstStart ? FIRST_START_BYTES_MIN : START_BYTES_MIN;
  if (bavail * bsize >= needed) return;
  throw new AppError(
    'unavailable',
    'disk-full',
    `The disk of ${dataDirectory} has only ${formatBytes(bavail * bsize)} free, and ${isFirstStart ? 'a first' : 'a'} start needs ${formatBytes(needed)}: make room, or name another directory with MUSTER_DATA`,
  );
}
