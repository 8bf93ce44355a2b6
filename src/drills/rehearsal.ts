import { AppError, messageOf } from '../kernel/errors.ts';
import { serviceByName } from '../services/service.queries.ts';
import { currentPolicy } from '../sla/policy.queries.ts';
import { noticeOf, targetsFor } from '../sla/policy.ts';
import { attendedPhase } from './attended.step.ts';
import { soundDefinition, withParameters } from './catalogue.ts';
import type { CleanedUp } from './cleaned-up.ts';
import { carryOutCleanup } from './cleanup.steps.ts';
import { concludeRun, type RunOutcome, type Yardstick } from './conclusion.ts';
import type { DrillDefinition } from './definition.ts';
import { type Attended, attendedSchema } from './definition-attended.ts';
import { expectsDamage } from './definition-damage.ts';
import type { RunnerDeps } from './drill-deps.ts';
import { recordLost } from './drill-part.store.ts';
import { runById } from './drill-run.queries.ts';
import { type Fence, pinDefinition } from './drill-run.store.ts';
import { holdResources } from './hold.step.ts';
import { lostOf, NOTHING_LOST } from './lost.ts';
import { requireTighter } from './objectives.ts';
import { givenParameters, recordVaried } from './parameter.store.ts';
import { parametersOfRun } from './parameter-value.ts';
import { requireRoles } from './participant.service.ts';
import { filledRolesOf } from './participant.store.ts';
import type { Phase } from './phase.ts';
import { preflight } from './preflight.step.ts';
import type { RunRecorder } from './recorder.ts';
import { cleanUp, noteRestored, provision, removeUnrecorded } from './recovery.steps.ts';
import type { Recovery } from './recovery.ts';
import type { DrillRun } from './run.ts';
import { RunStopped } from './run-stopped.ts';
import { lookUpPoint } from './select-point.step.ts';
import { carryOutSteps } from './step-run.ts';
import { validate } from './validate.step.ts';

/** What a rehearsal has so far; its end is judged by whatever is there. */
interface Rehearsal {
  yardstick?: Yardstick;
  recovery?: Recovery;
}

/**
 * Takes a claimed run through its phases, from provision to clean-up, and writes its end.
 * @throws AppError `conflict` `run-lost` when the run is not ours any more; what it made has been removed by then.
 */
export async function rehearse(
  deps: RunnerDeps,
  { fence, phase }: { readonly fence: Fence; readonly phase: Phase },
  recorder: RunRecorder,
  signal: AbortSignal,
): Promise<void> {
  const rehearsal: Rehearsal = {};
  try {
    const ending = await recover(rehearsal, deps, { fence, phase }, recorder, signal);
    await deps.onPhase?.('handover');
    await recorder.leaveUnmeasured('handover', 'not measured: nobody took the service over');
    const cleanup = await cleanUpInPhase(deps, recorder, rehearsal.recovery, ending.status);
    await recorder.stopHeartbeat();
    const outcome: RunOutcome = { ...ending, ...cleanup, ...resultOf(rehearsal.recovery) };
    await recorder.write((tx) => concludeRun(tx, deps, fence, outcome, rehearsal.yardstick));
  } catch (thrown) {
    // Only a lost run comes here, or a fault of ours: what was made must not stay behind either way.
    if (rehearsal.recovery) await removeUnrecorded(rehearsal.recovery);
    throw thrown;
  }
}

type Ending = Pick<RunOutcome, 'status' | 'reason'>;

