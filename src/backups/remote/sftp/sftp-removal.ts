import { posix } from 'node:path';
import type { Stats } from 'ssh2';
import { directoryOf, PART_PREFIX } from '../remote-path.ts';
import { listSftp } from './sftp-list.ts';
import { type SftpSession, unlessGone } from './sftp-session.ts';

/** What lies at a path, no link followed; undefined: nothing, or a link stands in the way. */
export async function statusOf(session: SftpSession, path: string, signal: AbortSignal): Promise<Stats | undefined> {
  const absolute = session.absolute(path);
  const [found, isPlain] = await Promise.all([
    session.ask<Stats>(signal, (sftp, answer) => sftp.lstat(absolute, answer)).catch(unlessGone),
    session.isPlain(directoryOf(path), signal),
  ]);
  return isPlain ? found : undefined;
}

/** Removes files, and then the directories that they leave empty, up to the place itself. */
export async function removeFiles(session: SftpSession, paths: readonly string[], signal: AbortSignal): Promise<void> {
  const directories = new Set<string>();
  for (const path of paths) {
    const found = await statusOf(session, path, signal);
    if (found !== undefined && !found.isDirectory()) await unlink(session, path, signal);
    for (let at = directoryOf(path); at !== ''; at = directoryOf(at)) directories.add(at);
  }
  for (const directory of [...directories].sort((one, other) => other.length - one.length)) {
    // One that holds something, or that is none, stays.
    await removeDirectory(session, directory, signal).catch((thrown: unknown) => {
      if (session.isOver || signal.aborted) throw thrown;
    });
  }
}

/** Removes a file, or a directory with all that is in it; what is gone already is no error. */
export async function removeTree(session: SftpSession, path: string, signal: AbortSignal): Promise<void> {
  const found = await statusOf(session, path, signal);
  if (found === undefined) return;
  if (!found.isDirectory()) return unlink(session, path, signal);
  const directories = [path];
  for await (const page of listSftp(session, path, () => true, signal)) {
    for (const entry of page) {
      if (entry.type === 'directory') directories.push(entry.path);
      else await unlink(session, entry.path, signal);
    }
  }
  // What a directory holds was listed behind it.
  for (const directory of directories.reverse()) await removeDirectory(session, directory, signal);
}

/** Removes the parts in a directory that nobody has written to since; answers how many these were. */
export async function removeParts(
  session: SftpSession,
  directory: string,
  beforeMs: number,
  signal: AbortSignal,
): Promise<number> {
  if (directory !== '' && (await statusOf(session, directory, signal)) === undefined) return 0;
  const newestMs = new Map<string, number>();
  const isPart = (path: string) => posix.basename(path).startsWith(PART_PREFIX);
  const partOf = (path: string) => (directory === '' ? path : path.slice(directory.length + 1)).split('/', 1)[0] ?? '';
  const enter = (path: string) => isPart(partOf(path));
  for await (const page of listSftp(session, directory, enter, signal)) {
    for (const { path, modifiedMs } of page) {
      const part = partOf(path);
      if (isPart(part)) newestMs.set(part, Math.max(newestMs.get(part) ?? 0, modifiedMs));
    }
  }
  const old = [...newestMs].filter(([, ms]) => ms < beforeMs);
  for (const [part] of old) await removeTree(session, directory === '' ? part : `${directory}/${part}`, signal);
  return old.length;
}

async function unlink(session: SftpSession, path: string, signal: AbortSignal): Promise<void> {
  const absolute = session.absolute(path);
  await session
    .ask<void>(signal, (sftp, answer) => sftp.unlink(absolute, (error) => answer(error, undefined)))
    .catch(unlessGone);
}

async function removeDirectory(session: SftpSession, path: string, signal: AbortSignal): Promise<void> {
  const absolute = session.absolute(path);
  await session
    .ask<void>(signal, (sftp, answer) => sftp.rmdir(absolute, (error) => answer(error, undefined)))
    .catch(unlessGone);
}
