import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constants, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/verification/limits.ts';
import { verifyTarget } from '../../src/verification/verify-target.ts';
import { segmentName, segmentStart } from '../../src/verification/wal.ts';

const SEGMENT = 1_048_576;
const PAGE = 8192;
const SYSTEM = 7_300_000_000_000_000_001n;
const NAME = segmentName(2, BigInt(5 * SEGMENT), SEGMENT);

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'muster-w-'));
});
afterAll(() => rm(directory, { recursive: true }));

/** A segment as PostgreSQL writes it: a long header, and a short one at the start of every other page. */
function segment({ timelines = (_page: number): number => 2, pages = SEGMENT / PAGE } = {}): Buffer {
  const bytes = Buffer.alloc(SEGMENT);
  for (let page = 0; page < pages; page += 1) {
    const at = page * PAGE;
    bytes.fill(0x5a, at, at + PAGE);
    bytes.writeUInt16LE(0xd118, at);
    bytes.writeUInt16LE(page === 0 ? 2 : 0, at + 2);
    bytes.writeUInt32LE(timelines(page), at + 4);
    bytes.writeBigUInt64LE(segmentStart(NAME, SEGMENT) + BigInt(at), at + 8);
  }
  bytes.writeBigUInt64LE(SYSTEM, 24);
  bytes.writeUInt32LE(SEGMENT, 32);
  bytes.writeUInt32LE(PAGE, 36);
  return bytes;
}

async function check(bytes: Buffer, packed = pack(bytes)) {
  const file = `${NAME}.zst`;
  await writeFile(join(directory, file), packed);
  const target = { kind: 'wal-segment', path: file, directory, file, sizeBytes: 0, systemIdentifier: SYSTEM } as const;
  const { verdict, findings } = await verifyTarget(target, {
    level: 'structure',
    limits: DEFAULT_LIMITS,
    publicKeys: [],
  });
  return { verdict, kinds: findings.map(({ kind }) => kind), said: findings[0]?.message };
}

const pack = (bytes: Buffer) => zstdCompressSync(bytes, { params: { [constants.ZSTD_c_checksumFlag]: 1 } });

describe('a segment of the write-ahead log', () => {
  test('is sound when every page lies where it says, also behind the copy of an older timeline', async () => {
    expect(await check(segment())).toMatchObject({ verdict: 'sound', kinds: [] });
    expect(await check(segment({ timelines: (page) => (page < 40 ? 1 : 2) }))).toMatchObject({ verdict: 'sound' });
  });

  test('is sound when the log was switched in the middle of it, and the rest is zeros', async () => {
    expect(await check(segment({ pages: 17 }))).toMatchObject({ verdict: 'sound' });
    const stray = segment({ pages: 17 });
    stray[SEGMENT - 1] = 1;
    expect(await check(stray)).toMatchObject({ verdict: 'damaged', kinds: ['corrupt'] });
  });

  test.each([
    ['is of another cluster', (bytes: Buffer) => bytes.writeBigUInt64LE(SYSTEM + 1n, 24), /another cluster/],
    [
      'holds another part of the log',
      (bytes: Buffer) => bytes.writeBigUInt64LE(0n, 30 * PAGE + 8),
      /the page at 245760 holds/,
    ],
    ['has a page of a younger timeline', (bytes: Buffer) => bytes.writeUInt32LE(3, 30 * PAGE + 4), /timeline 3/],
    ['goes back to an older timeline', (bytes: Buffer) => bytes.writeUInt32LE(1, 30 * PAGE + 4), /timeline 1/],
    ['does not begin as one', (bytes: Buffer) => bytes.fill(0, 0, 40), /does not begin/],
  ] as const)('is corrupt when it %s', async (_, damage, words) => {
    const bytes = segment();
    damage(bytes);
    expect(await check(bytes)).toMatchObject({
      verdict: 'damaged',
      kinds: ['corrupt'],
      said: expect.stringMatching(words),
    });
  });

  test('is truncated when pages are missing at its end, and corrupt when there are too many', async () => {
    expect(await check(segment().subarray(0, 100 * PAGE))).toMatchObject({ kinds: ['truncated'] });
    expect((await check(Buffer.concat([segment(), Buffer.alloc(PAGE)]))).kinds).toEqual(['corrupt']);
  });

  test('is damaged when its packing is: one changed byte, or a lost end', async () => {
    const packed = pack(segment({ pages: 60 }));
    const changed = Buffer.from(packed);
    const middle = Math.floor(changed.length / 2);
    changed[middle] = (changed[middle] ?? 0) ^ 0x10;
    expect(await check(Buffer.alloc(0), changed)).toMatchObject({ verdict: 'damaged' });
    expect((await check(Buffer.alloc(0), packed.subarray(0, -6))).kinds).toEqual(['truncated']);
  });
});
