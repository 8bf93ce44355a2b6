import { MANIFEST_FILE } from '../../verification/directory-marks.ts';
import type { FileFigures } from './file-stats.ts';
import type { SetListed } from './listed-set.ts';
import { type PackedPoints, packPoints } from './packed-points.ts';
import type { FoundPoint, PointClaim, PointEntry, PointShape } from './point-gathering.ts';
import type { ListedEntry, SkippedEntry } from './repository-listing.ts';
import { SetListing } from './set-listing.ts';

/** For which sets a repository is listed. */
export interface GatheringTask {
  /** Names in the root that are passed over. */
  readonly apart: readonly string[];
  /** Directories in the root that only one set may look into, by its place in the task; -1: none. */
  readonly owned: readonly { readonly name: string; readonly index: number }[];
  readonly shapes: readonly PointShape[];
  /** Whether the points are wanted, or only the hash over what lies there. */
  readonly withPoints: boolean;
  /** What Muster takes itself is whole with its manifest, which comes last, where nothing can be renamed. */
  readonly isWholeWithManifest?: boolean;
}

/** What is said of one set on the way. */
interface SetProgress {
  /** None unless they are wanted. */
  readonly points: PackedPoints | undefined;
  /** Places that could not be looked at. */
  readonly unreadable: readonly string[];
  readonly hasOverflowed: boolean;
}

/** How a listing goes, for each set in the order of the task, and its one end. */
export type GatheringNews =
  | { readonly kind: 'listed'; readonly sets: readonly SetProgress[] }
  | { readonly kind: 'end'; readonly sets: readonly SetListed[] };

/** What each set, by its place in the task, wants a path for. */
export type Claims = readonly (PointClaim | undefined)[];

/** One listing for all sets of a repository, whoever lists it. */
export class RepositoryGathering {
  readonly #task: GatheringTask;
  readonly #listings: readonly SetListing[];
  readonly #apart: ReadonlySet<string>;
  readonly #owned: ReadonlyMap<string, number>;
  readonly #owners: ReadonlySet<number>;
  #found: FoundPoint[][];

  constructor(task: GatheringTask) {
    this.#task = task;
    this.#listings = task.shapes.map((shape) => new SetListing(shape));
    this.#found = task.shapes.map(() => []);
    this.#apart = new Set(task.apart);
    this.#owned = new Map(task.owned.map(({ name, index }) => [name, index]));
    this.#owners = new Set(this.#owned.values());
  }

  /** Whether anything in a directory may be wanted. In any order, unlike {@link claim}. */
  mayEnter(directory: string): boolean {
    if (this.#apart.has(directory)) return false;
    const owner = this.#owned.get(directory.split('/', 1)[0] ?? '');
    return this.#listings.some(
      ({ gathering }, index) => (owner === undefined || owner === index) && gathering.mayEnter(directory),
    );
  }

  /** What a path is wanted for; asked in the order of the listing. */
  readonly claim = (path: string, type: 'file' | 'directory'): Claims | undefined => {
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

  readonly skip = (skipped: SkippedEntry<Claims>): void => {
    for (const [index, claim] of skipped.claim.entries()) if (claim) this.#listings[index]?.skip(skipped);
  };

  readonly take = ({ path, type, figures, claim: claims }: ListedEntry<Claims>): void => {
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

  /** What was found since it was asked last. */
  news(): GatheringNews {
    const sets = this.#listings.map((listing, index): SetProgress => {
      const points = this.#packed(index);
      return { points, unreadable: listing.takeUnreadable(), hasOverflowed: listing.gathering.hasOverflowed };
    });
    this.#found = this.#found.map(() => []);
    return { kind: 'listed', sets };
  }

  /** Nothing more comes: what is open is whole. */
  finish(): void {
    for (const [index, listing] of this.#listings.entries()) this.#keep(index, listing.gathering.finish());
  }

  end(): GatheringNews {
    const sets = this.#listings.map((listing) => ({ digest: listing.digest(), passedOver: listing.passedOver() }));
    return { kind: 'end', sets };
  }

  #keep(index: number, points: readonly FoundPoint[]): void {
    const isAny = this.#task.isWholeWithManifest !== true || !this.#owners.has(index);
    for (const point of points) if (isAny || hasManifest(point)) this.#found[index]?.push(point);
  }

  #packed(index: number): PackedPoints | undefined {
    const found = this.#found[index] ?? [];
    const shape = this.#task.shapes[index];
    if (found.length === 0 || shape === undefined) return undefined;
    return packPoints(found, { isOneFile: shape.layout === 'file', isTimed: shape.timeSource === 'name' });
  }
}

function hasManifest({ name, files }: FoundPoint): boolean {
  return files.some(({ path }) => path === `${name}/${MANIFEST_FILE}`);
}

function entryOf(path: string, type: 'file' | 'directory', { sizeBytes, mtimeNs, ctimeNs }: FileFigures): PointEntry {
  return { path, type, mtimeNs, ctimeNs, sizeBytes: Number(sizeBytes) };
}
