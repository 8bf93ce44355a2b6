import type { TimeFields } from './pattern-match.ts';
import type { FoundPoint } from './point-gathering.ts';

/** A point that a listing found, as far as the catalogue wants to know it. */
export interface ListedPoint {
  readonly name: string;
  readonly fields: TimeFields;
  /** In the order of their paths' bytes; of a point that is one file none. */
  readonly files: readonly { readonly path: string; readonly sizeBytes: number }[];
  readonly fileCount: number;
  readonly sizeBytes: number;
  readonly marks: Buffer;
  /** Newest time of change of its bytes, and of anything about it, in milliseconds since 1970. */
  readonly mtimeMs: number;
  readonly changedMs: number;
}

/** Points on their way from one thread to another: a few long pieces cost a fraction of many small ones. */
export interface PackedPoints {
  /** Each behind the other, NUL between them: no path holds one. */
  readonly names: string;
  /** Of each point in turn: its count of files, its size, and the two times. */
  readonly figures: Float64Array<ArrayBuffer>;
  /** 32 bytes of each. */
  readonly marks: Uint8Array<ArrayBuffer>;
  /** Only where names hold a time. */
  readonly fields: readonly TimeFields[] | undefined;
  /** Of points that are several files, those of one behind those of the other. */
  readonly paths: string;
  readonly pathBytes: Float64Array<ArrayBuffer>;
}

const FIGURES = 4;
const MARKS_BYTES = 32;
const NS_PER_MS = 1_000_000n;
const NO_FIELDS: TimeFields = {};

/** @param isOneFile whether each point is its one file, which is not told again. */
export function packPoints(
  points: readonly FoundPoint[],
  { isOneFile, isTimed }: { readonly isOneFile: boolean; readonly isTimed: boolean },
): PackedPoints {
  const figures = new Float64Array(FIGURES * points.length);
  const marks = new Uint8Array(MARKS_BYTES * points.length);
  for (const [index, point] of points.entries()) {
    const at = FIGURES * index;
    figures[at] = point.files.length;
    figures[at + 1] = point.sizeBytes;
    figures[at + 2] = Number(point.mtimeNs / NS_PER_MS);
    figures[at + 3] = Number(point.changedNs / NS_PER_MS);
    marks.set(point.marks, MARKS_BYTES * index);
  }
  const files = isOneFile ? [] : points.flatMap((point) => point.files);
  return {
    names: points.map(({ name }) => name).join('\0'),
    figures,
    marks,
    fields: isTimed ? points.map(({ fields }) => fields) : undefined,
    paths: files.map(({ path }) => path).join('\0'),
    pathBytes: Float64Array.from(files, ({ sizeBytes }) => sizeBytes),
  };
}

export function unpackPoints({ names, figures, marks, fields, paths, pathBytes }: PackedPoints): ListedPoint[] {
  if (figures.length === 0) return [];
  const allMarks = Buffer.from(marks.buffer);
  const allPaths = pathBytes.length === 0 ? [] : paths.split('\0');
  let file = 0;
  return names.split('\0').map((name, index) => {
    const at = FIGURES * index;
    const fileCount = figures[at] ?? 0;
    const first = file;
    if (pathBytes.length > 0) file += fileCount;
    return {
      ...{ name, fileCount, sizeBytes: figures[at + 1] ?? 0, mtimeMs: figures[at + 2] ?? 0 },
      changedMs: figures[at + 3] ?? 0,
      fields: fields?.[index] ?? NO_FIELDS,
      marks: allMarks.subarray(MARKS_BYTES * index, MARKS_BYTES * (index + 1)),
      files: allPaths.slice(first, file).map((path, place) => ({ path, sizeBytes: pathBytes[first + place] ?? 0 })),
    };
  });
}
