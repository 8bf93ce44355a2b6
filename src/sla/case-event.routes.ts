import { z } from 'zod';
import type { Queryable } from '../database/database.ts';
import { databaseNowMs } from '../database/now.ts';
import { pageOf, pageQuery, pageSchema } from '../http/page.ts';
import { defineRead, defineWrite, type Route } from '../http/route.ts';
import { SEVERITIES } from '../kernel/severity.ts';
import { lineText } from '../kernel/text.ts';
import { reportEvent } from './case-event.service.ts';
import { caseEvents } from './case-event.store.ts';
import { type CaseEventRecord, newCaseEventSchema } from './case-event.ts';
import { CLOCK_EXAMPLE, clockView, viewOfClock } from './clock.views.ts';
import { clockCalendars } from './clock-calendar.queries.ts';
import { CASE_EVENTS } from './clock-kind.ts';
import type { ClockRecord } from './clock-record.ts';
import { requireNoIncident } from './incident-subject.queries.ts';

/** What happens in a case, and starts and stops its SLA clocks. */
export const caseEventRoutes = (): Route[] => [list, report];

const eventView = z.object({
  id: z.uuid(),
  subject: z.string(),
  event: z.enum(CASE_EVENTS),
  severity: z.enum(SEVERITIES),
  serviceId: z.uuid().nullable(),
  calendarId: z.uuid().nullable(),
  policyVersion: z.int().describe('Of the notification: it holds for all clocks of the case'),
  at: z.iso.datetime(),
  lateBecause: z.string().nullable(),
});

const reportedView = z.object({ event: eventView, started: z.array(clockView), stopped: z.array(clockView) });

const EXAMPLE: z.input<typeof eventView> = {
  id: '019aab2c-6d10-7e4e-8a52-7f1b0a4e8c22',
  subject: CLOCK_EXAMPLE.subject,
  event: 'notification',
  severity: 'emergency',
  serviceId: CLOCK_EXAMPLE.serviceId,
  calendarId: null,
  policyVersion: 2,
  at: '2026-11-22T09:30:00.000Z',
  lateBecause: null,
};

const viewOfEvent = <Of extends Omit<CaseEventRecord, 'by'>>({ id, subject, event, atMs, ...rest }: Of) => ({
  ...{ id, subject, event, at: new Date(atMs).toISOString() },
  ...rest,
});

async function viewsOf(db: Queryable, clocks: readonly ClockRecord[]) {
  const [nowMs, calendars] = [await databaseNowMs(db), clockCalendars(db)];
  const views = [];
  for (const clock of clocks) views.push(viewOfClock(clock, nowMs, await calendars(clock.calendarId)));
  return views;
}

const list = defineRead({
  tag: 'sla',
  path: '/sla-case-events',
  operationId: 'listSlaCaseEvents',
  summary: 'What was reported of one case, in the order in which it was entered',
  permission: 'sla.read',
  query: pageQuery.extend({ subject: lineText(200).describe('The case') }),
  response: pageSchema(eventView.extend({ by: z.string() })),
  examples: { response: { items: [{ ...EXAMPLE, by: 'Service desk' }], next: null } },
  handle: async ({ db, query: { subject, limit, after } }) => {
    const page = pageOf(await caseEvents(db, subject, { limit: limit + 1, after }), limit, ({ id }) => id);
    return { body: { items: page.items.map(viewOfEvent), next: page.next } };
  },
});

const report = defineWrite({
  tag: 'sla',
  method: 'post',
  path: '/sla-case-events',
  operationId: 'reportSlaCaseEvent',
  summary: 'Report what has happened in a case: its clocks are started and stopped at that instant',
  permission: 'sla.operate',
  errors: [
    'no-sla-policy',
    'subject-is-incident',
    'event-reported',
    'no-notification',
    'before-notification',
    'before-last-segment',
    'calendar-needed',
    'unsuitable-calendar',
    'unsuitable-service',
    'beyond-calendar',
    'in-future',
    'late-unexplained',
  ],
  status: 201,
  body: newCaseEventSchema,
  response: reportedView,
  examples: {
    body: { subject: EXAMPLE.subject, event: 'notification', severity: 'emergency' },
    response: { event: EXAMPLE, started: [CLOCK_EXAMPLE], stopped: [] },
  },
  handle: async (request) => {
    await requireNoIncident(request.tx, request.body.subject);
    const { event, started, stopped } = await reportEvent(request.tx, request, request.body);
    const views = { started: await viewsOf(request.tx, started), stopped: await viewsOf(request.tx, stopped) };
    return { body: { event: viewOfEvent(event), ...views } };
  },
});
