import {
  closeSync,
  constants,
  futimesSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  openSync,
  symlinkSync,
  writeSync,
} from 'node:fs';
import type { ContentSink, OpenedEntry } from '../../verification/content-sink.ts';
import { digestOfBytes, type RunningDigest, startDigest } from '../../verification/digest-algorithm.ts';
import { printable } from '../../verification/finding.ts';
import { HostileEntry } from '../archive-writer.ts';

/** An entry as it was written. */
export interface WrittenEntry {
  readonly path: string;
  readonly type: OpenedEntry['type'];
  readonly sizeBytes: number;
  readonly target: string | undefined;
  /** SHA-256 of a file's data, when digests are made. */
  readonly digest: string | undefined;
}

/** How a tree is written. */
export interface TreeWriting {
  /** An existing directory in which nothing lies that an archive could name. */
  readonly root: string;
  /** The name of the file that what is no archive becomes. */
  readonly plainName: string;
  /** Make a digest of every file on the way. */
  readonly digests: boolean;
  readonly onEntry?: ((entry: WrittenEntry) => void) | undefined;
}

/** A link is never followed, and nothing that is there is taken. */
const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** A name that does not lie below the directory. The walk has its own rules; this one holds whatever those say. */
const OUTSIDE = /(^|\/)\.\.?(\/|$)|^\/|\/$|\/\/|^$|\0/;

/** What every file system and Node take: until the year 9999. Others say nothing of when a file was changed. */
const SECONDS_MAX = 253_402_300_799;

function isTime(seconds: number | undefined): seconds is number {
  return seconds !== undefined && seconds >= 0 && seconds <= SECONDS_MAX;
}

const EMPTY_DIGEST = digestOfBytes('sha256', Buffer.alloc(0));

/**
 * Of the modes in an archive only whether the owner may run a file is kept: the tree is for whoever runs this, and nobody else.
 */
const FILE_MODE = 0o600;
const RUNNABLE = 0o100;
const DIRECTORY_MODE = 0o700;

/**
 * Writes what is in an archive below a directory: files, directories and links. Nothing is written outside of it or through a
 * link, because links are made at the very end, when nothing is written any more. Owners, set-id bits and the rights of others
 * are left out; devices are refused. Times are those of the archive, where it tells them in time.
 *
 * Synchronous, which is many times faster than the other way for small files, and leaves nothing in flight when it fails: for
 * threads that have nothing else to do.
 */
export class TreeWriter implements ContentSink {
  files = 0;
  bytes = 0;
  links = 0;
  readonly #writing: TreeWriting;
  readonly #directories = new Set<string>(['']);
  readonly #symlinks = new Map<string, string>();
  /** Of directories and symbolic links: what is made in a directory would change its own. */
  readonly #timesAtEnd = new Map<string, number>();
  #entry: OpenedEntry | undefined;
  #file: number | undefined;
  #running: RunningDigest | undefined;
  #digest: string | undefined;
  #target: Buffer | undefined;

  constructor(writing: TreeWriting) {
    this.#writing = writing;
  }

  open(entry: OpenedEntry): void {
    this.#entry = entry;
    if (entry.path === '.' && entry.type === 'directory') return;
    if (OUTSIDE.test(entry.path))
      throw new HostileEntry(`it holds ${printable(entry.path)}, which leads out of its directory`);
    if (entry.sparse === true)
      throw new Error(`it holds ${printable(entry.path)} in pieces (sparse), which is not put together here`);
    if (entry.type === 'file') this.#create(entry.path, entry.mode ?? 0);
    else if (entry.type === 'directory') this.#makeDirectory(entry.path);
    else if (entry.type === 'hardlink') this.#link(entry.path, entry.target ?? '');
    else if (entry.type === 'symlink')
      this.#target = entry.target === undefined ? Buffer.alloc(0) : Buffer.from(entry.target);
    else
      throw new HostileEntry(
        `it holds ${printable(entry.path)}, a ${entry.type}: only files, directories and links are unpacked`,
      );
  }

