import { z } from 'zod';
import { SEVERITIES } from '../kernel/severity.ts';
import { type Confirmation, confirmationSchema, confirmationView } from './confirmation.ts';
import type { DrillDefinition } from './definition.ts';
import type { DefinitionFile } from './definition-file.ts';
import { surpriseOf } from './definition-schedule.ts';
import { outlineSchema } from './drill-outline.ts';
import { type Evidence, evidenceProblems } from './evidence.ts';
import type { Holding } from './holding.ts';
import { holdingSchema, holdingView } from './holding.views.ts';
import { type Participant, participantSchema } from './participant.ts';
import { PHASE_STATUSES, PHASES } from './phase.ts';
import type { RunProgress } from './progress.ts';
import { recoveryOf } from './real-recovery.ts';
import {
  AVAILABILITY_OUTCOMES,
  CLEANUP_STATUSES,
  type DrillRun,
  RUN_MODES,
  RUN_STATUSES,
  TARGETS,
  type TargetResult,
  TRIGGERS,
  VALIDATION_STATUSES,
  VERDICT_OUTCOMES,
} from './run.ts';
import { type StepAttempt, stepAttemptSchema, stepAttemptView } from './step-attempt.ts';
import type { Objective } from './yardstick.ts';

const instant = z.iso.datetime();
const verdictSchema = z.object({ outcome: z.enum(VERDICT_OUTCOMES), reason: z.string().nullable() });

export const drillSchema = z.object({
  name: z.string(),
  sha256: z.string().describe('Of the file’s bytes'),
  title: z.string().nullable(),
  service: z.string().nullable(),
  severity: z.enum(SEVERITIES).nullable(),
  backupSet: z.string().nullable(),
  schedule: z
    .object({
      cron: z.string().nullable(),
      surprise: z
        .object({ every: z.string(), from: z.string(), until: z.string(), days: z.array(z.string()) })
        .nullable()
        .describe('Once in each period inside this window, at a minute that nobody is told before'),
      zone: z.string(),
    })
    .nullable()
    .describe('What the file asks for; the schedule itself may have been changed since'),
  runnable: z.boolean(),
  problems: z
    .array(z.object({ line: z.int(), column: z.int(), path: z.string(), message: z.string() }))
    .describe('What keeps the file from being a drill'),
});

export const drillDetailSchema = drillSchema.extend({
  ...outlineSchema.shape,
  text: z.string().describe('The file, word for word'),
  nextDueAt: instant.nullable(),
});

export function drillView({ name, sha256, definition, problems }: DefinitionFile): z.input<typeof drillSchema> {
  return {
    name,
    sha256,
    title: definition?.title ?? null,
    service: definition?.service ?? null,
    severity: definition?.objectives.severity ?? null,
    backupSet: definition?.recoveryPoint.set ?? null,
    schedule: definition?.schedule ? scheduleView(definition.schedule) : null,
    runnable: definition !== undefined,
    problems: [...problems],
  };
}

function scheduleView(schedule: NonNullable<DrillDefinition['schedule']>) {
  const surprise = surpriseOf(schedule);
  return {
    cron: schedule.cron ?? null,
    surprise: surprise ? { ...surprise, days: [...surprise.days] } : null,
    zone: schedule.zone,
  };
}

