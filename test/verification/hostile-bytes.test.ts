import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseBackupManifest } from '../../src/verification/backup-manifest.ts';
import { parseManifest } from '../../src/verification/manifest.ts';
import { parsePax } from '../../src/verification/tar-pax.ts';
import { readSegmentHeader } from '../../src/verification/wal.ts';
import { scaled } from '../support/scale.ts';
import { backupManifest, noise, zstd } from './support/point-making.ts';
import { paxEntry, tarEntry, tarOf, writeChecksum } from './support/tar-making.ts';
import { decodeAll, walk } from './support/walking.ts';

const bytes = fc.uint8Array({ maxLength: 3000 }).map((array) => Buffer.from(array));
const runs = (count: number) => ({ numRuns: scaled(count) });

/** A tar whose headers are changed at random places and given a right checksum again: only their meaning is wrong. */
const crooked = fc
  .array(fc.record({ at: fc.nat(511), byte: fc.nat(255) }), { minLength: 1, maxLength: 6 })
  .map((edits) => {
    const header = tarEntry({ path: 'dir/file', data: noise(700, 1) });
    for (const { at, byte } of edits) header[at] = byte;
    writeChecksum(header);
    return Buffer.concat([
      tarOf(paxEntry({ path: 'x' }), { path: 'first' }).subarray(0, -1024),
      header,
      tarOf({ path: 'last' }),
    ]);
  });

describe('bytes of any kind', () => {
  test('are never taken for a sound archive, and never stop the walk with an exception', () => {
    fc.assert(
      fc.property(bytes, (tar) => {
        expect(walk(tar).findings.length).toBeGreaterThan(0);
      }),
      runs(300),
    );
  });

  test('in headers with a right checksum give findings or entries, never an exception', () => {
    fc.assert(
      fc.property(crooked, (tar) => {
        const { findings, entries, isComplete } = walk(tar, { limits: { entriesMax: 10, nameBytesMax: 1000 } });
        expect(findings.length > 0 || (isComplete && entries >= 2)).toBe(true);
      }),
      runs(500),
    );
  });

  test.each(['gzip', 'zstd'] as const)('are never decoded as %s without a problem', async (packing) => {
    await fc.assert(
      fc.asyncProperty(bytes, async (stored) => {
        const { decoded, problem } = await decodeAll(packing, stored);
        expect(problem !== undefined || decoded.length === 0).toBe(true);
      }),
      runs(100),
    );
  });

  test('inside a zstd stream never hang, throw or give more than the limit', async () => {
    const stored = zstd(noise(40_000, 3));
    const limits = { expansionRatioMax: 10, expansionFreeBytes: 1_000_000 };
    await fc.assert(
      fc.asyncProperty(fc.nat(stored.length), bytes, async (at, junk) => {
        const spliced = Buffer.concat([stored.subarray(0, at), junk, stored.subarray(at)]);
        const { decoded, problem } = await decodeAll('zstd', spliced, { limits });
        expect(decoded.length).toBeLessThanOrEqual(1_000_000);
        expect(problem !== undefined || junk.length === 0).toBe(true);
      }),
      runs(100),
    );
  });

  test('are never read as a manifest, neither ours nor the server’s', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          bytes,
          fc.json().map((text) => Buffer.from(text)),
        ),
        (document) => {
          expect(parseManifest(document).manifest).toBeUndefined();
          expect(parseBackupManifest(document).manifest).toBeUndefined();
        },
      ),
      runs(300),
    );
  });

  test('as values of the server’s manifest, its checksum right, are refused or read, never an exception', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('Size": 3', 'Timeline": 1', '"0/2000028"', '"PG_VERSION"'),
        fc.json(),
        (place, json) => {
          const value = place.includes(': ') ? `${place.split(': ')[0]}: ${json}` : json;
          const change = (text: string) => text.replace(place, () => value);
          const { manifest, finding } = parseBackupManifest(
            backupManifest({ PG_VERSION: Buffer.from('18\n') }, change),
          );
          expect((manifest === undefined) !== (finding === undefined)).toBe(true);
        },
      ),
      runs(300),
    );
  });

  test('as pax records or as the head of a segment are read or refused, never an exception', () => {
    fc.assert(
      fc.property(bytes, (body) => {
        const { records, problem } = parsePax(body);
        expect((records === undefined) !== (problem === undefined)).toBe(true);
        readSegmentHeader(body.subarray(0, 40));
      }),
      runs(500),
    );
  });
});
