import { isUtf8 } from 'node:buffer';
import { type Dirent, readdirSync, realpathSync, type StatsBase } from 'node:fs';
import { decodeName } from '../../verification/tar-header.ts';

/** A file or directory that somebody wanted to know about. */
export interface ListedEntry<Claim, Stat> {
  /** From the root. */
  readonly path: string;
  readonly type: 'file' | 'directory';
  readonly stat: Stat;
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
export interface ListingOptions<Claim, Stat> {
  /** Real path of the directory (no link in it). */
  readonly root: string;
  /**
   * What a path (from the root) is wanted for; undefined: a file is not looked at, a directory not entered. Asked in the order
   * of the listing.
   */
  readonly claim: (path: string, type: 'file' | 'directory') => Claim | undefined;
  /** What the system says of a place, links not followed; undefined when nothing is there. May throw. */
  readonly look: (location: string) => Stat | undefined;
  readonly onEntry: (entry: ListedEntry<Claim, Stat>) => void;
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
export function* listRepository<Claim, Stat extends StatsBase<unknown>>(
  options: ListingOptions<Claim, Stat>,
): Generator<void> {
  const walk = new Walk(options);
  const rootClaim = options.claim('', 'directory');
  if (rootClaim === undefined) return;
  const open: OpenDirectory<Claim>[] = [
    { path: '', claim: rootClaim, keys: walk.keysIn('', rootClaim) ?? [], next: 0 },
  ];
  for (let directory = open.at(-1); directory !== undefined; directory = open.at(-1)) {
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

class Walk<Claim, Stat extends StatsBase<unknown>> {
  readonly #options: ListingOptions<Claim, Stat>;

  constructor(options: ListingOptions<Claim, Stat>) {
    this.#options = options;
  }

  /** Looks at one name; answers the directory that it opened. */
  look(parent: OpenDirectory<Claim>, key: string): OpenDirectory<Claim> | undefined {
    const { name, type } = nameOf(key);
    const path = parent.path === '' ? name : `${parent.path}/${name}`;
    if (type === undefined || isTooLong(path)) {
      this.#options.onSkipped({ path, reason: 'name', claim: parent.claim });
      return undefined;
    }
    if (type === 'directory') return this.#enter(path);
    if (type === 'file') this.#take(path);
    else this.#pass(path, type);
    return undefined;
  }

  #take(path: string): void {
    const claim = this.#options.claim(path, 'file');
    if (claim !== undefined) this.#list(path, 'file', claim);
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
    this.#list(path, 'directory', claim);
    return { path, claim, keys, next: 0 };
  }

  #pass(path: string, reason: 'link' | 'special'): void {
    const { claim: ask, onSkipped } = this.#options;
    const claim = ask(path, 'file') ?? ask(path, 'directory');
    if (claim !== undefined) onSkipped({ path, reason, claim });
  }

  #list(path: string, type: 'file' | 'directory', claim: Claim): void {
    const stat = this.#statOf(path, claim);
    // Gone, or something else, since the directory was read.
    if (stat === undefined || (type === 'file' ? !stat.isFile() : !stat.isDirectory())) return;
    this.#options.onEntry({ path, type, stat, claim });
  }

  #statOf(path: string, claim: Claim): Stat | undefined {
    const { root, look, onSkipped } = this.#options;
    try {
      return look(`${root}/${path}`);
    } catch {
      onSkipped({ path, reason: 'unreadable', claim });
      return undefined;
    }
  }
}

function isTooLong(path: string): boolean {
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
  const keys = readdirSync(location, { withFileTypes: true, encoding: 'buffer' }).map(
    (entry) => `${entry.name.toString('latin1')}${KEY_ENDS[typeOf(entry)]}`,
  );
  return keys.sort();
}

function typeOf(entry: Dirent<Buffer>): keyof typeof KEY_ENDS {
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
