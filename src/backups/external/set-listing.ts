import { createHash } from 'node:crypto';
import type { ExternalSet } from '../backup-catalogue.ts';
import { type FoundPoint, type PointClaim, PointGathering } from './point-gathering.ts';
import { markLine } from './point-marks.ts';
import type { ListedEntry, SkippedEntry, SkipReason } from './repository-listing.ts';

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
const UNREADABLE_MAX = 1000;

/** One listing of one set: the points that it finds, a hash over all it saw, and where it could not look. */
export class SetListing {
  readonly set: ExternalSet;
  readonly gathering: PointGathering;
  readonly #hash = createHash('sha256');
  readonly #unreadable: string[] = [];
  #skipped: PassedOver = {};
  #lines: string[] = [];

  constructor(set: ExternalSet) {
    const { pattern, layout, timeSource, zone, digestSource } = set.external;
    this.set = set;
    this.gathering = new PointGathering(set);
    this.#hash.update(`${JSON.stringify([pattern, layout, timeSource, zone, digestSource])}\n`);
  }

  /** Takes an entry into the hash; the points that it made whole are for who wants them. */
  note(entry: ListedEntry<unknown>, claim: PointClaim): void {
    if (claim === 'way') return;
    this.#lines.push(entry.type === 'file' ? markLine(entry) : `${entry.path}/\n`);
    if (this.#lines.length >= LINES_PER_UPDATE) this.#update();
  }

  skip({ path, reason }: SkippedEntry<unknown>): void {
    this.#count(reason, path);
    if (reason !== 'unreadable') return;
    this.#lines.push(`${path}\0unreadable\n`);
    if (this.#unreadable.length <= UNREADABLE_MAX) this.#unreadable.push(path);
  }

  /** Whether more of this point may lie where nobody could look: then nothing is concluded about it. */
  isInDoubt(name: string): boolean {
    if (this.gathering.hasOverflowed || this.#unreadable.length > UNREADABLE_MAX) return true;
    if (this.set.external.layout === 'files') return this.#unreadable.length > 0;
    return this.#unreadable.some(
      (path) => path === name || name.startsWith(`${path}/`) || path.startsWith(`${name}/`) || path === '',
    );
  }

  passedOver(): PassedOver {
    if (this.gathering.hasOverflowed) this.#count('too-many-files', this.set.external.pattern);
    return this.#skipped;
  }

  /** SHA-256 over all that was seen, and over what the catalogue said then. To be asked once. */
  digest(pointCounts: string): Buffer {
    this.#update();
    return this.#hash.update(pointCounts).digest();
  }

  /** The points that are whole at the end. */
  finish(): readonly FoundPoint[] {
    return this.gathering.finish();
  }

  #count(reason: keyof PassedOver, path: string): void {
    this.#skipped = { ...this.#skipped, [reason]: withMore(this.#skipped[reason] ?? NONE, [path]) };
  }

  #update(): void {
    this.#hash.update(this.#lines.join(''));
    this.#lines = [];
  }
}

const LINES_PER_UPDATE = 1000;
