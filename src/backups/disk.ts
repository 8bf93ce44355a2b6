import { stat, statfs } from 'node:fs/promises';
import { AppError } from '../kernel/errors.ts';
import { formatBytes } from '../kernel/units.ts';

/** Whether two existing directories lie on one file system: a backup there does not survive what kills the data. */
export async function sharesDisk(directoryA: string, directoryB: string): Promise<boolean> {
  const [a, b] = await Promise.all([stat(directoryA), stat(directoryB)]);
  return a.dev === b.dev;
}

/** Turns the system's word for a full disk (or an exhausted quota) into one that names the directory and what is free. */
export async function explainFullDisk(directory: string, thrown: unknown): Promise<unknown> {
  const code = (thrown as NodeJS.ErrnoException | null)?.code;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return thrown;
  const free = await statfs(directory).then(
    ({ bavail, bsize }) => `${formatBytes(bavail * bsize)} are free`,
    () => 'its free space cannot be read',
  );
  const why = code === 'EDQUOT' ? 'the disk quota is used up' : 'the disk is full';
  return new AppError(
    'unavailable',
    'disk-full',
    `${directory} takes no more data: ${why} (${free}). Nothing unfinished was kept; make room and try again.`,
    { cause: thrown },
  );
}