export const runSchema = z.object({
  id: z.uuid(),
  drill: z.string(),
  service: z.string(),
  trigger: z.enum(TRIGGERS),
  mode: z
    .enum(RUN_MODES)
    .describe(
      '`availability`: spares, seats and backup were looked for, and nothing was restored; `recovery`: for a real incident, no drill',
    ),
  recovery: z
    .object({ case: z.string().nullable(), reason: z.string().nullable() })
    .nullable()
    .describe('Of a recovery: the case that it is for, and why it was started'),
  requestedBy: z.string().describe('Of a recovery: the person who has confirmed that it is meant'),
  triggeredAt: instant,
  startedAt: instant.nullable(),
  finishedAt: instant.nullable(),
  status: z.enum(RUN_STATUSES),
  statusReason: z.string().nullable(),
  validation: z.enum(VALIDATION_STATUSES),
  cleanup: z.enum(CLEANUP_STATUSES),
  cleanupReason: z.string().nullable(),
  kept: z
    .object({ until: instant.nullable(), sizeBytes: z.int() })
    .nullable()
    .describe(
      'What a failed run has left to be looked at: until when, and what it takes on the disk; of a recovery until it is discarded',
    ),
  procedure: verdictSchema,
  availability: verdictSchema.extend({ outcome: z.enum(AVAILABILITY_OUTCOMES) }),
  technicalRtaSeconds: z
    .number()
    .nullable()
    .describe('From the trigger to validated; what people took before it is included'),
  rpaSeconds: z.number().nullable().describe('Age, at the trigger, of the data that came back; null when none did'),
  policyVersion: z.int().nullable(),
  exampleTargets: z.boolean().nullable().describe('The targets are an example, not your commitment'),
  cancelRequestedBy: z.string().nullable(),
  version: z.int(),
});

export function runView(run: DrillRun): z.input<typeof runSchema> {
  return {
    id: run.id,
    drill: run.drill,
    service: run.service,
    trigger: run.trigger,
    mode: run.mode,
    recovery: recoveryOf(run),
    requestedBy: run.requestedByName,
    triggeredAt: run.triggeredAt.toISOString(),
    startedAt: run.startedAt?.toISOString() ?? null,
    finishedAt: run.finishedAt?.toISOString() ?? null,
    status: run.status,
    statusReason: run.statusReason,
    validation: run.validation,
    cleanup: run.cleanup,
    cleanupReason: run.cleanupReason,
    kept: keptOf(run),
    procedure: { outcome: run.procedure, reason: run.procedureReason },
    availability: { outcome: run.availability, reason: run.availabilityReason },
    technicalRtaSeconds: run.technicalRtaSeconds,
    rpaSeconds: run.rpaSeconds,
    policyVersion: run.policyVersion,
    exampleTargets: run.policyExample,
    cancelRequestedBy: run.cancelRequestedBy,
    version: run.version,
  };
}

function keptOf({ cleanup, keptUntil, keptSizeBytes }: DrillRun): z.input<typeof runSchema>['kept'] {
  if (cleanup !== 'kept') return null;
  return { until: keptUntil?.toISOString() ?? null, sizeBytes: keptSizeBytes ?? 0 };
}

const progressSchema = z.object({
  waitsFor: z.string().nullable().describe('Of a run that has not begun: what must come first'),
  phase: z.enum(PHASES).nullable(),
  seconds: z.number().describe('Since the trigger'),
  phaseSeconds: z.number().nullable(),
  bytesDone: z.int().nullable(),
  bytesTotal: z.int().nullable(),
  bytesPerSecond: z.number().nullable(),
  etaSeconds: z.number().nullable().describe('Until validated; from the rate, and from the last passed runs'),
  expectedSeconds: z.number().nullable().describe('From the trigger to validated, by the last passed runs'),
  expectedFromRuns: z.int().describe('Passed runs that the expectation rests on'),
});

const phaseSchema = z.object({
  phase: z.enum(PHASES),
  status: z.enum(PHASE_STATUSES),
  startedAt: instant.nullable(),
  endedAt: instant.nullable(),
  seconds: z.number().nullable(),
  expectedSeconds: z.number().nullable().describe('What it took in the last passed runs: their median'),
  sizeBytes: z.int().nullable(),
  bytesPerSecond: z.number().nullable(),
  detail: z.string().nullable(),
});

const targetSchema = z.object({
  target: z.enum(TARGETS),
  targetSeconds: z.number().nullable(),
  actualSeconds: z.number().nullable(),
  result: z.enum(['met', 'missed', 'not measured']),
  required: z.boolean(),
  note: z.string().nullable(),
});

