import {
  closeSync,
  constants,
  type Dirent,
  existsSync,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  type Stats,
} from 'node:fs';
import { AppError, messageOf } from '../../../kernel/errors.ts';
import { type RawName, rawName, shownName, systemName } from './raw-name.ts';
import { TreeNotes } from './tree-notes.ts';

/** A name of the tree that is to be packed. */
export interface TreeName {
  readonly type: 'directory' | 'file' | 'symlink';
  /** From the root, `/` between its parts; empty for the root itself. */
  readonly raw: RawName;
  /** The same for people and manifests. */
  readonly path: string;
  /** Leads to exactly this name, until the next one is asked for, whatever becomes of the directories above it meanwhile. */
  readonly location: string | Buffer;
  /** Of directories: as it was opened; undefined when it could not be. */
  readonly stats?: Stats | undefined;
}

/** What of a tree is packed. */
export interface TreeRules {
  readonly isExcluded: (path: string) => boolean;
  /** What is mounted below the root is left out. */
  readonly oneFileSystem: boolean;
  /** Directories whose content is left out wherever they are met, and what they are. */
  readonly ownDirectories: readonly OwnDirectory[];
}

/** A directory that is never packed. */
export interface OwnDirectory {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly what: string;
}

interface OpenDirectory {
  readonly descriptor: number;
  readonly raw: RawName;
  readonly path: string;
  /** What stands before a name in it, for the system. */
  readonly base: RawName;
  readonly names: readonly Dirent<Buffer>[];
  next: number;
}

const DIRECTORY_FLAGS = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NONBLOCK;

/** Where the system shows open files by their numbers, a name is reached through its open directory: no swapped link misleads. */
const SHOWS_OPEN_FILES = existsSync('/proc/self/fd');

/**
 * Every name of a tree that is to be packed, each directory before what is in it, names in the order of their bytes; the root
 * is the first. No link is followed below the root. What cannot be listed, and what is left out, is noted.
 *
 * @throws AppError `unprocessable` `source-unreadable` when the root is no directory, or cannot be listed.
 */
export function* walkSource(root: string, rules: TreeRules, notes: TreeNotes): Generator<TreeName, void, undefined> {
  const walk = new SourceWalk(rules, notes);
  try {
    yield walk.enterRoot(root);
    for (let name = walk.next(); name !== undefined; name = walk.next()) yield name;
  } finally {
    walk.close();
  }
}

/** Names between two turns of others. */
const NAMES_PER_TURN = 2000;

/**
 * How much there is about to pack, as far as it can be seen: names (at most one more than a check reads), and bytes of files.
 * `turn` is waited for now and then.
 */
export async function measureTree(
  root: string,
  rules: TreeRules,
  turn: () => Promise<unknown>,
): Promise<{ readonly names: number; readonly bytes: number }> {
  let names = 0;
  let bytes = 0;
  for (const { type, location } of walkSource(root, rules, new TreeNotes())) {
    names += 1;
    if (type === 'file') bytes += lstatSync(location, { throwIfNoEntry: false })?.size ?? 0;
    if (names % NAMES_PER_TURN === 0) await turn();
  }
  return { names, bytes };
}

class SourceWalk {
  readonly #rules: TreeRules;
  readonly #notes: TreeNotes;
  readonly #open: OpenDirectory[] = [];
  #device = 0n;

  constructor(rules: TreeRules, notes: TreeNotes) {
    this.#rules = rules;
    this.#notes = notes;
  }

  enterRoot(root: string): TreeName {
    try {
      const descriptor = openSync(root, DIRECTORY_FLAGS);
      const stats = fstatSync(descriptor);
      this.#device = fstatSync(descriptor, { bigint: true }).dev;
      this.#push(descriptor, { raw: '', path: '', base: rawName(Buffer.from(`${root}/`)) });
      return { type: 'directory', raw: '', path: '', location: root, stats };
    } catch (thrown) {
      const message = `${root} cannot be read as a directory: ${messageOf(thrown)}`;
      throw new AppError('unprocessable', 'source-unreadable', message, { cause: thrown });
    }
  }

