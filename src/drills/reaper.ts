import { setTimeout as delay } from 'node:timers/promises';
import { dateOf } from '../kernel/clock.ts';
import { AppError, messageOf } from '../kernel/errors.ts';
import { formatSeconds } from '../kernel/units.ts';
import { unfinishedCleanup } from './cleanup.steps.ts';
import { concludeRun, type RunOutcome } from './conclusion.ts';
import type { ConclusionDeps, HostDeps, RunnerDeps } from './drill-deps.ts';
import { interruptPhases, recordResourcesRemoved } from './drill-part.store.ts';
import { runById } from './drill-run.queries.ts';
import { appendLog, type Fence, setCleanup } from './drill-run.store.ts';
import { settleHoldings } from './holding.service.ts';
import { interruptedOutcome } from './interrupted-outcome.ts';
import { recordKept } from './kept.store.ts';
import { keepInterrupted } from './kept-recovery.ts';
import { removeLeftovers, removeStraySandboxes } from './leftovers.ts';
import { type LostJobDeps, replaceLostJobs } from './lost-job.ts';
import { processIdentity, processStateOf } from './process-identity.ts';
import {
  nextLogPosition,
  type RunToCleanUp,
  runningRuns,
  runsToCleanUp,
  staleQueuedRuns,
  takeOverRun,
  type WaitingRun,
} from './reap.store.ts';
import { writeMissingReports } from './report-files.ts';
import type { DrillRun } from './run.ts';
import { attemptsOf, interruptAttempts } from './step-attempt.store.ts';
import { waitsFor } from './turn.store.ts';
import { yardstickOf } from './yardstick.ts';

/** Stopping a server and removing a sandbox may take a while; another reaper takes over after this. */
const REAPER_LEASE_SECONDS = 300;

export type ReaperDeps = ConclusionDeps & HostDeps & Pick<RunnerDeps, 'reportDirectory'>;

/**
 * Ends the runs whose worker is gone, as interrupted with the timings they got to, and removes what they left on this host:
 * scratch server, processes, sandbox; also what failed runs have kept, when its time is over. A run is given up when its lease is over, or when its process is known to be dead.
 * Sandboxes of other hosts, and of runs that are alive, are not touched. Safe to call at any time, by many at once.
 * @returns the runs that were interrupted.
 */
export async function reapInterrupted(deps: ReaperDeps): Promise<string[]> {
  const interrupted: string[] = [];
  for (const run of await runningRuns(deps.db)) {
    const here = run.hostId === deps.hostId;
    const provenDead = here && processStateOf(run.workerProcess) === 'dead';
    if (!run.leaseDead && !provenDead) continue;
    const reaper = { process: processIdentity(), leaseSeconds: REAPER_LEASE_SECONDS, provenDead };
    const fence = await deps.db.transaction((tx) => takeOverRun(tx, run, reaper));
    if (!fence) continue;
    await interrupt(deps, fence, here);
    interrupted.push(run.runId);
  }
  for (const fence of await staleQueuedRuns(deps.db)) await giveUpWaiting(deps, fence);
  for (const run of await runsToCleanUp(deps.db, deps.hostId)) await cleanUpLater(deps, run);
  await removeStraySandboxes(deps);
  await writeMissingReports(deps);
  return interrupted;
}

/**
 * Reaps, and gives new jobs to runs that have lost theirs, again and again until the signal is aborted; a failure is logged, and the
 * next round tries again.
 */
export async function reapPeriodically(
  deps: ReaperDeps & LostJobDeps,
  everySeconds: number,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await delay(everySeconds * 1000, undefined, { signal, ref: false });
      await reapInterrupted(deps);
      await replaceLostJobs(deps);
    } catch (thrown) {
      if (!signal.aborted) deps.log.error({ err: thrown }, 'interrupted drills could not be cleaned up this time');
    }
  }
}

