import type { Queryable } from '../database/database.ts';
import { serviceByName } from '../services/service.queries.ts';
import { loosenedSince } from '../sla/policy.queries.ts';
import { EXAMPLE_NOTICE } from '../sla/policy.ts';
import { actionsTouchedBy, type TouchedAction } from './action.store.ts';
import { preflightOf } from './asserted.store.ts';
import { confirmationsOf } from './confirmation.store.ts';
import { confirmationView } from './confirmation.ts';
import type { DrillDefinition } from './definition.ts';
import { readDefinition } from './definition-file.ts';
import { checksOf, earlierRuns, logOf, phasesOf, runById, targetsOf } from './drill-run.queries.ts';
import { holdingsOf } from './holding.queries.ts';
import { type Holding, sightingOf } from './holding.ts';
import { holdingView } from './holding.views.ts';
import { notExecuted } from './not-executed.ts';
import { givenParameters } from './parameter.store.ts';
import { type GivenParameters, type ParameterOfRun, parametersOfRun } from './parameter-value.ts';
import { participantsOf } from './participant.queries.ts';
import type { PhaseRecord } from './phase.ts';
import { recoveryOf } from './real-recovery.ts';
import { type DrillReport, REPORT_FORMAT } from './report.ts';
import { type DrillCheck, type DrillLogLine, type DrillRun, pointAgeSeconds, type TargetResult } from './run.ts';
import { attemptsOf } from './step-attempt.store.ts';
import { failedButContinued, stepAttemptView } from './step-attempt.ts';
import { stepGroups } from './step-group.ts';

const EARLIER_RUNS_MAX = 10;

/** What an unattended drill never shows, however well it goes. */
export const NOT_PROVEN: readonly string[] = [
  'The human response: nobody was alarmed, nobody decided, nobody took the service over. Respond, plan and handover were not measured.',
  'Physical replacement: no failed device was found, taken out or replaced by a spare.',
  'The loss of this host: the restore ran on the machine that also runs the live service.',
];

/** What a recovery never shows: it was no rehearsal, and nobody has gone back to work by it. */
const RECOVERY_NOT_PROVEN: readonly string[] = [
  'That the service can be recovered: a recovery for a real incident is no drill, and counts as none.',
  'The way back into service: what was restored lies in the sandbox, and nobody measured how it was taken over.',
];

/** What nobody may conclude from this very run. */
function notProven(
  { mode, expectsDamage }: DrillRun,
  holdings: readonly Holding[],
  targets: readonly TargetResult[],
): string[] {
  const unseen = holdings.filter((holding) => sightingOf(holding) === 'on record only').length;
  const [unattended = '', ...always] = NOT_PROVEN;
  const hasPeople = targets.some(({ target, actualSeconds }) => target === 'plan' && actualSeconds !== null);
  if (mode === 'recovery') return [...RECOVERY_NOT_PROVEN];
  return [
    hasPeople ? 'The handover: nobody took the service over, and nobody measured it.' : unattended,
    ...always,
    ...(mode === 'availability'
      ? ['Any recovery: spares and seats were held and given back, and nothing was restored.']
      : []),
    ...(expectsDamage ? ['Any recovery: the drill asks whether known damage is found, and nothing was restored.'] : []),
    ...(unseen > 0
      ? [`That ${unseen} of the spares lie where the register says: nobody scanned them during the run.`]
      : []),
  ];
}

/** What is known about a run besides its rows. */
export interface ReportContext {
  readonly musterVersion: string;
  readonly nextDueAt: Date | null;
  readonly nextSurprise: DrillReport['nextSurprise'];
}