  next(): TreeName | undefined {
    for (let top = this.#open.at(-1); top !== undefined; top = this.#open.at(-1)) {
      const entry = top.names[top.next];
      top.next += 1;
      if (entry === undefined) {
        closeSync(top.descriptor);
        this.#open.pop();
        continue;
      }
      const name = this.#look(top, entry);
      if (name !== undefined) return name;
    }
    return undefined;
  }

  close(): void {
    for (const { descriptor } of this.#open.splice(0)) closeSync(descriptor);
  }

  #look(below: OpenDirectory, entry: Dirent<Buffer>): TreeName | undefined {
    const own = rawName(entry.name);
    const raw = below.raw === '' ? own : `${below.raw}/${own}`;
    const path = below.path === '' ? shownName(own) : `${below.path}/${shownName(own)}`;
    if (this.#rules.isExcluded(path)) {
      this.#notes.excludedCount += 1;
      return undefined;
    }
    const location = systemName(`${below.base}${own}`);
    const name = { raw, path, location };
    if (entry.isFile()) return { ...name, type: 'file' };
    if (entry.isDirectory()) return this.#enter(name, `${below.base}${own}`);
    if (entry.isSymbolicLink()) return { ...name, type: 'symlink' };
    this.#notes.add('left-out', path, kindOf(entry));
    return undefined;
  }

  /** A directory that cannot be opened is a name all the same; nothing in it is. */
  #enter(name: Omit<TreeName, 'type' | 'stats'>, place: RawName): TreeName | undefined {
    let descriptor: number | undefined;
    try {
      descriptor = openSync(name.location, DIRECTORY_FLAGS | constants.O_NOFOLLOW);
      const stats = fstatSync(descriptor);
      const why = this.#reasonToStop(descriptor);
      if (why === undefined) this.#push(descriptor, { raw: name.raw, path: name.path, base: `${place}/` });
      else {
        closeSync(descriptor);
        this.#notes.add('left-out', name.path, why);
      }
      return { ...name, type: 'directory', stats };
    } catch (thrown) {
      if (descriptor !== undefined) closeSync(descriptor);
      this.#notes.addFailure(name.path, thrown);
      return { ...name, type: 'directory', stats: directoryStats(name.location) };
    }
  }

  #reasonToStop(descriptor: number): string | undefined {
    // As doubles, numbers of different files may be the same: some file systems use all 64 bits.
    const { dev, ino } = fstatSync(descriptor, { bigint: true });
    const own = this.#rules.ownDirectories.find((directory) => directory.ino === ino && directory.dev === dev);
    if (own !== undefined) return own.what;
    return this.#rules.oneFileSystem && dev !== this.#device ? 'another file system' : undefined;
  }

  #push(descriptor: number, { raw, path, base }: Pick<OpenDirectory, 'raw' | 'path' | 'base'>): void {
    const shown = SHOWS_OPEN_FILES ? `/proc/self/fd/${descriptor}/` : base;
    const names = readdirSync(systemName(shown), { withFileTypes: true, encoding: 'buffer' });
    names.sort((a, b) => Buffer.compare(a.name, b.name));
    this.#open.push({ descriptor, raw, path, base: shown, names, next: 0 });
  }
}

function directoryStats(location: string | Buffer): Stats | undefined {
  const stats = lstatSync(location, { throwIfNoEntry: false });
  return stats?.isDirectory() === true ? stats : undefined;
}

function kindOf(entry: Dirent<Buffer>): string {
  if (entry.isSocket()) return 'socket';
  if (entry.isFIFO()) return 'named pipe';
  return entry.isBlockDevice() || entry.isCharacterDevice() ? 'device' : 'of no known kind';
}
