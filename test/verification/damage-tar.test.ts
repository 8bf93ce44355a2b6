import { beforeAll, describe, expect, test } from 'vitest';
import { flipped } from './support/damage.ts';
import { judgeDamages } from './support/damage-matrix.ts';
import { damagesOf, oneIn } from './support/damages.ts';
import { checkBytes } from './support/file-checking.ts';
import { noise } from './support/point-making.ts';
import { type MadeEntry, paxEntry } from './support/tar-making.ts';
import { endsEarly, madeTar } from './support/tar-structure.ts';
import { useDirectories } from './support/temporary-directory.ts';

const newDirectory = useDirectories();
let directory: string;

beforeAll(async () => {
  directory = await newDirectory();
});

const GNU = 'ustar  \0';
const LONG = `${'d'.repeat(90)}/${'n'.repeat(90)}`;

/** Entries of every length that matters: none, less than a block, whole blocks, many blocks. */
const entries = (name: string, magic?: string): MadeEntry[] => [
  { path: `${name}/`, typeflag: '5', ...(magic && { magic }) },
  { path: `${name}/long`, data: noise(70_000, 1), ...(magic && { magic }) },
  { path: `${name}/empty`, ...(magic && { magic }) },
  { path: `${name}/short`, data: 'a few bytes', ...(magic && { magic }) },
  { path: `${name}/blocks`, data: noise(5120, 2), ...(magic && { magic }) },
  { path: `${name}/link`, typeflag: '2', target: 'long', ...(magic && { magic }) },
  { path: `${name}/also empty`, ...(magic && { magic }) },
  { path: `${name}/last`, data: noise(40_001, 3), ...(magic && { magic }) },
];

const MADE = {
  ustar: madeTar([...entries('ustar'), { path: 'n'.repeat(90), prefix: 'p'.repeat(100), data: 'x' }]),
  gnu: madeTar(
    [
      { path: '././@LongLink', typeflag: 'L', data: `${LONG}\0`, magic: GNU },
      { path: LONG.slice(0, 100), data: noise(900, 4), magic: GNU },
      ...entries('gnu', GNU),
    ],
    10_240,
  ),
  pax: madeTar([
    paxEntry({ comment: 'made by hand' }, 'g'),
    paxEntry({ path: 'pax/名前', mtime: '1700000000.5', size: '3000' }),
    { path: 'pax/name', data: noise(3000, 5), sizeField: '00000000000\0' },
    ...entries('pax'),
  ]),
};
const OTHER = madeTar(entries('other')).bytes;

describe.each(Object.entries(MADE))('a tar of the kind %s', (kind, made) => {
  const sound = made.bytes;
  const file = `${kind}.tar`;
  const findingsOf = async (bytes: Buffer) => (await checkBytes(directory, file, bytes)).findings;

  test('is sound before it is damaged', async () => {
    expect(await checkBytes(directory, file, sound)).toMatchObject({
      verdict: 'sound',
      level: 'structure',
      format: 'tar',
    });
  });

  test('shows every damage but that of the data of its entries, and says where, once', async () => {
    const { fields, boundaries, blind } = made;
    const damages = oneIn(6, damagesOf(sound, { fields, boundaries, other: OTHER }));
    const looksSound = (bytes: Buffer) => endsEarly(made, bytes);
    const matrix = await judgeDamages(damages, findingsOf, { sound, blind, looksSound });
    expect(matrix.missed).toEqual([]);
    expect(matrix.misplaced).toEqual([]);
    expect(matrix.scattered).toEqual([]);
    expect(matrix.tried).toBeGreaterThan(120);
  });

  test('is called truncated where it is cut, corrupt where it is changed, empty where nothing is left', async () => {
    const kinds = new Map<string, Set<string>>();
    for (const damage of oneIn(12, damagesOf(sound, { boundaries: made.boundaries, other: OTHER }))) {
      const [finding] = await findingsOf(damage.bytes);
      if (finding !== undefined) kinds.set(damage.kind, (kinds.get(damage.kind) ?? new Set()).add(finding.kind));
    }
    for (const damage of ['cut', 'tail-lost']) expect(kinds.get(damage)).toEqual(new Set(['truncated']));
    for (const damage of ['garbage-appended', 'doubled', 'spliced']) {
      expect(kinds.get(damage), damage).toEqual(new Set(['corrupt']));
    }
    expect(kinds.get('emptied')).toEqual(new Set(['empty']));
  });

  test('says behind which entry a header is broken, and in which one it is cut', async () => {
    const start = made.starts[made.starts.length - 3] ?? 0;
    const before = await findingsOf(flipped(sound, start + 130));
    expect(before).toMatchObject([{ kind: 'corrupt', offset: start, endOffset: start + 512 }]);
    expect(before[0]?.message).toMatch(/behind the entry (.*\/link|.*\/also empty)/);
    const last = made.starts.at(-2) ?? 0;
    const cut = sound.subarray(0, last + 512);
    const [finding] = await findingsOf(cut.subarray(0, cut.length - 100));
    expect(finding).toMatchObject({ kind: 'truncated', offset: cut.length - 100 });
  });
});
