import type { Queryable } from '../database/database.ts';
import type { BackupFacts } from './availability.ts';
import type { RunOutcome } from './conclusion.ts';
import { checksOf, phasesOf, runById } from './drill-run.queries.ts';
import { holdingsOf } from './holding.queries.ts';
import type { Phase, PhaseRecord } from './phase.ts';
import type { DrillCheck, DrillRun } from './run.ts';

/** What an interrupted run found out before it was lost: whatever its record proves, and nothing more. */
export async function interruptedOutcome(
  db: Queryable,
  runId: string,
): Promise<Omit<RunOutcome, 'cleanup' | 'cleanupReason'>> {
  const run = await runById(db, runId);
  const phases = await phasesOf(db, runId);
  const isDone = (phase: Phase) => phases.some((record) => record.phase === phase && record.status === 'done');
  const validation = isDone('validate') ? validationOf(await checksOf(db, runId)) : 'not reached';
  return {
    status: 'interrupted',
    reason: `the process that carried it out went away${run.phase ? `; the last phase that had begun was ${run.phase}` : ''}`,
    validation,
    validationReason: null,
    backup: backupOf(run, isDone('verify')),
    resources: (await holdingsOf(db, runId)).length > 0 ? 'asked' : 'unknown',
    respondSeconds: secondsOf(phases, 'respond'),
    planSeconds: secondsOf(phases, 'plan'),
    technicalRtaSeconds: validation === 'passed' && !run.expectsDamage ? secondsToValidated(phases) : null,
  };
}

function validationOf(checks: readonly DrillCheck[]): 'passed' | 'failed' {
  const compared = checks.filter((check) => check.result !== 'not compared');
  return compared.length > 0 && compared.every((check) => check.result === 'passed') ? 'passed' : 'failed';
}

function backupOf({ findings, expectsDamage }: DrillRun, verified: boolean): BackupFacts {
  const [finding] = findings;
  if (finding && expectsDamage) return { state: 'damaged as expected', reason: finding.message };
  if (finding) return { state: 'absent', reason: `not there in sound form: ${finding.message}` };
  return verified ? { state: 'sound' } : { state: 'unknown' };
}

/** What a phase of people took, when it came to its end. */
function secondsOf(phases: readonly PhaseRecord[], phase: Phase): number | null {
  return phases.find((record) => record.phase === phase && record.status === 'done')?.seconds ?? null;
}

/** Phases follow each other without a gap, from the trigger on. */
function secondsToValidated(phases: readonly PhaseRecord[]): number {
  const counted = phases.filter((record) => record.phase !== 'cleanup' && record.phase !== 'handover');
  return counted.reduce((sum, { seconds }) => sum + (seconds ?? 0), 0);
}