/** The phases up to validated. What fails in them is how the run ends. */
async function recover(
  rehearsal: Rehearsal,
  deps: RunnerDeps,
  { fence, phase: first }: { readonly fence: Fence; readonly phase: Phase },
  recorder: RunRecorder,
  signal: AbortSignal,
): Promise<Ending> {
  try {
    await deps.onPhase?.(first);
    const run = await runById(deps.db, fence.runId);
    rehearsal.yardstick = await pin(deps, run, fence, recorder);
    const { definition } = rehearsal.yardstick;
    const recovery = begin(deps, run, recorder, signal, definition);
    rehearsal.recovery = recovery;
    if (first === 'respond') await waitForPeople(recovery, definition.attended);
    await takeAway(recovery);
    await preflight(recovery);
    const held = await holdResources(recovery);
    if (run.mode === 'availability') {
      await recorder.finishPhase('done', `${held}; ${await lookUpPoint(recovery)}`);
      for (const phase of RESTORING) await recorder.leaveUnmeasured(phase, 'not carried out: availability only');
      return { status: 'completed', reason: null };
    }
    await recorder.finishPhase('done', `${held}; ${await provision(recovery)}`);
    for (const phase of ['fetch', 'verify', 'restore'] as const) {
      await inPhase(recovery, phase, () => carryOutSteps(recovery, phase));
    }
    const validated = await inPhase(recovery, 'validate', () => validate(recovery));
    signal.throwIfAborted();
    if (recovery.validation === 'passed' && !expectsDamage(definition)) {
      recovery.technicalRtaSeconds = validated;
      await noteRestored(recovery);
    }
    return { status: 'completed', reason: null };
  } catch (thrown) {
    const ending = endingOf(thrown, signal);
    recorder.say(ending.reason ?? ending.status, 'error');
    if (ending.unexpected) deps.log.error({ err: thrown, runId: fence.runId }, 'a drill failed unexpectedly');
    await recorder.finishPhaseIfAny(ending.status === 'failed' ? 'failed' : 'interrupted', ending.reason);
    return ending;
  } finally {
    await rehearsal.recovery?.loadedThread?.terminate();
  }
}

/** Reads the definition and the policy as they are now; the run keeps them, whatever changes later. */
async function pin(
  deps: RunnerDeps,
  { drill, mode }: DrillRun,
  fence: Fence,
  recorder: RunRecorder,
): Promise<Yardstick> {
  const given = await givenParameters(deps.db, fence.runId);
  const { definition, text, sha256 } = withParameters(soundDefinition(await deps.catalogue.refresh(), drill), given);
  const parameters = parametersOfRun(definition.parameters ?? {}, given);
  const policy = await currentPolicy(deps.db);
  const { severity } = definition.objectives;
  const notice = noticeOf(policy);
  const service = await serviceByName(deps.db, definition.service);
  const promised = targetsFor(policy, severity, service?.id);
  await recorder.write(async (tx) => {
    await pinDefinition(tx, fence, {
      service: service?.name ?? definition.service,
      text,
      sha256,
      severity,
      policyVersion: policy.version,
      policyExample: notice !== null,
      expectsDamage: expectsDamage(definition),
    });
    await recordVaried(
      tx,
      fence.runId,
      parameters.filter(({ isVaried }) => isVaried).map(({ name }) => name),
    );
  });
  for (const { name, value } of parameters) recorder.say(`parameter ${name}: ${value}`);
  recorder.say(`definition ${sha256.slice(0, 12)}, ${severity} targets of policy version ${policy.version}`);
  if (notice !== null) recorder.say(notice, 'warn');
  if (!service) recorder.say(`the service ${definition.service} is not in the register`, 'warn');
  requireRoles(definition.participants ?? [], await filledRolesOf(deps.db, fence.runId));
  // Nobody waits with a real recovery until somebody has put the file right: it is judged by the policy then.
  if (mode !== 'recovery') requireTighter(promised, definition.objectives.targets);
  return { definition, promised };
}

function begin(
  deps: RunnerDeps,
  { id: runId, mode }: DrillRun,
  recorder: RunRecorder,
  signal: AbortSignal,
  definition: DrillDefinition,
): Recovery {
  return {
    ...{ deps, runId, definition, mode, recorder, signal },
    services: [],
    lost: NOTHING_LOST,
    backup: { state: 'unknown' },
    resources: definition.resources ? 'unknown' : 'undeclared',
    validation: 'not reached',
    validationReason: null,
    respondSeconds: null,
    planSeconds: null,
    technicalRtaSeconds: null,
  };
}

