import { segmentStart } from '../../verification/wal.ts';
import { segmentStartOf } from '../log-position.ts';
import { type LogArchiveListing, timelineOf } from './archive-directory.ts';

/** What is known before the stream begins. */
export interface BeforeStream {
  readonly listing: LogArchiveListing;
  /** The server's own. */
  readonly timeline: number;
  /** Where the server's timeline began; undefined for the first one. */
  readonly timelineBeginLsn: bigint | undefined;
  readonly segmentBytes: number;
  /** The slot keeps the log from here on. */
  readonly restartLsn: bigint;
  /** The server has written so far. */
  readonly flushLsn: bigint;
}

/** Where the stream begins, always with the first byte of a segment. */
export type StreamStart =
  | {
      /** `new`: of this timeline nothing is archived yet. `continued`: what is missing in between would be a gap. */
      readonly kind: 'new' | 'continued';
      readonly fromLsn: bigint;
      /** Should the server no longer have that: from there on the slot has kept it. */
      readonly otherwiseLsn: bigint;
    }
  /** The archive knows more of this timeline than the server: that is another log. */
  | { readonly kind: 'diverged'; readonly otherwiseLsn: bigint };

/** Decides where archiving goes on. */
export function streamStart(before: BeforeStream): StreamStart {
  const { segmentBytes, timelineBeginLsn, restartLsn, flushLsn, listing } = before;
  const begin = segmentStartOf(timelineBeginLsn ?? 0n, segmentBytes);
  const kept = max(segmentStartOf(restartLsn, segmentBytes), begin);
  const archived = archivedEnd(before);
  if (archived !== undefined && archived > flushLsn) return { kind: 'diverged', otherwiseLsn: kept };
  if (archived !== undefined) return { kind: 'continued', fromLsn: archived, otherwiseLsn: max(kept, archived) };
  // A timeline that branched off from an archived one: its first segments complete what is archived of the other.
  const isBranch = timelineBeginLsn !== undefined && listing.segments.length > 0;
  return { kind: 'new', fromLsn: isBranch ? begin : kept, otherwiseLsn: kept };
}

/** The end of the newest complete segment of the timeline, or the beginning of one that is being filled behind it. */
function archivedEnd({ listing, timeline, segmentBytes }: BeforeStream): bigint | undefined {
  const last = (names: readonly string[]) => names.findLast((name) => timelineOf(name) === timeline);
  const complete = last(listing.segments);
  const unfinished = last(listing.unfinished);
  const ends = [
    ...(complete === undefined ? [] : [segmentStart(complete, segmentBytes) + BigInt(segmentBytes)]),
    ...(unfinished === undefined ? [] : [segmentStart(unfinished, segmentBytes)]),
  ];
  return ends.length === 0 ? undefined : ends.reduce(max);
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
