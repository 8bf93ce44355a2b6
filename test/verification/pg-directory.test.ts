import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CopyRows } from '../../src/verification/copy-rows.ts';
import { copyColumns, copyTable } from '../../src/verification/copy-statement.ts';
import { DEFAULT_LIMITS } from '../../src/verification/limits.ts';
import { createPgData, readPgDirectoryToc, readPgLargeObjectList } from '../../src/verification/pg-directory.ts';
import { Utf8Check } from '../../src/verification/utf8-check.ts';
import { scaled } from '../support/scale.ts';
import { copyData, pgArchive, TABLES } from './support/pg-making.ts';
import { walkContent } from './support/walking-content.ts';

const toc = (minorVersion: number) =>
  pgArchive({ minorVersion, format: 'directory', hasOffsets: false, largeObjects: [Buffer.from('x')] }).bytes;

describe('the table of contents of a directory dump', () => {
  test.each([12, 14, 15, 16])('of version 1.%i names its data files and what is in them', (minorVersion) => {
    const read = readPgDirectoryToc(toc(minorVersion), 100);
    expect(read).toMatchObject({
      compression: 'gzip',
      entries: 11,
      files: [
        { name: '7.dat', label: 'public.orders', shape: { kind: 'rows', columns: 3, encoding: 'UTF8' } },
        { name: '8.dat', label: 'odd.empty', shape: { kind: 'rows', columns: 1 } },
        { name: '9.dat', shape: { kind: 'rows', columns: 0 } },
        { name: '10.dat', shape: { kind: 'rows', columns: 2 } },
        { name: 'blobs.toc', shape: { kind: 'opaque' } },
      ],
    });
  });

  test('that is cut, goes on, is too long or leads out of the directory is no good', () => {
    const bytes = toc(16);
    const kind = (changed: Buffer, entriesMax = 100) => {
      const read = readPgDirectoryToc(changed, entriesMax);
      return 'problem' in read ? read.kind : undefined;
    };
    for (let at = 0; at < bytes.length; at += 1) expect(kind(bytes.subarray(0, at))).toBe('truncated');
    expect(kind(Buffer.concat([bytes, Buffer.alloc(1)]))).toBe('corrupt');
    expect(kind(bytes, 3)).toBe('hostile');
    expect(kind(Buffer.from(bytes.toString('latin1').replace('7.dat', '../.x'), 'latin1'))).toBe('hostile');
    expect(kind(pgArchive().bytes)).toBe('corrupt');
  });

  test('of any bytes is never an exception', () => {
    const bytes = toc(16);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.uint8Array({ maxLength: 50 }), (at, put) => {
        const changed = Buffer.from(bytes);
        changed.set(put.subarray(0, changed.length - at), at);
        expect(readPgDirectoryToc(changed, 100)).toBeDefined();
      }),
      { numRuns: scaled(300) },
    );
  });

  test('has lists of large objects, which name files of their own only', () => {
    expect(readPgLargeObjectList('16428 blob_16428.dat\n16429 blob_16429.dat\n')).toEqual([
      'blob_16428.dat',
      'blob_16429.dat',
    ]);
    expect(readPgLargeObjectList('')).toEqual({ problem: 'names no large object' });
    for (const text of ['1 blob_1.dat', '1 ../x\n', '1 blob_1.dat\n\n', 'x blob_1.dat\n']) {
      expect(readPgLargeObjectList(text)).toHaveProperty('problem');
    }
  });
});

describe('a data file of a directory dump', () => {
  const walk = (data: string, columns = 2) =>
    walkContent(
      createPgData(
        { file: '7.dat', limits: DEFAULT_LIMITS },
        { label: 'public.t', shape: { kind: 'rows', columns, encoding: 'UTF8' } },
      ),
      Buffer.from(data),
      10,
    );

  test('is whole when its rows are closed', async () => {
    for (const { data, columns = [] } of TABLES) expect((await walk(data, columns.length)).findings).toEqual([]);
    expect((await walk('1\t2\n3\t4\n')).findings).toMatchObject([{ kind: 'truncated', entry: 'public.t' }]);
    expect((await walk('')).findings).toMatchObject([{ kind: 'truncated' }]);
    expect((await walk('1\t2\n3\n\\.\n\n\n')).findings).toMatchObject([{ kind: 'corrupt' }]);
    expect((await walk('1\t\0\n\\.\n\n\n')).findings).toMatchObject([{ kind: 'corrupt' }]);
  });

  test('of large objects or commands is judged as far as it goes', async () => {
    const kinds = async (kind: 'opaque' | 'commands', data: string) =>
      (
        await walkContent(
          createPgData({ file: 'x', limits: DEFAULT_LIMITS }, { label: 't', shape: { kind } }),
          Buffer.from(data),
        )
      ).findings.map((f) => f.kind);
    expect(await kinds('opaque', '\0\0')).toEqual([]);
    expect(await kinds('commands', 'INSERT INTO t VALUES (1);\n\n\n')).toEqual([]);
    expect(await kinds('commands', '\n\n')).toEqual([]);
    expect(await kinds('commands', 'INSERT INTO t VALUES (1')).toEqual(['truncated']);
  });
});

describe('COPY', () => {
  test('statements tell their columns and table, whatever the names are', () => {
    expect(copyColumns('COPY public.t (a, "b, (c)", "d""") FROM stdin;\n')).toBe(3);
    expect(copyColumns('COPY public.t  FROM stdin;')).toBe(0);
    expect(copyColumns('COPY t (a) WITH OIDS FROM stdin;')).toBe(2);
    expect(copyColumns('CREATE TABLE t (a);')).toBeUndefined();
    expect(copyTable('COPY odd."a b ""(c" (a) FROM stdin;')).toBe('odd."a b ""(c"');
  });

  test('rows are counted the same in pieces of any size', () => {
    const value = fc.string().map((text) => text.replaceAll(/[\t\n\\]/g, ' '));
    const table = fc
      .integer({ min: 1, max: 4 })
      .chain((columns) =>
        fc.array(fc.array(value, { minLength: columns, maxLength: columns })).map((rows) => ({ columns, rows })),
      );
    fc.assert(
      fc.property(table, fc.integer({ min: 1, max: 30 }), ({ columns, rows }, pieceBytes) => {
        const bytes = Buffer.from(copyData(rows));
        const counted = new CopyRows(columns);
        let used = 0;
        for (let at = 0; at < bytes.length; at += pieceBytes)
          used += counted.write(bytes.subarray(at, at + pieceBytes));
        expect(counted).toMatchObject({ rows: rows.length, isEnded: true, firstWrong: undefined });
        expect(used).toBe(bytes.length - 2);
      }),
      { numRuns: scaled(300) },
    );
  });

  test('text in pieces is UTF-8 just when the whole is', () => {
    const parts = fc.array(
      fc.oneof(
        fc.string({ unit: 'binary', maxLength: 8 }).map((text) => Buffer.from(text)),
        fc.uint8Array({ maxLength: 3 }).map((a) => Buffer.from(a)),
      ),
    );
    fc.assert(
      fc.property(parts, fc.integer({ min: 1, max: 9 }), (list, pieceBytes) => {
        const bytes = Buffer.concat(list);
        const check = new Utf8Check();
        let isValid = true;
        for (let at = 0; at < bytes.length && isValid; at += pieceBytes)
          isValid = check.write(bytes.subarray(at, at + pieceBytes));
        let isWhole = true;
        try {
          new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
        } catch {
          isWhole = false;
        }
        expect(isValid && check.isComplete).toBe(isWhole);
      }),
      { numRuns: scaled(300) },
    );
  });
});