async function interrupt(deps: ReaperDeps, fence: Fence, here: boolean): Promise<void> {
  const { runId } = fence;
  const run = await runById(deps.db, runId);
  deps.log.warn({ runId, drill: run.drill, phase: run.phase, hostId: run.hostId }, 'a drill run was interrupted');
  await deps.db.transaction((tx) => settleHoldings(tx, runId, run.drill));
  const cleanup = here
    ? ((await keptOf(deps, run)) ?? (await cleanUpNow(deps, runId, 'removed after the interruption')))
    : ({
        cleanup: 'pending',
        cleanupReason: `left on host ${run.hostId}, which ${run.mode === 'recovery' ? 'keeps' : 'removes'} it when it is back`,
      } as const);
  const outcome: RunOutcome = { ...(await interruptedOutcome(deps.db, runId)), ...cleanup };
  const yardstick = await yardstickOf(deps.db, await runById(deps.db, runId));
  await deps.db.transaction(async (tx) => {
    await interruptPhases(tx, runId);
    await interruptAttempts(tx, runId);
    const line = {
      at: dateOf(deps.clock.now()),
      level: 'warn',
      phase: run.phase,
      message: outcome.reason ?? '',
    } as const;
    await appendLog(tx, runId, await nextLogPosition(tx, runId), [line]);
    await concludeRun(tx, deps, fence, outcome, yardstick);
  });
}

async function giveUpWaiting(deps: ReaperDeps, fence: WaitingRun): Promise<void> {
  const ahead = await waitsFor(deps.db, await runById(deps.db, fence.runId));
  const reason = `missed: no worker took the run within ${formatSeconds(fence.startWithinSeconds)}${ahead === null ? '' : `; it waited for ${ahead}`}`;
  const outcome: RunOutcome = {
    ...(await interruptedOutcome(deps.db, fence.runId)),
    ...{ reason, cleanup: 'not needed', cleanupReason: null },
  };
  try {
    await deps.db.transaction((tx) => concludeRun(tx, deps, fence, outcome, undefined));
  } catch (thrown) {
    // A worker, or another reaper, was faster.
    if (!(thrown instanceof AppError && thrown.code === 'run-lost')) throw thrown;
  }
}

/** What a recovery has restored before its process went away stays; undefined of anything else. */
function keptOf(deps: ReaperDeps, { id, mode }: Pick<DrillRun, 'id' | 'mode'>) {
  return mode === 'recovery' ? keepInterrupted(deps, id) : undefined;
}

type CleanupResult = Pick<RunOutcome, 'cleanup' | 'cleanupReason'>;

const DISCARDED = 'kept after the recovery, and discarded by a person since';

async function cleanUpNow(deps: ReaperDeps, runId: string, reason: string): Promise<CleanupResult> {
  try {
    await removeLeftovers(deps, runId);
    await deps.db.transaction((tx) => recordResourcesRemoved(tx, runId));
    const undone = unfinishedCleanup(await attemptsOf(deps.db, runId));
    if (undone.length > 0) return { cleanup: 'failed', cleanupReason: [...undone, reason].join('; ') };
    return { cleanup: 'done', cleanupReason: reason };
  } catch (thrown) {
    deps.log.error({ err: thrown, runId }, 'what a drill left behind could not be removed');
    return { cleanup: 'failed', cleanupReason: messageOf(thrown) };
  }
}

async function cleanUpLater(deps: ReaperDeps, { runId, wasKept, isRecovery }: RunToCleanUp): Promise<void> {
  const kept = isRecovery && !wasKept ? await keepInterrupted(deps, runId) : undefined;
  if (kept) {
    await deps.db.transaction((tx) => recordKept(tx, runId, kept.cleanupReason, kept.kept.sizeBytes));
    return;
  }
  const reason = isRecovery
    ? DISCARDED
    : wasKept
      ? 'kept after the failure, and removed since'
      : 'removed after the interruption';
  const { cleanup, cleanupReason } = await cleanUpNow(deps, runId, reason);
  if (cleanup !== 'done' && cleanup !== 'failed') return;
  await deps.db.transaction((tx) => setCleanup(tx, runId, cleanup, cleanupReason));
}