const objectiveSchema = targetSchema.pick({ target: true, required: true }).extend({
  targetSeconds: z.number().describe('Of the policy, or the tighter one of the definition'),
});

export const runDetailSchema = runSchema.extend({
  progress: progressSchema,
  phases: z.array(phaseSchema),
  steps: z.array(stepAttemptSchema).describe('Every try of every step that has begun'),
  objectives: z.array(objectiveSchema).describe('What it is judged by; empty until it has read its definition'),
  targets: z.array(targetSchema).describe('How the targets came out; empty until it has ended'),
  holdings: z.array(holdingSchema).describe('The spares and seats that the run holds, held, or needed in vain'),
  lost: z.array(z.string()).describe('What the scenario takes away'),
  confirmations: z.array(confirmationSchema).describe('What the run asks people to do, and what they said'),
  participants: z.array(participantSchema).describe('Every role of the definition, and who fills it'),
  recoveryPoint: z
    .object({ id: z.uuid(), sha256: z.string().nullable(), takenAt: instant, repository: z.string() })
    .nullable(),
  findings: z.array(z.looseObject({ kind: z.string(), file: z.string(), message: z.string() })),
  warnings: z.array(z.string()),
  evidence: z
    .object({
      sha256: z.string(),
      reportSha256: z.string(),
      keyId: z.string(),
      problems: z.array(z.string()).describe('What no longer fits together; checked at this request, empty is good'),
    })
    .nullable(),
});

/** A run with everything about it; `publicKey` is the key that evidence must be signed with. */
export function runDetailView(
  run: DrillRun,
  parts: {
    readonly progress: RunProgress;
    readonly steps: readonly StepAttempt[];
    readonly objectives: readonly Objective[];
    readonly targets: readonly TargetResult[];
    readonly holdings: readonly Holding[];
    readonly confirmations: readonly Confirmation[];
    readonly participants: readonly Participant[];
    readonly evidence: Evidence | undefined;
    readonly publicKey: string;
  },
): z.input<typeof runDetailSchema> {
  const { progress, targets, holdings, confirmations, evidence } = parts;
  const { waitsFor, phase, seconds, phaseSeconds, bytesDone, bytesTotal, bytesPerSecond, etaSeconds } = progress;
  const { expectedSeconds, expectedFromRuns } = progress;
  return {
    ...runView(run),
    progress: {
      ...{ waitsFor, phase, seconds, phaseSeconds, bytesDone, bytesTotal, bytesPerSecond, etaSeconds },
      ...{ expectedSeconds, expectedFromRuns },
    },
    phases: progress.phases.map((record) => ({
      ...record,
      startedAt: record.startedAt?.toISOString() ?? null,
      endedAt: record.endedAt?.toISOString() ?? null,
    })),
    steps: parts.steps.map(stepAttemptView),
    objectives: parts.objectives.map((objective) => ({ ...objective })),
    targets: targets.map((target) => ({ ...target })),
    holdings: holdings.map(holdingView),
    lost: [...run.lost],
    confirmations: confirmations.map(confirmationView),
    participants: [...parts.participants],
    recoveryPoint: pointOf(run),
    findings: run.findings.map((finding) => ({ ...finding })),
    warnings: [...run.warnings],
    evidence: evidence
      ? {
          sha256: evidence.evidenceSha256,
          reportSha256: evidence.reportSha256,
          keyId: evidence.keyId,
          problems: evidenceProblems(evidence, parts.publicKey),
        }
      : null,
  };
}

function pointOf(run: DrillRun): z.input<typeof runDetailSchema>['recoveryPoint'] {
  if (run.recoveryPointId === null || run.recoveryPointAt === null) return null;
  return {
    id: run.recoveryPointId,
    sha256: run.recoveryPointSha256,
    takenAt: run.recoveryPointAt.toISOString(),
    repository: run.repository ?? '',
  };
}
