import type { ExternalDefinition } from './external-set.ts';
import { groupOf, matchPath, mayHold, type TimeFields } from './pattern-match.ts';
import { type MarkedFile, marksOf } from './point-marks.ts';
import { type PointPattern, parsePattern } from './point-pattern.ts';

/** What says which files belong to the points of a set. */
export type PointShape = Pick<ExternalDefinition, 'pattern' | 'layout' | 'timeSource' | 'zone' | 'digestSource'>;

/** A file or directory of a point, as the file system describes it. */
export interface PointEntry extends MarkedFile {
  readonly type: 'file' | 'directory';
  readonly ctimeNs: bigint;
}

/** A recovery point as it lies in the repository. */
export interface FoundPoint {
  readonly name: string;
  readonly fields: TimeFields;
  /** In the order of their paths' bytes. */
  readonly files: readonly MarkedFile[];
  readonly sizeBytes: number;
  readonly marks: Buffer;
  /** Newest time of change of its bytes, and of anything about it. */
  readonly mtimeNs: bigint;
  readonly changedNs: bigint;
}

/** What a path is wanted for by one set: on the way to a point, or as (part of) the point of that name. */
export type PointClaim = 'way' | { readonly name: string; readonly fields: TimeFields };

/** Points of more files than this, and sets that hold more open at once, are not gathered. */
const FILES_HELD_MAX = 250_000;

/** Lists of digests as they are called everywhere. */
const CHECKSUM_LIST = /^(sha(1|224|256|384|512)|b2|md5)sums(\.txt)?$|\.(sha(1|224|256|384|512)|b2|md5)(sums?)?$/i;

/**
 * Puts the files of a repository together to the points of one set. `claim` and then `take` are asked in the order of the
 * listing, so that a point can be given away as soon as no further file of it can come: at once for single files, when its
 * directory is over, when the next time begins. Only where wildcards stand before the time do all points wait for the end.
 */
export class PointGathering {
  readonly pattern: PointPattern;
  readonly #shape: PointShape;
  readonly #open = new Map<string, OpenPoint>();
  #held = 0;
  #claimed: { readonly name: string; readonly fields: TimeFields } | undefined;
  /** More files than can be held: nothing may be concluded about the set. */
  hasOverflowed = false;

  constructor(shape: PointShape) {
    this.#shape = shape;
    this.pattern = parsePattern(shape.pattern);
  }

  claim(path: string, type: 'file' | 'directory'): PointClaim | undefined {
    if (this.#shape.layout === 'directory') return this.#claimInDirectory(path, type);
    if (type === 'directory') return mayHold(this.pattern, path) ? 'way' : undefined;
    if (this.#isList(path)) return undefined;
    const match = matchPath(this.pattern, path);
    if (match === undefined) return undefined;
    return { name: this.#shape.layout === 'file' ? path : groupOf(this.pattern, match), fields: match.fields };
  }

  /** Whether a point, or some of one, may lie in a directory; unlike {@link claim} it may be asked in any order. */
  mayEnter(directory: string): boolean {
    if (directory === '' || mayHold(this.pattern, directory)) return true;
    if (this.#shape.layout !== 'directory') return false;
    const names = directory.split('/');
    return names.some((_, index) => matchPath(this.pattern, names.slice(0, index + 1).join('/')) !== undefined);
  }

  /** The points that became whole by what was listed. */
  take(entry: PointEntry, claim: PointClaim): readonly FoundPoint[] {
    const { layout } = this.#shape;
    const isEarly = layout === 'directory' || this.pattern.isTimeFirst;
    if (claim === 'way') return layout === 'directory' ? this.finish() : [];
    if (layout === 'file') return [foundPoint(claim, [entry], entry.ctimeNs)];
    const whole = isEarly && !this.#open.has(claim.name) ? this.finish() : [];
    const point = this.#open.get(claim.name) ?? { claim, files: [], ctimeNs: entry.ctimeNs };
    this.#open.set(claim.name, point);
    if (entry.type === 'file') this.#hold(point, entry);
    return whole;
  }

  /** The points that are open, at the end of the listing. */
  finish(): readonly FoundPoint[] {
    const whole = [...this.#open.values()].map(({ claim, files, ctimeNs }) => foundPoint(claim, files, ctimeNs));
    this.#open.clear();
    this.#held = 0;
    return whole;
  }

  /** The outermost directory that fits is the point, with all that lies below it. */
  #claimInDirectory(path: string, type: 'file' | 'directory'): PointClaim | undefined {
    if (this.#claimed !== undefined && path.startsWith(`${this.#claimed.name}/`)) return this.#claimed;
    if (type === 'file') return undefined;
    const match = path === '' ? undefined : matchPath(this.pattern, path);
    if (match === undefined) return mayHold(this.pattern, path) ? 'way' : undefined;
    this.#claimed = { name: path, fields: match.fields };
    return this.#claimed;
  }

  /** A list of digests beside a point is none. */
  #isList(path: string): boolean {
    return this.#shape.digestSource === 'manifest' && CHECKSUM_LIST.test(path.slice(path.lastIndexOf('/') + 1));
  }

  #hold(point: OpenPoint, entry: PointEntry): void {
    this.#held += 1;
    if (this.#held > FILES_HELD_MAX) this.hasOverflowed = true;
    if (this.hasOverflowed) return;
    point.files.push({ path: entry.path, sizeBytes: entry.sizeBytes, mtimeNs: entry.mtimeNs });
    if (entry.ctimeNs > point.ctimeNs) point.ctimeNs = entry.ctimeNs;
  }
}

interface OpenPoint {
  readonly claim: { readonly name: string; readonly fields: TimeFields };
  readonly files: MarkedFile[];
  ctimeNs: bigint;
}

/** The point that these files make. @param ctimeNs when anything about it last changed. */
export function foundPoint(
  { name, fields }: OpenPoint['claim'],
  files: readonly MarkedFile[],
  ctimeNs: bigint,
): FoundPoint {
  let sizeBytes = 0;
  let mtimeNs: bigint | undefined;
  for (const file of files) {
    sizeBytes += file.sizeBytes;
    if (mtimeNs === undefined || file.mtimeNs > mtimeNs) mtimeNs = file.mtimeNs;
  }
  // An empty directory: when it last changed is all there is.
  const changedNs = mtimeNs !== undefined && mtimeNs > ctimeNs ? mtimeNs : ctimeNs;
  return { name, fields, files, sizeBytes, marks: marksOf(files), mtimeNs: mtimeNs ?? ctimeNs, changedNs };
}
