import { beforeAll, describe, expect, test } from 'vitest';
import { judgeDamages } from './support/damage-matrix.ts';
import { damagesOf, oneIn } from './support/damages.ts';
import { checkBytes } from './support/file-checking.ts';
import { gzipMember, joined, type MadePacked, skippableFrame, zstdFrame } from './support/packed-structure.ts';
import { noise } from './support/point-making.ts';
import { pgScript } from './support/sql-making.ts';
import { tarOf } from './support/tar-making.ts';
import { useDirectories } from './support/temporary-directory.ts';
import { decodeAll } from './support/walking.ts';

const newDirectory = useDirectories();
let directory: string;

beforeAll(async () => {
  directory = await newDirectory();
});

/** Compresses to about half: neither stored as it is nor gone to nothing. */
const hex = (length: number, seed: number) => Buffer.from(noise(length / 2, seed).toString('hex'));

const tar = tarOf(
  { path: 'd/', typeflag: '5' },
  { path: 'd/long', data: hex(200_000, 1) },
  { path: 'd/empty' },
  { path: 'd/short', data: 'a few bytes' },
  { path: 'last', data: hex(50_000, 2) },
);
const otherTar = tarOf({ path: 'other', data: hex(240_000, 3) });
const sql = Buffer.from(pgScript(6000));
const plain = hex(150_000, 4);
const cut = (bytes: Buffer, ...at: number[]) =>
  [0, ...at].map((start, index) => bytes.subarray(start, at[index] ?? bytes.length));

interface Case {
  readonly file: string;
  readonly made: MadePacked;
  readonly other: Buffer;
  /** Without an archive inside, a part that is whole cannot be told from the whole. */
  readonly isBare?: boolean;
}

/**
 * Damage that changes nothing of what comes out: bits that fill up a block of zstd's Huffman codes. And two whole files of a
 * packing, one behind the other, are one whole file: only what is inside can object.
 */
async function isHarmless({ file, made, isBare = false }: Case, bytes: Buffer): Promise<boolean> {
  if (bytes.equals(Buffer.concat([made.bytes, made.bytes]))) return isBare;
  const packing = file.endsWith('.zst') ? 'zstd' : 'gzip';
  const [seen, sound] = await Promise.all([decodeAll(packing, bytes), decodeAll(packing, made.bytes)]);
  return seen.problem === undefined && seen.decoded.equals(sound.decoded);
}

const members = (bytes: Buffer) => joined(...cut(bytes, 70_000, 130_000).map((part) => gzipMember(part)));
const frames = (bytes: Buffer) => joined(...cut(bytes, 70_000, 130_000).map((part) => zstdFrame(part)));
const named = { name: 'a.tar', comment: 'made by hand', extra: Buffer.from('AB\x02\x00xy', 'latin1') };

const CASES: readonly Case[] = [
  { file: 'one.tar.gz', made: gzipMember(tar, { name: 'one.tar' }), other: gzipMember(otherTar).bytes },
  { file: 'checked.tgz', made: gzipMember(tar, { ...named, headerCrc: true }), other: gzipMember(otherTar).bytes },
  { file: 'members.tar.gz', made: members(tar), other: gzipMember(otherTar).bytes },
  { file: 'one.tar.zst', made: zstdFrame(tar), other: zstdFrame(otherTar).bytes },
  { file: 'unsized.tar.zst', made: zstdFrame(tar, { sized: false }), other: zstdFrame(otherTar).bytes },
  {
    file: 'frames.tar.zst',
    made: joined(skippableFrame(noise(100, 5)), frames(tar), skippableFrame(Buffer.alloc(0))),
    other: zstdFrame(otherTar).bytes,
  },
  { file: 'dump.sql.gz', made: gzipMember(sql), other: gzipMember(Buffer.from(pgScript(5000))).bytes },
  { file: 'bare.gz', made: gzipMember(plain), other: gzipMember(otherTar).bytes, isBare: true },
  { file: 'bare.zst', made: zstdFrame(plain), other: zstdFrame(otherTar).bytes, isBare: true },
];

describe.each(CASES)('$file', (kind) => {
  const { file, made, other } = kind;
  const looksSound = (bytes: Buffer) => isHarmless(kind, bytes);
  const { bytes: sound, fields, boundaries, blind } = made;
  const damages = () =>
    [...oneIn(12, damagesOf(sound, { fields, boundaries, other }), 5)].filter((damage) => damage.kind !== 'doubled');
  const findingsOf = async (bytes: Buffer) => (await checkBytes(directory, file, bytes)).findings;

  test('is sound before it is damaged', async () => {
    expect(await checkBytes(directory, file, sound)).toMatchObject({ verdict: 'sound', level: 'structure' });
  });

  test('shows every damage of every byte that its checksums cover, and says where, once', async () => {
    const matrix = await judgeDamages(damages(), findingsOf, { sound, blind, looksSound });
    expect(matrix.missed).toEqual([]);
    expect(matrix.misplaced).toEqual([]);
    expect(matrix.scattered).toEqual([]);
    expect(matrix.tried).toBeGreaterThan(25);
  });

  test('one behind the other is told where the second begins in what comes out, unless nothing inside can know', async () => {
    const { decoded } = await decodeAll(file.endsWith('.zst') ? 'zstd' : 'gzip', sound);
    const findings = await findingsOf(Buffer.concat([sound, sound]));
    if (kind.isBare === true) expect(findings).toEqual([]);
    else {
      expect(findings).toMatchObject([{ decodedOffset: expect.any(Number) }]);
      const { decodedOffset = 0 } = findings[0] ?? {};
      // Behind the end of a dump comes the comment that opens the next.
      expect(decodedOffset - decoded.length).toBeGreaterThanOrEqual(0);
      expect(decodedOffset - decoded.length).toBeLessThan(10);
    }
  });

  test('is called truncated where it is cut, corrupt where it is changed or followed, and empty when it is', async () => {
    const wanted = { cut: 'truncated', 'tail-lost': 'truncated', emptied: 'empty' } as Record<string, string>;
    for (const damage of oneIn(20, damagesOf(sound, { boundaries, other }))) {
      if (damage.kind === 'doubled' || (await looksSound(damage.bytes))) continue;
      const found = await findingsOf(damage.bytes);
      expect(found, damage.name).toMatchObject([{ kind: wanted[damage.kind] ?? 'corrupt', file }]);
    }
  });
});
