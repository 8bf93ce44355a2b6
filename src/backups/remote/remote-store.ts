import type { Readable } from 'node:stream';

/** What lies at a path of a remote store. */
export interface RemoteEntry {
  /** From the place of the repository, with `/` between names; bytes that are not UTF-8 stand as U+FFFD. */
  readonly path: string;
  /** `other`: symbolic links, devices, pipes; never followed, never read. Object stores have files alone. */
  readonly type: 'file' | 'directory' | 'other';
  readonly sizeBytes: number;
  /** Of the last change, in milliseconds since 1970. SFTP tells whole seconds. */
  readonly modifiedMs: number;
  /** Changes with every write, where the store has such a thing (the ETag of an object). */
  readonly tag: string | undefined;
}

/** One file that is put. */
export interface RemoteUpload {
  /** A local file. */
  readonly location: string;
  /** Where it goes, from the place of the repository. */
  readonly path: string;
}

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
   * Lists everything below a directory (`''`: the place itself), a page of some hundred entries at a time, in no particular
   * order. `enter` says of each directory whether it is entered; object stores may list what it refuses, too.
   */
  list(
    directory: string,
    enter: (directory: string) => boolean,
    signal: AbortSignal,
  ): AsyncIterable<readonly RemoteEntry[]>;
  /** What lies at one path; undefined: nothing. A link is `other`. */
  look(path: string, signal: AbortSignal): Promise<RemoteEntry | undefined>;
  /**
   * The bytes of a file from an offset on. With `tag`, of that very version. The stream fails with AppError `conflict`
   * `file-changed` where another version lies there, with ENOENT (a system error's code) where nothing does, and as said
   * above when the connection breaks: whoever reads goes on at the offset that was reached.
   */
  read(
    path: string,
    from: { readonly offset: number; readonly tag?: string | undefined },
    signal: AbortSignal,
  ): Readable;
  /**
   * Puts files so that the last one makes the others count: it is in its place only after all others are there for good.
   * Whoever reads meanwhile sees no half file under its name. What breaks off leaves nothing but unfinished parts that
   * `removeUnfinished` finds. A file that is there already is not overwritten: AppError `conflict` `file-exists`.
   */
  put(files: readonly RemoteUpload[], options: TransferOptions): Promise<void>;
  /** Removes files, in this order, and the directories that become empty. What is gone already is no error. */
  remove(paths: readonly string[], signal: AbortSignal): Promise<void>;
  /** Removes unfinished parts of `put` below a directory that are older than this; answers how many. */
  removeUnfinished(directory: string, olderThanMs: number, signal: AbortSignal): Promise<number>;
  close(): Promise<void>;
}
