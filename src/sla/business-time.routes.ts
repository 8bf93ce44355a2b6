import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { parseInput } from '../http/field-problems.ts';
import { idParams, queryInteger } from '../http/parameters.ts';
import { defineRead, type Route } from '../http/route.ts';
import { isProvisional, openTimeBetween } from './business-time.ts';
import { openTimesById } from './calendar.queries.ts';
import { clockStateAt } from './clock-due.ts';
import { explainClock } from './clock-explanation.ts';
import { startedAt } from './clock-segment.ts';
import { explainedDaysView, viewOfExplainedDays } from './explained-days.views.ts';

import { MAX_TARGET_SECONDS, type Term, termSchema } from './term.ts';

/** Arithmetic by a calendar, for whoever wants to know before it matters. */
export const businessTimeRoutes = (): Route[] => [dueTime, businessTime];

const instant = z.iso.datetime({ offset: true }).transform((text) => Temporal.Instant.from(text).epochMilliseconds);

const isoOf = (instantMs: number) => new Date(instantMs).toISOString();

const common = { tag: 'sla', permission: 'sla.read', errors: ['no-such-calendar', 'beyond-calendar'] } as const;

const dueTime = defineRead({
  ...common,
  path: '/sla-calendars/{id}/due-time',
  operationId: 'getSlaDueTime',
  summary:
    'When something would be due by a working calendar, day by day, and whether holidays could still change that',
  params: idParams,
  query: z.strictObject({
    startAt: instant.describe('When it starts'),
    unit: z.enum(['seconds', 'minutes', 'hours', 'working-days']).describe('What the amount counts'),
    amount: queryInteger({ min: 1, max: MAX_TARGET_SECONDS }).describe('How many of the unit'),
    counted: z
      .enum(['always', 'business'])
      .optional()
      .describe('Of all but working days: around the clock, or business time'),
    due: z.enum(['same-time', 'end-of-day']).optional().describe('Of working days: when on the last of them'),
    warnBeforeMinutes: queryInteger({ min: 1, max: MAX_TARGET_SECONDS / 60 })
      .optional()
      .describe('Also answer the instant so many minutes before, counted as the term counts them'),
  }),
  response: z.object({
    dueAt: z.iso.datetime(),
    allottedSeconds: z.number().describe('Time until then, counted as the term counts it: the days add up to it'),
    isProvisional: z.boolean().describe('True: holidays that are not published yet can still change it'),
    warnAt: z.iso.datetime().nullable(),
    days: z.array(explainedDaysView).describe('Empty for a term that is counted around the clock'),
  }),
  examples: {
    response: {
      dueAt: '2026-10-08T09:00:00.000Z',
      allottedSeconds: 28_800,
      isProvisional: false,
      warnAt: null,
      days: [
        day('2026-09-30', '2026-09-30', 3600),
        { ...day('2026-10-01', '2026-10-07', 0), names: ['国庆节 National Day'] },
        day('2026-10-08', '2026-10-08', 25_200),
      ],
    },
  },
  handle: async ({ db, params, query: { startAt, warnBeforeMinutes, ...stated } }) => {
    // Sound: it is what the schema has let through.
    const term = parseInput(termSchema, stated, 'query') as Term;
    const open = await openTimesById(db, params.id);
    const state = clockStateAt({ term, segments: startedAt(startAt) }, startAt, open);
    const { dueMs, allottedMs, reckoning } = state;
    return {
      body: {
        dueAt: isoOf(dueMs),
        allottedSeconds: allottedMs / 1000,
        isProvisional: reckoning.isProvisional(startAt, dueMs),
        warnAt: warnBeforeMinutes === undefined ? null : isoOf(reckoning.subtract(dueMs, warnBeforeMinutes * 60_000)),
        days: explainClock(state, open).days.map(viewOfExplainedDays),
      },
    };
  },
});

const businessTime = defineRead({
  ...common,
  path: '/sla-calendars/{id}/business-time',
  operationId: 'getSlaBusinessTime',
  summary: 'How much business time lies between two instants by a working calendar',
  params: idParams,
  query: z.strictObject({
    from: instant.describe('From this instant'),
    until: instant.describe('Until this one; nothing lies between when it is not later'),
  }),
  response: z.object({
    openSeconds: z.number(),
    isProvisional: z.boolean().describe('True: holidays that are not published yet can still change it'),
  }),
  examples: { response: { openSeconds: 28_800, isProvisional: false } },
  handle: async ({ db, params, query: { from, until } }) => {
    const open = await openTimesById(db, params.id);
    return {
      body: {
        openSeconds: openTimeBetween(open, from, until) / 1000,
        isProvisional: isProvisional(open, from, until),
      },
    };
  },
});

function day(fromDate: string, untilDate: string, seconds: number): z.input<typeof explainedDaysView> {
  return { fromDate, untilDate, openSeconds: seconds, countedSeconds: seconds, names: [] };
}
