import { type BigIntStats, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { decodeName } from './tar-header.ts';

/** One name found in a tree. */
export interface TreeName {
  /** Relative to the root, with `/`. Bytes that are not UTF-8 stand as `\xHH`. */
  readonly path: string;
  /** What the system must be asked for: the same name, byte for byte. */
  readonly location: Buffer;
  readonly type: 'file' | 'directory' | 'symlink' | 'special';
  /** Zero unless it is a file. */
  readonly sizeBytes: number;
  readonly mode: number;
  readonly mtimeSeconds: number;
  readonly mtimeNs: bigint;
  /** Links only. */
  readonly target?: string;
}

/** A place in the tree that could not be looked at. */
interface TreeFault {
  /** `.` is the root. */
  readonly path: string;
  readonly reason: 'missing' | 'no-access' | 'not-a-directory' | 'unreadable';
  readonly code: string;
}

/** All that is in a tree, in ascending order of paths. */
export interface Tree {
  readonly names: readonly TreeName[];
  readonly faults: readonly TreeFault[];
  /** False when there is more than `namesMax`. */
  readonly isComplete: boolean;
  /** Of all files. */
  readonly totalBytes: number;
}

/** What a walk is told. */
export interface WalkOptions {
  readonly namesMax: number;
  readonly signal?: AbortSignal | undefined;
  /** Paths that are left out, with all that is below them. */
  readonly isLeftOut?: ((path: string) => boolean) | undefined;
  /** Only these names directly below the root, when given, with what is below them. */
  readonly only?: readonly string[] | undefined;
}

/** Names between two looks at the signal. */
const NAMES_PER_TURN = 2000;

/**
 * Lists a tree without following a link or opening a file. The system is asked synchronously: a promise for each of a
 * hundred thousand names costs several times what the answer costs. Other work gets its turn every 2,000 names.
 */
export async function walkTree(root: string, options: WalkOptions): Promise<Tree> {
  const walk = new TreeWalk(options);
  const waiting: { path: string; location: Buffer }[] = [{ path: '', location: Buffer.from(root) }];
  let looked = 0;
  for (let below = waiting.pop(); below !== undefined && walk.isComplete; below = waiting.pop()) {
    for (const name of walk.namesIn(below)) {
      if (walk.look(below, name)) waiting.push(walk.last);
      looked += 1;
      if (looked % NAMES_PER_TURN === 0) await setImmediate();
      options.signal?.throwIfAborted();
      if (!walk.isComplete) break;
    }
  }
  options.signal?.throwIfAborted();
  return walk.finish();
}

class TreeWalk {
  readonly #options: WalkOptions;
  readonly #names: TreeName[] = [];
  readonly #faults: TreeFault[] = [];
  isComplete = true;

  constructor(options: WalkOptions) {
    this.#options = options;
  }

  get last(): TreeName {
    const last = this.#names.at(-1);
    if (last === undefined) throw new RangeError('nothing was looked at');
    return last;
  }

  namesIn({ path, location }: { path: string; location: Buffer }): Buffer[] {
    const { only } = this.#options;
    if (path === '' && only !== undefined) return only.map((name) => Buffer.from(name));
    try {
      return readdirSync(location, { encoding: 'buffer' });
    } catch (thrown) {
      this.#fault(path, thrown);
      return [];
    }
  }

  /** Takes one name into the list; true when it is a directory. */
  look(below: { path: string; location: Buffer }, name: Buffer): boolean {
    const path = below.path === '' ? decodeName(name) : `${below.path}/${decodeName(name)}`;
    if (this.#options.isLeftOut?.(path) === true) return false;
    if (this.#names.length >= this.#options.namesMax) {
      this.isComplete = false;
      return false;
    }
    const location = Buffer.concat([below.location, SLASH, name]);
    try {
      const entry = nameOf(path, location, lstatSync(location, { bigint: true }));
      this.#names.push(entry);
      return entry.type === 'directory';
    } catch (thrown) {
      this.#fault(path, thrown);
      return false;
    }
  }

  finish(): Tree {
    this.#names.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
    const totalBytes = this.#names.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    return { names: this.#names, faults: this.#faults, isComplete: this.isComplete, totalBytes };
  }

  #fault(path: string, thrown: unknown): void {
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'EUNKNOWN';
    if (this.#faults.length < FAULTS_MAX)
      this.#faults.push({ path: path || '.', reason: REASONS[code] ?? 'unreadable', code });
  }
}

const SLASH = Buffer.from('/');

/** The first ones explain enough. */
const FAULTS_MAX = 100;

const REASONS: Readonly<Record<string, TreeFault['reason']>> = {
  ENOENT: 'missing',
  ENOTDIR: 'not-a-directory',
  EACCES: 'no-access',
  EPERM: 'no-access',
};

function nameOf(path: string, location: Buffer, stat: BigIntStats): TreeName {
  const common = {
    path,
    location,
    mode: Number(stat.mode & 0o7777n),
    mtimeSeconds: Math.floor(Number(stat.mtimeNs / MS) / 1000),
    mtimeNs: stat.mtimeNs,
  };
  if (stat.isFile()) return { ...common, type: 'file', sizeBytes: Number(stat.size) };
  if (stat.isDirectory()) return { ...common, type: 'directory', sizeBytes: 0 };
  if (!stat.isSymbolicLink()) return { ...common, type: 'special', sizeBytes: 0 };
  return {
    ...common,
    type: 'symlink',
    sizeBytes: 0,
    target: decodeName(readlinkSync(location, { encoding: 'buffer' })),
  };
}

const MS = 1_000_000n;

/** Whether the name is no longer what the walk saw. */
export function hasMoved({ location, type, sizeBytes, mode, mtimeNs }: TreeName): boolean {
  try {
    const stat = lstatSync(location, { bigint: true });
    const isSame = stat.mtimeNs === mtimeNs && Number(stat.mode & 0o7777n) === mode;
    return !isSame || (type === 'file' && Number(stat.size) !== sizeBytes);
  } catch {
    return true;
  }
}
