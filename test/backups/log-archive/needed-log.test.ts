import { describe, expect, test } from 'vitest';
import { neededLog } from '../../../src/backups/log-archive/needed-log.ts';
import { formatLsn } from '../../../src/backups/log-position.ts';
import type { BaseBackupRecord } from '../../../src/backups/point-record.ts';
import { segmentName } from '../../../src/verification/wal.ts';

const SEGMENT = 16_777_216;
const at = (segment: number, offset = 0) => BigInt(segment * SEGMENT + offset);
const name = (timeline: number, segment: number) => segmentName(timeline, at(segment), SEGMENT);

function backup(timeline: number, start: bigint, end: bigint): BaseBackupRecord {
  const stated = { timeline, startLsn: formatLsn(start), walEndLsn: formatLsn(end), walSegmentBytes: SEGMENT };
  return stated as BaseBackupRecord;
}

const listing = (...segments: string[]) => ({ segments, unfinished: [], histories: [] });

describe('the log that backups need', () => {
  test('is nothing without a backup', () => {
    expect(neededLog([], listing(name(1, 1)), { timeline: 1, lsn: at(2) })).toEqual([]);
  });

  test('goes from the segment of the oldest one to where the slot says that it is archived', () => {
    const backups = [backup(1, at(4, 40), at(4, 90)), backup(1, at(2, 40), at(2, 90))];
    expect(neededLog(backups, listing(), { timeline: 1, lsn: at(5, 123) })).toEqual([
      {
        timeline: 1,
        segments: [name(1, 2), name(1, 3), name(1, 4)],
        growing: { name: name(1, 5), bytes: 123 },
      },
    ]);
  });

  test('of a timeline that has ended goes as far as it was archived, and as the backup itself at least', () => {
    const upTo = { timeline: 2, lsn: at(6, 1) };
    const backups = [backup(1, at(2, 40), at(4, 90)), backup(2, at(5, 40), at(5, 90))];
    const needed = neededLog(backups, listing(name(1, 2)), upTo);
    expect(needed).toEqual([
      { timeline: 1, segments: [name(1, 2), name(1, 3)], growing: undefined },
      { timeline: 2, segments: [name(2, 5)], growing: { name: name(2, 6), bytes: 1 } },
    ]);
    const further = neededLog(backups, listing(name(1, 2), name(1, 5)), upTo);
    expect(further[0]?.segments).toEqual([2, 3, 4, 5].map((segment) => name(1, segment)));
  });
});
