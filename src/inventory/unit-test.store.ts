import type { Tx } from '../database/database.ts';
import { mapConstraints } from '../database/sqlstate.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import type { NewUnitTest } from './unit-test.ts';

/**
 * Writes a test down, for good.
 * @returns its id.
 * @throws AppError `invalid` `test-in-future`.
 */
export async function insertUnitTest(tx: Tx, unitId: string, test: NewUnitTest, actorId: string): Promise<string> {
  const id = newId();
  const future = () =>
    new AppError('invalid', 'test-in-future', 'A test cannot have happened in the future', {
      fields: [{ field: '#/testedAt', message: 'must not be in the future' }],
    });
  await mapConstraints({ unit_test_not_in_future: future }, () =>
    tx.execute(
      'INSERT INTO unit_test (id, unit_id, tested_at, result, actor_id, note) VALUES ($1, $2, $3, $4, $5, $6)',
      [id, unitId, test.testedAt, test.result, actorId, test.note ?? null],
    ),
  );
  return id;
}

/** Lets a passed test count, unless a later one is on record: the next is due so many days after it as the part says. */
export async function noteTested(tx: Tx, unitId: string, testedAt: string): Promise<void> {
  await tx.execute(
    `UPDATE unit u SET last_tested_at = $2,
       test_due_on = ($2::timestamptz AT TIME ZONE 'UTC')::date + p.test_interval_days, version = u.version + 1,
       updated_at = now()
     FROM part p WHERE u.id = $1 AND p.id = u.part_id AND (u.last_tested_at IS NULL OR u.last_tested_at <= $2)`,
    [unitId, testedAt],
  );
}
