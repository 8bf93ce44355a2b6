import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import { unitLies } from './movement.service.ts';
import { insertMovements, lockParts } from './movement.store.ts';
import { type LockedUnit, lockUnits, partsOfUnits } from './unit.store.ts';
import { requireState } from './unit-refusal.ts';
import { unitTestById } from './unit-test.queries.ts';
import { insertUnitTest, noteTested } from './unit-test.store.ts';
import type { NewUnitTest, UnitTest } from './unit-test.ts';

/** What a test has led to. */
export interface UnitTestOutcome {
  readonly test: UnitTest;
  /** It failed and lay in stock: it lies in quarantine now. */
  readonly isQuarantined: boolean;
}

/**
 * Writes down that a unit was tested. A passed test counts until the next is due; a failed one quarantines a unit that
 * lies in stock, in the same transaction.
 * @throws AppError `not-found` `no-such-unit`; `conflict` `unit-cannot-go` when it is lost or written off; `invalid`
 *   `test-in-future`.
 */
export async function recordUnitTest(
  tx: Tx,
  caller: Caller,
  id: string,
  wanted: NewUnitTest,
): Promise<UnitTestOutcome> {
  // Kept to the millisecond, as it is read back.
  const test = { ...wanted, testedAt: new Date(wanted.testedAt).toISOString() };
  await lockParts(tx, await partsOfUnits(tx, [id]));
  const [unit] = await lockUnits(tx, [id]);
  if (!unit) throw new AppError('not-found', 'no-such-unit', `There is no unit ${id}`);
  requireState(unit, ['in_stock', 'quarantined', 'issued', 'deployed', 'in_repair'], 'tested', 'path.id');
  const testId = await insertUnitTest(tx, id, test, caller.principal.id);
  const isQuarantined = test.result === 'failed' && unit.state === 'in_stock';
  if (test.result === 'passed') await noteTested(tx, id, test.testedAt);
  if (isQuarantined) await quarantineFailed(tx, caller, unit, test.note);
  await recordAudit(tx, {
    ...originOf(caller),
    action: 'unit.test',
    subjectKind: 'unit',
    subjectId: id,
    details: { ...test, isQuarantined },
  });
  return { test: await unitTestById(tx, testId), isQuarantined };
}

async function quarantineFailed(tx: Tx, caller: Caller, unit: LockedUnit, note: string | undefined): Promise<void> {
  const reason = note === undefined ? 'Failed its test' : `Failed its test: ${note}`;
  const line = unitLies('quarantine', unit, 'quarantined', unit.locationId ?? '');
  await insertMovements(tx, [{ ...line, reason: reason.slice(0, REASON_LENGTH_MAX) }], {
    actorId: caller.principal.id,
    batchId: newId(),
  });
}

/** As long as the reason of a movement can be. */
const REASON_LENGTH_MAX = 500;