/** What people do before anything is recovered; each takes as long as it takes, and is held against its target. */
async function waitForPeople(recovery: Recovery, attended: Attended | undefined): Promise<void> {
  const { recorder, deps } = recovery;
  // The file was changed in the moment between: as if nobody had been asked for.
  const { respond, plan } = attended ?? attendedSchema.parse({});
  const said = await attendedPhase(recovery, 'respond', respond);
  recovery.respondSeconds = await recorder.finishPhase('done', said);
  await recorder.beginPhase('plan');
  await deps.onPhase?.('plan');
  const decided = await attendedPhase(recovery, 'plan', plan);
  recovery.planSeconds = (await recorder.finishPhase('done', decided)) - recovery.respondSeconds;
  await recorder.beginPhase('provision');
  await deps.onPhase?.('provision');
}

const RESTORING = ['fetch', 'verify', 'restore', 'validate'] as const satisfies readonly Phase[];

/** Finds out what the scenario takes away, before anything is chosen. A real incident has taken away what it has. */
async function takeAway(recovery: Recovery): Promise<void> {
  const { deps, recorder, runId, definition, mode } = recovery;
  if (mode === 'recovery') return;
  const lost = await lostOf(deps.db, definition.scenario.lost);
  recovery.lost = lost;
  if (lost.words.length === 0) return;
  await recorder.write((tx) => recordLost(tx, runId, lost.words));
  recorder.say(`lost in the scenario, and not used: ${lost.words.join(', ')}`, 'warn');
}

/** Runs the work of one phase; answers the seconds from the trigger to its end. */
async function inPhase(recovery: Recovery, phase: Phase, work: () => Promise<string>): Promise<number> {
  recovery.signal.throwIfAborted();
  await recovery.recorder.beginPhase(phase);
  await recovery.deps.onPhase?.(phase);
  const detail = await work();
  recovery.recorder.say(`${phase}: ${detail}`);
  return recovery.recorder.finishPhase('done', detail);
}

function endingOf(thrown: unknown, signal: AbortSignal): Ending & { readonly unexpected: boolean } {
  if (thrown instanceof AppError && thrown.code === 'run-lost') throw thrown;
  const { reason } = signal;
  if (reason instanceof RunStopped) return { status: reason.status, reason: reason.message, unexpected: false };
  return { status: 'failed', reason: messageOf(thrown), unexpected: !(thrown instanceof AppError) };
}

const NOTHING_MADE: CleanedUp = { cleanup: 'done', cleanupReason: null, detail: 'nothing had been made' };

/**
 * Carries out what the definition cleans up, and removes what was made, or keeps the files if they are to be kept, whatever came
 * before. Its failure is a status of its own, and leaves the verdicts alone.
 */
async function cleanUpInPhase(
  deps: RunnerDeps,
  recorder: RunRecorder,
  recovery: Recovery | undefined,
  status: RunOutcome['status'],
): Promise<Pick<RunOutcome, 'cleanup' | 'cleanupReason' | 'kept'>> {
  await recorder.beginPhase('cleanup');
  await deps.onPhase?.('cleanup');
  try {
    const undone = recovery ? await carryOutCleanup(recovery) : [];
    const { detail, ...cleaned } = recovery ? await cleanUp(recovery, status, undone.length === 0) : NOTHING_MADE;
    if (undone.length > 0) throw new AppError('unprocessable', 'cleanup-step-failed', [...undone, detail].join('; '));
    recorder.say(`cleanup: ${detail}`);
    await recorder.finishPhase('done', detail);
    return cleaned;
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === 'run-lost') throw thrown;
    const reason = messageOf(thrown);
    recorder.say(`cleanup: ${reason}`, 'error');
    await recorder.finishPhase('failed', reason);
    return { cleanup: 'failed', cleanupReason: reason };
  }
}

function resultOf(recovery: Recovery | undefined) {
  return {
    backup: recovery?.backup ?? ({ state: 'unknown' } as const),
    resources: recovery?.resources ?? 'unknown',
    validation: recovery?.validation ?? 'not reached',
    validationReason: recovery?.validationReason ?? null,
    respondSeconds: recovery?.respondSeconds ?? null,
    planSeconds: recovery?.planSeconds ?? null,
    technicalRtaSeconds: recovery?.technicalRtaSeconds ?? null,
  };
}
