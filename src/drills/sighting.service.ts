import { allocationById } from '../allocations/allocation.queries.ts';
import type { AllocationLine } from '../allocations/allocation.ts';
import { lockAllocation } from '../allocations/lifecycle.store.ts';
import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { noteSeen } from '../inventory/unit.store.ts';
import { AppError } from '../kernel/errors.ts';
import { requirePerson } from './confirmation.service.ts';
import { runById } from './drill-run.queries.ts';
import { lockRun } from './drill-run.store.ts';
import { holdingsOf } from './holding.queries.ts';
import { recordSighting } from './holding.store.ts';
import type { Holding } from './holding.ts';
import { isEnded } from './run.ts';

/**
 * Takes down that a person has a held unit in the hand while the drill runs, by the code on its label (asset tag or serial).
 * Saying it again changes nothing.
 * @throws AppError `forbidden` `person-needed`; `not-found` `unknown-run`; `conflict` `run-ended`; `unprocessable`
 *   `not-held-by-run`, which names the field
 *   and what is held.
 */
export async function sightUnit(tx: Tx, caller: Caller, runId: string, code: string): Promise<Holding[]> {
  requirePerson(caller, 'A unit is sighted by a person who has it in the hand');
  await lockRun(tx, runId);
  const run = await runById(tx, runId);
  if (isEnded(run.status)) {
    throw new AppError(
      'conflict',
      'run-ended',
      `The drill run has ended already (${run.status}): nothing is held by it`,
    );
  }
  const units = await heldUnits(tx, runId);
  const found = units.find(({ unit }) => isCodeOf(unit, code));
  if (!found?.unit) throw notHeld(code, units);
  const { unit } = found;
  await noteSeen(tx, [unit.id]);
  await recordSighting(tx, runId, { lineId: found.id, unitId: unit.id, by: caller.principal.name });
  await recordAudit(tx, {
    ...originOf(caller),
    ...{ action: 'drill-run.sight', subjectKind: 'drill-run', subjectId: runId },
    details: { unitId: unit.id, serial: unit.serial },
  });
  return holdingsOf(tx, runId);
}

/**
 * The units that the run holds at this moment; under the locks of their pools another one may have taken the place of the first.
 */
async function heldUnits(tx: Tx, runId: string): Promise<AllocationLine[]> {
  const [held] = (await holdingsOf(tx, runId)).filter(({ allocationId }) => allocationId !== null);
  if (!held?.allocationId) return [];
  await lockAllocation(tx, { id: held.allocationId });
  const { lines } = await allocationById(tx, held.allocationId);
  return lines.filter(({ state, unit }) => state === 'held' && unit !== null);
}

function isCodeOf(unit: AllocationLine['unit'], code: string): boolean {
  const wanted = code.trim().toLowerCase();
  return unit?.serial.toLowerCase() === wanted || unit?.assetTag?.toLowerCase() === wanted;
}

/** As many units as the refusal names. */
const NAMED_MAX = 10;

function notHeld(code: string, units: readonly AllocationLine[]): AppError {
  const names = units.slice(0, NAMED_MAX).map(({ unit }) => unit?.assetTag ?? unit?.serial);
  const held = names.length === 0 ? 'it holds no unit' : `it holds ${names.join(', ')}`;
  return new AppError('unprocessable', 'not-held-by-run', `The drill run does not hold a unit ${code}: ${held}`, {
    fields: [{ field: '#/code', message: `is no asset tag or serial of a unit that the run holds: ${held}` }],
  });
}
