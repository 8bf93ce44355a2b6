import { describe, expect, test } from 'vitest';
import { useDatabase } from '../support/database.ts';
import { wallsOf } from './walls.ts';

const database = useDatabase();
const { attacker, refused, shelf } = wallsOf(database);

describe('what is kept', () => {
  const KEPT = [
    'notice',
    'location',
    'part_category',
    'part',
    'device_model',
    'unit',
    'stock',
    'repair',
    'replenishment',
    'licence_product',
    'entitlement',
    'licence_key',
    'project',
    'allocation',
    'allocation_line',
    'kit',
  ];

  test('is never truncated, alone or along with others', async () => {
    for (const table of KEPT) {
      const kept = { code: '23514', constraint: `${table}_never_deleted` };
      // The service lacks the right; a table that others refer to is refused before its triggers are asked.
      await refused(() => [[`TRUNCATE ${table}`]], { code: '42501' }, ['service']);
      const met = await attacker.strike('owner', [[`TRUNCATE ${table} CASCADE`]]);
      expect({ table, ...met }).toMatchObject({ table, code: expect.stringMatching(/^(23514|42501)$/) });
      const alone = await attacker.strike('replica', [[`TRUNCATE ${table}`]]);
      if (alone?.code !== '0A000') expect({ table, ...alone }).toEqual({ table, ...kept });
    }
  });

  test('is never deleted', async () => {
    const on = await shelf();
    const rows: readonly [string, string][] = [
      ['location', on.here.id],
      ['part', on.part.id],
      ['unit', on.unit.id],
      ['stock', on.stockId],
    ];
    for (const [table, id] of rows) {
      await refused(() => [[`DELETE FROM ${table} WHERE id = $1`, id]], `${table}_never_deleted`);
      await refused(
        () => [[`WITH gone AS (DELETE FROM ${table} WHERE id = $1 RETURNING id) SELECT FROM gone`, id]],
        `${table}_never_deleted`,
      );
    }
  });

  test('has no guard that session_replication_role switches off', async () => {
    const asleep = await database.db.rows(
      `SELECT tgrelid::regclass::text AS "table", tgname FROM pg_trigger
       WHERE NOT tgisinternal AND tgenabled <> 'A' AND tgrelid = ANY ($1::text[]::regclass[])`,
      [[...KEPT, 'movement', 'unit_test']],
    );
    expect(asleep).toEqual([]);
  });
});