/** Puts a run's report together from what was recorded. The run has ended, or is about to in the same transaction. */
export async function buildReport(db: Queryable, runId: string, context: ReportContext): Promise<DrillReport> {
  const run = await runById(db, runId);
  const checks = await checksOf(db, runId);
  const targets = await targetsOf(db, runId);
  const holdings = await holdingsOf(db, runId);
  const attempts = await attemptsOf(db, runId);
  const parameters = declaredParameters(run, await givenParameters(db, runId));
  const earlier = await earlierRuns(db, run, EARLIER_RUNS_MAX);
  const phases = await phasesOf(db, runId);
  const definition = definitionOf(run);
  return {
    format: REPORT_FORMAT,
    musterVersion: context.musterVersion,
    run: runPart(run, definition?.title ?? run.drill),
    headline: headlineOf(run, targets),
    verdicts: verdictsPart(run),
    validation: validationPart(run, checks),
    cleanup: cleanupPart(run),
    policy: policyPart(run),
    targets: targets.map(targetPart),
    recoveryPoint: pointPart(run),
    lost: [...run.lost],
    holdings: holdings.map(holdingView),
    confirmations: (await confirmationsOf(db, runId)).map(confirmationView),
    participants: await participantsOf(db, run),
    phases: phases.map(phasePart),
    parameters,
    preflight: [...(await preflightOf(db, runId))],
    groups: stepGroups(definition, attempts),
    steps: attempts.map(stepAttemptView),
    checks: checks.map(({ kind, subject, expected, actual, result }) => ({ kind, subject, expected, actual, result })),
    findings: run.findings.map((finding) => ({ ...finding })),
    warnings: [...run.warnings],
    notExecuted: notExecuted(run.mode, phases, definition, attempts),
    notProven: [
      ...notProven(run, holdings, targets),
      ...parameters.filter(({ isVaried }) => isVaried).map(variedSentence),
      ...failedButContinued(attempts).map((step) => `The step ${step}. It failed, and the run went on without it.`),
      ...(await loosenedMeanwhile(db, run, earlier)),
    ],
    actions: (await actionsTouchedBy(db, run)).map(actionPart),
    log: (await logOf(db, runId)).map(logPart),
    earlierRuns: earlier.map(earlierPart),
    nextDueAt: isoOf(context.nextDueAt),
    nextSurprise: context.nextSurprise,
    definition: definitionPart(run),
  };
}

/** What the runs before this one were measured by was stricter: they prove nothing about what is promised now. */
async function loosenedMeanwhile(db: Queryable, run: DrillRun, earlier: readonly DrillRun[]): Promise<string[]> {
  const since = earlier.find(({ policyVersion }) => policyVersion !== null)?.policyVersion ?? null;
  if (since === null || run.policyVersion === null || run.severity === null || since >= run.policyVersion) return [];
  const service = await serviceByName(db, run.service);
  const about = { severity: run.severity, serviceId: service?.id ?? null };
  const sentences = await loosenedSince(db, { since, until: run.policyVersion }, about);
  return sentences.map((sentence) => `${sentence} What was proven before that was proven against another promise.`);
}

/** How the clean-up stands. */
export function cleanupPart({ cleanup, cleanupReason, keptUntil }: DrillRun): DrillReport['cleanup'] {
  return { status: cleanup, reason: cleanupReason, keptUntil: isoOf(keptUntil) };
}

/** The run itself, as its row has it. */
export function runPart(run: DrillRun, title: string): DrillReport['run'] {
  return {
    id: run.id,
    drill: run.drill,
    title,
    service: run.service,
    trigger: run.trigger,
    mode: run.mode,
    recovery: recoveryOf(run),
    requestedBy: run.requestedByName,
    triggeredAt: run.triggeredAt.toISOString(),
    startedAt: isoOf(run.startedAt),
    finishedAt: isoOf(run.finishedAt),
    status: run.status,
    reason: run.statusReason,
    hostId: run.hostId,
    attempt: run.attempt,
  };
}

/** The definition as the run pinned it; undefined for a run that never got that far. */
function definitionOf({ drill, definitionText }: DrillRun): DrillDefinition | undefined {
  return definitionText === null ? undefined : readDefinition(drill, Buffer.from(definitionText)).definition;
}

/** As the pinned definition declares them, with the values of the run. */
function declaredParameters({ drill, definitionText }: DrillRun, given: GivenParameters): ParameterOfRun[] {
  if (definitionText === null) return [];
  const { definition } = readDefinition(drill, Buffer.from(definitionText), given);
  return parametersOfRun(definition?.parameters ?? {}, given);
}

