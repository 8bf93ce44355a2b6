import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, inject, test } from 'vitest';
import type { ContentWalker } from '../../src/verification/content.ts';
import { DEFAULT_LIMITS } from '../../src/verification/limits.ts';
import { createMySqlDump } from '../../src/verification/mysql-dump-walker.ts';
import { createPgSql } from '../../src/verification/pg-sql-walker.ts';
import { scaled } from '../support/scale.ts';
import { judgeDamages } from './support/damage-matrix.ts';
import { damagesOf } from './support/damages.ts';
import { clusterScript, mySqlScript, pgScript } from './support/sql-making.ts';
import { walkContent } from './support/walking-content.ts';

const OPTIONS = { file: 'shop.sql', limits: DEFAULT_LIMITS };
const pg = (script: string | Buffer, pieceBytes?: number) =>
  walkContent(createPgSql(OPTIONS), Buffer.from(script), pieceBytes);
const mysql = (script: string | Buffer, pieceBytes?: number) =>
  walkContent(createMySqlDump(OPTIONS), Buffer.from(script), pieceBytes);
const SHARED = process.env.MUSTER_SHARED_DIR ?? join(import.meta.dirname, '..', '..', '..', 'shared');

/** Every range in which only bytes of text may change without a trace. */
async function judge(create: () => ContentWalker, sound: string, other: string) {
  const bytes = Buffer.from(sound);
  const check = async (damaged: Buffer) => (await walkContent(create(), damaged)).findings;
  // No checksum: of bits and of blocks in exchange only some are seen.
  return judgeDamages(damagesOf(bytes, { other: Buffer.from(other) }), check, {
    sound: bytes,
    blind: [{ offset: 0, endOffset: bytes.length }],
  });
}

describe('a script of pg_dump', () => {
  test.each([1, 2, 3, 7, 50, 1000, 65_536])('in pieces of %i bytes has no finding', async (pieceBytes) => {
    for (const script of [
      pgScript(),
      pgScript(20, undefined),
      pgScript().replaceAll('\n', '\r\n').replace('"na(me,\r\n', '"na(me,\n'),
    ]) {
      const { findings, isComplete, entries, level } = await pg(script, pieceBytes);
      expect(findings).toEqual([]);
      expect({ isComplete, entries, level }).toEqual({ isComplete: true, entries: 2, level: 'structure' });
    }
  });

  test('of a cluster, with its databases in it or one behind it, has no finding', async () => {
    expect((await pg(clusterScript())).findings).toEqual([]);
    expect((await pg(clusterScript(pgScript(), pgScript(20, 'other')), 100)).findings).toEqual([]);
    expect((await pg(clusterScript() + pgScript(), 100)).findings).toEqual([]);
  });

  test('with INSERT commands or no rows at all has no finding', async () => {
    const commands = pgScript().replace(
      /COPY public\."a[\s\S]*?\\\.\n\n\nCOPY[\s\S]*?\\\.\n/,
      "INSERT INTO a VALUES (1, 'x''; \\'), (2, '--');\n",
    );
    expect(commands).toContain('INSERT');
    for (const pieceBytes of [1, 65_536]) expect((await pg(commands, pieceBytes)).findings).toEqual([]);
  });

  test.each(['pagila.sql'])('such as %s has no finding', async (name) => {
    const path = join(SHARED, 'samples', name);
    if (!existsSync(path)) return;
    const { findings, entries } = await pg(await readFile(path));
    expect(findings).toEqual([]);
    expect(entries).toBe(21);
  });

  test('of this machine has no finding', async ({ skip }) => {
    const { host, port, user, database } = inject('cluster');
    const arguments_ = ['-h', host, '-p', String(port), '-U', user, '-d', database ?? 'postgres'];
    const { status, stdout, stderr } = spawnSync('pg_dump', arguments_, { maxBuffer: 1e9 });
    if (status !== 0) skip(`pg_dump cannot dump from the embedded PostgreSQL: ${stderr}`);
    expect((await pg(stdout)).findings.filter(({ kind }) => kind !== 'empty')).toEqual([]);
  });

  test('of standard_conforming_strings = off escapes in every string', async () => {
    const script = pgScript().replace('strings = on', 'strings = off').replace("IS 'it''s", "IS 'it\\'s");
    expect((await pg(script)).findings).toEqual([]);
  });

  test('whose rows lack columns names table and place', async () => {
    const script = pgScript();
    const at = script.indexOf('17\tname');
    const { findings } = await pg(script.replace('17\tname', '17 name'), 333);
    expect(findings).toMatchObject([
      { kind: 'corrupt', entry: 'public."a ""(b"', decodedOffset: Buffer.byteLength(script.slice(0, at)) },
    ]);
    expect(findings[0]?.message).toContain('2 instead of 3 columns');
  });

  test('that is cut names the table whose rows it was in', async () => {
    const script = pgScript();
    const { findings, isComplete } = await pg(script.slice(0, script.indexOf('50\tname')));
    expect(isComplete).toBe(false);
    expect(findings).toMatchObject([{ kind: 'truncated', entry: 'public."a ""(b"' }]);
    expect(findings[0]?.message).toContain('behind row 50');
  });

  test('that lost its tail or its word, or goes on, is found', async () => {
    const script = pgScript();
    const kind = async (text: string) => (await pg(text)).findings[0]?.kind;
    expect(await kind(script.slice(0, -3))).toBe('truncated');
    expect(await kind(script.replace('\\unrestrict dk', '\\unrestrict xx'))).toBe('corrupt');
    expect(await kind(`${script}DROP TABLE x;`)).toBe('corrupt');
    expect(await kind(`${script}garbage`)).toBe('corrupt');
    expect(await kind(script + script)).toBe('suspect');
    expect(await kind(script.replace('SET client_encoding', '\0\0\0 client_encoding'))).toBe('corrupt');
    expect(await kind(script.slice(script.indexOf('CREATE')))).toBe('corrupt');
    expect(await kind('')).toBe('empty');
  });

  test('with the message of its program in it or instead of it is corrupt', async () => {
    const message = 'pg_dump: error: connection to server at "db" failed: it\'s gone\n';
    for (const text of [
      message,
      pgScript().slice(0, pgScript().indexOf('CREATE')) + message,
      `pg_dumpall: error: x;\n${pgScript()}`,
    ]) {
      const { findings } = await pg(text, 40);
      expect(findings).toMatchObject([{ kind: 'corrupt' }]);
      expect(findings[0]?.message).toContain('a message of its program: pg_dump');
    }
  });

  test('of an empty database is empty', async () => {
    const bare = pgScript().replace(/\nCOMMENT[\s\S]*(?=--\n-- PostgreSQL database dump complete\n--\n\n)/, '\n');
    expect((await pg(bare)).findings).toMatchObject([{ kind: 'empty' }]);
  });

  test('that is damaged is found wherever zero bytes, noise, columns or the end tell', async () => {
    const matrix = await judge(() => createPgSql(OPTIONS), pgScript(4000), pgScript(3000, 'another'));
    // The last byte is an empty line.
    expect(matrix.missed.filter((name) => !name.endsWith(' 1 bytes lost'))).toEqual([]);
    for (const kind of ['zeroed', 'noisy', 'cut', 'emptied', 'spliced']) {
      expect(matrix.verdicts[`${kind} > nothing`], kind).toBeUndefined();
    }
  });

  test('of any bytes gives a finding and no exception', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(3000),
        fc.uint8Array({ maxLength: 300 }),
        fc.integer({ min: 1, max: 99 }),
        async (at, garbage, pieceBytes) => {
          const bytes = Buffer.concat([Buffer.from(pgScript()).subarray(0, at), Buffer.from(garbage)]);
          expect((await pg(bytes, pieceBytes)).findings.length).toBeGreaterThan(0);
        },
      ),
      { numRuns: scaled(200) },
    );
  });
});

