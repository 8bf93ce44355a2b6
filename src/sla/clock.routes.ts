import { z } from 'zod';
import type { Queryable } from '../database/database.ts';
import { databaseNowMs } from '../database/now.ts';
import { pageOf, pageQuery, pageSchema } from '../http/page.ts';
import { idParams } from '../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../http/route.ts';
import { lineText } from '../kernel/text.ts';
import { clockById, listClocks } from './clock.queries.ts';
import { rebaseClock, resumeClock, startClock, stopClock } from './clock.service.ts';
import { CLOCK_EXAMPLE, clockView, explanationView, NO_PAUSE, viewOfClock, viewOfExplanation } from './clock.views.ts';
import { clockCalendars } from './clock-calendar.queries.ts';
import { type ClockRecord, newClockSchema, rebaseSchema, stopSchema, versionOfClock } from './clock-record.ts';
import { requireNoIncident } from './incident-subject.queries.ts';

/** SLA clocks: what was promised, how much of it is consumed, and how that comes about. */
export const clockRoutes = (): Route[] => [list, getOne, explain, start, resume, stop, rebase];

/** Reads a clock at the database's instant. */
async function replyOf(db: Queryable, clock: ClockRecord) {
  const open = await clockCalendars(db)(clock.calendarId);
  return { body: viewOfClock(clock, await databaseNowMs(db), open), version: versionOfClock(clock) };
}

const common = { tag: 'sla' } as const;

const list = defineRead({
  ...common,
  path: '/sla-clocks',
  operationId: 'listSlaClocks',
  summary: 'SLA clocks as they stand now, newest first',
  permission: 'sla.read',
  query: pageQuery.extend({
    state: z.enum(['open', 'stopped', 'all']).default('open').describe('Which ones: not stopped yet, stopped, or both'),
    serviceId: z.uuid().optional().describe('Only those that concern this service'),
    subject: lineText(200).optional().describe('Only those of this case: of an incident its number'),
  }),
  response: pageSchema(clockView),
  examples: { response: { items: [CLOCK_EXAMPLE], next: null } },
  handle: async ({ db, query: { limit, after, ...filter } }) => {
    const page = pageOf(await listClocks(db, filter, { limit: limit + 1, after }), limit, (clock) => clock.id);
    const calendars = clockCalendars(db);
    const nowMs = await databaseNowMs(db);
    const items = [];
    for (const clock of page.items) items.push(viewOfClock(clock, nowMs, await calendars(clock.calendarId)));
    return { body: { items, next: page.next } };
  },
});

const getOne = defineRead({
  ...common,
  path: '/sla-clocks/{id}',
  operationId: 'getSlaClock',
  summary: 'One SLA clock as it stands now',
  permission: 'sla.read',
  errors: ['no-such-clock'],
  params: idParams,
  response: clockView,
  examples: { response: CLOCK_EXAMPLE },
  handle: async ({ db, params }) => replyOf(db, await clockById(db, params.id)),
});

const explain = defineRead({
  ...common,
  path: '/sla-clocks/{id}/explain',
  operationId: 'explainSlaClock',
  summary: 'How an SLA clock comes to its due time and to what is consumed, step by step and day by day',
  permission: 'sla.read',
  errors: ['no-such-clock'],
  params: idParams,
  response: explanationView,
  examples: {
    response: {
      readAt: CLOCK_EXAMPLE.readAt,
      dueSteps: [
        {
          step: 'term',
          from: '2026-11-22T09:30:00.000Z',
          until: CLOCK_EXAMPLE.dueAt,
          addedSeconds: 14_400,
          dueAt: CLOCK_EXAMPLE.dueAt,
          ...NO_PAUSE,
        },
      ],
      stretches: [
        {
          state: 'running',
          from: '2026-11-22T09:30:00.000Z',
          until: CLOCK_EXAMPLE.readAt,
          countedSeconds: 3600,
          ...NO_PAUSE,
        },
      ],
      consumedSeconds: 3600,
      days: [],
      allottedSeconds: 14_400,
      dueAt: CLOCK_EXAMPLE.dueAt,
    },
  },
  handle: async ({ db, params }) => {
    const clock = await clockById(db, params.id);
    const open = await clockCalendars(db)(clock.calendarId);
    return { body: viewOfExplanation(clock, await databaseNowMs(db), open) };
  },
});

const start = defineWrite({
  ...common,
  method: 'post',
  path: '/sla-clocks',
  operationId: 'startSlaClock',
  summary: 'Start an SLA clock at the instant of the notification, with the target that is in force',
  permission: 'sla.operate',
  errors: [
    'no-sla-policy',
    'subject-is-incident',
    'target-in-policy',
    'target-unset',
    'calendar-needed',
    'unsuitable-calendar',
    'unsuitable-service',
    'beyond-calendar',
    'in-future',
    'late-unexplained',
  ],
  status: 201,
  body: newClockSchema,
  response: clockView,
  examples: {
    body: { kind: 'recover', severity: 'emergency', subject: CLOCK_EXAMPLE.subject, markPercents: [50] },
    response: CLOCK_EXAMPLE,
  },
  handle: async (request) => {
    await requireNoIncident(request.tx, request.body.subject);
    const clock = await startClock(request.tx, request, request.body);
    return { ...(await replyOf(request.tx, clock)), location: `/sla-clocks/${clock.id}` };
  },
});

const CHANGE_ERRORS = ['no-such-clock', 'stale-clock', 'clock-stopped'] as const;

const changing = { ...common, method: 'post', permission: 'sla.operate', ifMatch: true, params: idParams } as const;

const resume = defineWrite({
  ...changing,
  path: '/sla-clocks/{id}/resume',
  operationId: 'resumeSlaClock',
  summary: 'Let a paused SLA clock go on from now on',
  errors: [...CHANGE_ERRORS, 'clock-not-paused', 'too-many-segments'],
  response: clockView,
  examples: { response: CLOCK_EXAMPLE },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    return replyOf(request.tx, await resumeClock(request.tx, request, target));
  },
});

const stop = defineWrite({
  ...changing,
  path: '/sla-clocks/{id}/stop',
  operationId: 'stopSlaClock',
  summary: 'Stop an SLA clock for good at the instant at which what it measures was reached',
  errors: [...CHANGE_ERRORS, 'subject-is-incident', 'in-future', 'late-unexplained', 'before-last-segment'],
  body: stopSchema.prefault({}),
  response: clockView,
  examples: { body: {}, response: { ...CLOCK_EXAMPLE, state: 'stopped' } },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    await requireNoIncident(request.tx, (await clockById(request.tx, target.id)).subject);
    return replyOf(request.tx, await stopClock(request.tx, request, target, request.body));
  },
});

const rebase = defineWrite({
  ...changing,
  permission: 'sla.write',
  path: '/sla-clocks/{id}/rebase',
  operationId: 'rebaseSlaClock',
  summary: 'Measure an open SLA clock by the target that is in force now, from its start on',
  errors: [...CHANGE_ERRORS, 'same-policy-version', 'target-unset', 'calendar-needed', 'beyond-calendar'],
  body: rebaseSchema,
  response: clockView,
  examples: { body: { reason: 'The contract of 2027 holds for what is open' }, response: CLOCK_EXAMPLE },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    return replyOf(request.tx, await rebaseClock(request.tx, request, target, request.body));
  },
});
