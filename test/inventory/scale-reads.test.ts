import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadPool } from '../../scripts/bench/pool-data.ts';
import { poolId, scaledBy } from '../../scripts/bench/pool-scale.ts';
import { allocationById } from '../../src/allocations/allocation.queries.ts';
import { listAllocations } from '../../src/allocations/allocation-list.queries.ts';
import { entitlementAvailability, partAvailability } from '../../src/allocations/availability.queries.ts';
import { countOverdue, overdueToRemind } from '../../src/allocations/overdue.queries.ts';
import { allocationIdOfNumber, scannedLocation, scannedUnits } from '../../src/allocations/scan.queries.ts';
import { driverSettings } from '../../src/database/connection.ts';
import type { Queryable } from '../../src/database/database.ts';
import { movementsOfBatch, movementsOfStock } from '../../src/inventory/movement.queries.ts';
import { unitById } from '../../src/inventory/unit.queries.ts';
import { noticesOf } from '../../src/notices/notice.queries.ts';
import { skilledPersons } from '../../src/people/skilled-persons.ts';
import { serviceCoverage } from '../../src/services/coverage.service.ts';
import { useDatabase } from '../support/database.ts';
import { nodesOf, type PlanNode } from './scale-plans.ts';

const database = useDatabase();
let client: Client;

beforeAll(async () => {
  await loadPool(database.superuser, scaledBy(0.005));
  client = new Client(driverSettings(database.service, 'test'));
  await client.connect();
  await client.query('SET enable_seqscan = off');
}, 60_000);
afterAll(() => client.end());

/** Tables that grow with the years. The rest of a plan may be read as a whole. */
const LARGE = new Set(['unit', 'stock', 'movement', 'allocation', 'allocation_line', 'notice', 'audit_entry']);

/** Reads as the database does, and notes every large table that a statement would read without a key of an index. */
function watching(complaints: string[]): Queryable {
  const rows = async <Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> => {
    const { rows: plans } = await client.query(`EXPLAIN (FORMAT JSON) ${sql}`, [...parameters]);
    const nodes = nodesOf(plans[0]['QUERY PLAN'][0].Plan as PlanNode);
    for (const node of nodes) {
      const isKeyed = node['Node Type'] === 'Bitmap Heap Scan' || node['Index Cond'] !== undefined;
      if (LARGE.has(node['Relation Name'] ?? '') && !isKeyed) {
        complaints.push(
          `${node['Node Type']} of ${node['Relation Name']}: ${sql.replaceAll(/\s+/g, ' ').slice(0, 200)}`,
        );
      }
    }
    return (await client.query(sql, [...parameters])).rows as Row[];
  };
  // Sound: these reads ask for rows, and for nothing else.
  return { rows } as unknown as Queryable;
}

describe('what is read of a large pool without a list', () => {
  it.each<[string, (db: Queryable) => Promise<unknown>]>([
    ['a unit', (db) => unitById(db, poolId('unit', 7))],
    ['a scan of an asset tag', (db) => scannedUnits(db, 'AT-77')],
    ['a scan of a serial', (db) => scannedUnits(db, 'SN000000077')],
    ['a scan of a location', (db) => scannedLocation(db, 'bin-7')],
    ['a scan of a check-out', (db) => allocationIdOfNumber(db, 77)],
    ['an allocation', (db) => allocationById(db, poolId('allocation', 71))],
    [
      'the check-outs of a holder',
      (db) => listAllocations(db, 'checkout', { filters: { holderId: poolId('team', 3) }, sort: 'created', limit: 51 }),
    ],
    ['what is overdue in number', (db) => countOverdue(db)],
    ['what is overdue and to be reminded of', (db) => overdueToRemind(db, { limit: 100 })],
    ['what there is of a part with units', (db) => partAvailability(db, [poolId('part', 1)])],
    ['what there is of a part in bulk', (db) => partAvailability(db, [poolId('part', 1_000_001)])],
    ['what there is of seats', (db) => entitlementAvailability(db, [poolId('entitlement', 1)])],
    [
      'the coverage of a service',
      (db) => serviceCoverage(db, poolId('service', 0), { withDependencies: true, findSkilled: skilledPersons }),
    ],
    ['the notices of a team', (db) => noticesOf(db, poolId('team', 70), { unread: true, limit: 51 })],
    ['the movements of a stock row', (db) => movementsOfStock(db, poolId('stock', 7), { limit: 51 })],
    ['the movements of an act', (db) => movementsOfBatch(db, poolId('batch', 7))],
  ])('%s goes by the keys of indexes', async (_what, read) => {
    const complaints: string[] = [];
    const found = await read(watching(complaints));
    expect(complaints).toEqual([]);
    expect(found).toBeDefined();
    if (Array.isArray(found)) expect(found.length).toBeGreaterThan(0);
  });
});
