import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/verification/limits.ts';
import { openSqlite } from '../../src/verification/sqlite-walker.ts';
import { scaled } from '../support/scale.ts';
import { flipped, overwritten } from './support/damage.ts';
import { judgeDamages } from './support/damage-matrix.ts';
import { damagesOf } from './support/damages.ts';
import { noise } from './support/point-making.ts';
import { useDirectories } from './support/temporary-directory.ts';
import { walkContent } from './support/walking-content.ts';

const newDirectory = useDirectories();
const SHARED = process.env.MUSTER_SHARED_DIR ?? join(import.meta.dirname, '..', '..', '..', 'shared');
const OPTIONS = { file: 'shop.sqlite', limits: DEFAULT_LIMITS };

async function check(path: string, load?: Parameters<typeof openSqlite>[1]) {
  const bytes = await readFile(path);
  const source = { path, sizeBytes: bytes.length, read: async () => Buffer.alloc(0) };
  return walkContent(await openSqlite({ ...OPTIONS, source }, load), bytes);
}

async function make(name: string, sql: string, directory?: string): Promise<string> {
  const path = join(directory ?? (await newDirectory()), name);
  // Not defensive: some tests write into the schema by hand.
  const database = new DatabaseSync(path, { defensive: false });
  database.exec(sql);
  database.close();
  return path;
}

const schemaOf = (name: string, sql: string) =>
  `PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = '${sql}' WHERE name = '${name}';`;

const TABLES = `
  CREATE TABLE orders (id INTEGER PRIMARY KEY, token TEXT NOT NULL, note BLOB);
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
  INSERT INTO orders SELECT i, hex(i * 2654435761), zeroblob(i % 40) FROM n;
  CREATE INDEX by_token ON orders (token);
  CREATE TABLE parts (a, b);
  INSERT INTO parts VALUES (1, hex(zeroblob(20000)));
  CREATE VIEW v AS SELECT * FROM parts;`;

describe('a sound database', () => {
  test.each([
    { name: 'of usual pages', sql: TABLES },
    { name: 'of small pages in UTF-16', sql: `PRAGMA page_size = 512; PRAGMA encoding = 'UTF-16be'; ${TABLES}` },
    { name: 'of the largest pages', sql: `PRAGMA page_size = 65536; ${TABLES}` },
    {
      name: 'that vacuums by itself',
      sql: `PRAGMA auto_vacuum = INCREMENTAL; ${TABLES} DELETE FROM orders WHERE id > 5`,
    },
    {
      name: 'with free pages',
      sql: `${TABLES} DROP TABLE parts; DELETE FROM orders WHERE id > 100; CREATE TABLE more (x)`,
    },
    { name: 'that was in WAL mode', sql: `PRAGMA journal_mode = WAL; ${TABLES}` },
    {
      name: 'with full-text search and a virtual table',
      sql: `${TABLES} CREATE VIRTUAL TABLE f USING fts5 (x); INSERT INTO f VALUES ('word')`,
    },
  ])('$name has no finding, and nothing is written beside it', async ({ sql }) => {
    const path = await make('a b%?#é.sqlite', sql);
    const before = await stat(path);
    const { findings, isComplete, entries, level } = await check(path);
    expect(findings).toEqual([]);
    expect({ isComplete, level }).toEqual({ isComplete: true, level: 'structure' });
    expect(entries).toBeGreaterThanOrEqual(2);
    expect(await readdir(join(path, '..'))).toEqual(['a b%?#é.sqlite']);
    expect((await stat(path)).mtimeMs).toBe(before.mtimeMs);
  });

  test('of another program has no finding', async ({ skip }) => {
    const path = join(SHARED, 'samples', 'chinook.sqlite');
    if (!existsSync(path)) skip('the sample database is not there');
    expect(await check(path)).toMatchObject({ findings: [], entries: 11, level: 'structure' });
  });

  test('inside of something else is judged by its header and size alone', async () => {
    const bytes = await readFile(await make('x', TABLES));
    for (const pieceBytes of [7, 65_536]) {
      const result = await walkContent(await openSqlite(OPTIONS), bytes, pieceBytes);
      expect(result).toMatchObject({ findings: [], isComplete: true, level: 'digest' });
    }
    expect((await walkContent(await openSqlite(OPTIONS), bytes.subarray(0, -4096))).findings).toMatchObject([
      { kind: 'truncated' },
    ]);
  });

  test('prints no warning of an experiment', () => {
    const program = `const { openSqlite } = await import('${join(import.meta.dirname, '../../src/verification/sqlite-walker.ts')}');
      await openSqlite({ file: 'x', limits: {}, source: { path: '/dev/null' } });`;
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program]);
    expect(stderr.toString()).toBe('');
    expect(status).toBe(0);
  });
});

