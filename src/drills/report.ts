import { z } from 'zod';
import { SEVERITIES } from '../kernel/severity.ts';
import { SURPRISE_PERIODS, WEEKDAYS } from '../scheduling/surprise.ts';
import { assertedSchema } from './asserted.ts';
import { confirmationSchema } from './confirmation.ts';
import { holdingSchema } from './holding.views.ts';
import { participantSchema } from './participant.ts';
import { PHASE_STATUSES, PHASES } from './phase.ts';
import {
  AVAILABILITY_OUTCOMES,
  CLEANUP_STATUSES,
  RUN_MODES,
  RUN_STATUSES,
  TARGETS,
  TRIGGERS,
  VALIDATION_STATUSES,
  VERDICT_OUTCOMES,
} from './run.ts';
import { stepAttemptSchema } from './step-attempt.ts';
import { stepGroupSchema } from './step-group.ts';

/** The format of the report that this release writes. */
export const REPORT_FORMAT = 'muster/drill-report/v1';

const instant = z.iso.datetime();
const seconds = z.number().min(0);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const verdict = z.object({ outcome: z.enum(VERDICT_OUTCOMES), reason: z.string() });

interface ReportFinding {
  readonly kind: string;
  readonly file: string;
  readonly message: string;
  readonly consequences?: readonly ReportFinding[] | undefined;
}

const finding: z.ZodType<ReportFinding> = z.looseObject({
  kind: z.string(),
  file: z.string(),
  message: z.string(),
  get consequences() {
    return z.array(finding).optional();
  },
});

const earlierRun = z.object({
  id: z.uuid(),
  triggeredAt: instant,
  status: z.enum(RUN_STATUSES),
  procedure: z.enum(VERDICT_OUTCOMES),
  technicalRtaSeconds: seconds.nullable(),
});

/**
 * The report of one drill run. It is the evidence: what is signed is the SHA-256 of exactly this document as stored.
 * Durations are in seconds by the monotonic clock, instants in UTC.
 */
