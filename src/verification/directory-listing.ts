import type { Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { decodeName } from './tar-header.ts';

/** What lies at a path. */
export interface ListedFile {
  /** Bytes that are not UTF-8 stand as `\xHH`. */
  readonly path: string;
  /** What the system must be asked for where `path` is not that name byte for byte. */
  readonly location?: Buffer;
  readonly type: 'file' | 'directory' | 'link' | 'special';
  /** Zero unless it is a file. */
  readonly sizeBytes: number;
}

/** What a directory holds, or why that is not known. */
export type Listing =
  | {
      readonly files: readonly ListedFile[];
      readonly isComplete: boolean;
      /** Directories below it that could not be read, with the system's code. */
      readonly closed: readonly { readonly path: string; readonly code: string }[];
      readonly failure?: undefined;
    }
  | { readonly failure: 'missing' | 'no-access' | 'not-a-directory' };

/**
 * Lists a directory without following a link. A directory below it is entered only when `mayHold` says that something
 * in it is wanted; otherwise it stands in the list itself. At most `filesMax` names are read.
 */
export async function listDirectory(
  directory: string,
  mayHold: (subdirectory: string) => boolean,
  filesMax: number,
): Promise<Listing> {
  const root = Buffer.from(directory);
  const files: ListedFile[] = [];
  const closed: { path: string; code: string }[] = [];
  const waiting: Place[] = [{ path: '', location: root }];
  for (let below = waiting.shift(); below !== undefined; below = waiting.shift()) {
    const entries = await entriesOf(below.location);
    if ('code' in entries) {
      if (below.path === '') return { failure: failureOf(entries.code) };
      closed.push({ path: below.path, code: entries.code });
      continue;
    }
    for (const { entry, name } of entries.found) {
      const path = below.path === '' ? name : `${below.path}/${name}`;
      const location = Buffer.concat([below.location, SLASH, entry.name]);
      if (entry.isDirectory() && mayHold(path)) waiting.push({ path, location });
      else files.push(await describe(`${directory}/${path}`, { path, location }, entry));
      if (files.length + waiting.length >= filesMax) return { files, closed, isComplete: false };
    }
  }
  return { files, closed, isComplete: true };
}

interface Place {
  readonly path: string;
  readonly location: Buffer;
}

const SLASH = Buffer.from('/');

type Entries = { readonly found: readonly { readonly entry: Dirent<Buffer>; readonly name: string }[] };

async function entriesOf(location: Buffer): Promise<Entries | { readonly code: string }> {
  try {
    const entries = await readdir(location, { withFileTypes: true, encoding: 'buffer' });
    const found = entries.map((entry) => ({ entry, name: decodeName(entry.name) }));
    return { found: found.sort((a, b) => (a.name < b.name ? -1 : 1)) };
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown) return { code: String(thrown.code) };
    throw thrown;
  }
}

function failureOf(code: string): 'missing' | 'no-access' | 'not-a-directory' {
  if (code === 'ENOENT') return 'missing';
  if (code === 'ENOTDIR') return 'not-a-directory';
  if (code === 'EACCES' || code === 'EPERM') return 'no-access';
  throw new Error(`the directory cannot be read (${code})`);
}

async function describe(shown: string, { path, location }: Place, entry: Dirent<Buffer>): Promise<ListedFile> {
  const place = location.equals(Buffer.from(shown)) ? { path } : { path, location };
  if (entry.isDirectory()) return { ...place, type: 'directory', sizeBytes: 0 };
  if (entry.isSymbolicLink()) return { ...place, type: 'link', sizeBytes: 0 };
  if (!entry.isFile()) return { ...place, type: 'special', sizeBytes: 0 };
  // Gone since it was listed: reading it will say so.
  const sizeBytes = await lstat(location).then(
    (stat) => stat.size,
    () => 0,
  );
  return { ...place, type: 'file', sizeBytes };
}
