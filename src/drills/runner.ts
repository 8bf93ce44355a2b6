import { AppError, messageOf } from '../kernel/errors.ts';
import type { RunnerDeps } from './drill-deps.ts';
import { tellStarted } from './drill-notice.ts';
import { leavePhaseUnmeasured, startPhase } from './drill-part.store.ts';
import { runById } from './drill-run.queries.ts';
import { claimRun, type Fence } from './drill-run.store.ts';
import type { Phase } from './phase.ts';
import { processIdentity } from './process-identity.ts';
import { RunRecorder } from './recorder.ts';
import { rehearse } from './rehearsal.ts';
import { writeReportFiles } from './report-files.ts';
import { RunStopped } from './run-stopped.ts';
import { isItsTurn } from './turn.store.ts';

const UNATTENDED = 'not measured: the run was unattended';

/**
 * Carries out one queued run from its first second to its signed evidence, and cleans up whatever happens. False when the
 * run is not queued (any more): somebody else has it, or it was cancelled; and while it is not its turn.
 *
 * What goes wrong inside the drill is its result, not an exception. When the run is lost to another process, what this
 * one made is removed, and nothing more is written.
 *
 * @param signal aborted when this process stops: the run then ends as interrupted.
 */
export async function carryOutRun(deps: RunnerDeps, runId: string, signal: AbortSignal): Promise<boolean> {
  const claimed = await claim(deps, runId);
  if (!claimed) return false;
  const stop = new AbortController();
  const recorder = new RunRecorder({
    ...claimed,
    ...deps.lease,
    db: deps.db,
    clock: deps.clock,
    log: deps.log,
    onStop: (why) =>
      stop.abort(
        why.kind === 'lost'
          ? new RunStopped('interrupted', 'the lease of the run ran out')
          : new RunStopped('aborted', `cancelled by ${why.by}`),
      ),
  });
  const drain = () => stop.abort(new RunStopped('interrupted', `stopped from outside: ${messageOf(signal.reason)}`));
  if (signal.aborted) drain();
  else signal.addEventListener('abort', drain, { once: true });
  recorder.startHeartbeat();
  try {
    await rehearse(deps, claimed, recorder, stop.signal);
  } catch (thrown) {
    if (!(thrown instanceof AppError && thrown.code === 'run-lost')) throw thrown;
    deps.log.warn({ runId }, 'the drill run is not ours any more: what it made was removed, others write its end');
  } finally {
    signal.removeEventListener('abort', drain);
    await recorder.stopHeartbeat();
  }
  await writeReportFiles(deps, runId);
  return true;
}

interface Claimed {
  readonly fence: Fence;
  readonly triggeredAt: Date;
  /** The one that began with the trigger. */
  readonly phase: Phase;
  /** The trigger on this process's monotonic clock. */
  readonly triggeredAtMs: number;
}

/**
 * The phases of people are left out in the same breath, unless the definition has people in it: from its first second the run's
 * record is whole.
 */
async function claim(deps: RunnerDeps, runId: string): Promise<Claimed | undefined> {
  const { hostId, drillsAtOnce, lease, clock } = deps;
  const files = await deps.catalogue.refresh();
  const taken = await deps.db.transaction(async (tx) => {
    const run = await runById(tx, runId);
    const { triggeredAt, drill, mode, service: asked } = run;
    const definition = files.find(({ name }) => name === drill)?.definition;
    const service = definition?.service ?? asked;
    if (!(await isItsTurn(tx, { runId, drill, service, hostId, drillsAtOnce }))) return undefined;
    const claimed = await claimRun(tx, runId, { hostId, service, workerProcess: processIdentity(), ...lease });
    if (!claimed) return undefined;
    await tellStarted(tx, run);
    const phase: Phase = definition?.attended && mode !== 'availability' ? 'respond' : 'provision';
    if (phase === 'provision') {
      await leavePhaseUnmeasured(tx, runId, 'respond', UNATTENDED);
      await leavePhaseUnmeasured(tx, runId, 'plan', UNATTENDED);
    }
    await startPhase(tx, runId, phase, triggeredAt);
    return { ...claimed, triggeredAt, phase };
  });
  if (!taken) return undefined;
  return {
    fence: { runId, attempt: taken.attempt },
    triggeredAt: taken.triggeredAt,
    phase: taken.phase,
    triggeredAtMs: clock.monotonicMs() - taken.queuedSeconds * 1000,
  };
}
