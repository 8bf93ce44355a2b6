import { type BigIntStats, lstatSync, type Stats } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { messageOf } from '../../kernel/errors.ts';
import type { SetListed } from './listed-set.ts';
import { type PackedPoints, packPoints } from './packed-points.ts';
import type { FoundPoint, PointClaim, PointShape } from './point-gathering.ts';
import { type ListedEntry, listRepository, type SkippedEntry } from './repository-listing.ts';
import { SetListing } from './set-listing.ts';

/** What the thread is told: one listing. */
export interface ListingTask {
  /** Real path of the repository. */
  readonly root: string;
  /** Names in the root that are passed over. */
  readonly apart: readonly string[];
  /** Directories in the root that only one set may look into, by its place in the task; -1: none. */
  readonly owned: readonly { readonly name: string; readonly index: number }[];
  readonly shapes: readonly PointShape[];
  /** Whether the points are wanted, or only the hash over what lies there. */
  readonly withPoints: boolean;
  /** How many messages were taken: the thread is never far ahead of who listens. */
  readonly taken: SharedArrayBuffer;
}

/** What is said of one set on the way. */
export interface SetProgress {
  /** None unless they are wanted. */
  readonly points: PackedPoints | undefined;
  /** Places that could not be looked at. */
  readonly unreadable: readonly string[];
  readonly hasOverflowed: boolean;
}

/** What the thread says: how it goes, for each set in the order of the task, and one end. */
export type ListingMessage =
  | { readonly kind: 'listed'; readonly sets: readonly SetProgress[] }
  | { readonly kind: 'end'; readonly sets: readonly SetListed[] }
  | { readonly kind: 'failed'; readonly message: string };

/** What each set, by its place in the task, wants a path for. */
type Claims = readonly (PointClaim | undefined)[];

/** It says something after so many names, and after so long. */
const TELL = { names: 1000, ms: 5000 } as const;

/** So many messages may wait to be taken. */
const UNTAKEN_MAX = 2;

function say(message: ListingMessage, transferred: readonly ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, [...transferred]);
}

class Listing {
  readonly #task: ListingTask;
  readonly #listings: readonly SetListing[];
  readonly #apart: ReadonlySet<string>;
  readonly #owned: ReadonlyMap<string, number>;
  readonly #taken: Int32Array;
  #found: FoundPoint[][];
  #said = 0;

  constructor(task: ListingTask) {
    this.#task = task;
    this.#listings = task.shapes.map((shape) => new SetListing(shape));
    this.#found = task.shapes.map(() => []);
    this.#apart = new Set(task.apart);
    this.#owned = new Map(task.owned.map(({ name, index }) => [name, index]));
    this.#taken = new Int32Array(task.taken);
  }

  list(): ListingMessage {
    let names = 0;
    let toldMs = performance.now();
    for (const _ of this.#walk()) {
      names += 1;
      // The time is asked for now and then: that costs something, too.
      const isLong = names % 16 === 0 && performance.now() - toldMs > TELL.ms;
      if (names % TELL.names !== 0 && !isLong) continue;
      this.#tell();
      toldMs = performance.now();
    }
    for (const [index, listing] of this.#listings.entries()) this.#keep(index, listing.gathering.finish());
    this.#tell();
    const sets = this.#listings.map((listing) => ({ digest: listing.digest(), passedOver: listing.passedOver() }));
    return { kind: 'end', sets };
  }

  #walk(): Generator<void> {
    const { root, withPoints } = this.#task;
    const place = { root, claim: this.#claim, onSkipped: this.#skip };
    if (withPoints) return listRepository({ ...place, look: lookExactly, onEntry: this.#take });
    return listRepository({ ...place, look: lookQuickly, onEntry: this.#note });
  }

  readonly #claim = (path: string, type: 'file' | 'directory'): Claims | undefined => {
    if (this.#apart.has(path)) return undefined;
    const owner = this.#owned.size === 0 ? undefined : this.#owned.get(path.split('/', 1)[0] ?? '');
    let isWanted = false;
    const claims = this.#listings.map(({ gathering }, index) => {
      if (owner !== undefined && owner !== index) return undefined;
      const claim = gathering.claim(path, type);
      isWanted ||= claim !== undefined;
      return claim;
    });
    return isWanted ? claims : undefined;
  };

  readonly #skip = (skipped: SkippedEntry<Claims>): void => {
    for (const [index, claim] of skipped.claim.entries()) if (claim) this.#listings[index]?.skip(skipped);
  };

  readonly #note = ({ path, type, stat, claim }: ListedEntry<Claims, Stats>): void => {
    this.#noteFigures(path, claim, type, stat.size, stat.mtimeMs);
  };

  readonly #take = ({ path, type, stat, claim }: ListedEntry<Claims, BigIntStats>): void => {
    const { mtimeNs, ctimeNs } = stat;
    const sizeBytes = Number(stat.size);
    this.#noteFigures(path, claim, type, sizeBytes, millisecondsOf(mtimeNs));
    const entry = { path, type, mtimeNs, ctimeNs, sizeBytes: type === 'file' ? sizeBytes : 0 };
    for (const [index, one] of claim.entries()) {
      if (one !== undefined) this.#keep(index, this.#listings[index]?.take(entry, one) ?? []);
    }
  };

  #noteFigures(path: string, claims: Claims, type: 'file' | 'directory', sizeBytes: number, mtimeMs: number): void {
    for (const [index, claim] of claims.entries()) {
      if (claim === undefined || claim === 'way') continue;
      if (type === 'file') this.#listings[index]?.note(path, sizeBytes, mtimeMs);
      else this.#listings[index]?.note(`${path}/`, 0, 0);
    }
  }

  #keep(index: number, points: readonly FoundPoint[]): void {
    for (const point of points) this.#found[index]?.push(point);
  }

  /** Says what was found, and waits while too much of that was not taken. */
  #tell(): void {
    const sets = this.#listings.map((listing, index): SetProgress => {
      const points = this.#packed(index);
      return { points, unreadable: listing.takeUnreadable(), hasOverflowed: listing.gathering.hasOverflowed };
    });
    say({ kind: 'listed', sets }, sets.flatMap(transferred));
    this.#found = this.#found.map(() => []);
    this.#said += 1;
    for (;;) {
      const taken = Atomics.load(this.#taken, 0);
      if (this.#said - taken <= UNTAKEN_MAX) return;
      Atomics.wait(this.#taken, 0, taken);
    }
  }

  #packed(index: number): PackedPoints | undefined {
    const found = this.#found[index] ?? [];
    const shape = this.#task.shapes[index];
    if (found.length === 0 || shape === undefined) return undefined;
    return packPoints(found, { isOneFile: shape.layout === 'file', isTimed: shape.timeSource === 'name' });
  }
}

function transferred({ points }: SetProgress): ArrayBuffer[] {
  return points === undefined ? [] : [points.figures.buffer, points.marks.buffer, points.pathBytes.buffer];
}

function lookQuickly(location: string): Stats | undefined {
  return lstatSync(location, { throwIfNoEntry: false });
}

function lookExactly(location: string): BigIntStats | undefined {
  return lstatSync(location, { bigint: true, throwIfNoEntry: false });
}

const NS_PER_SECOND = 1_000_000_000n;

/** As Node says it in doubles. */
function millisecondsOf(ns: bigint): number {
  return Number(ns / NS_PER_SECOND) * 1000 + Number(ns % NS_PER_SECOND) / 1e6;
}

parentPort?.on('message', (task: ListingTask) => {
  try {
    say(new Listing(task).list());
  } catch (thrown) {
    say({ kind: 'failed', message: messageOf(thrown) });
  }
});
