import { describe, expect, test } from 'vitest';
import { streamStart } from '../../../src/backups/log-archive/stream-start.ts';
import { segmentName } from '../../../src/verification/wal.ts';

const SEGMENT = 16_777_216;
const at = (segment: number) => BigInt(segment * SEGMENT);
const name = (timeline: number, segment: number) => segmentName(timeline, at(segment), SEGMENT);

const empty = { segments: [], unfinished: [], histories: [] };
const before = {
  listing: empty,
  timeline: 1,
  timelineBeginLsn: undefined,
  segmentBytes: SEGMENT,
  restartLsn: at(5) + 4096n,
  flushLsn: at(7) + 100n,
};

describe('archiving begins', () => {
  test('where the slot keeps the log, when nothing is archived yet: with the first byte of that segment', () => {
    expect(streamStart(before)).toEqual({ kind: 'new', fromLsn: at(5), otherwiseLsn: at(5) });
  });

  test('behind the last complete segment, even when the slot has kept more', () => {
    const listing = { ...empty, segments: [name(1, 5), name(1, 6)] };
    expect(streamStart({ ...before, listing })).toEqual({ kind: 'continued', fromLsn: at(7), otherwiseLsn: at(7) });
  });

  test('behind the last complete segment, even when the slot has kept less: the server may still have it', () => {
    const listing = { ...empty, segments: [name(1, 2), name(1, 3)] };
    expect(streamStart({ ...before, listing })).toEqual({ kind: 'continued', fromLsn: at(4), otherwiseLsn: at(5) });
  });

  test('with the segment that is being filled, when that lies behind a gap', () => {
    const listing = { ...empty, segments: [name(1, 2)], unfinished: [name(1, 6)] };
    expect(streamStart({ ...before, listing })).toMatchObject({ kind: 'continued', fromLsn: at(6) });
  });

  test('behind a complete segment of which a killed process has left the unfinished file too', () => {
    const listing = { ...empty, segments: [name(1, 6)], unfinished: [name(1, 6)] };
    expect(streamStart({ ...before, listing })).toMatchObject({ fromLsn: at(7) });
  });

  test('where a new timeline branched off from the archived one, in the middle of a segment', () => {
    const listing = { ...empty, segments: [name(1, 2), name(1, 9)] };
    const branch = { ...before, listing, timeline: 2, timelineBeginLsn: at(4) + 300n };
    expect(streamStart(branch)).toEqual({ kind: 'new', fromLsn: at(4), otherwiseLsn: at(5) });
  });

  test('not before the beginning of the timeline, whatever the slot has kept', () => {
    const branch = { ...before, timeline: 2, timelineBeginLsn: at(6) + 300n };
    expect(streamStart(branch)).toEqual({ kind: 'new', fromLsn: at(6), otherwiseLsn: at(6) });
  });

  test('not at all, when the archive knows more of the timeline than the server: that is another log', () => {
    const listing = { ...empty, segments: [name(1, 7)] };
    expect(streamStart({ ...before, listing })).toEqual({ kind: 'diverged', otherwiseLsn: at(5) });
  });
});
