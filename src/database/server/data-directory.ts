import { chmod, readFile, realpath, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../kernel/clock.ts';
import { AppError, messageOf } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/log.ts';
import { makeDirectory } from '../../kernel/make-directory.ts';
import type { PostgresBinaries } from './binaries.ts';
import { type LockHolder, type LockMethod, takeLock } from './directory-lock.ts';

/** Muster's data directory, held by this process alone. */
export interface DataDirectory {
  /** Its real path: absolute, without links. */
  readonly path: string;
  /** Gives the directory up. The kernel does it too when the process ends, however it ends. */
  release(): Promise<void>;
}

const LOCK_FILE = 'muster.lock';

/**
 * Opens Muster's data directory for this process alone: makes it when it is missing, closes it to other users (0700), and
 * takes its lock.
 *
 * @throws AppError `conflict` `data-directory-in-use` naming the holder's process id; `unavailable`
 * `data-directory-unusable` when it cannot be made, entered or written.
 */
export async function openDataDirectory(
  directory: string,
  { clock, log, lockMethod }: { readonly clock: Clock; readonly log: Logger; readonly lockMethod?: LockMethod },
): Promise<DataDirectory> {
  const path = await preparedDirectory(directory, log);
  const self: LockHolder = {
    pid: process.pid,
    host: hostname(),
    since: clock.now().toString({ smallestUnit: 'second' }),
  };
  const lock = await takeLock(join(path, LOCK_FILE), self, lockMethod).catch((cause) => {
    if (cause instanceof AppError) throw cause;
    throw unusable(path, cause);
  });
  if ('release' in lock) return { path, release: lock.release };
  throw new AppError(
    'conflict',
    'data-directory-in-use',
    `The data directory ${path} is in use by another Muster (${describe(lock.holder)}). Stop that one first, or start this one with another data directory.`,
  );
}

/**
 * Checks that a cluster's files fit the programs: an older or newer major version is refused, nothing is touched.
 * Returns false when there is no cluster yet (the directory is missing or has no `PG_VERSION`).
 *
 * @throws AppError `conflict` `data-directory-major`; `unavailable` `data-directory-damaged` when PG_VERSION is no number.
 */
export async function checkMajor(
  dataDirectory: string,
  binaries: Pick<PostgresBinaries, 'major' | 'version'>,
): Promise<boolean> {
  const text = await readFile(join(dataDirectory, 'PG_VERSION'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return false;
  const written = text.trim();
  if (!/^\d+(\.\d+)?$/.test(written)) {
    throw new AppError(
      'unavailable',
      'data-directory-damaged',
      `${join(dataDirectory, 'PG_VERSION')} does not hold a version number. The database files look damaged: restore a backup.`,
    );
  }
  const major = Number.parseInt(written, 10);
  if (major === binaries.major) return true;
  const age = major < binaries.major ? 'older' : 'newer';
  throw new AppError(
    'conflict',
    'data-directory-major',
    `The database in ${dataDirectory} was made by PostgreSQL ${written}, which is ${age} than the ${binaries.version} that would run it. ` +
      `Run the Muster version that fits it, or bring the data over with a dump from a PostgreSQL ${written}.`,
  );
}

async function preparedDirectory(directory: string, log: Logger): Promise<string> {
  try {
    await makeDirectory(directory);
    const path = await realpath(directory);
    const mode = (await stat(path)).mode & 0o777;
    if (mode !== 0o700) {
      await chmod(path, 0o700);
      log.warn({ path, before: mode.toString(8) }, 'The data directory was open to other users: it is 0700 now');
    }
    return path;
  } catch (cause) {
    throw unusable(directory, cause);
  }
}

function unusable(directory: string, cause: unknown): AppError {
  return new AppError(
    'unavailable',
    'data-directory-unusable',
    `The data directory ${directory} cannot be used: ${messageOf(cause)}. It must belong to the user that Muster runs as.`,
    { cause },
  );
}

function describe(holder: LockHolder | undefined): string {
  if (holder === undefined) return 'its process id is not to be read';
  return `process ${holder.pid} on ${holder.host} since ${holder.since}`;
}
