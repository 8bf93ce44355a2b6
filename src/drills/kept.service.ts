import { recordAudit } from '../audit/audit.store.ts';
import type { Origin } from '../auth/actor.ts';
import type { Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { runById } from './drill-run.queries.ts';
import { endKeeping } from './kept.store.ts';
import type { DrillRun } from './run.ts';

/**
 * Gives up what a failed run has kept before its time is over. The host on which it lies removes it, within seconds when it is up;
 * the run says `kept` until then.
 * @throws AppError `not-found` `unknown-run`; `conflict` `nothing-kept`.
 */
export async function discardKept(tx: Tx, origin: Origin, runId: string): Promise<DrillRun> {
  const { drill, cleanup, keptUntil } = await runById(tx, runId);
  if (!(await endKeeping(tx, runId))) {
    const message = `The drill run keeps no sandbox (clean-up: ${cleanup}): there is nothing to discard`;
    throw new AppError('conflict', 'nothing-kept', message);
  }
  await recordAudit(tx, {
    ...origin,
    ...{ action: 'drill-run.discard', subjectKind: 'drill-run', subjectId: runId },
    details: { drill, keptUntil: keptUntil?.toISOString() ?? null },
  });
  return runById(tx, runId);
}
