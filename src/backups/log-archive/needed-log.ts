import { segmentName, segmentStart } from '../../verification/wal.ts';
import { lsnOf, segmentStartOf } from '../log-position.ts';
import type { BaseBackupRecord } from '../point-record.ts';
import { type LogArchiveListing, timelineOf } from './archive-directory.ts';

/** The log that base backups need to be brought forward, of one timeline. */
export interface NeededLog {
  readonly timeline: number;
  /** Names of segments that must be complete, in order. */
  readonly segments: readonly string[];
  /** The segment that is being filled, and how much of it must be there; undefined for a timeline that has ended. */
  readonly growing: { readonly name: string; readonly bytes: number } | undefined;
}

/** How far the log is archived, by the slot. */
export interface ArchivedUpTo {
  readonly timeline: number;
  readonly lsn: bigint;
}

/**
 * What must lie in an archive: on every timeline of a base backup, everything from the beginning of the oldest one on, up to
 * where the slot says that it is archived; of timelines that have ended, up to the last segment that was archived of them, and
 * at least as far as the backups themselves reach.
 */
export function neededLog(
  backups: readonly BaseBackupRecord[],
  listing: LogArchiveListing,
  upTo: ArchivedUpTo | undefined,
): NeededLog[] {
  const timelines = [...new Set(backups.map(({ timeline }) => timeline))].sort((a, b) => a - b);
  return timelines.map((timeline) => {
    const own = backups.filter((backup) => backup.timeline === timeline);
    const segmentBytes = own[0]?.walSegmentBytes ?? 1;
    const from = own.map(({ startLsn }) => segmentStartOf(lsnOf(startLsn), segmentBytes)).reduce(min);
    const reached = own.map(({ walEndLsn }) => segmentStartOf(lsnOf(walEndLsn), segmentBytes)).reduce(max);
    const isLive = upTo?.timeline === timeline;
    const end = isLive
      ? segmentStartOf(upTo.lsn, segmentBytes)
      : max(reached, endOf(listing.segments, timeline, segmentBytes));
    const segments: string[] = [];
    for (let lsn = from; lsn < end; lsn += BigInt(segmentBytes))
      segments.push(segmentName(timeline, lsn, segmentBytes));
    const growing = isLive
      ? { name: segmentName(timeline, end, segmentBytes), bytes: Number(upTo.lsn - end) }
      : undefined;
    return { timeline, segments, growing };
  });
}

function endOf(segments: readonly string[], timeline: number, segmentBytes: number): bigint {
  const last = segments.findLast((name) => timelineOf(name) === timeline);
  return last === undefined ? 0n : segmentStart(last, segmentBytes) + BigInt(segmentBytes);
}

const min = (a: bigint, b: bigint) => (a < b ? a : b);
const max = (a: bigint, b: bigint) => (a > b ? a : b);
