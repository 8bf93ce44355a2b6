import { z } from 'zod';
import { pointSchema } from '../backups/backup.views.ts';
import type { RecoveryPoint } from '../backups/backup-catalogue.ts';
import type { Queryable } from '../database/database.ts';
import { type DrillReport, reportSchema } from '../drills/report.ts';
import { RUN_STATUSES } from '../drills/run.ts';
import { defineRead, type Route } from '../http/route.ts';
import type { OverviewFacts } from './overview.queries.ts';

/** What the route needs. */
export interface OverviewDeps {
  readonly facts: (db: Queryable) => Promise<OverviewFacts>;
}

/** What Muster can prove of itself at this moment. */
export const overviewRoutes = (deps: OverviewDeps): Route[] => [overview(deps)];

const instant = z.iso.datetime();
const { id, name, takenAt, sizeBytes, digest, verdict, readInFullAt } = pointSchema.shape;
const { headline, verdicts, validation, phases, warnings, notProven } = reportSchema.shape;

const overviewView = z.object({
  set: z.object({ id: z.uuid(), name: z.string() }).describe("The backup set of Muster's own database"),
  point: z
    .object({ id, name, takenAt, sizeBytes, digest, verdict, readInFullAt })
    .nullable()
    .describe('Its newest recovery point, whatever it is worth; null: none was taken yet'),
  selfTest: z
    .object({ summary: z.string() })
    .nullable()
    .describe('The newest proof that the check finds one changed byte; null: not tried yet'),
  run: z
    .object({ id: z.uuid(), drill: z.string(), status: z.enum(RUN_STATUSES) })
    .nullable()
    .describe('The newest run of the drill that restores it'),
  report: z
    .object({
      title: z.string(),
      triggeredAt: instant,
      ...{ headline, verdicts, validation, phases, warnings, notProven },
      policyNotice: z.string().nullable().describe('Printed above the figures while nobody has committed to them'),
    })
    .nullable()
    .describe('Of that run; null until it has come to its end'),
  examplePolicy: z.boolean().describe('The targets are the example: nobody has committed to them'),
  nextBackupAt: instant.nullable().describe('Null: not scheduled'),
  nextDrillAt: instant.nullable(),
  nextThings: z.array(z.string()).describe('What to do next, the most urgent first'),
});

function viewOf({ overview: known, ...next }: OverviewFacts): z.input<typeof overviewView> {
  const { set, point, selfTest, run, report, examplePolicy } = known;
  return {
    set: { id: set.id, name: set.name },
    point: point ? viewOfPoint(point) : null,
    selfTest: selfTest ? { summary: selfTest.summary } : null,
    run: run ? { id: run.id, drill: run.drill, status: run.status } : null,
    report: report ? viewOfReport(report) : null,
    examplePolicy,
    nextBackupAt: next.nextBackupAt?.toISOString() ?? null,
    nextDrillAt: next.nextDrillAt?.toISOString() ?? null,
    nextThings: [...next.nextThings],
  };
}

function viewOfPoint(point: RecoveryPoint) {
  return {
    ...{ id: point.id, name: point.name, sizeBytes: point.sizeBytes },
    takenAt: point.takenAt.toString(),
    digest: point.digest ?? null,
    verdict: point.verdict ?? null,
    readInFullAt: point.readInFullAt?.toString() ?? null,
  };
}

function viewOfReport(report: DrillReport) {
  const { run, policy } = report;
  return {
    ...{ title: run.title, triggeredAt: run.triggeredAt, policyNotice: policy?.notice ?? null },
    ...{ headline: report.headline, verdicts: report.verdicts, validation: report.validation },
    ...{ phases: report.phases, warnings: report.warnings, notProven: report.notProven },
  };
}

const EXAMPLE: z.input<typeof overviewView> = {
  set: { id: '019aab2c-45e7-7d19-a0c6-1f8b3d5e7a92', name: 'muster-database' },
  point: {
    id: '019aab2c-45e7-7d19-a0c6-1f8b3d5e7a93',
    name: '20261122T020000Z',
    takenAt: '2026-11-22T02:00:00Z',
    sizeBytes: 31_457_280,
    digest: 'a'.repeat(64),
    verdict: 'sound',
    readInFullAt: '2026-11-22T02:01:00Z',
  },
  selfTest: { summary: 'one byte changed in a copy: found in base/1/1255 at offset 4711' },
  run: { id: '019aab2c-9c41-7d02-b8e3-4a7f2c6d1e90', drill: 'muster-database', status: 'completed' },
  report: {
    title: "Muster's own database, restored beside the live one",
    triggeredAt: '2026-11-22T03:30:00Z',
    headline: {
      measure: 'technical RTA',
      technicalRtaSeconds: 6,
      rtoSeconds: 14_400,
      marginSeconds: 14_394,
      result: 'met',
    },
    verdicts: {
      procedure: { outcome: 'passed', reason: 'every required target was met' },
      availability: { outcome: 'passed', reason: 'everything was there' },
    },
    validation: { status: 'passed', tablesEqual: 120, tablesCompared: 120, tablesNotCompared: 2 },
    phases: [
      {
        phase: 'restore',
        status: 'done',
        startedAt: '2026-11-22T03:30:02Z',
        endedAt: '2026-11-22T03:30:05Z',
        seconds: 3,
        sizeBytes: 31_457_280,
        bytesPerSecond: 10_485_760,
        detail: null,
      },
    ],
    warnings: [],
    notProven: ['The loss of this host: the backup lies on it'],
    policyNotice: null,
  },
  examplePolicy: false,
  nextBackupAt: '2026-11-23T02:00:00.000Z',
  nextDrillAt: '2026-11-29T03:30:00.000Z',
  nextThings: ['Register the services that you must recover: POST /api/v1/services'],
};

const overview = ({ facts }: OverviewDeps) =>
  defineRead({
    tag: 'readiness',
    path: '/overview',
    operationId: 'getOverview',
    summary: 'Whether Muster itself could be recovered now: its newest backup, its last own drill, and what to do next',
    permission: 'system.read',
    errors: ['not-set-up'],
    response: overviewView,
    examples: { response: EXAMPLE },
    handle: async ({ db }) => ({ body: viewOf(await facts(db)) }),
  });
