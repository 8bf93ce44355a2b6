import type { Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** What lies at a path. */
export interface ListedFile {
  readonly path: string;
  readonly type: 'file' | 'directory' | 'link' | 'special';
  /** Zero unless it is a file. */
  readonly sizeBytes: number;
}

/** What a directory holds, or why that is not known. */
export type Listing =
  | { readonly files: readonly ListedFile[]; readonly isComplete: boolean; readonly failure?: undefined }
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
  const files: ListedFile[] = [];
  const waiting = [''];
  for (let below = waiting.shift(); below !== undefined; below = waiting.shift()) {
    const entries = await entriesOf(join(directory, below));
    if (typeof entries === 'string') return { failure: entries };
    for (const entry of entries) {
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory() && mayHold(path)) waiting.push(path);
      else files.push(await describe(directory, path, entry));
      if (files.length + waiting.length >= filesMax) return { files, isComplete: false };
    }
  }
  return { files, isComplete: true };
}

async function entriesOf(path: string): Promise<Dirent[] | 'missing' | 'no-access' | 'not-a-directory'> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
    if (code === 'ENOENT') return 'missing';
    if (code === 'ENOTDIR') return 'not-a-directory';
    if (code === 'EACCES' || code === 'EPERM') return 'no-access';
    throw thrown;
  }
}

async function describe(directory: string, path: string, entry: Dirent): Promise<ListedFile> {
  if (entry.isDirectory()) return { path, type: 'directory', sizeBytes: 0 };
  if (entry.isSymbolicLink()) return { path, type: 'link', sizeBytes: 0 };
  if (!entry.isFile()) return { path, type: 'special', sizeBytes: 0 };
  // Gone since it was listed: reading it will say so.
  const sizeBytes = await lstat(join(directory, path)).then(
    (stat) => stat.size,
    () => 0,
  );
  return { path, type: 'file', sizeBytes };
}
