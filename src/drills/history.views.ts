import { z } from 'zod';
import { type Durations, type History, historyOf, type PastRun, RUNS_ENOUGH } from './history.ts';
import { PHASES } from './phase.ts';
import { RUN_STATUSES, VERDICT_OUTCOMES } from './run.ts';

const durationsSchema = z.object({
  count: z.int().describe('Runs in which it was measured'),
  tooFew: z.boolean().describe(`Fewer than ${RUNS_ENOUGH}: take the percentiles for what they are`),
  p50Seconds: z.number().nullable().describe('By nearest rank: always a time that was measured'),
  p90Seconds: z.number().nullable(),
  maxSeconds: z.number().nullable(),
});

const summarySchema = z.object({
  runs: z.int().describe('Full runs that have ended; skipped ones are none'),
  passed: z.int(),
  failed: z.int(),
  notAssessed: z.int().describe('Aborted or interrupted: they say nothing either way'),
  successRate: z.number().nullable().describe('Passed among passed and failed, 0 to 1; null without any'),
  technicalRta: durationsSchema.describe('From the trigger to validated, in runs that validated'),
  phases: z.array(durationsSchema.extend({ phase: z.enum(PHASES) })),
});

const pastRunSchema = z.object({
  id: z.uuid(),
  drill: z.string(),
  triggeredAt: z.iso.datetime(),
  status: z.enum(RUN_STATUSES),
  procedure: z.enum(VERDICT_OUTCOMES),
  technicalRtaSeconds: z.number().nullable(),
  recoverTargetSeconds: z.number().nullable().describe('What it was held to then'),
  phaseSeconds: z.partialRecord(z.enum(PHASES), z.number()).describe('Of the phases that came to their end'),
});

export const drillHistorySchema = summarySchema.extend({
  drill: z.string(),
  series: z.array(pastRunSchema).describe('The runs themselves, from the newest down'),
});

export const serviceHistorySchema = summarySchema.extend({
  service: z.object({ id: z.uuid(), name: z.string() }),
  drills: z.array(summarySchema.extend({ drill: z.string() })).describe('The same runs by drill'),
  series: z.array(pastRunSchema).describe('The runs of all drills, from the newest down'),
});

export function drillHistoryView(drill: string, runs: readonly PastRun[]): z.input<typeof drillHistorySchema> {
  return { drill, ...summaryView(historyOf(runs)), series: runs.map(pastRunView) };
}

export function serviceHistoryView(
  service: { readonly id: string; readonly name: string },
  runs: readonly PastRun[],
): z.input<typeof serviceHistorySchema> {
  const byDrill = Map.groupBy(runs, ({ drill }) => drill);
  return {
    service: { id: service.id, name: service.name },
    ...summaryView(historyOf(runs)),
    drills: [...byDrill]
      .toSorted(([one], [other]) => one.localeCompare(other, 'en'))
      .map(([drill, own]) => ({ drill, ...summaryView(historyOf(own)) })),
    series: runs.map(pastRunView),
  };
}

function summaryView(history: History): z.input<typeof summarySchema> {
  const { runCount, passedCount, failedCount, notAssessedCount, successRate, technicalRta, phases } = history;
  return {
    ...{ runs: runCount, passed: passedCount, failed: failedCount, notAssessed: notAssessedCount, successRate },
    technicalRta: durationsView(technicalRta),
    phases: phases.map(({ phase, durations }) => ({ phase, ...durationsView(durations) })),
  };
}

function durationsView({ isTooFew, ...durations }: Durations): z.input<typeof durationsSchema> {
  return { ...durations, tooFew: isTooFew };
}

function pastRunView(run: PastRun): z.input<typeof pastRunSchema> {
  return { ...run, triggeredAt: run.triggeredAt.toISOString() };
}

const durations = { count: 1, tooFew: true, p50Seconds: 7.9, p90Seconds: 7.9, maxSeconds: 7.9 };
const summary = {
  ...{ runs: 1, passed: 1, failed: 0, notAssessed: 0, successRate: 1, technicalRta: durations },
  phases: [{ phase: 'restore' as const, ...durations, p50Seconds: 3.1, p90Seconds: 3.1, maxSeconds: 3.1 }],
};
const series: z.input<typeof pastRunSchema>[] = [
  {
    ...{ id: '019aab31-2f7c-7d10-b1f4-8c2a51e7d903', drill: 'order-database', triggeredAt: '2026-11-22T15:10:03.120Z' },
    ...{ status: 'completed', procedure: 'passed', technicalRtaSeconds: 7.9 },
    ...{ recoverTargetSeconds: 14_400, phaseSeconds: { restore: 3.1 } },
  },
];

/** For the reference. */
export const EXAMPLE_DRILL_HISTORY: z.input<typeof drillHistorySchema> = {
  drill: 'order-database',
  ...summary,
  series,
};

/** For the reference. */
export const EXAMPLE_SERVICE_HISTORY: z.input<typeof serviceHistorySchema> = {
  service: { id: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11', name: 'Order database' },
  ...summary,
  drills: [{ drill: 'order-database', ...summary }],
  series,
};
