import { createHash } from 'node:crypto';
import { chown, lstat, mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, messageOf } from '../../kernel/errors.ts';
import { canReach } from './ownership.ts';
import type { RunAs } from './run-as.ts';

/** The port number names the socket file only; nothing listens on TCP. */
export const SOCKET_PORT = 5432;

/** `sockaddr_un.sun_path` holds 108 bytes on Linux and 104 on macOS, the ending zero included. */
const SOCKET_PATH_BYTES_MAX = process.platform === 'darwin' ? 103 : 107;

/** The last place to try: short, and there on every Unix. */
const LAST_RESORT = '/tmp';

/** True when the server's socket can lie in this directory: its whole path fits into a socket address. */
function fitsSocket(directory: string): boolean {
  return Buffer.byteLength(join(directory, `.s.PGSQL.${SOCKET_PORT}`)) <= SOCKET_PATH_BYTES_MAX;
}

/**
 * Makes a new private directory (0700, owned by the server's user) for a cluster's socket, below `runtimeDirectory`, or
 * below /tmp when the path would be too long, or the server could not get there.
 *
 * @throws AppError `unavailable` `no-socket-directory` when neither will do.
 */
export async function makeSocketDirectory(
  runAs: RunAs,
  runtimeDirectory: string,
  dataDirectory: string,
): Promise<string> {
  const prefix = await prefixFor(dataDirectory);
  const reasons: string[] = [];
  for (const parent of new Set([runtimeDirectory, LAST_RESORT])) {
    const made = await makeBelow(runAs, parent, prefix);
    if ('directory' in made) return made.directory;
    reasons.push(`${parent}: ${made.reason}`);
  }
  throw new AppError(
    'unavailable',
    'no-socket-directory',
    `No place for PostgreSQL's socket (${reasons.join('; ')}). Give a runtime directory with a short path that can be written.`,
  );
}

/**
 * Removes the socket directories that earlier, killed servers of the same data directory left below `runtimeDirectory`.
 * Only for the holder of the data directory: whatever is found beside `current` is then known to be dead.
 */
export async function sweepSocketDirectories(
  runtimeDirectory: string,
  dataDirectory: string,
  current: string,
): Promise<void> {
  const prefix = await prefixFor(dataDirectory);
  for (const parent of new Set([runtimeDirectory, LAST_RESORT])) {
    for (const name of await readdir(parent).catch(() => [])) {
      const path = join(parent, name);
      if (!name.startsWith(prefix) || (await realpath(path).catch(() => path)) === current) continue;
      // A leftover that stays does no harm and is tried again at the next start; a start must not fail of it.
      if (await isOurs(path)) await rm(path, { recursive: true, force: true }).catch(() => {});
    }
  }
}

/** Anyone may make names below /tmp; only a directory is removed, and only where we could have made it. */
async function isOurs(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined);
  const uid = process.getuid?.();
  return found?.isDirectory() === true && (uid === 0 || found.uid === uid);
}

async function prefixFor(dataDirectory: string): Promise<string> {
  const digest = createHash('sha256')
    .update(await realpath(dataDirectory))
    .digest('hex');
  return `muster-${digest.slice(0, 8)}-`;
}

type Made = { readonly directory: string } | { readonly reason: string };

async function makeBelow(runAs: RunAs, parent: string, prefix: string): Promise<Made> {
  try {
    const path = join(await realpath(parent), prefix);
    if (!fitsSocket(`${path}XXXXXX`)) return { reason: `the path is longer than ${SOCKET_PATH_BYTES_MAX} bytes` };
    if (!(await canReach(runAs, path))) return { reason: "closed to the server's user" };
    const directory = await mkdtemp(path);
    if (runAs.owner !== undefined) await chown(directory, runAs.owner.uid, runAs.owner.gid);
    return { directory };
  } catch (error) {
    return { reason: messageOf(error) };
  }
}
