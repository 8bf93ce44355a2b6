import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What a running server writes into `postmaster.pid` of its data directory (miscadmin.h, `LOCK_FILE_LINE_*`). */
export interface PostmasterPid {
  readonly pid: number;
  readonly dataDirectory: string;
  readonly startedAtEpochSeconds: number;
  readonly socketDirectory: string;
  /** `ready` takes connections (in a hot standby for reading only); `standby` takes none yet. Empty at first. */
  readonly status: string;
}

/** Reads `postmaster.pid`; undefined when there is none, or it is not yet written to the end of its first line. */
export async function readPostmasterPid(dataDirectory: string): Promise<PostmasterPid | undefined> {
  const text = await readFile(join(dataDirectory, 'postmaster.pid'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const lines = text.split('\n');
  const pid = Math.abs(Number.parseInt(lines[0] ?? '', 10));
  if (!Number.isInteger(pid) || pid === 0) return undefined;
  return {
    pid,
    dataDirectory: lines[1] ?? '',
    startedAtEpochSeconds: Number(lines[2] ?? ''),
    socketDirectory: lines[4] ?? '',
    status: (lines[7] ?? '').trim(),
  };
}