describe('a database', () => {
  test('without its write-ahead log or with a hot journal beside it is suspect', async () => {
    const path = await make('shop.sqlite', TABLES);
    const kinds = async () => (await check(path)).findings.map(({ kind }) => kind);
    await writeFile(`${path}-wal`, '');
    await writeFile(`${path}-journal`, Buffer.alloc(512));
    expect(await kinds()).toEqual([]);
    await writeFile(`${path}-wal`, noise(100, 1));
    expect(await kinds()).toEqual(['suspect']);
    await writeFile(`${path}-journal`, Buffer.from('d9d505f920a163d700000000', 'hex'));
    expect(await kinds()).toEqual(['suspect', 'suspect']);
  });

  test('that is empty, has no table or no SQLite to look at it is said to be so', async () => {
    const directory = await newDirectory();
    await writeFile(join(directory, 'nothing'), '');
    expect((await check(join(directory, 'nothing'))).findings).toMatchObject([{ kind: 'empty' }]);
    const bare = await make('bare', 'CREATE TABLE x (a); DROP TABLE x', directory);
    expect((await check(bare)).findings).toMatchObject([{ kind: 'empty' }]);
    const sound = await make('sound', TABLES, directory);
    const absent = async () => Promise.reject(new Error('No such built-in module: node:sqlite'));
    expect(await check(sound, absent)).toMatchObject({
      findings: [{ kind: 'unknown-format' }],
      level: 'digest',
      isComplete: false,
    });
  });

  test('whose rows break a rule of their table is suspect, not damaged', async () => {
    const path = await make(
      'x',
      `CREATE TABLE t (a); INSERT INTO t VALUES (NULL); ${schemaOf('t', 'CREATE TABLE t (a NOT NULL)')}`,
    );
    expect(await check(path)).toMatchObject({ findings: [{ kind: 'suspect' }], isComplete: true, level: 'structure' });
  });

  test('that needs what only its program brings along is unverifiable, not damaged', async () => {
    const sql = 'CREATE TABLE t (a); CREATE INDEX i ON t (a); INSERT INTO t VALUES (1);';
    const path = await make('x', sql + schemaOf('t', 'CREATE TABLE t (a COLLATE fancy)'));
    const { findings, level } = await check(path);
    expect(findings).toMatchObject([{ kind: 'unknown-format' }]);
    expect(findings[0]?.message).toContain('no such collation sequence: fancy');
    expect(level).toBe('digest');
  });

  test('whose schema cannot be read is corrupt', async () => {
    const path = await make('x', `${TABLES} ${schemaOf('parts', 'CREATE TABEL parts')}`);
    expect((await check(path)).findings).toMatchObject([{ kind: 'corrupt' }]);
  });
});

describe('damage', () => {
  let sound: Buffer;
  let directory: string;
  let path: string;

  beforeAll(async () => {
    const parent = await newDirectory();
    directory = join(parent, 'damaged');
    await mkdir(directory);
    sound = await readFile(await make('sound', TABLES, parent));
    path = join(directory, 'x');
  });

  const findingsOf = async (bytes: Buffer) => {
    await writeFile(path, bytes);
    return (await check(path)).findings;
  };

  test.each([
    { field: 'magic', at: 3, kind: 'corrupt' },
    { field: 'page size', at: 16, kind: 'corrupt' },
    { field: 'write version', at: 18, bit: 3, kind: 'unknown-format' },
    { field: 'payload fraction', at: 21, kind: 'corrupt' },
    { field: 'page count', at: 30, bit: 1, kind: 'truncated' },
    { field: 'free pages', at: 39, kind: 'corrupt' },
    { field: 'schema format', at: 47, bit: 4, kind: 'unknown-format' },
    { field: 'text encoding', at: 59, bit: 3, kind: 'corrupt' },
    { field: 'reserved bytes', at: 80, kind: 'corrupt' },
  ])('of the $field in the header is $kind', async ({ at, bit = 0, kind }) => {
    expect((await findingsOf(flipped(sound, at, bit)))[0]?.kind).toBe(kind);
  });

  test('of the size is told as a loss, and bytes behind the end as such', async () => {
    const kind = async (bytes: Buffer) => (await findingsOf(bytes)).map((finding) => finding.kind);
    expect(await kind(sound.subarray(0, -1))).toEqual(['truncated']);
    expect(await kind(sound.subarray(0, -4096))).toEqual(['truncated']);
    expect(await kind(sound.subarray(0, 60))).toEqual(['truncated']);
    expect(await kind(Buffer.concat([sound, Buffer.alloc(4096)]))).toEqual(['suspect']);
    expect(await kind(Buffer.concat([sound, noise(4096, 1)]))).toEqual(['corrupt']);
    expect(await kind(Buffer.concat([sound, Buffer.alloc(5)]))).toEqual(['corrupt']);
    expect(await kind(Buffer.concat([sound, sound]))).toEqual(['corrupt']);
  });

  test('of a page names it, with one root finding and a bounded list beneath', async () => {
    const findings = await findingsOf(overwritten(sound, 8192, 4096, 0xff));
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ kind: 'corrupt' });
    expect(findings[0]?.message).toContain('is refused by SQLite');
    expect(findings[0]?.consequences?.length ?? 0).toBeLessThan(20);
  });

  test('of every kind is found wherever pages, indexes or sizes tell, and never stops the check', async () => {
    const blind = [{ offset: 0, endOffset: sound.length }];
    const { tried, missed, verdicts } = await judgeDamages(damagesOf(sound), findingsOf, { sound, blind });
    expect(missed).toEqual([]);
    expect(tried).toBeGreaterThan(150);
    for (const kind of ['cut', 'tail-lost', 'emptied', 'doubled', 'garbage-appended']) {
      expect(verdicts[`${kind} > nothing`], kind).toBeUndefined();
    }
    expect(await readdir(directory)).toEqual(['x']);
  });

  test('of schemas and pages at random ends in an answer', async () => {
    const edit = fc.record({ at: fc.nat(sound.length - 1), bytes: fc.uint8Array({ minLength: 1, maxLength: 40 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 8 }), async (edits) => {
        const bytes = Buffer.from(sound);
        for (const { at, bytes: put } of edits) bytes.set(put.subarray(0, bytes.length - at), at);
        expect(Array.isArray(await findingsOf(bytes))).toBe(true);
      }),
      { numRuns: scaled(100) },
    );
  });
});
