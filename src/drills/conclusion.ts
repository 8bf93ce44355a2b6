import { recordAudit } from '../audit/audit.store.ts';
import { SYSTEM_ACTOR } from '../audit/entry.ts';
import type { Tx } from '../database/database.ts';
import { dateOf } from '../kernel/clock.ts';
import { serviceByName } from '../services/service.queries.ts';
import type { SeverityTargets } from '../sla/policy.ts';
import { type ActionSubject, closeActions, openActions, type Shortcoming } from './action.store.ts';
import { availabilityVerdict, type BackupFacts, type ResourceFacts } from './availability.ts';
import type { DrillDefinition } from './definition.ts';
import type { ConclusionDeps } from './drill-deps.ts';
import { tellFinished } from './drill-notice.ts';
import { recordTargets } from './drill-part.store.ts';
import { runById } from './drill-run.queries.ts';
import { endRun, type Fence } from './drill-run.store.ts';
import { nextDueOf, nextSurpriseOf } from './drill-schedule.ts';
import { appendEvidence } from './evidence.store.ts';
import type { Evidence } from './evidence.ts';
import { holdingsOf } from './holding.queries.ts';
import { judgeTargets, type Measured, nobodyFilled, procedureVerdict, shortfall } from './judgement.ts';
import type { KeptSandbox } from './kept.store.ts';
import { filledRolesOf } from './participant.store.ts';
import { unfilledRoles } from './participant.ts';
import type { AskedResources } from './recovery.ts';
import { buildReport } from './report-build.ts';
import {
  availabilityFailed,
  type CleanupStatus,
  type DrillRun,
  pointAgeSeconds,
  type RunStatus,
  type TargetResult,
  type ValidationStatus,
} from './run.ts';
import { attemptsOf } from './step-attempt.store.ts';
import { failedButContinued } from './step-attempt.ts';

/** How a run came out, before it is judged. */
export interface RunOutcome {
  readonly status: Exclude<RunStatus, 'queued' | 'running' | 'skipped'>;
  readonly reason: string | null;
  readonly validation: ValidationStatus;
  readonly validationReason: string | null;
  readonly backup: BackupFacts;
  readonly resources: AskedResources;
  readonly respondSeconds: number | null;
  readonly planSeconds: number | null;
  readonly technicalRtaSeconds: number | null;
  readonly cleanup: CleanupStatus;
  readonly cleanupReason: string | null;
  /** Of a clean-up that is `kept`. */
  readonly kept?: KeptSandbox | undefined;
}

/** What the run is judged by; undefined when it never got to read its definition. */
export interface Yardstick {
  readonly definition: DrillDefinition;
  /** What the policy promises. */
  readonly promised: SeverityTargets;
}

/**
 * Writes a run's end in one piece: the judged targets, both verdicts, the actions that it opens and closes, the report and
 * its signed evidence. Either all of it is there, or the run has not ended.
 * @throws AppError `conflict` `run-lost` when the run is not this worker's any more.
 */
export async function concludeRun(
  tx: Tx,
  deps: ConclusionDeps,
  fence: Fence,
  outcome: RunOutcome,
  yardstick: Yardstick | undefined,
): Promise<void> {
  const begun = await runById(tx, fence.runId);
  const { mode, expectsDamage } = begun;
  // Of what is known to be damaged nothing comes back.
  const cameBack = outcome.validation === 'passed' && !expectsDamage;
  const rpaSeconds = cameBack ? pointAgeSeconds(begun) : null;
  const targets = yardstick ? judgedBy(yardstick, { ...outcome, rpaSeconds }, expectsDamage) : [];
  await recordTargets(tx, fence.runId, targets);
  const continued = failedButContinued(await attemptsOf(tx, fence.runId));
  const unfilled = unfilledRoles(yardstick?.definition.participants ?? [], await filledRolesOf(tx, fence.runId));
  const procedure = procedureVerdict({ ...outcome, mode, targets, continued, unfilled, expectsDamage });
  const resources = await resourceFacts(tx, deps, fence.runId, outcome, yardstick);
  const availability = availabilityVerdict(outcome.backup, resources);
  await endRun(tx, fence, { ...outcome, rpaSeconds, procedure, availability });
  await followUp(tx, fence.runId, { ...outcome, unfilled }, targets, yardstick);
  const run = await runById(tx, fence.runId);
  const nextDueAt = await nextDueOf(tx, run.drill);
  const nextSurprise = await nextSurpriseOf(tx, run.drill);
  const report = await buildReport(tx, fence.runId, { musterVersion: deps.version, nextDueAt, nextSurprise });
  const evidence = await appendEvidence(
    tx,
    {
      runId: run.id,
      drill: run.drill,
      report: `${JSON.stringify(report, null, 2)}\n`,
      definitionSha256: run.definitionSha256,
      signedAt: deps.clock.now().toString({ smallestUnit: 'millisecond' }),
    },
    deps.keyring,
  );
  await announce(tx, run, evidence);
  await tellFinished(tx, run);
}

