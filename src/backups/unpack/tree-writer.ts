import type { ContentSink, OpenedEntry } from '../../verification/content-sink.ts';
import { digestOfBytes, type RunningDigest, startDigest } from '../../verification/digest-algorithm.ts';
import { printable } from '../../verification/finding.ts';
import { HostileEntry } from '../archive-writer.ts';
import type { TreeActions } from './tree-files.ts';

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
  /** Writes below a directory in which nothing lies that an archive could name. */
  readonly files: TreeActions;
  /** The name of the file that what is no archive becomes. */
  readonly plainName: string;
  /** Make a digest of every file on the way. */
  readonly digests: boolean;
  readonly onEntry?: ((entry: WrittenEntry) => void) | undefined;
}

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

/**
 * Writes what is in an archive below a directory: files, directories and links. Nothing is written outside of it or through a
 * link, because links are made at the very end, when nothing is written any more. Owners, set-id bits and the rights of others
 * are left out; devices are refused. Times are those of the archive, where it tells them in time.
 *
 * Synchronous: for threads that have nothing else to do.
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
  #isOpen = false;
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
    if (this.#isOpen) this.#write(bytes);
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
    if (!this.#isOpen) this.#create(this.#writing.plainName, 0);
    this.#write(bytes);
  }

  /** Says that everything was given: the links are made. When it returns, everything is done. */
  end(): void {
    const { files } = this.#writing;
    this.#closeFile();
    for (const [path, target] of this.#symlinks) {
      this.#prepare(path);
      files.symlink(path, target);
      this.links += 1;
    }
    for (const [path, seconds] of this.#timesAtEnd) files.touch(path, seconds);
    files.settle();
  }

  #keepTime({ path, mtimeSeconds }: OpenedEntry): void {
    if (path !== '.' && isTime(mtimeSeconds)) this.#timesAtEnd.set(path, mtimeSeconds);
  }

  #create(path: string, mode: number): void {
    this.#prepare(path);
    this.#writing.files.create(path, FILE_MODE | (mode & RUNNABLE));
    this.#isOpen = true;
    this.files += 1;
  }

  /** A hard link to what will be a symbolic one is another of the same. */
  #link(path: string, target: string): void {
    const pointsTo = this.#symlinks.get(target);
    if (pointsTo !== undefined) this.#symlinks.set(path, pointsTo);
    else if (OUTSIDE.test(target))
      throw new HostileEntry(`it holds ${printable(path)}, a link that leads out of its directory`);
    else {
      this.#prepare(path);
      this.#writing.files.link(path, target);
    }
    this.links += 1;
  }

  #makeDirectory(path: string): void {
    if (this.#directories.has(path)) return;
    const slash = path.lastIndexOf('/');
    if (slash > 0) this.#makeDirectory(path.slice(0, slash));
    this.#writing.files.directory(path);
    this.#directories.add(path);
  }

  /** Archives of some writers name no directories. */
  #prepare(path: string): void {
    const slash = path.lastIndexOf('/');
    if (slash > 0) this.#makeDirectory(path.slice(0, slash));
  }

  #write(bytes: Buffer): void {
    this.#writing.files.write(bytes);
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
    if (!this.#isOpen) return undefined;
    this.#isOpen = false;
    const seconds = this.#entry?.mtimeSeconds;
    this.#writing.files.finish(isTime(seconds) ? seconds : undefined);
    if (!this.#writing.digests) return undefined;
    const digest = this.#digest ?? this.#running?.finish() ?? EMPTY_DIGEST;
    this.#digest = undefined;
    this.#running = undefined;
    return digest;
  }
}
