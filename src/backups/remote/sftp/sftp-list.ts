import type { FileEntryWithStats, Stats } from 'ssh2';
import { isName } from '../remote-path.ts';
import type { RemoteEntry } from '../remote-store.ts';
import { tagOf } from './sftp-files.ts';
import type { SftpSession } from './sftp-session.ts';

/** As many entries are given at once. */
const PAGE = 500;

/**
 * Lists what lies below a directory, see `RemoteStore.list`. Held in memory are the names in the directories that are open.
 * What becomes a link while it is listed is not entered.
 * @throws RemoteFault; a system error about the first directory; the signal's reason.
 */
export async function* listSftp(
  session: SftpSession,
  directory: string,
  enter: (directory: string) => boolean,
  signal: AbortSignal,
): AsyncGenerator<readonly RemoteEntry[]> {
  const first = await namesIn(session, directory, signal);
  if (first === undefined) return;
  let page: RemoteEntry[] = [];
  const open = [first];
  for (let names = open.at(-1); names !== undefined; names = open.at(-1)) {
    const entry = names.pop();
    if (entry === undefined) {
      open.pop();
      continue;
    }
    if (entry.type !== 'directory') page.push(entry);
    else if (enter(entry.path)) {
      const below = await namesIn(session, entry.path, signal).catch(unlessRefused);
      if (below !== undefined) page.push(below === 'refused' ? { ...entry, type: 'unreadable' } : entry);
      if (Array.isArray(below)) open.push(below);
    }
    if (page.length < PAGE) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

/** What a path is. */
export function entryOf(path: string, found: Stats): RemoteEntry {
  const type = found.isFile() ? 'file' : found.isDirectory() ? 'directory' : 'other';
  return { path, type, sizeBytes: type === 'file' ? found.size : 0, modifiedMs: found.mtime * 1000, tag: tagOf(found) };
}

/** The names in a directory, the last first; undefined for what is no directory (any more). */
async function namesIn(
  session: SftpSession,
  directory: string,
  signal: AbortSignal,
): Promise<RemoteEntry[] | undefined> {
  const path = session.absolute(directory);
  if (!(await session.isPlain(directory, signal))) return undefined;
  const handle = await session.ask<Buffer>(signal, (sftp, answer) => sftp.opendir(path, answer));
  const entries: RemoteEntry[] = [];
  for (;;) {
    const page = await session.ask<readonly FileEntryWithStats[] | undefined>(signal, (sftp, answer) => {
      sftp.readdir(handle, (error, list) => {
        // The end comes as an error.
        if ((error as { code?: unknown } | undefined)?.code === END_OF_LIST) answer(undefined, undefined);
        else answer(error, list);
      });
    });
    if (page === undefined) break;
    for (const { filename, attrs } of page) {
      // A server may say anything: what is no name leads nowhere.
      if (!isName(filename)) continue;
      entries.push(entryOf(directory === '' ? filename : `${directory}/${filename}`, attrs));
    }
  }
  await session.ask<void>(signal, (sftp, answer) => sftp.close(handle, (error) => answer(error, undefined)));
  return sorted(entries).reverse();
}

const END_OF_LIST = 1;

function sorted(entries: readonly RemoteEntry[]): RemoteEntry[] {
  return entries
    .map((entry) => ({ entry, key: Buffer.from(entry.type === 'directory' ? `${entry.path}/` : entry.path) }))
    .sort((one, other) => Buffer.compare(one.key, other.key))
    .map(({ entry }) => entry);
}

/** Undefined: it is gone. */
function unlessRefused(thrown: unknown): 'refused' | undefined {
  const { code } = thrown as NodeJS.ErrnoException;
  if (code === 'ENOENT') return undefined;
  if (code === 'EACCES') return 'refused';
  throw thrown;
}
