import { createHash } from 'node:crypto';
import {
  type FoundPoint,
  type PointClaim,
  type PointEntry,
  PointGathering,
  type PointShape,
} from './point-gathering.ts';
import type { SkippedEntry, SkipReason } from './repository-listing.ts';

/** How many there were, and the names of the first. */
export interface Tally {
  readonly count: number;
  readonly first: readonly string[];
}

/** Names that a tally keeps, and characters that it keeps of each. */
const TALLY = { names: 10, characters: 500 } as const;

export const NONE: Tally = { count: 0, first: [] };

/** The tally with some more names. */
export function withMore({ count, first }: Tally, names: readonly string[]): Tally {
  const shown = names.slice(0, TALLY.names - first.length).map((name) => name.slice(0, TALLY.characters));
  return { count: count + names.length, first: [...first, ...shown] };
}

/** Why something that a set might have wanted was passed over. */
export type PassedOver = Readonly<Partial<Record<SkipReason | 'too-many-files', Tally>>>;

/** More places that cannot be looked at than this, and nothing is concluded about the set. */
export const UNREADABLE_MAX = 1000;

/** One listing of one set, where it is made: the points that it finds, a hash over all it saw, and where it could not look. */
export class SetListing {
  readonly gathering: PointGathering;
  readonly #shape: PointShape;
  readonly #hash = createHash('sha256');
  #unreadable: string[] = [];
  #unreadableCount = 0;
  #skipped: PassedOver = {};
  #names: string[] = [];
  readonly #figures = new BigInt64Array(2 * NAMES_PER_UPDATE);

  constructor(shape: PointShape) {
    const { pattern, layout, timeSource, zone, digestSource } = shape;
    this.#shape = shape;
    this.gathering = new PointGathering(shape);
    this.#hash.update(`listing 2 ${JSON.stringify([pattern, layout, timeSource, zone, digestSource])}\n`);
  }

  /** Takes a file, or a directory, into the hash. */
  note(path: string, sizeBytes: bigint, mtimeNs: bigint): void {
    const at = 2 * this.#names.length;
    this.#names.push(path);
    this.#figures[at] = sizeBytes;
    this.#figures[at + 1] = mtimeNs;
    if (this.#names.length === NAMES_PER_UPDATE) this.#update();
  }

  /** The points that became whole. */
  take(entry: PointEntry, claim: PointClaim): readonly FoundPoint[] {
    return this.gathering.take(entry, claim);
  }

  skip({ path, reason }: SkippedEntry<unknown>): void {
    this.#count(reason, path);
    if (reason !== 'unreadable') return;
    // No path ends like this.
    this.note(`${path}//`, 0n, 0n);
    this.#unreadableCount += 1;
    if (this.#unreadableCount <= UNREADABLE_MAX + 1) this.#unreadable.push(path);
  }

  /** The places that could not be looked at, but for those that were told already. */
  takeUnreadable(): readonly string[] {
    const places = this.#unreadable;
    this.#unreadable = [];
    return places;
  }

  passedOver(): PassedOver {
    if (this.gathering.hasOverflowed) this.#count('too-many-files', this.#shape.pattern);
    return this.#skipped;
  }

  /** SHA-256 over all that was seen. To be asked once. */
  digest(): Buffer {
    this.#update();
    return this.#hash.digest();
  }

  #count(reason: keyof PassedOver, path: string): void {
    this.#skipped = { ...this.#skipped, [reason]: withMore(this.#skipped[reason] ?? NONE, [path]) };
  }

  #update(): void {
    this.#hash.update(this.#names.join('\0'));
    this.#hash.update(this.#figures.subarray(0, 2 * this.#names.length));
    this.#names = [];
  }
}

const NAMES_PER_UPDATE = 1000;
