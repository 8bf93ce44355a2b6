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
import { printable } from '../../verification/finding.ts';
import { HostileEntry } from '../archive-writer.ts';

/** What a tree is made of, step by step, in the order in which it is asked for. Paths are relative to the root of the tree. */
export interface TreeActions {
  directory(path: string): void;
  /** Makes a file, which takes what is written until it is finished. */
  create(path: string, mode: number): void;
  /** The bytes are the caller's again when this returns. */
  write(bytes: Buffer): void;
  /** Closes the file, with its time where one is given. In seconds of the epoch. */
  finish(mtimeSeconds: number | undefined): void;
  /** Another name of a file that is there. */
  link(path: string, target: string): void;
  symlink(path: string, target: string): void;
  /** The time of a directory or of a link itself. */
  touch(path: string, mtimeSeconds: number): void;
  /** Returns when all of it is done. All of these throw what became of this or of an earlier step. */
  settle(): void;
  /** Lets go of what is open; what was written stays. */
  close(): Promise<void>;
}

/** A link is never followed, and nothing that is there is taken. */
const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const DIRECTORY_MODE = 0o700;

/**
 * Carries the steps out at once, below an existing directory. Synchronous, which is many times faster than the other way for
 * small files, and leaves nothing in flight when it fails: for threads that have nothing else to do.
 * @throws HostileEntry for a name that is there already; the system's error when the disk refuses.
 */
export class TreeFiles implements TreeActions {
  readonly #root: string;
  #file: number | undefined;

  constructor(root: string) {
    this.#root = root;
  }

  directory(path: string): void {
    mkdirSync(this.#place(path), DIRECTORY_MODE);
  }

  create(path: string, mode: number): void {
    asNew(path, () => {
      this.#file = openSync(this.#place(path), NEW_FILE, mode);
    });
  }

  write(bytes: Buffer): void {
    const file = this.#file;
    if (file === undefined) throw new RangeError('no file is open');
    // A disk that is nearly full takes a part of a write without an error; only the next write fails.
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
  }

  finish(mtimeSeconds: number | undefined): void {
    const file = this.#file;
    if (file === undefined) throw new RangeError('no file is open');
    this.#file = undefined;
    if (mtimeSeconds !== undefined) futimesSync(file, mtimeSeconds, mtimeSeconds);
    closeSync(file);
  }

  link(path: string, target: string): void {
    asNew(path, () => linkSync(this.#place(target), this.#place(path)));
  }

  symlink(path: string, target: string): void {
    asNew(path, () => symlinkSync(target, this.#place(path)));
  }

  touch(path: string, mtimeSeconds: number): void {
    lutimesSync(this.#place(path), mtimeSeconds, mtimeSeconds);
  }

  settle(): void {}

  async close(): Promise<void> {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #place(path: string): string {
    return `${this.#root}/${path}`;
  }
}

function asNew(path: string, make: () => void): void {
  try {
    make();
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown;
    throw new HostileEntry(`it holds ${printable(path)} twice`);
  }
}
