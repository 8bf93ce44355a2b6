import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { requireIsolatedPrograms } from '../../src/database/server/isolated-program.ts';
import type { Phase } from '../../src/drills/phase.ts';
import { useFileDrill } from './support/file-drill.ts';
import { pointOfFile } from './support/point-of-file.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
const { drilling, world, script } = useFileDrill();
const isolation = await requireIsolatedPrograms().then(
  () => 'namespaces' as const,
  () => 'none' as const,
);

const ORDERS = `INSERT INTO shop.orders SELECT n, 'order ' || n FROM generate_series(1, 20) n;`;
const DUMP = [
  '--\n-- PostgreSQL database dump\n--\n\n-- Dumped from database version 15.1\n',
  'CREATE SCHEMA shop;',
  'CREATE TABLE shop.customers (id int PRIMARY KEY);',
  'INSERT INTO shop.customers VALUES (1);',
  'CREATE TABLE shop.orders (id int PRIMARY KEY, what text);',
  ORDERS,
  // What refers to a lost row, and what would be told of it, stays as it is.
  'CREATE TABLE shop.lines (of_order int REFERENCES shop.orders ON DELETE CASCADE);',
  'INSERT INTO shop.lines SELECT id FROM shop.orders;',
  'CREATE TABLE shop.empty (id int);',
  '\n--\n-- PostgreSQL database dump complete\n--\n',
].join('\n');

let set: string;
let nothing: Awaited<ReturnType<typeof script>>;
beforeAll(async () => {
  set = (await pointOfFile(world, 'shop.sql', Buffer.from(DUMP))).name;
  nothing = await script('nothing.sh', 'exit 0');
});

/** A drill that loses tables; what the procedure brings back is brought when its validation begins. */
async function losing(tables: string[], broughtBack = '') {
  const { runtimeDirectory } = await drilling.deps();
  const bring = async () => {
    const socket = (await readdir(runtimeDirectory, { recursive: true })).find((path) =>
      path.endsWith('.s.PGSQL.5432'),
    );
    const client = new Client({
      host: dirname(join(runtimeDirectory, socket ?? '')),
      user: 'postgres',
      database: 'restored',
    });
    await client.connect();
    await client.query(broughtBack);
    await client.end();
  };
  const onPhase = (phase: Phase) => (phase === 'validate' && broughtBack !== '' ? bring() : Promise.resolve());
  const { run, checks, log } = await drilling.drill(
    {
      recoveryPoint: { set, select: 'latest' },
      scenario: { description: 'Tables are lost.', lost: { tables } },
      steps: [{ step: 'fetch' }, { step: 'verify' }, { step: 'extract' }, { step: 'postgres', isolation }, nothing],
      validation: [{ check: 'rowCounts', tables: { 'shop.customers': 1, 'shop.lines': 20 } }],
    },
    { onPhase },
  );
  const lost = checks.filter(({ subject }) => subject.startsWith('lost table'));
  return { run, log, lost: lost.map(({ subject, actual, result }) => [subject, actual.split(',')[0], result]) };
}

describe('tables that the scenario takes away', () => {
  test('are empty after the server has started, and alone; that nobody brings them back fails the drill', async () => {
    const { run, lost, log } = await losing(['shop.orders', 'customers']);
    expect(run).toMatchObject({ status: 'completed', validation: 'failed', procedure: 'failed' });
    expect(run.lost).toEqual(['table shop.customers (1 row)', 'table shop.orders (20 rows)']);
    expect(log.join('\n')).toContain('deleted from the scratch server: table shop.customers (1 row)');
    expect(lost).toEqual([
      ['lost tables', '0 of 2 lost tables back', 'failed'],
      ['lost table shop.customers', '0 rows', 'failed'],
      ['lost table shop.orders', '0 rows', 'failed'],
    ]);
    expect(run.procedureReason).toContain('shop.customers: 0 rows, expected 1');
  });

  test('pass when every row is back as it was, and not when as many others are', async () => {
    const back = await losing(['shop.orders'], ORDERS);
    expect(back.run).toMatchObject({ validation: 'passed', procedure: 'passed' });
    expect(back.lost).toEqual([
      ['lost tables', '1 of 1 lost tables back', 'passed'],
      ['lost table shop.orders', '20 rows', 'passed'],
    ]);
    const others = await losing(['shop.orders'], ORDERS.replace("'order '", "'other '"));
    expect(others.run).toMatchObject({ validation: 'failed' });
    expect(others.lost[1]).toEqual(['lost table shop.orders', '20 rows', 'failed']);
    const gone = await losing(['shop.orders'], 'DROP TABLE shop.orders CASCADE');
    expect(gone.lost[1]).toEqual(['lost table shop.orders', 'no such table', 'failed']);
  });

  test.each([
    ['shop.never', 'no table of the restored database is shop.never'],
    ['shop.empty', 'without rows there is nothing to lose in shop.empty'],
  ])('must be there with rows: %s', async (table, reason) => {
    const { run } = await losing([table]);
    expect(run).toMatchObject({ status: 'failed', cleanup: 'done' });
    expect(run.statusReason).toContain(reason);
  });
});
