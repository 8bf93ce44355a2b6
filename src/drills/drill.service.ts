import { recordAudit } from '../audit/audit.store.ts';
import { SYSTEM_ACTOR } from '../audit/entry.ts';
import type { Origin } from '../auth/actor.ts';
import type { Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import type { JobQueue } from '../scheduling/queue.ts';
import { serviceByName } from '../services/service.queries.ts';
import { currentPolicy } from '../sla/policy.queries.ts';
import { targetsFor } from '../sla/policy.ts';
import { type DrillCatalogue, soundDefinition, withParameters } from './catalogue.ts';
import { concludeRun } from './conclusion.ts';
import type { DrillDefinition } from './definition.ts';
import { startWithinSecondsOf } from './definition-duration.ts';
import type { DefinitionFile } from './definition-file.ts';
import type { ConclusionDeps } from './drill-deps.ts';
import { tellSkipped } from './drill-notice.ts';
import { runById } from './drill-run.queries.ts';
import {
  drillRunning,
  insertQueuedRun,
  insertSkippedRun,
  lockLiveRun,
  lockRun,
  type NewRun,
  requestCancel,
} from './drill-run.store.ts';
import { DRILL_JOB } from './drill-schedule.ts';
import { requireTighter } from './objectives.ts';
import { recordParameters } from './parameter.store.ts';
import type { GivenParameters } from './parameter-value.ts';
import { fillRoles, type WishedParticipants } from './participant.service.ts';
import { type ConfirmedStart, confirmedRecovery } from './real-recovery.service.ts';
import { type DrillRun, isEnded, type RunMode, type Trigger } from './run.ts';

/** What is needed to ask for a run. */
export interface RequestDeps {
  readonly catalogue: DrillCatalogue;
  readonly queue: JobQueue;
}

/** Which drill to run, and how much of it. */
export interface RunWish {
  readonly drill: string;
  readonly mode: RunMode;
  /** Values for parameters of the definition. */
  readonly parameters?: GivenParameters;
  readonly participants?: WishedParticipants;
  /** With mode `recovery`: that it is meant, by whom, and what for. */
  readonly recovery?: ConfirmedStart | undefined;
}

/**
 * Asks for a run of a drill: it waits for a worker from the moment that the transaction commits, and its time counts from
 * then on.
 * @throws AppError `not-found` `unknown-drill`; `unprocessable` `bad-definition` with line and column; `conflict`
 * `drill-running` while a run of the same drill waits or runs; `invalid` `bad-parameters`, `bad-participants`;
 * `unprocessable` `looser-objectives`; as `confirmedRecovery`.
 */
export async function requestRun(tx: Tx, deps: RequestDeps, origin: Origin, wish: RunWish): Promise<{ runId: string }> {
  const { drill, mode, parameters = {}, participants = {} } = wish;
  const { definition } = withParameters(soundDefinition(deps.catalogue.current(), drill), parameters);
  if (mode !== 'recovery') await requireObjectives(tx, definition);
  const recovery = await confirmedRecovery(tx, definition, mode, wish.recovery);
  const person = wish.recovery?.person;
  if ((await lockLiveRun(tx, drill)) !== undefined) throw drillRunning(drill);
  const run: NewRun = {
    id: newId(),
    drill,
    service: definition.service,
    trigger: 'manual',
    mode,
    requestedById: person?.id ?? origin.actor.principalId,
    requestedByName: person?.name ?? origin.actor.name,
    startWithinSeconds: startWithinSecondsOf(definition),
    recovery,
  };
  await insertQueuedRun(tx, run);
  await recordParameters(tx, run.id, parameters);
  await fillRoles(tx, run.id, definition.participants ?? [], participants);
  await deps.queue.enqueue(tx, DRILL_JOB, { runId: run.id });
  await record(tx, origin, 'request', run.id, {
    ...{ drill, trigger: run.trigger, mode, parameters, participants },
    ...(recovery && { recovery: { ...recovery, confirmedBy: run.requestedByName } }),
  });
  return { runId: run.id };
}

/** @throws AppError `unprocessable` `looser-objectives`: a run by them would fail at its beginning. */
async function requireObjectives(tx: Tx, { objectives: { severity, targets }, service: name }: DrillDefinition) {
  if (targets === undefined) return;
  const service = await serviceByName(tx, name);
  requireTighter(targetsFor(await currentPolicy(tx), severity, service?.id), targets);
}

/**
 * Makes the run of a schedule's slot or of the first start, for the caller to carry out at once. While a run of the same
 * drill goes on, this one waits if the definition says so; else, and while another one waits already, it is skipped, with a row
 * that says so, and undefined is the answer. A definition that cannot be read still makes a run: it fails and says why.
 */
export async function openRun(
  tx: Tx,
  files: readonly DefinitionFile[],
  drill: string,
  trigger: Exclude<Trigger, 'manual'>,
): Promise<string | undefined> {
  const definition = files.find((file) => file.name === drill)?.definition;
  const run: NewRun = {
    id: newId(),
    drill,
    service: definition?.service ?? 'unknown',
    trigger,
    mode: 'full',
    requestedById: null,
    requestedByName: SYSTEM_ACTOR.name,
    startWithinSeconds: startWithinSecondsOf(definition),
  };
  const live = await lockLiveRun(tx, drill);
  const mayWait = definition?.schedule?.overlap === 'wait' && live?.status === 'running';
  if (live && !mayWait) {
    const reason = `run ${live.id} of the same drill ${live.status === 'queued' ? 'was still waiting' : 'was still going'}`;
    await insertSkippedRun(tx, run, `skipped: ${reason}`);
    await tellSkipped(tx, run, reason);
    await record(tx, { actor: SYSTEM_ACTOR }, 'skip', run.id, { drill, trigger, liveRun: live.id });
    return undefined;
  }
  await insertQueuedRun(tx, run);
  await record(tx, { actor: SYSTEM_ACTOR }, 'request', run.id, { drill, trigger });
  return run.id;
}

/**
 * Cancels a run. One that waits is over at once; one that runs stops within seconds, cleans up, and ends as aborted.
 * @throws AppError `not-found`; `conflict` `run-ended`.
 */
export async function cancelRun(tx: Tx, deps: ConclusionDeps, origin: Origin, runId: string): Promise<DrillRun> {
  await lockRun(tx, runId);
  const run = await runById(tx, runId);
  if (isEnded(run.status)) {
    throw new AppError('conflict', 'run-ended', `The drill run has ended already (${run.status}): nothing to cancel`);
  }
  await record(tx, origin, 'cancel', runId, { drill: run.drill, status: run.status });
  if (run.status === 'running') {
    await requestCancel(tx, runId, origin.actor.name);
    return runById(tx, runId);
  }
  const outcome = {
    status: 'aborted',
    reason: `cancelled by ${origin.actor.name} before it began`,
    validation: 'not reached',
    validationReason: null,
    backup: { state: 'unknown' },
    resources: 'unknown',
    respondSeconds: null,
    planSeconds: null,
    technicalRtaSeconds: null,
    cleanup: 'not needed',
    cleanupReason: null,
  } as const;
  await concludeRun(tx, deps, { runId, attempt: run.attempt }, outcome, undefined);
  return runById(tx, runId);
}

function record(tx: Tx, origin: Origin, verb: string, runId: string, details: Readonly<Record<string, unknown>>) {
  return recordAudit(tx, {
    ...origin,
    action: `drill-run.${verb}`,
    subjectKind: 'drill-run',
    subjectId: runId,
    details,
  });
}
