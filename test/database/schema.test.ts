import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { snapshotSchema } from '../../src/database/schema-snapshot.ts';
import { runAs, useDatabase } from '../support/database.ts';

const database = useDatabase();

test('a fresh install has exactly the schema that is committed', async () => {
  const schema = await snapshotSchema((sql) => runAs(database.owner, sql));
  const committed = await readFile(join(import.meta.dirname, '../../src/database/schema.txt'), 'utf8');
  expect(schema).toBe(committed);
});

test('the snapshot sees what an ORM overlooks', async () => {
  await runAs(database.owner, 'DROP TABLE IF EXISTS stray');
  await runAs(database.owner, 'CREATE TABLE stray (id integer PRIMARY KEY, n integer)');
  await runAs(database.owner, 'CREATE INDEX stray_n ON stray (n) WHERE n > 3');
  await runAs(database.owner, 'ALTER TABLE stray ADD CONSTRAINT stray_small CHECK (n < 10)');
  const schema = await snapshotSchema((sql) => runAs(database.owner, sql));
  const stray = schema.slice(schema.indexOf('table stray\n')).split('\n\n')[0];
  expect(stray).toContain('WHERE (n > 3)');
  expect(stray).toContain('CHECK ((n < 10))');
  expect(stray).toContain('muster_service may delete, insert, select, update');
});

test('the service owns nothing', async () => {
  const owned = await runAs(
    database.superuser,
    `SELECT relname FROM pg_class WHERE relowner = 'muster_service'::regrole`,
  );
  expect(owned).toEqual([]);
});
