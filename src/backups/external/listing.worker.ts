import { parentPort } from 'node:worker_threads';
import { messageOf } from '../../kernel/errors.ts';
import { type FileFigures, FileStats } from './file-stats.ts';
import type { SetListed } from './listed-set.ts';
import { type PackedPoints, packPoints } from './packed-points.ts';
import type { FoundPoint, PointClaim, PointEntry, PointShape } from './point-gathering.ts';
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

/** Kept from one listing to the next. */
const STATS = new FileStats();

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
    const { root } = this.#task;
    return listRepository({ root, stats: STATS, claim: this.#claim, onSkipped: this.#skip, onEntry: this.#take });
  }

  readonly #claim = (path: string, type: 'file' | 'directory'): Claims | undefined => {
    if (this.#apart.has(path)) return undefined;
    const owner = this.#owned.size === 0 ? undefined : this.#owned.get(path.split('/', 1)[0] ?? '');
    let claims: (PointClaim | undefined)[] | undefined;
    for (let index = 0; index < this.#listings.length; index += 1) {
      if (owner !== undefined && owner !== index) continue;
      const claim = this.#listings[index]?.gathering.claim(path, type);
      if (claim === undefined) continue;
      claims ??= [];
      claims[index] = claim;
    }
    return claims;
  };

  readonly #skip = (skipped: SkippedEntry<Claims>): void => {
    for (const [index, claim] of skipped.claim.entries()) if (claim) this.#listings[index]?.skip(skipped);
  };

  readonly #take = ({ path, type, figures, claim: claims }: ListedEntry<Claims>): void => {
    const { withPoints } = this.#task;
    for (let index = 0; index < claims.length; index += 1) {
      const claim = claims[index];
      const listing = this.#listings[index];
      if (claim === undefined || listing === undefined) continue;
      if (claim !== 'way' && type === 'file') listing.note(path, figures.sizeBytes, figures.mtimeNs);
      else if (claim !== 'way') listing.note(`${path}/`, 0n, 0n);
      if (withPoints) this.#keep(index, listing.take(entryOf(path, type, figures), claim));
    }
  };

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

function entryOf(path: string, type: 'file' | 'directory', { sizeBytes, mtimeNs, ctimeNs }: FileFigures): PointEntry {
  return { path, type, mtimeNs, ctimeNs, sizeBytes: Number(sizeBytes) };
}

parentPort?.on('message', (task: ListingTask) => {
  try {
    say(new Listing(task).list());
  } catch (thrown) {
    say({ kind: 'failed', message: messageOf(thrown) });
  }
});