/** Of a drill that expects damage no target is demanded. */
function judgedBy({ promised, definition }: Yardstick, measured: Measured, expectsDamage: boolean): TargetResult[] {
  const { objectives } = definition;
  return judgeTargets(promised, measured, expectsDamage ? { ...objectives, required: [] } : objectives);
}

/** What is known of the spares and seats: what the run holds is on record, and a drill has given it back by now. */
async function resourceFacts(
  tx: Tx,
  { clock }: ConclusionDeps,
  runId: string,
  { resources }: RunOutcome,
  yardstick: Yardstick | undefined,
): Promise<ResourceFacts> {
  if (typeof resources === 'object') return { state: 'refused', reason: resources.refused };
  const declared = yardstick?.definition.resources;
  if (!declared) return { state: yardstick ? 'undeclared' : 'unknown' };
  if (resources !== 'asked') return { state: 'unknown' };
  const { seenWithinDays } = declared;
  return { state: 'asked', holdings: await holdingsOf(tx, runId), seenWithinDays, at: dateOf(clock.now()) };
}

function announce(tx: Tx, run: DrillRun, evidence: Evidence): Promise<void> {
  return recordAudit(tx, {
    actor: SYSTEM_ACTOR,
    action: `drill-run.${run.status}`,
    subjectKind: 'drill-run',
    subjectId: run.id,
    details: {
      drill: run.drill,
      service: run.service,
      procedure: run.procedure,
      availability: run.availability,
      validation: run.validation,
      cleanup: run.cleanup,
      technicalRtaSeconds: run.technicalRtaSeconds,
      rpaSeconds: run.rpaSeconds,
      evidenceSha256: evidence.evidenceSha256,
    },
  });
}

/** How a run came out, and the required roles that nobody filled. */
type Followed = RunOutcome & { readonly unfilled: readonly string[] };

/**
 * A person who cancels, or a machine that dies, says nothing about the recovery: such a run opens no action about it. What a real
 * recovery leads to is for its incident to say.
 */
async function followUp(
  tx: Tx,
  runId: string,
  outcome: Followed,
  targets: readonly TargetResult[],
  yardstick: Yardstick | undefined,
): Promise<void> {
  const run = await runById(tx, runId);
  if (run.mode === 'recovery') return;
  const service = await serviceByName(tx, run.service);
  const owner = {
    id: service?.owner.id ?? null,
    name: service?.owner.name ?? `nobody: the service ${run.service} is not registered`,
    dueDays: yardstick?.definition.followUp.dueDays ?? 7,
  };
  await openActions(tx, run, owner, shortcomingsOf(run, outcome, targets));
  await closeActions(tx, run, achievementsOf(run, outcome, targets));
}

function shortcomingsOf(run: DrillRun, outcome: Followed, targets: readonly TargetResult[]): Shortcoming[] {
  const found: Shortcoming[] = [];
  if (outcome.status === 'failed') found.push({ subject: 'run', summary: outcome.reason ?? 'the drill failed' });
  if (outcome.validation === 'failed') {
    found.push({ subject: 'run', summary: outcome.validationReason ?? 'the restored data did not validate' });
  }
  if (outcome.validation === 'passed' && outcome.unfilled.length > 0) {
    found.push({ subject: 'run', summary: outcome.unfilled.map(nobodyFilled).join('; ') });
  }
  const unmeasured = (target: TargetResult) =>
    outcome.validation === 'passed' && target.required && target.result === 'not measured';
  for (const target of targets.filter((one) => one.result === 'missed' || unmeasured(one))) {
    found.push({ subject: target.target, summary: shortfall(target) });
  }
  // That the backup is not there in sound form is how the run has failed: one action is enough.
  if (availabilityFailed(run.availability) && outcome.status === 'completed') {
    found.push({ subject: 'availability', summary: run.availabilityReason ?? 'something was not there' });
  }
  if (outcome.cleanup === 'failed') {
    found.push({ subject: 'cleanup', summary: outcome.cleanupReason ?? 'the drill left something behind' });
  }
  return found;
}

function achievementsOf(run: DrillRun, outcome: Followed, targets: readonly TargetResult[]): ActionSubject[] {
  const { status, validation, unfilled } = outcome;
  const validated = status === 'completed' && validation === 'passed' && unfilled.length === 0;
  return [
    ...(validated ? (['run'] as const) : []),
    ...(run.availability === 'passed' ? (['availability'] as const) : []),
    ...(outcome.cleanup === 'done' ? (['cleanup'] as const) : []),
    ...targets.filter(({ result }) => result === 'met').map(({ target }) => target),
  ];
}
