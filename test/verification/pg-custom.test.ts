import { execFileSync, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, inject, test } from 'vitest';
import type { ContentOptions } from '../../src/verification/content.ts';
import { DEFAULT_LIMITS } from '../../src/verification/limits.ts';
import type { PgCompression } from '../../src/verification/pg-archive-head.ts';
import { createPgCustom } from '../../src/verification/pg-custom-walker.ts';
import type { ReadWithPgRestore } from '../../src/verification/pg-restore.ts';
import { scaled } from '../support/scale.ts';
import { flipped } from './support/damage.ts';
import { judgeDamages } from './support/damage-matrix.ts';
import { damagesOf } from './support/damages.ts';
import { copyData, pgArchive, TABLES } from './support/pg-making.ts';
import { noise } from './support/point-making.ts';
import { useDirectories } from './support/temporary-directory.ts';
import { walkContent } from './support/walking-content.ts';

const newDirectory = useDirectories();
const noPgRestore: ReadWithPgRestore = async () => ({ outcome: 'unable', message: 'there is no pg_restore' });

const walk = (bytes: Buffer, pieceBytes?: number, more: Partial<ContentOptions> = {}, read = noPgRestore) =>
  walkContent(createPgCustom({ file: 'shop.dump', limits: DEFAULT_LIMITS, ...more }, read), bytes, pieceBytes);

const source = (path: string, sizeBytes: number) => ({
  path,
  sizeBytes,
  read: async () => Buffer.alloc(0),
});

const BLOBS = [noise(9000, 1), Buffer.alloc(0), Buffer.from('x')];

describe('a sound archive', () => {
  const cases = [12, 13, 14, 15, 16].flatMap((minorVersion) =>
    (minorVersion >= 15 ? (['none', 'gzip', 'zstd'] as const) : (['none', 'gzip'] as const)).flatMap((compression) =>
      [true, false].map((hasOffsets) => ({ minorVersion, compression, hasOffsets })),
    ),
  );

  test.each(cases)(
    'of version 1.$minorVersion packed with $compression (offsets: $hasOffsets) has no finding',
    async (options) => {
      const { bytes } = pgArchive({ ...options, largeObjects: BLOBS });
      for (const pieceBytes of [65_536, 1000, 7]) {
        const { findings, isComplete, entries, level } = await walk(bytes, pieceBytes);
        expect(findings).toEqual([]);
        expect({ isComplete, entries, level }).toEqual({
          isComplete: true,
          entries: TABLES.length + 1,
          level: 'structure',
        });
      }
    },
  );

  test('is read by pg_restore in the same way, so that what is tested here is what pg_dump writes', async ({
    skip,
  }) => {
    if (!hasProgram('pg_restore')) skip('this machine has no pg_restore');
    const directory = await newDirectory();
    for (const minorVersion of [12, 13, 14]) {
      for (const compression of ['none', 'gzip'] as const) {
        const path = join(directory, `${minorVersion}.dump`);
        await writeFile(path, pgArchive({ minorVersion, compression, largeObjects: BLOBS }).bytes);
        const text = execFileSync('pg_restore', ['-f', '-', path]).toString();
        for (const { data } of TABLES) expect(text).toContain(data);
      }
    }
  });

  test('of the pg_dump of this machine has no finding', async ({ skip }) => {
    const { host, port, user, database } = inject('cluster');
    const dump = (...more: string[]) =>
      spawnSync('pg_dump', ['-h', host, '-p', String(port), '-U', user, '-d', database ?? 'postgres', '-Fc', ...more], {
        maxBuffer: 1e9,
      });
    const first = dump('-C');
    if (first.status !== 0) skip(`pg_dump cannot dump from the embedded PostgreSQL: ${first.stderr}`);
    for (const options of [[], ['-Z0'], ['--inserts'], ['--schema-only']]) {
      const { stdout } = dump('-C', ...options);
      expect((await walk(stdout)).findings.filter(({ kind }) => kind !== 'empty')).toEqual([]);
    }
  });

  test('with INSERT commands, with old row ids and of another encoding has no finding', async () => {
    const tables = [
      { name: 'a', data: "INSERT INTO a VALUES ('x;');\n\n\n" },
      { name: 'none', data: '\n\n' },
    ];
    expect((await walk(pgArchive({ tables }).bytes)).findings).toEqual([]);
  });
});