  data(bytes: Buffer): void {
    if (this.#file !== undefined) this.#write(this.#file, bytes);
    else if (this.#target !== undefined) this.#target = Buffer.concat([this.#target, bytes]);
  }

  close(): void {
    const entry = this.#entry;
    if (entry === undefined) return;
    if (this.#target !== undefined) this.#symlinks.set(entry.path, this.#target.toString('utf8'));
    if (entry.type !== 'file' && entry.type !== 'hardlink') this.#keepTime(entry);
    const target = this.#target?.toString('utf8') ?? entry.target;
    const { path, type, sizeBytes } = entry;
    const digest = this.#closeFile();
    this.#entry = undefined;
    this.#target = undefined;
    this.#writing.onEntry?.({ path, type, sizeBytes: type === 'symlink' ? 0 : sizeBytes, target, digest });
  }

  plain(bytes: Buffer): void {
    if (this.#file === undefined) this.#create(this.#writing.plainName, 0);
    if (this.#file !== undefined) this.#write(this.#file, bytes);
  }

  /** Says that everything was given: the links are made. */
  end(): void {
    this.#closeFile();
    for (const [path, target] of this.#symlinks) {
      this.#prepare(path, () => symlinkSync(target, this.#place(path)));
      this.links += 1;
    }
    for (const [path, seconds] of this.#timesAtEnd) lutimesSync(this.#place(path), seconds, seconds);
  }

  #keepTime({ path, mtimeSeconds }: OpenedEntry): void {
    if (path !== '.' && isTime(mtimeSeconds)) this.#timesAtEnd.set(path, mtimeSeconds);
  }

  /** Lets go of a file that is still open; what was written stays. */
  abandon(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #create(path: string, mode: number): void {
    this.#prepare(path, () => {
      this.#file = openSync(this.#place(path), NEW_FILE, FILE_MODE | (mode & RUNNABLE));
    });
    this.files += 1;
  }

  /** A hard link to what will be a symbolic one is another of the same. */
  #link(path: string, target: string): void {
    const pointsTo = this.#symlinks.get(target);
    if (pointsTo !== undefined) this.#symlinks.set(path, pointsTo);
    else if (OUTSIDE.test(target))
      throw new HostileEntry(`it holds ${printable(path)}, a link that leads out of its directory`);
    else this.#prepare(path, () => linkSync(this.#place(target), this.#place(path)));
    this.links += 1;
  }

  #makeDirectory(path: string): void {
    if (this.#directories.has(path)) return;
    const slash = path.lastIndexOf('/');
    if (slash > 0) this.#makeDirectory(path.slice(0, slash));
    mkdirSync(this.#place(path), DIRECTORY_MODE);
    this.#directories.add(path);
  }

  /** Archives of some writers name no directories. */
  #prepare(path: string, make: () => void): void {
    const slash = path.lastIndexOf('/');
    if (slash > 0) this.#makeDirectory(path.slice(0, slash));
    try {
      make();
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown;
      throw new HostileEntry(`it holds ${printable(path)} twice`);
    }
  }

  #place(path: string): string {
    return `${this.#writing.root}/${path}`;
  }

  #write(file: number, bytes: Buffer): void {
    // A disk that is nearly full takes a part of a write without an error; only the next write fails.
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
    this.bytes += bytes.length;
    if (!this.#writing.digests) return;
    // Most files come in one piece: to make an object for each of their digests would cost more than the digest.
    if (bytes.length === this.#entry?.sizeBytes) this.#digest = digestOfBytes('sha256', bytes);
    else {
      this.#running ??= startDigest('sha256');
      this.#running.update(bytes);
    }
  }

  #closeFile(): string | undefined {
    const file = this.#file;
    if (file === undefined) return undefined;
    this.#file = undefined;
    const seconds = this.#entry?.mtimeSeconds;
    if (isTime(seconds)) futimesSync(file, seconds, seconds);
    closeSync(file);
    if (!this.#writing.digests) return undefined;
    const digest = this.#digest ?? this.#running?.finish() ?? EMPTY_DIGEST;
    this.#digest = undefined;
    this.#running = undefined;
    return digest;
  }
}
