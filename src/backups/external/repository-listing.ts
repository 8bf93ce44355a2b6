import { isUtf8 } from 'node:buffer';
import { type Dirent, lstatSync, readdirSync, realpathSync } from 'node:fs';
import { decodeName } from '../../verification/tar-header.ts';
import { type FileFigures, type FileStats, STATS_MAX } from './file-stats.ts';

/** A file or directory that somebody wanted to know about. */
export interface ListedEntry<Claim> {
  /** From the root. */
  readonly path: string;
  readonly type: 'file' | 'directory';
  readonly figures: FileFigures;
  /** What it is wanted for. */
  readonly claim: Claim;
}

/**
 * Why something was passed over: a symbolic link, a device or pipe, a name that is not UTF-8 or too long for the catalogue, a
 * place that the system does not let us look at (what lies there is unknown, not missing).
 */
export type SkipReason = 'link' | 'special' | 'name' | 'unreadable';

/** Something that was passed over. */
export interface SkippedEntry<Claim> {
  /** Bytes that are not UTF-8 stand as `\xHH`. */
  readonly path: string;
  readonly reason: SkipReason;
  /** What it would have been wanted for; of a bad name, what the directory around it is wanted for. */
  readonly claim: Claim;
}

/** What a listing is told. */
export interface ListingOptions<Claim> {
  /** Real path of the directory (no link in it). */
  readonly root: string;
  /**
   * What a path (from the root) is wanted for; undefined: a file is not looked at, a directory not entered. Asked in the order
   * of the listing.
   */
  readonly claim: (path: string, type: 'file' | 'directory') => Claim | undefined;
  readonly stats: FileStats;
  readonly onEntry: (entry: ListedEntry<Claim>) => void;
  readonly onSkipped: (skipped: SkippedEntry<Claim>) => void;
}

/** Of a path: an index of PostgreSQL takes no key of more than about 2,700. */
const PATH_BYTES_MAX = 2000;

/**
 * Lists what lies below a root, in ascending order of the bytes of the paths, and gives way after each name. Held in memory are
 * the names of the directories that are open, no more. Nothing is opened; no link is followed, also none to a place inside the
 * root (what it points to is listed where it lies), and a directory that became one meanwhile is passed over. What vanishes
 * while it is listed is not there.
 *
 * The system is asked synchronously, which costs a fraction of what promises cost, and may take for ever: it is made for a
 * thread of its own.
 */
export function* listRepository<Claim>(options: ListingOptions<Claim>): Generator<void> {
  const walk = new Walk(options);
  const rootClaim = options.claim('', 'directory');
  if (rootClaim === undefined) return;
  const open: OpenDirectory<Claim>[] = [
    { path: '', claim: rootClaim, keys: walk.keysIn('', rootClaim) ?? [], next: 0 },
  ];
  for (let directory = open.at(-1); directory !== undefined; directory = open.at(-1)) {
    const files = walk.takeFiles(directory);
    for (let file = 0; file < files; file += 1) yield;
    if (files > 0) continue;
    const key = directory.keys[directory.next];
    directory.next += 1;
    if (key === undefined) {
      open.pop();
      continue;
    }
    const entered = walk.look(directory, key);
    if (entered !== undefined) open.push(entered);
    yield;
  }
}

interface OpenDirectory<Claim> {
  readonly path: string;
  readonly claim: Claim;
  readonly keys: readonly string[];
  next: number;
}

class Walk<Claim> {
  readonly #options: ListingOptions<Claim>;

  constructor(options: ListingOptions<Claim>) {
    this.#options = options;
  }

  /** Takes the files that are next in a directory, and side by side in the order of the listing; answers how many these were. */
  takeFiles(parent: OpenDirectory<Claim>): number {
    const { claim: ask, root, stats } = this.#options;
    const files: { readonly path: string; readonly claim: Claim }[] = [];
    let count = 0;
    for (; count < STATS_MAX; count += 1) {
      const key = parent.keys[parent.next + count];
      const { path, type } = key === undefined ? NOTHING : placeOf(parent.path, key);
      if (type !== 'file') break;
      const claim = ask(path, 'file');
      if (claim !== undefined) files.push({ path, claim });
    }
    parent.next += count;
    const figures = stats.of(files.map(({ path }) => `${root}/${path}`));
    for (const [index, { path, claim }] of files.entries()) this.#list(path, 'file', claim, figures[index]);
    return count;
  }

  /** Looks at a name that is no file's; answers the directory that it opened. */
  look(parent: OpenDirectory<Claim>, key: string): OpenDirectory<Claim> | undefined {
    const { path, type } = placeOf(parent.path, key);
    if (type === 'directory') return this.#enter(path);
    if (type === undefined) this.#options.onSkipped({ path, reason: 'name', claim: parent.claim });
    else if (type !== 'file') this.#pass(path, type);
    return undefined;
  }