describe('damage', () => {
  const other = pgArchive({ tables: [{ name: 'other', columns: ['a'], data: copyData([['1'], ['2']]) }] }).bytes;

  test.each([
    { compression: 'gzip', minorVersion: 14, hasOffsets: true },
    { compression: 'gzip', minorVersion: 16, hasOffsets: false },
    { compression: 'none', minorVersion: 15, hasOffsets: true },
    { compression: 'zstd', minorVersion: 16, hasOffsets: true },
  ] as const)('of an archive packed with $compression is found and told where', async (options) => {
    const { bytes, fields, blind, boundaries } = pgArchive({ ...options, largeObjects: BLOBS });
    const check = async (damaged: Buffer) =>
      (await walk(damaged, undefined, { source: source('x', damaged.length) })).findings;
    expect(await check(bytes)).toEqual([]);
    const matrix = await judgeDamages(damagesOf(bytes, { fields, boundaries, other }), check, { sound: bytes, blind });
    expect(matrix.missed).toEqual([]);
    expect(matrix.misplaced).toEqual([]);
    expect(matrix.tried).toBeGreaterThan(300);
  });

  test('of packed rows names the table', async () => {
    const { bytes, boundaries } = pgArchive({ tables: TABLES });
    const inside = (boundaries.at(-8) ?? 0) + 2000;
    const { findings } = await walk(flipped(bytes, 20_000));
    expect(inside).toBeGreaterThan(0);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ kind: 'corrupt', entry: 'public.orders' });
  });

  test('at the end is told as lost, with the table that is open and the number of those behind it', async () => {
    const { bytes, boundaries } = pgArchive();
    const { findings, isComplete } = await walk(bytes.subarray(0, 20_000));
    expect(isComplete).toBe(false);
    expect(findings).toMatchObject([{ kind: 'truncated', entry: 'public.orders' }]);
    expect(findings[0]?.message).toContain('the data of 3 more entries is lost');
    const atBoundary = await walk(bytes.subarray(0, boundaries.at(-2)));
    expect(atBoundary.findings).toMatchObject([{ kind: 'truncated', entry: 'public.parts' }]);
    const cut = await walkContent(
      createPgCustom({ file: 'x', limits: DEFAULT_LIMITS }),
      bytes.subarray(0, 20_000),
      999,
      'cut',
    );
    expect(cut).toMatchObject({ findings: [], isComplete: false });
  });

  test('of rows that are not packed is seen in their columns, their encoding and their end', async () => {
    const damaged = async (data: string | Buffer) => {
      const { bytes } = pgArchive({
        compression: 'none',
        tables: [{ name: 't', columns: ['a', 'b'], data: data.toString('latin1') }],
      });
      return (await walk(bytes)).findings[0]?.message;
    };
    expect(await damaged('1\t2\n1\n\\.\n\n\n')).toContain('has 1 instead of 2 columns in the row at byte 4');
    expect(await damaged('1\t2\n')).toContain('ends behind row 1, without the line');
    expect(await damaged('1\t2\n\\.\n\n\nmore')).toContain('behind the line that ends it');
    expect(await damaged('1\t\0\n\\.\n\n\n')).toContain('a zero byte at 2');
  });

  test('that a table of contents and its data disagree is found', async () => {
    const { bytes, boundaries } = pgArchive();
    const lastBlock = boundaries.findLast((at) => bytes[at] === 1) ?? 0;
    const without = Buffer.concat([bytes.subarray(0, 0), bytes]);
    without[lastBlock + 1 + 1] = 99;
    expect((await walk(without)).findings[0]?.message).toContain('a block 99 that its table of contents does not name');
  });
});

