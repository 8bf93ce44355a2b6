import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scaled } from '../support/scale.ts';
import { judgeDamages } from './support/damage-matrix.ts';
import { damagesOf } from './support/damages.ts';
import { noise } from './support/point-making.ts';
import { checkZip } from './support/zip-checking.ts';
import { type MadeZipEnd, type MadeZipEntry, structureOf, zipOf } from './support/zip-making.ts';

const text = (lines: number) => Buffer.from(Array.from({ length: lines }, (_, index) => `line ${index}\n`).join(''));
const findingsOf = async (bytes: Buffer) => (await checkZip(bytes)).findings;

const PLAIN: readonly MadeZipEntry[] = [
  { name: 'directory/', mode: 0o040755 },
  { name: 'directory/text', data: text(9000), method: 8 },
  { name: 'stored', data: noise(70_000, 5), localExtra: Buffer.from('5554050003aabbccdd', 'hex') },
  { name: 'empty' },
  { name: 'link', data: 'stored', mode: 0o120777 },
  { name: 'noise', data: noise(50_000, 6), method: 8 },
];

/** The same with data descriptors, as a writer makes it that cannot go back. */
const STREAMED: readonly MadeZipEntry[] = PLAIN.map((entry) => {
  const flags = 8;
  const numbers = zipOf([{ ...entry, flags }]).subarray(14, 26);
  const descriptor = Buffer.concat([Buffer.from('PK\x07\x08', 'latin1'), numbers]);
  return { ...entry, flags, descriptor, editLocal: (header: Buffer) => void header.fill(0, 14, 26) };
});

const OTHER = zipOf([
  { name: 'a', data: noise(90_000, 8) },
  { name: 'b', data: text(20_000), method: 8 },
]);

const SOUND: readonly [string, readonly MadeZipEntry[], MadeZipEnd][] = [
  ['with sizes in its local headers', PLAIN, {}],
  ['with data descriptors', STREAMED, {}],
  ['with zip64 end records', PLAIN, { zip64: true }],
];

describe.each(SOUND)('a zip %s', (_, entries, end) => {
  const sound = zipOf(entries, end);

  test('is sound before it is damaged', async () => {
    expect(await checkZip(sound)).toEqual({ entries: 6, isComplete: true, findings: [], level: 'structure' });
  });

  test('shows every damage where the format has a checksum or a second copy, and where it lies', async () => {
    const { fields, boundaries, blind } = structureOf(sound);
    const damages = damagesOf(sound, { fields, boundaries, other: OTHER });
    const matrix = await judgeDamages(damages, findingsOf, { sound, blind });
    expect(matrix.missed).toEqual([]);
    expect(matrix.misplaced).toEqual([]);
    expect(matrix.tried).toBeGreaterThan(400);
  });

  test('is called truncated wherever it is cut, and empty when nothing is left', async () => {
    const { boundaries } = structureOf(sound);
    for (const { kind, bytes, name } of damagesOf(sound, { boundaries })) {
      if (kind !== 'cut' && kind !== 'tail-lost' && kind !== 'emptied') continue;
      const kinds = (await findingsOf(bytes)).map((finding) => finding.kind);
      expect(kinds, name).toEqual([kind === 'emptied' ? 'empty' : 'truncated']);
    }
  });

  test('without its end tells how many entries are whole and where the last of them ends', async () => {
    const { boundaries } = structureOf(sound);
    const third = sound.indexOf('PK\x03\x04', boundaries[4], 'latin1');
    const [finding] = await findingsOf(sound.subarray(0, third + 100));
    expect(finding).toMatchObject({ kind: 'truncated', offset: third, endOffset: third + 100 });
    expect(finding?.message).toContain('2 entries are whole');
  });
});

test('damaged data is told with its entry and the range of its data', async () => {
  const sound = zipOf(PLAIN);
  const at = sound.indexOf(noise(70_000, 5).subarray(0, 32));
  const damaged = Buffer.from(sound);
  damaged[at + 40_000] = (damaged[at + 40_000] ?? 0) ^ 1;
  expect(await findingsOf(damaged)).toEqual([
    expect.objectContaining({ kind: 'corrupt', entry: 'stored', offset: at, endOffset: at + 70_000 }),
  ]);
});

test('bytes of any kind, and headers with any change, give findings or entries, never an exception', async () => {
  const sound = zipOf(PLAIN);
  const { fields } = structureOf(sound);
  const places = fields.flatMap(({ offset, length }) => Array.from({ length }, (_, index) => offset + index));
  const edits = fc.array(fc.record({ at: fc.constantFrom(...places), byte: fc.nat(255) }), {
    minLength: 1,
    maxLength: 8,
  });
  await fc.assert(
    fc.asyncProperty(edits, fc.constantFrom(1009, 1_048_576), async (list, pieceBytes) => {
      const bytes = Buffer.from(sound);
      for (const { at, byte } of list) bytes[at] = byte;
      const { findings, isComplete } = await checkZip(bytes, { pieceBytes });
      expect(findings.length > 0 || isComplete).toBe(true);
      await checkZip(bytes, { pieceBytes, packed: true });
    }),
    { numRuns: scaled(200) },
  );
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), fc.boolean(), async (array, packed) => {
      const prefixed = Buffer.concat([sound.subarray(0, 60), Buffer.from(array)]);
      expect((await checkZip(Buffer.from(array), { packed })).findings.length).toBeGreaterThan(0);
      expect((await checkZip(prefixed, { packed })).findings.length).toBeGreaterThan(0);
    }),
    { numRuns: scaled(200) },
  );
});