describe('a script of mysqldump', () => {
  const first = [
    undefined,
    '-- MariaDB dump 10.19  Distrib 10.11.6-MariaDB, for debian-linux-gnu (x86_64)',
    '/*M!999999\\- enable the sandbox mode */ \n-- MariaDB dump 10.19',
    '/*!999999\\- enable the sandbox mode */ \n-- MariaDB dump 10.19',
  ];

  test.each(first)('that starts with %s has no finding', async (line) => {
    for (const pieceBytes of [1, 100, 65_536]) {
      const { findings, isComplete, entries } = await mysql(mySqlScript(line), pieceBytes);
      expect(findings).toEqual([]);
      expect({ isComplete, entries }).toEqual({ isComplete: true, entries: 1 });
    }
  });

  test('that is cut, goes on, or holds an error of its program is found', async () => {
    const script = mySqlScript();
    const kind = async (text: string) => (await mysql(text)).findings[0]?.kind;
    expect(await kind(script.slice(0, -100))).toBe('truncated');
    expect(await kind(script.slice(0, 3000))).toBe('truncated');
    expect(await kind(`${script}DROP TABLE x;\n`)).toBe('corrupt');
    expect(await kind(`${script.slice(0, 500)}\nmysqldump: Got error: 2013: Lost connection\n`)).toBe('corrupt');
    expect(await kind('mysqldump: Error: Access denied')).toBe('corrupt');
    expect(await kind(script.replace('row 7', 'row \0'))).toBe('corrupt');
    expect(await kind('')).toBe('empty');
    expect(await kind(script.replace(/DROP[\s\S]*(?=-- Dump completed on)/, ''))).toBe('empty');
  });

  test('that is damaged is found wherever zero bytes or the end tell', async () => {
    const matrix = await judge(() => createMySqlDump(OPTIONS), mySqlScript(), mySqlScript().slice(0, -30));
    expect(matrix.missed).toEqual([]);
    // Noise is only seen by its zero bytes: one of two blocks of 177 bytes has none.
    for (const kind of ['zeroed', 'cut', 'tail-lost', 'emptied', 'spliced']) {
      expect(matrix.verdicts[`${kind} > nothing`], kind).toBeUndefined();
    }
  });
});