export const reportSchema = z.object({
  format: z.literal(REPORT_FORMAT),
  musterVersion: z.string(),
  run: z.object({
    id: z.uuid(),
    drill: z.string(),
    title: z.string(),
    service: z.string(),
    trigger: z.enum(TRIGGERS),
    mode: z.enum(RUN_MODES).default('full').describe('`recovery`: for a real incident, and no drill'),
    recovery: z
      .object({ case: z.string().nullable(), reason: z.string().nullable() })
      .nullable()
      .default(null)
      .describe('Of a recovery: the case that it is for, and why it was started'),
    requestedBy: z.string(),
    triggeredAt: instant,
    startedAt: instant.nullable(),
    finishedAt: instant.nullable(),
    status: z.enum(RUN_STATUSES),
    reason: z.string().nullable(),
    hostId: z.string().nullable(),
    attempt: z.int(),
  }),
  headline: z
    .object({
      measure: z
        .literal('technical RTA')
        .describe('From the trigger to validated, what people took before it included'),
      technicalRtaSeconds: seconds.nullable(),
      rtoSeconds: seconds.nullable(),
      marginSeconds: z.number().nullable().describe('RTO minus RTA: negative when missed'),
      result: z.enum(['met', 'missed', 'not measured']),
    })
    .describe('The recovery time against its target'),
  verdicts: z.object({
    procedure: verdict,
    availability: verdict.extend({ outcome: z.enum(AVAILABILITY_OUTCOMES) }),
  }),
  validation: z.object({
    status: z.enum(VALIDATION_STATUSES),
    tablesEqual: z.int(),
    tablesCompared: z.int(),
    tablesNotCompared: z.int(),
  }),
  cleanup: z.object({
    status: z.enum(CLEANUP_STATUSES),
    reason: z.string().nullable(),
    keptUntil: instant.nullable().default(null).describe('Until then the files of a run that failed stay'),
  }),
  policy: z
    .object({
      version: z.int(),
      severity: z.enum(SEVERITIES),
      example: z.boolean(),
      notice: z.string().nullable().describe('Printed above the figures while nobody has committed to them'),
    })
    .nullable(),
  targets: z.array(
    z.object({
      target: z.enum(TARGETS),
      targetSeconds: seconds.nullable(),
      actualSeconds: seconds.nullable(),
      marginSeconds: z.number().nullable(),
      result: z.enum(['met', 'missed', 'not measured']),
      required: z.boolean(),
      note: z.string().nullable(),
    }),
  ),
  recoveryPoint: z
    .object({
      id: z.uuid(),
      sha256: z.string().nullable(),
      takenAt: instant,
      ageSeconds: seconds.describe('Trigger minus the instant that the data is from; the RPA, if the data came back'),
      sizeBytes: z.int(),
      repository: z.string(),
    })
    .nullable(),
  lost: z.array(z.string()).default([]).describe('What the scenario took away, and the run did without'),
  holdings: z.array(holdingSchema).default([]).describe('The spares and seats that were held, or needed in vain'),
  confirmations: z.array(confirmationSchema).default([]).describe('What people did in the run, and said of it'),
  participants: z
    .array(participantSchema)
    .default([])
    .describe('Every role of the definition: who filled it, and what they answered in it'),
  phases: z.array(
    z.object({
      phase: z.enum(PHASES),
      status: z.enum(PHASE_STATUSES),
      startedAt: instant.nullable(),
      endedAt: instant.nullable(),
      seconds: seconds.nullable(),
      sizeBytes: z.int().nullable(),
      bytesPerSecond: z.number().nullable(),
      detail: z.string().nullable(),
    }),
  ),
  parameters: z
    .array(
      z.object({
        name: z.string(),
        value: z.union([z.string(), z.number(), z.boolean()]),
        default: z.union([z.string(), z.number(), z.boolean()]),
        isVaried: z.boolean().describe('Another value than the default, which keeps the run from proving anything'),
      }),
    )
    .default([])
    .describe('The parameters of the definition, and the values that the run was given'),
  preflight: z.array(assertedSchema).default([]).describe('What had to be so before anything was held or fetched'),
  groups: z.array(stepGroupSchema).default([]).describe('The groups of steps, and how long each took'),
  steps: z.array(stepAttemptSchema).default([]).describe('Every try of every step, in the order of the definition'),
  checks: z.array(
    z.object({
      kind: z.string(),
      subject: z.string(),
      expected: z.string(),
      actual: z.string(),
      result: z.enum(['passed', 'failed', 'not compared']),
    }),
  ),
  findings: z.array(finding),
  warnings: z.array(z.string()),
  notExecuted: z
    .array(z.object({ kind: z.enum(['phase', 'step', 'check', 'scenario']), name: z.string(), reason: z.string() }))
    .default([])
    .describe('What the drill has and this run did not carry out, or not to its end, and why'),
  notProven: z.array(z.string()).describe('What nobody may conclude from this run'),
  actions: z.array(
    z.object({
      subject: z.string(),
      summary: z.string(),
      owner: z.string(),
      dueAt: instant,
      state: z.enum(['opened', 'still open', 'closed']),
    }),
  ),
  log: z.array(
    z.object({
      at: instant,
      level: z.enum(['info', 'warn', 'error']),
      phase: z.string().nullable(),
      message: z.string(),
    }),
  ),
  earlierRuns: z.array(earlierRun),
  nextDueAt: instant.nullable().describe('Null without a schedule, and when nobody is to know'),
  nextSurprise: z
    .object({
      every: z.enum(SURPRISE_PERIODS),
      from: z.string(),
      until: z.string(),
      days: z.array(z.enum(WEEKDAYS)),
      zone: z.string(),
    })
    .nullable()
    .default(null)
    .describe('The window in which it comes by surprise'),
  definition: z.object({ sha256: sha256, text: z.string() }).nullable(),
});

export type DrillReport = z.infer<typeof reportSchema>;

/** The text of a report, read; undefined when it is none. */
export function reportOf(text: string): DrillReport | undefined {
  try {
    return reportSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/**
 * The JSON Schema (2020-12) of the report, published as `drills/drill-report.schema.json`. What a later release adds to this
 * format is optional, so that reports of all releases fit it, and further keys are no mistake.
 */
export function reportJsonSchema(): Record<string, unknown> {
  return {
    ...z.toJSONSchema(reportSchema, { target: 'draft-2020-12', io: 'input' }),
    $id: 'urn:muster:drill-report:v1',
    title: 'Muster drill report',
    description: 'The report of one drill run, as GET /api/v1/drill-runs/ID/report.json answers it.',
  };
}
