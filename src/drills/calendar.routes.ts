import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { defineRead, type Route } from '../http/route.ts';
import { SURPRISE_PERIODS, WEEKDAYS } from '../scheduling/surprise.ts';
import { runSchema, runView } from './drill.views.ts';
import { CALENDAR_RUNS_MAX, type DrillCalendar, drillCalendar } from './drill-calendar.ts';
import { EXAMPLE_RUN } from './route-examples.ts';
import type { DrillRun } from './run.ts';

/** When drills ran, and when they will. */
export const drillCalendarRoutes = (): Route[] => [getCalendar];

const DAYS_MAX = 100;
const DAY_MS = 86_400_000;

const instant = z.iso.datetime();
// The calendars of the database and of this process know other first years.
const given = z.iso
  .datetime({ offset: true, abort: true })
  .refine((text) => text.startsWith('2'), { message: 'must lie between the years 2000 and 2999', abort: true })
  .transform((text) => Temporal.Instant.from(text));

const spanQuery = z
  .strictObject({
    from: given.describe('The beginning of the span'),
    until: given.describe(`Not included; ${DAYS_MAX} days after from at most`),
  })
  .refine(
    ({ from, until }) => {
      const lengthMs = until.epochMilliseconds - from.epochMilliseconds;
      return lengthMs > 0 && lengthMs <= DAYS_MAX * DAY_MS;
    },
    { message: `must lie after from, by at most ${DAYS_MAX} days`, path: ['until'] },
  );

const shownRun = runSchema.pick({
  id: true,
  drill: true,
  service: true,
  mode: true,
  trigger: true,
  status: true,
  procedure: true,
  triggeredAt: true,
  finishedAt: true,
});

const calendarSchema = z.object({
  now: instant.describe('What lies behind it are runs, what lies ahead are slots'),
  runs: z.array(shownRun).max(CALENDAR_RUNS_MAX).describe('That were triggered in the span, from the newest down'),
  hasMoreRuns: z.boolean().describe('There are older ones in the span that are not shown'),
  slots: z
    .array(z.object({ drill: z.string(), at: instant, local: z.string().describe('In the zone of the schedule') }))
    .describe('When drills fall due in what is left of the span'),
  cutDrills: z.array(z.string()).describe('Drills of which only the first slots are shown'),
  surprises: z
    .array(
      z.object({
        drill: z.string(),
        every: z.enum(SURPRISE_PERIODS),
        from: z.string(),
        until: z.string(),
        days: z.array(z.enum(WEEKDAYS)),
        zone: z.string(),
      }),
    )
    .describe('Drills that come once in each period, inside this window, at a minute that nobody is told before'),
  pausedDrills: z.array(z.string()).describe('Drills whose schedule is paused: their slots are skipped'),
});

const SURPRISE = {
  every: 'month',
  from: '08:00',
  until: '18:00',
  days: ['mon', 'tue'],
  zone: 'Asia/Shanghai',
} as const;

const EXAMPLE: z.input<typeof calendarSchema> = {
  now: '2026-11-22T16:00:00.120Z',
  runs: [shownOf(EXAMPLE_RUN)],
  hasMoreRuns: false,
  slots: [{ drill: 'muster-database', at: '2026-11-29T03:30:00Z', local: '2026-11-29T03:30:00+00:00[UTC]' }],
  cutDrills: [],
  surprises: [{ drill: 'order-database', ...SURPRISE, days: [...SURPRISE.days] }],
  pausedDrills: [],
};

const getCalendar = defineRead({
  tag: 'drills',
  path: '/drill-calendar',
  operationId: 'getDrillCalendar',
  summary: 'Runs of drills and their coming slots between two instants',
  permission: 'drill.read',
  query: spanQuery,
  response: calendarSchema,
  examples: { response: EXAMPLE },
  handle: async ({ db, query }) => ({ body: calendarView(await drillCalendar(db, query.from, query.until)) }),
});

function calendarView(calendar: DrillCalendar): z.input<typeof calendarSchema> {
  return {
    now: calendar.now.toString(),
    runs: calendar.runs.map((run: DrillRun) => shownOf(runView(run))),
    hasMoreRuns: calendar.hasMoreRuns,
    slots: calendar.slots.map(({ drill, at, zone }) => ({
      ...{ drill, at: at.toString(), local: at.toZonedDateTimeISO(zone).toString() },
    })),
    cutDrills: [...calendar.cutDrills],
    surprises: calendar.surprises.map(({ drill, surprise, zone }) => ({
      ...{ drill, zone, ...surprise, days: [...surprise.days] },
    })),
    pausedDrills: [...calendar.pausedDrills],
  };
}

function shownOf(run: z.input<typeof runSchema>): z.input<typeof shownRun> {
  const { id, drill, service, mode, trigger, status, procedure, triggeredAt, finishedAt } = run;
  return { id, drill, service, mode, trigger, status, procedure, triggeredAt, finishedAt };
}
