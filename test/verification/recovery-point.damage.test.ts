import { truncate, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { flipped, overwritten, swapped } from './support/damage.ts';
import {
  backupManifest,
  checkChanged,
  DATA_FILES,
  editing,
  flattened,
  pointFiles,
  SEGMENT,
  writePoint,
  zstd,
} from './support/point-making.ts';
import { tarOf } from './support/tar-making.ts';
import { useDirectories } from './support/temporary-directory.ts';

const newDirectory = useDirectories();
const files = pointFiles();
let pristine: string;
let copy: string;

beforeAll(async () => {
  pristine = await newDirectory();
  copy = await newDirectory();
  await writePoint(pristine, files);
});

const changed = (change: (directory: string) => Promise<unknown>) => checkChanged(pristine, copy, change);
const sizeOf = (path: string) => files[path]?.length ?? 0;

/** Damage to one file: what it is, and what the one root finding must say. */
const damages: readonly {
  readonly what: string;
  readonly file: string;
  readonly edit: (bytes: Buffer) => Buffer;
  readonly expected: object;
}[] = [
  {
    what: 'a bit turned in the middle of the archive',
    file: 'base.tar.zst',
    edit: (bytes) => flipped(bytes, 200_000),
    expected: { verdict: 'damaged', findings: [{ kind: 'corrupt', offset: 196_608, endOffset: 262_144 }] },
  },
  {
    what: 'a zeroed sector of the archive',
    file: 'base.tar.zst',
    edit: (bytes) => overwritten(bytes, 70_000, 512),
    expected: { verdict: 'damaged', findings: [{ kind: 'corrupt', offset: 65_536, endOffset: 131_072 }] },
  },
  {
    what: 'two exchanged blocks of the archive',
    file: 'base.tar.zst',
    edit: (bytes) => swapped(bytes, 65_536, 196_608, 4096),
    expected: { verdict: 'damaged', findings: [{ kind: 'corrupt', offset: 65_536, endOffset: 131_072 }] },
  },
  {
    what: 'a lost tail of the archive',
    file: 'base.tar.zst',
    edit: (bytes) => bytes.subarray(0, -1),
    expected: {
      verdict: 'damaged',
      findings: [{ kind: 'truncated', offset: sizeOf('base.tar.zst') - 1, endOffset: sizeOf('base.tar.zst') }],
    },
  },
  {
    what: 'bytes behind the end of the archive',
    file: 'base.tar.zst',
    edit: (bytes) => Buffer.concat([bytes, Buffer.from('oops')]),
    expected: {
      verdict: 'damaged',
      findings: [{ kind: 'corrupt', message: expect.stringContaining('4 bytes longer') }],
    },
  },
  {
    what: 'another sound archive in its place',
    file: 'base.tar.zst',
    edit: () => zstd(tarOf({ path: 'PG_VERSION', data: '17\n' })),
    expected: { verdict: 'altered', findings: [{ kind: 'altered', offset: 0 }] },
  },
  {
    what: 'no bytes left in the archive',
    file: 'base.tar.zst',
    edit: () => Buffer.alloc(0),
    expected: { verdict: 'damaged', findings: [{ kind: 'empty', offset: 0, endOffset: sizeOf('base.tar.zst') }] },
  },
  {
    what: 'an error message in place of the archive',
    file: 'base.tar.zst',
    edit: () => Buffer.from('pg_basebackup: error: connection refused\n'),
    expected: { verdict: 'damaged', findings: [{ kind: 'corrupt', offset: 0 }] },
  },
  {
    what: 'a bit turned in the log',
    file: 'wal.tar.zst',
    edit: (bytes) => flipped(bytes, 100_000),
    expected: { verdict: 'damaged', findings: [{ kind: 'corrupt', offset: 65_536, endOffset: 131_072 }] },
  },
  {
    what: 'an empty log',
    file: 'wal.tar.zst',
    edit: () => Buffer.alloc(0),
    expected: {
      verdict: 'damaged',
      findings: [{ kind: 'empty', consequences: [{ kind: 'missing', entry: SEGMENT }] }],
    },
  },
  {
    what: 'a digit changed in the server’s manifest',
    file: 'backup_manifest',
    edit: (bytes) => flipped(bytes, 200),
    expected: { verdict: 'damaged', findings: [{ kind: 'corrupt', consequences: [{ kind: 'corrupt' }] }] },
  },
  {
    what: 'a server’s manifest of another state, its own checksum right',
    file: 'backup_manifest',
    edit: () => backupManifest({ ...DATA_FILES, PG_VERSION: Buffer.from('17\n') }),
    expected: {
      verdict: 'altered',
      findings: [{ kind: 'altered', consequences: [{ kind: 'altered', entry: 'PG_VERSION' }] }],
    },
  },
  {
    what: 'a cut server’s manifest',
    file: 'backup_manifest',
    edit: (bytes) => bytes.subarray(0, 1000),
    expected: {
      verdict: 'damaged',
      findings: [{ kind: 'truncated', offset: 1000, consequences: [{ kind: 'truncated' }] }],
    },
  },
  {
    what: 'a changed number in the record',
    file: 'record.json',
    edit: (bytes) => Buffer.from(bytes.toString().replace('46273', '46274')),
    expected: { verdict: 'altered', findings: [{ kind: 'altered' }] },
  },
  {
    what: 'a broken record',
    file: 'record.json',
    edit: (bytes) => flipped(bytes, 0),
    expected: { verdict: 'damaged', findings: [{ kind: 'corrupt' }] },
  },
];

describe('one damage is one root finding with its place:', () => {
  for (const { what, file, edit, expected } of damages) {
    test(what, async () => {
      const result = await changed(editing(file, edit));
      expect(result).toMatchObject(expected);
      expect(result.findings).toMatchObject([{ file }]);
    });
  }

  test.each(['base.tar.zst', 'backup_manifest', 'wal.tar.zst', 'record.json'])('%s is missing', async (file) => {
    const result = await changed((directory) => unlink(join(directory, file)));
    expect(result).toMatchObject({ verdict: 'missing', findings: [{ kind: 'missing', file }] });
    expect(result.findings).toHaveLength(1);
  });

  test('a turned bit names the entry that it hit and the decoder that failed', async () => {
    const result = await changed(editing('base.tar.zst', (bytes) => flipped(bytes, 200_000)));
    const consequences = flattened(result.findings).slice(1);
    expect(consequences).toContainEqual(
      expect.objectContaining({ kind: 'corrupt', message: expect.stringContaining('checksum') }),
    );
    const hit = consequences.filter(({ kind }) => kind === 'altered');
    expect(hit).toMatchObject([{ entry: expect.stringMatching(/^base\/1\//), expected: expect.any(String) }]);
  });
});

describe('damage that only length and presence show', () => {
  test.each([
    ['missing', 'missing', (path: string) => unlink(path)],
    ['empty', 'damaged', (path: string) => truncate(path)],
    ['truncated', 'damaged', (path: string) => truncate(path, 10)],
    ['altered', 'altered', (path: string) => truncate(path, 900_000)],
  ] as const)('is called %s at level presence', async (kind, verdict, change) => {
    const edit = (directory: string) => change(join(directory, 'base.tar.zst'));
    const result = await checkChanged(pristine, copy, edit, { level: 'presence' });
    expect(result).toMatchObject({ verdict, level: 'presence', findings: [{ kind, file: 'base.tar.zst' }] });
  });
});
