import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { packed } from './support/decoding.ts';
import { checkBytes } from './support/file-checking.ts';
import { pgArchive } from './support/pg-making.ts';
import { zstd } from './support/point-making.ts';
import { mySqlScript, pgScript } from './support/sql-making.ts';
import { tarOf } from './support/tar-making.ts';
import { useDirectories } from './support/temporary-directory.ts';
import { zipOf } from './support/zip-making.ts';

const newDirectory = useDirectories();
let directory: string;
let contents: Readonly<Record<string, Buffer>>;

beforeAll(async () => {
  directory = await newDirectory();
  const database = new DatabaseSync(join(directory, 'made'));
  database.exec('CREATE TABLE t (x); INSERT INTO t VALUES (1)');
  database.close();
  const tar = tarOf({ path: 'a', data: 'some text' });
  const sql = Buffer.from(pgScript(20));
  contents = {
    tar,
    'tar.gz': gzipSync(tar),
    'tar.zst': zstd(tar),
    'tar.xz': packed('xz', tar),
    'tar.bz2': packed('bzip2', tar),
    zip: zipOf([{ name: 'a', data: 'some text' }]),
    pgdump: pgArchive().bytes,
    sqlite: readFileSync(join(directory, 'made')),
    sql,
    'sql.gz': gzipSync(sql),
  };
});

const NAMES = ['tar', 'tar.gz', 'tar.zst', 'tar.xz', 'tar.bz2', 'zip', 'pgdump', 'sqlite', 'sql', 'sql.gz', 'json'];
const FORMATS: Readonly<Record<string, string>> = {
  pgdump: 'postgres-custom',
  sql: 'postgres-sql',
  'sql.gz': 'postgres-sql.gz',
};
const check = (file: string, bytes: Buffer = Buffer.alloc(0)) => checkBytes(directory, file, bytes);

// A JSON document is looked into only where it is one of ours: its name is claimed here, its content is nobody's format.
describe.each(NAMES.filter((name) => name !== 'json'))('content of the sort %s', (what) => {
  test('under its right name, and under a name that claims nothing, has no finding', async () => {
    for (const file of [`backup.${what}`, 'backup', 'backup.1', `BACKUP.${what.toUpperCase()}`]) {
      const result = await check(file, contents[what]);
      expect(result, file).toMatchObject({ verdict: 'sound', findings: [], format: FORMATS[what] ?? what });
    }
  });

  test('under every other name is told by its name, and still walked for what it is', async () => {
    for (const name of NAMES.filter((other) => other !== what)) {
      const { verdict, findings, format } = await check(`backup.${name}`, contents[what]);
      expect(verdict, name).not.toBe('sound');
      expect(findings, name).toHaveLength(1);
      expect(findings[0], name).toMatchObject({ kind: 'mismatched-type' });
      expect(format, name).toBe(FORMATS[what] ?? what);
    }
  });
});

test('short endings claim what the long ones do', async () => {
  for (const [short, long] of [
    ['tgz', 'tar.gz'],
    ['tzst', 'tar.zst'],
    ['txz', 'tar.xz'],
    ['tbz2', 'tar.bz2'],
    ['tbz', 'tar.bz2'],
    ['jar', 'zip'],
    ['sqlite3', 'sqlite'],
  ]) {
    expect((await check(`backup.${short}`, contents[long ?? ''])).findings, short).toEqual([]);
  }
  expect((await check('mysql.sql', Buffer.from(mySqlScript()))).findings).toEqual([]);
});

describe('the error text of a program that failed', () => {
  const TEXT = Buffer.from(
    'pg_dump: error: connection to server at "db" failed: FATAL:  role "backup" does not exist\n',
  );

  test.each(NAMES)('named as .%s is not sound', async (name) => {
    const { verdict, findings } = await check(`backup.${name}`, TEXT);
    expect(['damaged', 'suspect']).toContain(verdict);
    expect(findings).toHaveLength(1);
  });

  test('packed as a dump or an archive should be is not sound either', async () => {
    for (const file of ['backup.sql.gz', 'backup.tar.gz']) {
      const { verdict, findings } = await check(file, gzipSync(TEXT));
      expect(['damaged', 'suspect'], file).toContain(verdict);
      expect(findings, file).toHaveLength(1);
    }
  });
});

describe('emptiness', () => {
  test.each([...NAMES, 'gz', 'zst', 'xz', 'bz2', 'age', 'txt', ''])('of a file named .%s is damage', async (name) => {
    expect(await check(`backup.${name}`)).toMatchObject({ verdict: 'damaged', findings: [{ kind: 'empty' }] });
  });

  test.each(['tar', 'sql', ''])('packed is damage for .%s in any packing', async (name) => {
    const nothing = Buffer.alloc(0);
    const PACKED = {
      gz: gzipSync(nothing),
      zst: zstd(nothing),
      xz: packed('xz', nothing),
      bz2: packed('bzip2', nothing),
    };
    for (const [suffix, bytes] of Object.entries(PACKED)) {
      const { verdict, findings } = await check(`backup.${name}.${suffix}`, bytes);
      expect(findings, suffix).toMatchObject([{ kind: 'empty' }]);
      expect(verdict, suffix).toBe('damaged');
    }
    const twice = await check(`backup.${name}.gz.gz`, gzipSync(gzipSync(nothing)));
    expect(twice).toMatchObject({ verdict: 'damaged', findings: [{ kind: 'empty' }] });
  });

  test('of an archive without entries, and of a dump that makes nothing, is damage', async () => {
    const EMPTY = {
      'a.tar': Buffer.alloc(10_240),
      'a.tar.gz': gzipSync(Buffer.alloc(10_240)),
      'a.zip': zipOf([]),
      'a.sql.gz': gzipSync('--\n-- PostgreSQL database dump\n--\n\n--\n-- PostgreSQL database dump complete\n--\n\n'),
    };
    for (const [file, bytes] of Object.entries(EMPTY)) {
      expect(await check(file, bytes), file).toMatchObject({ verdict: 'damaged', findings: [{ kind: 'empty' }] });
    }
  });
});
