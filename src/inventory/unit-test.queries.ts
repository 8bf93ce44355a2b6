import type { Queryable } from '../database/database.ts';
import { instantOf } from '../kernel/clock.ts';
import type { TestResult, UnitTest } from './unit-test.ts';

/** Where a page of tests ends: behind this test. */
export interface UnitTestKey {
  readonly testedAt: string;
  readonly id: string;
}

/** A test with the key that the list is ordered by. */
export interface ListedUnitTest {
  readonly test: UnitTest;
  readonly key: UnitTestKey;
}

/** The tests of a unit, newest first. */
export async function testsOfUnit(
  db: Queryable,
  unitId: string,
  page: { readonly limit: number; readonly after?: UnitTestKey | undefined },
): Promise<ListedUnitTest[]> {
  const rows = await db.rows<UnitTestRecord>(
    `SELECT ${SELECT} WHERE t.unit_id = $1 AND ($2::timestamptz IS NULL OR (t.tested_at, t.id) < ($2, $3::uuid))
     ORDER BY t.tested_at DESC, t.id DESC LIMIT $4`,
    [unitId, page.after?.testedAt ?? null, page.after?.id ?? null, page.limit],
  );
  return rows.map((row) => ({ test: testOf(row), key: { testedAt: row.tested_at.toISOString(), id: row.id } }));
}

/** One test that is there. */
export async function unitTestById(db: Queryable, id: string): Promise<UnitTest> {
  const [row] = await db.rows<UnitTestRecord>(`SELECT ${SELECT} WHERE t.id = $1`, [id]);
  if (!row) throw new Error(`there is no unit test ${id}`);
  return testOf(row);
}

// Instants are kept to the millisecond on the way in, so the key of a page is exact.
const SELECT = `t.id, t.unit_id, t.tested_at, t.result, t.note, t.actor_id, a.name AS actor_name
  FROM unit_test t LEFT JOIN principal a ON a.id = t.actor_id`;

interface UnitTestRecord {
  readonly id: string;
  readonly unit_id: string;
  readonly tested_at: Date;
  readonly result: TestResult;
  readonly note: string | null;
  readonly actor_id: string | null;
  readonly actor_name: string;
}

function testOf(row: UnitTestRecord): UnitTest {
  return {
    id: row.id,
    unitId: row.unit_id,
    testedAt: instantOf(row.tested_at),
    result: row.result,
    note: row.note,
    actor: row.actor_id === null ? null : { id: row.actor_id, name: row.actor_name },
  };
}