function variedSentence({ name, value, default: usual }: ParameterOfRun): string {
  return `The recovery as its definition has it: the parameter ${name} was ${value}, and is ${usual} otherwise.`;
}

export function verdictsPart(run: DrillRun): DrillReport['verdicts'] {
  return {
    procedure: { outcome: run.procedure, reason: run.procedureReason ?? '' },
    availability: { outcome: run.availability, reason: run.availabilityReason ?? '' },
  };
}

function headlineOf(run: DrillRun, targets: readonly TargetResult[]): DrillReport['headline'] {
  const recover = targets.find((target) => target.target === 'recover');
  return {
    measure: 'technical RTA',
    technicalRtaSeconds: run.technicalRtaSeconds,
    rtoSeconds: recover?.targetSeconds ?? null,
    marginSeconds: recover ? targetPart(recover).marginSeconds : null,
    result: recover?.result ?? 'not measured',
  };
}

function validationPart(run: DrillRun, checks: readonly DrillCheck[]): DrillReport['validation'] {
  const tables = checks.filter((check) => check.kind === 'table');
  const count = (result: DrillCheck['result']) => tables.filter((check) => check.result === result).length;
  return {
    status: run.validation,
    tablesEqual: count('passed'),
    tablesCompared: count('passed') + count('failed'),
    tablesNotCompared: count('not compared'),
  };
}

function policyPart(run: DrillRun): DrillReport['policy'] {
  if (run.policyVersion === null || run.severity === null) return null;
  const example = run.policyExample ?? false;
  return { version: run.policyVersion, severity: run.severity, example, notice: example ? EXAMPLE_NOTICE : null };
}

export function targetPart(target: TargetResult): DrillReport['targets'][number] {
  const { targetSeconds, actualSeconds } = target;
  const marginSeconds = targetSeconds === null || actualSeconds === null ? null : targetSeconds - actualSeconds;
  return { ...target, marginSeconds };
}

export function pointPart(run: DrillRun): DrillReport['recoveryPoint'] {
  if (run.recoveryPointId === null || run.recoveryPointAt === null) return null;
  return {
    id: run.recoveryPointId,
    sha256: run.recoveryPointSha256,
    takenAt: run.recoveryPointAt.toISOString(),
    ageSeconds: pointAgeSeconds(run) ?? 0,
    sizeBytes: run.recoveryPointSizeBytes ?? 0,
    repository: run.repository ?? '',
  };
}

export function definitionPart({ definitionSha256, definitionText }: DrillRun): DrillReport['definition'] {
  if (definitionText === null || definitionSha256 === null) return null;
  return { sha256: definitionSha256, text: definitionText };
}

export function phasePart(record: PhaseRecord): DrillReport['phases'][number] {
  const { seconds, sizeBytes } = record;
  return {
    phase: record.phase,
    status: record.status,
    startedAt: isoOf(record.startedAt),
    endedAt: isoOf(record.endedAt),
    seconds,
    sizeBytes,
    bytesPerSecond: seconds !== null && seconds > 0 && sizeBytes !== null ? sizeBytes / seconds : null,
    detail: record.detail,
  };
}

function actionPart(action: TouchedAction): DrillReport['actions'][number] {
  return {
    subject: action.subject,
    summary: action.summary,
    owner: action.ownerName,
    dueAt: action.dueAt.toISOString(),
    state: action.state,
  };
}

function logPart(line: DrillLogLine): DrillReport['log'][number] {
  return { at: line.at.toISOString(), level: line.level, phase: line.phase, message: line.message };
}

function earlierPart(run: DrillRun): DrillReport['earlierRuns'][number] {
  return {
    id: run.id,
    triggeredAt: run.triggeredAt.toISOString(),
    status: run.status,
    procedure: run.procedure,
    technicalRtaSeconds: run.technicalRtaSeconds,
  };
}

function isoOf(date: Date | null): string | null {
  return date?.toISOString() ?? null;
}
