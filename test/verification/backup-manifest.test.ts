import { describe, expect, test } from 'vitest';
import { parseBackupManifest } from '../../src/verification/backup-manifest.ts';
import { parseLsn, readSegmentHeader, segmentName, segmentStart, segmentsOf } from '../../src/verification/wal.ts';
import { flipped } from './support/damage.ts';
import { backupManifest, DATA_FILES, SYSTEM_IDENTIFIER, segment } from './support/point-making.ts';

describe('backup_manifest', () => {
  const kindOf = (change: (text: string) => string) =>
    parseBackupManifest(backupManifest(DATA_FILES, change)).finding?.kind;

  test('gives every file, the log that recovery needs, and the cluster’s number without rounding it', () => {
    const { manifest } = parseBackupManifest(backupManifest());
    expect([...(manifest?.files.keys() ?? [])]).toEqual(Object.keys(DATA_FILES));
    expect(manifest).toMatchObject({
      digestAlgorithm: 'sha256',
      systemIdentifier: SYSTEM_IDENTIFIER,
      walRanges: [{ timeline: 1, startLsn: '0/2000028', endLsn: '0/2000120' }],
    });
  });

  test('that has any bit turned does not fit its own checksum', () => {
    const bytes = backupManifest({ PG_VERSION: Buffer.from('18\n') });
    for (let at = 0; at < bytes.length; at += 1) {
      for (const bit of [0, 4])
        expect(parseBackupManifest(flipped(bytes, at, bit)).finding, `byte ${at}`).toBeDefined();
    }
  });

  test('that is empty, cut, or cut between two lines is found', () => {
    const bytes = backupManifest();
    expect(parseBackupManifest(Buffer.alloc(0)).finding?.kind).toBe('empty');
    expect(parseBackupManifest(bytes.subarray(0, -1)).finding?.kind).toBe('truncated');
    expect(parseBackupManifest(bytes.subarray(0, bytes.lastIndexOf(10, -2) + 1)).finding?.kind).toBe('truncated');
  });

  test('names files whose names are not UTF-8 by their bytes', () => {
    const { manifest } = parseBackupManifest(
      backupManifest(DATA_FILES, (text) => text.replace('"Path": "PG_VERSION"', '"Encoded-Path": "61ff62"')),
    );
    expect(manifest?.files.has('a\\xffb')).toBe(true);
  });

  test('of version 1 has no number of the cluster, and a version to come is not guessed at', () => {
    const version1 = (text: string) =>
      text.replace('Version": 2', 'Version": 1').replace(/"System-Identifier": \d+,\n/, '');
    const { manifest } = parseBackupManifest(backupManifest(DATA_FILES, version1));
    expect(manifest?.files.size).toBe(Object.keys(DATA_FILES).length);
    expect(manifest).not.toHaveProperty('systemIdentifier');
    expect(kindOf((text) => text.replace('Version": 2', 'Version": 3'))).toBe('unknown-format');
  });

  test('that lists nothing, or a file twice, or is not of the known form, is refused', () => {
    expect(parseBackupManifest(backupManifest({})).finding?.kind).toBe('empty');
    expect(kindOf((text) => text.replace('"base/1/2601"', '"base/1/2600"'))).toBe('hostile');
    expect(kindOf((text) => text.replace('"Files"', '"Data"'))).toBe('unknown-format');
    expect(kindOf((text) => text.replace('"WAL-Ranges": [', '"WAL-Ranges": {'))).toBe('unknown-format');
  });
});

describe('write-ahead log', () => {
  const MIB = 1_048_576;

  test('positions are read as PostgreSQL prints them', () => {
    expect(parseLsn('16/B374D848')).toBe(0x16_b374d848n);
    for (const text of ['', '0', '0/', 'G/0', '0/123456789', ' 0/1']) expect(parseLsn(text)).toBeUndefined();
  });

  // pg_walfile_name('16/B374D848') with segments of 16 MiB is 0000000100000016000000B3.
  test('segments have the names that pg_walfile_name gives', () => {
    expect(segmentName(1, 0x16_b374d848n, 16 * MIB)).toBe('0000000100000016000000B3');
    expect(segmentName(10, 0x16_b374d848n, MIB)).toBe('0000000A0000001600000B37');
    expect(segmentStart('0000000100000016000000B3', 16 * MIB)).toBe(0x16_b3000000n);
  });

  test('a range needs the segments from its first byte to the one before its end', () => {
    const range = (startLsn: string, endLsn: string) => segmentsOf({ timeline: 1, startLsn, endLsn }, 16 * MIB);
    expect(range('0/2000028', '0/2000120')).toEqual(['000000010000000000000002']);
    expect(range('0/2000028', '0/3000000')).toEqual(['000000010000000000000002']);
    expect(range('0/FF000028', '1/1')).toEqual(['0000000100000000000000FF', '000000010000000100000000']);
  });

  test('a range that is none, or endless, is refused', () => {
    expect(segmentsOf({ timeline: 1, startLsn: '0/2', endLsn: '0/2' }, MIB)).toBeUndefined();
    expect(segmentsOf({ timeline: 1, startLsn: 'x', endLsn: '0/2' }, MIB)).toBeUndefined();
    expect(segmentsOf({ timeline: 1, startLsn: '0/0', endLsn: 'FFFFFFFF/FFFFFFFF' }, MIB)).toBeUndefined();
  });

  test('the header of a segment says where it belongs', () => {
    expect(readSegmentHeader(segment().subarray(0, 40))).toEqual({
      timeline: 1,
      startLsn: 0x2000000n,
      systemIdentifier: SYSTEM_IDENTIFIER,
      segmentBytes: MIB,
    });
    expect(readSegmentHeader(segment().subarray(0, 39))).toBeUndefined();
    expect(readSegmentHeader(Buffer.alloc(40))).toBeUndefined();
  });
});
