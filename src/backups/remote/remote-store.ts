import type { Readable } from 'node:stream';

/** What lies at a path of a remote store. */
export interface RemoteEntry {
  /** From the place of the repository, with `/` between names; bytes that are not UTF-8 stand as U+FFFD. */
  readonly path: string;
  /**
   * `other`: symbolic links, devices, pipes; never followed, never read. `unreadable`: a directory that may not be listed.
   * Object stores have files alone: a directory is what something lies below, and has neither size nor time.
   */
  readonly type: 'file' | 'directory' | 'other' | 'unreadable';
  readonly sizeBytes: number;
  /** Of the last change, in milliseconds since 1970. SFTP tells whole seconds. */
  readonly modifiedMs: number;
  /** Changes with every write, as far as the store can tell: the ETag of an object; of a file, its size and time. */
  readonly tag: string | undefined;
}

/** The second of the last change: what every protocol tells, and every file system keeps. */
export function secondOf({ modifiedMs }: Pick<RemoteEntry, 'modifiedMs'>): number {
  return Math.floor(modifiedMs / 1000);
}

/** One file that is put. */
export interface RemoteUpload {
  /** A local file. */
  readonly location: string;
  /** Where it goes, from the place of the repository. */
  readonly path: string;
}

/** What an upload left and nobody has written to for so long is nobody's any more. */
export const UNFINISHED_MS = 86_400_000;

/** What a transfer obeys and tells. */
export interface TransferOptions {
  readonly signal: AbortSignal;
  /** Bytes that went over the line since its last call; waited for, which holds a rate. */
  readonly onBytes?: (bytes: number) => void | Promise<void>;
}

/**
 * What lies on another machine and is reached over a protocol. An open store holds connections; `close` ends them.
 *
 * All methods throw AppError `unavailable` `repository-unavailable` when the store does not answer, refuses or is not the one
 * that it should be: nothing may be concluded from that about a file. They reject with the signal's reason after an abort.
 */
export interface RemoteStore {
  /**
   * Lists everything below a directory (`''`: the place itself), a page of some hundred entries at a time, in ascending order
   * of the bytes of the paths, where that of a directory ends with `/`. `enter` says of each directory whether it is entered,
   * some pages ahead of their reader; object stores list what it refuses, too, and no directory but what tools made for one. A
   * directory that is not there holds nothing.
   */
  list(
    directory: string,
    enter: (directory: string) => boolean,
    signal: AbortSignal,
  ): AsyncIterable<readonly RemoteEntry[]>;
  /** What lies at one path; undefined: nothing. A link is `other`. `''`: the place itself, which must be there. */
  look(path: string, signal: AbortSignal): Promise<RemoteEntry | undefined>;
  /**
   * The bytes of a file from an offset on. With `tag`, of that very version. The stream fails with AppError `conflict`
   * `file-changed` where another version lies there, with a system error where no file does (ENOENT), it may not be read
   * (EACCES) or cannot be (EIO), and as said above when the connection breaks: whoever reads goes on at the offset that was
   * reached.
   */
  read(
    path: string,
    from: { readonly offset: number; readonly tag?: string | undefined },
    signal: AbortSignal,
  ): Readable;
  /**
   * Puts one file, or the files of a directory that is not there yet: all lie in that of the last one, or below. The last one
   * makes the others count: it is in its place only after all others are there for good. Whoever reads meanwhile sees no half
   * file under its name. What breaks off leaves nothing but unfinished parts that `removeUnfinished` finds. What is there
   * already is not overwritten: AppError `conflict` `file-exists`. A connection that breaks is waited for, and made use of again.
   */
  put(files: readonly RemoteUpload[], options: TransferOptions): Promise<void>;
  /** Removes files, in this order, and the directories that become empty. What is gone already is no error. */
  remove(paths: readonly string[], signal: AbortSignal): Promise<void>;
  /** Removes unfinished parts of `put` in a directory that nobody has written to for so long; answers how many. */
  removeUnfinished(directory: string, olderThanMs: number, signal: AbortSignal): Promise<number>;
  close(): Promise<void>;
}