describe('what this engine cannot decode', () => {
  const lz4 = pgArchive({ compression: 'lz4' }).bytes;
  const newer = pgArchive({ minorVersion: 17 }).bytes;
  const answering =
    (answer: Awaited<ReturnType<ReadWithPgRestore>>): ReadWithPgRestore =>
    async () =>
      answer;

  test.each([
    { name: 'lz4', bytes: lz4 },
    { name: 'a newer version', bytes: newer },
  ])('$name is unknown without pg_restore, and what pg_restore says with it', async ({ bytes }) => {
    const file = { source: source('/srv/shop.dump', bytes.length) };
    const kinds = async (read: ReadWithPgRestore, more = {}) =>
      (await walk(bytes, undefined, more, read)).findings.map(({ kind }) => kind);
    expect(await kinds(noPgRestore, file)).toEqual(['unknown-format']);
    expect(await kinds(answering({ outcome: 'read' }))).toEqual(['unknown-format']);
    expect(await kinds(answering({ outcome: 'read' }), file)).toEqual([]);
    expect(await kinds(answering({ outcome: 'refused', message: 'pg_restore: error: x' }), file)).toEqual(['corrupt']);
    expect((await walk(bytes, undefined, file, answering({ outcome: 'read' }))).entries).toBeGreaterThan(0);
  });

  test('is told apart by the real pg_restore from what is broken', async ({ skip }) => {
    if (!hasProgram('pg_restore')) skip('this machine has no pg_restore');
    const { readWithPgRestore } = await import('../../src/verification/pg-restore.ts');
    const directory = await newDirectory();
    const answer = async (bytes: Buffer) => {
      await writeFile(join(directory, 'a.dump'), bytes);
      return (await readWithPgRestore(join(directory, 'a.dump'), AbortSignal.timeout(20_000))).outcome;
    };
    const old = pgArchive({ minorVersion: 14 }).bytes;
    expect(await answer(old)).toBe('read');
    expect(await answer(flipped(old, 20_000))).toBe('refused');
    expect(await answer(pgArchive({ minorVersion: 99 }).bytes)).toBe('unable');
  });

  test('is not asked about when the structure shows damage', async () => {
    let asked = 0;
    const read: ReadWithPgRestore = async () => {
      asked += 1;
      return { outcome: 'read' };
    };
    const file = { source: source('/srv/shop.dump', lz4.length) };
    const { findings } = await walk(lz4.subarray(0, -10), undefined, file, read);
    expect(findings).toMatchObject([{ kind: 'truncated' }]);
    expect(asked).toBe(0);
  });
});

describe('bounds', () => {
  test('a dump without any object is empty', async () => {
    expect((await walk(pgArchive({ tables: [] }).bytes)).findings).toMatchObject([{ kind: 'empty' }]);
  });

  test('more entries than allowed, and data that expands beyond the ratio, are hostile', async () => {
    const few = { limits: { ...DEFAULT_LIMITS, entriesMax: 4 } };
    expect((await walk(pgArchive().bytes, undefined, few)).findings).toMatchObject([{ kind: 'hostile' }]);
    const bomb = { limits: { ...DEFAULT_LIMITS, expansionFreeBytes: 1000, expansionRatioMax: 10 } };
    const tables = [{ name: 't', columns: ['a'], data: copyData([['x'.repeat(5_000_000)]]) }];
    expect((await walk(pgArchive({ tables }).bytes, undefined, bomb)).findings).toMatchObject([{ kind: 'hostile' }]);
  });

  test('bytes of any kind behind the magic give a finding, never an exception', async () => {
    const compressions: readonly PgCompression[] = ['none', 'gzip', 'zstd'];
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 400 }),
        fc.constantFrom(...compressions),
        fc.nat(2000),
        async (garbage, compression, at) => {
          const { bytes } = pgArchive({ compression, minorVersion: 16 });
          const spoilt = Buffer.concat([bytes.subarray(0, 8 + at), Buffer.from(garbage), noise(100, garbage.length)]);
          expect((await walk(spoilt)).findings.length).toBeGreaterThan(0);
        },
      ),
      { numRuns: scaled(150) },
    );
  });
});

function hasProgram(name: string): boolean {
  return spawnSync(name, ['--version']).status === 0;
}
