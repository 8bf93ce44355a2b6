import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Finding } from '../../src/verification/finding.ts';
import { judgeDamages } from './support/damage-matrix.ts';
import { type Damage, damagesOf, oneIn } from './support/damages.ts';
import { checkBytes, chunkRecord, digestRecord } from './support/file-checking.ts';
import { noise, zstd } from './support/point-making.ts';
import { pgScript } from './support/sql-making.ts';
import { madeTar } from './support/tar-structure.ts';
import { useDirectories } from './support/temporary-directory.ts';

const newDirectory = useDirectories();
let directory: string;

beforeAll(async () => {
  directory = await newDirectory();
});

const { bytes: tar, boundaries } = madeTar([
  { path: 'a', data: noise(150_000, 1) },
  { path: 'empty' },
  { path: 'b', data: Buffer.alloc(150_000, 'text\n') },
]);
const other = noise(200_000, 2);

const STORED: readonly (readonly [file: string, bytes: Buffer, boundaries: readonly number[]])[] = [
  ['a.tar', tar, boundaries],
  ['a.tar.gz', gzipSync(tar), []],
  ['a.tar.zst', zstd(tar), []],
  ['dump.sql.gz', gzipSync(pgScript(9000)), []],
  ['of no known format', noise(200_000, 3), []],
];

describe.each(STORED)('%s, whose digest is on record', (file, sound, cuts) => {
  const damages = () => oneIn(16, damagesOf(sound, { boundaries: cuts, other }));
  const judge = async (damage: Damage, record: ReturnType<typeof digestRecord>) =>
    (await checkBytes(directory, file, damage.bytes, { recorded: record })).findings;

  test('is sound before it is damaged', async () => {
    for (const recorded of [digestRecord(sound), chunkRecord(sound)]) {
      expect(await checkBytes(directory, file, sound, { recorded })).toMatchObject({ verdict: 'sound', findings: [] });
    }
  });

  test('shows every damage, once, and tells altered, corrupt, truncated and empty apart', async () => {
    const recorded = digestRecord(sound);
    for (const damage of damages()) {
      const [finding, ...more] = await judge(damage, recorded);
      expect(more, damage.name).toEqual([]);
      expect(finding, damage.name).toMatchObject({ file });
      // The digest alone does not say how long the file was; what its structure says of itself is believed.
      const { findings } = await checkBytes(directory, file, damage.bytes);
      expect(finding?.kind, damage.name).toBe(kindWithDigest(damage.bytes, findings));
    }
  });

  test('shows the damaged chunk, once, where the digests of its chunks are on record', async () => {
    const recorded = chunkRecord(sound);
    const findingsOf = async (bytes: Buffer) => (await checkBytes(directory, file, bytes, { recorded })).findings;
    const matrix = await judgeDamages(damages(), findingsOf);
    expect(matrix.missed).toEqual([]);
    expect(matrix.misplaced).toEqual([]);
    expect(matrix.scattered).toEqual([]);
    expect(matrix.tried).toBeGreaterThan(15);
  });

  test('is called truncated wherever its end is lost, when its length is on record', async () => {
    const recorded = chunkRecord(sound);
    for (const damage of damages()) {
      if (damage.kind !== 'cut' && damage.kind !== 'tail-lost') continue;
      expect(await judge(damage, recorded), damage.name).toMatchObject([
        { kind: 'truncated', offset: damage.bytes.length, endOffset: sound.length },
      ]);
    }
  });

  test('has a single turned bit within one chunk of 64 KiB', async () => {
    const recorded = chunkRecord(sound);
    for (const damage of damages()) {
      if (damage.kind !== 'bit') continue;
      const [finding] = await judge(damage, recorded);
      const offset = Math.floor(damage.range.offset / 65_536) * 65_536;
      expect(finding).toMatchObject({ offset, endOffset: Math.min(offset + 65_536, sound.length) });
    }
  });
});

/** What is wrong with the bytes themselves decides what a wrong digest is called. */
function kindWithDigest(bytes: Buffer, [own]: readonly Finding[]): string | undefined {
  if (bytes.length === 0) return 'empty';
  const isBroken = own !== undefined && ['corrupt', 'truncated', 'empty'].includes(own.kind);
  if (!isBroken) return 'altered';
  return own.kind === 'truncated' ? 'truncated' : 'corrupt';
}