  /** The names in a directory. None, when it became a link or cannot be read. */
  keysIn(path: string, claim: Claim): readonly string[] | undefined {
    const { root, onSkipped } = this.#options;
    const location = path === '' ? root : `${root}/${path}`;
    try {
      const keys = sortKeysIn(location);
      if (realpathSync.native(location) === location) return keys;
      onSkipped({ path, reason: 'link', claim });
    } catch (thrown) {
      if (path === '' || !isGone(thrown)) onSkipped({ path, reason: 'unreadable', claim });
    }
    return undefined;
  }

  #enter(path: string): OpenDirectory<Claim> | undefined {
    const claim = this.#options.claim(path, 'directory');
    const keys = claim === undefined ? undefined : this.keysIn(path, claim);
    if (claim === undefined || keys === undefined) return undefined;
    this.#list(path, 'directory', claim, this.#figuresOf(path));
    return { path, claim, keys, next: 0 };
  }

  #pass(path: string, reason: 'link' | 'special'): void {
    const { claim: ask, onSkipped } = this.#options;
    const claim = ask(path, 'file') ?? ask(path, 'directory');
    if (claim !== undefined) onSkipped({ path, reason, claim });
  }

  /** Without figures it is gone, or something else, since the directory was read. */
  #list(path: string, type: 'file' | 'directory', claim: Claim, figures: FileFigures | 'unreadable' | undefined): void {
    const { onEntry, onSkipped } = this.#options;
    if (figures === 'unreadable') onSkipped({ path, reason: 'unreadable', claim });
    else if (figures !== undefined) onEntry({ path, type, figures, claim });
  }

  #figuresOf(directory: string): FileFigures | 'unreadable' | undefined {
    try {
      const stat = lstatSync(`${this.#options.root}/${directory}`, { bigint: true, throwIfNoEntry: false });
      return stat?.isDirectory() ? { sizeBytes: 0n, mtimeNs: stat.mtimeNs, ctimeNs: stat.ctimeNs } : undefined;
    } catch {
      return 'unreadable';
    }
  }
}

interface PlaceInListing {
  readonly path: string;
  /** Undefined: the name is not UTF-8, or too long. */
  readonly type: keyof typeof KEY_ENDS | undefined;
}

const NOTHING: PlaceInListing = { path: '', type: undefined };

function placeOf(directory: string, key: string): PlaceInListing {
  const { name, type } = nameOf(key);
  const path = directory === '' ? name : `${directory}/${name}`;
  return { path, type: isTooLong(path) ? undefined : type };
}

/** Whether a path is too long for the catalogue. */
export function isTooLong(path: string): boolean {
  // A UTF-16 unit is at most three bytes of UTF-8.
  return path.length * 3 > PATH_BYTES_MAX && Buffer.byteLength(path) > PATH_BYTES_MAX;
}

function isGone(thrown: unknown): boolean {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** What stands behind a name in its sort key. Nothing in a name sorts before NUL; a directory sorts as its path goes on. */
const KEY_ENDS = { file: '\0', directory: '/', link: '\0l', special: '\0s' } as const;

/** The names in a directory as sort keys: their bytes, one to a UTF-16 unit, and what they are names of. */
function sortKeysIn(location: string): string[] {
  return (plainKeysIn(location) ?? keysOfBytesIn(location)).sort();
}

/** As text they cost half. Undefined where a name is not plain: the system is asked for other names than these then. */
function plainKeysIn(location: string): string[] | undefined {
  const keys: string[] = [];
  try {
    for (const entry of readdirSync(location, { withFileTypes: true, encoding: 'latin1' })) {
      if (ABOVE_ASCII.test(entry.name)) return undefined;
      keys.push(`${entry.name}${KEY_ENDS[typeOf(entry)]}`);
    }
    return keys;
  } catch {
    return undefined;
  }
}

function keysOfBytesIn(location: string): string[] {
  return readdirSync(location, { withFileTypes: true, encoding: 'buffer' }).map(
    (entry) => `${entry.name.toString('latin1')}${KEY_ENDS[typeOf(entry)]}`,
  );
}

function typeOf(entry: Dirent<string | Buffer>): keyof typeof KEY_ENDS {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  return entry.isSymbolicLink() ? 'link' : 'special';
}

/** The name again; without a type when its bytes are not UTF-8. */
function nameOf(key: string): { readonly name: string; readonly type: keyof typeof KEY_ENDS | undefined } {
  const end = key.endsWith('/') ? key.length - 1 : key.lastIndexOf('\0');
  const name = key.slice(0, end);
  const type = KEY_TYPES[key.slice(end)];
  if (!ABOVE_ASCII.test(name)) return { name, type };
  const bytes = Buffer.from(name, 'latin1');
  return { name: decodeName(bytes), type: isUtf8(bytes) ? type : undefined };
}

const ABOVE_ASCII = /[\u0080-\u00ff]/;

const KEY_TYPES: Readonly<Record<string, keyof typeof KEY_ENDS>> = {
  [KEY_ENDS.file]: 'file',
  [KEY_ENDS.directory]: 'directory',
  [KEY_ENDS.link]: 'link',
  [KEY_ENDS.special]: 'special',
};
