import { z } from 'zod';
import { pageOf, pageQueryBy, pageSchema } from '../http/page.ts';
import { idParams } from '../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../http/route.ts';
import { lineText } from '../kernel/text.ts';
import { calendarById, listCalendars } from './calendar.queries.ts';
import { createCalendar, retireCalendar, updateCalendar } from './calendar.service.ts';
import { type Calendar, HOLIDAY_SOURCES } from './calendar.ts';
import { calendarChangeSchema, newCalendarSchema, WEEKDAYS } from './calendar-request.ts';
import { viewOfWindow, windowView } from './day-window.ts';

/** Working calendars: when business time passes. */
export const calendarRoutes = (): Route[] => [list, getOne, create, update, retire];

const dayView = z.array(windowView);

const calendarView = z.object({
  id: z.uuid(),
  name: z.string(),
  zone: z.string(),
  weekly: z.object({
    monday: dayView,
    tuesday: dayView,
    wednesday: dayView,
    thursday: dayView,
    friday: dayView,
    saturday: dayView,
    sunday: dayView,
  } satisfies Record<(typeof WEEKDAYS)[number], z.ZodType>),
  holidays: z.enum(HOLIDAY_SOURCES),
  makeUpWeekday: z.int().describe('1 for Monday: whose windows a published make-up working day has'),
  completeYears: z.array(z.int()),
  retired: z.object({ at: z.iso.datetime(), reason: z.string() }).nullable(),
  version: z.int().describe('Send it as If-Match with a change, of a listed day too'),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime(),
});

type CalendarView = z.input<typeof calendarView>;

function viewOf({ weekly, retired, createdAt, updatedAt, ...calendar }: Calendar): CalendarView {
  const days = WEEKDAYS.map((day, index) => [day, (weekly[index] ?? []).map(viewOfWindow)]);
  return {
    ...calendar,
    completeYears: [...calendar.completeYears],
    weekly: Object.fromEntries(days) as CalendarView['weekly'],
    retired: retired && { at: retired.at.toString(), reason: retired.reason },
    createdAt: createdAt.toString(),
    updatedAt: updatedAt.toString(),
  };
}

const replyOf = (calendar: Calendar) => ({ body: viewOf(calendar), version: calendar.version });

const EXAMPLE_DAY = [
  { from: '09:00', until: '12:00' },
  { from: '13:00', until: '18:00' },
];

const EXAMPLE: CalendarView = {
  id: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11',
  name: 'Office hours Shanghai',
  zone: 'Asia/Shanghai',
  weekly: {
    monday: EXAMPLE_DAY,
    tuesday: EXAMPLE_DAY,
    wednesday: EXAMPLE_DAY,
    thursday: EXAMPLE_DAY,
    friday: EXAMPLE_DAY,
    saturday: [],
    sunday: [],
  },
  holidays: 'chinese',
  makeUpWeekday: 1,
  completeYears: [],
  retired: null,
  version: 1,
  createdAt: '2026-11-22T09:30:00Z',
  updatedAt: '2026-11-22T09:30:00Z',
};

const common = { tag: 'sla' } as const;

const list = defineRead({
  ...common,
  path: '/sla-calendars',
  operationId: 'listSlaCalendars',
  summary: 'Working calendars, in the order of their names',
  permission: 'sla.read',
  query: pageQueryBy(z.string().max(240)).extend({
    state: z.enum(['active', 'retired', 'all']).default('active').describe('Which ones: in use, retired, or both'),
  }),
  response: pageSchema(calendarView),
  examples: { response: { items: [EXAMPLE], next: null } },
  handle: async ({ db, query: { state, limit, after } }) => {
    const page = pageOf(await listCalendars(db, state, { limit: limit + 1, after }), limit, (row) => row.nameKey);
    return { body: { items: page.items.map(({ calendar }) => viewOf(calendar)), next: page.next } };
  },
});

const getOne = defineRead({
  ...common,
  path: '/sla-calendars/{id}',
  operationId: 'getSlaCalendar',
  summary: 'One working calendar, also a retired one',
  permission: 'sla.read',
  errors: ['no-such-calendar'],
  params: idParams,
  response: calendarView,
  examples: { response: EXAMPLE },
  handle: async ({ db, params }) => replyOf(await calendarById(db, params.id)),
});

const create = defineWrite({
  ...common,
  method: 'post',
  path: '/sla-calendars',
  operationId: 'createSlaCalendar',
  summary: 'Add a working calendar: the windows of each weekday, and where its holidays come from',
  permission: 'sla.write',
  errors: ['calendar-name-taken'],
  status: 201,
  body: newCalendarSchema,
  response: calendarView,
  examples: {
    body: { name: EXAMPLE.name, zone: EXAMPLE.zone, weekly: EXAMPLE.weekly, holidays: 'chinese' },
    response: EXAMPLE,
  },
  handle: async (request) => {
    const calendar = await createCalendar(request.tx, request, request.body);
    return { ...replyOf(calendar), location: `/sla-calendars/${calendar.id}` };
  },
});

const CHANGE_ERRORS = ['no-such-calendar', 'stale-calendar', 'calendar-retired'] as const;

const update = defineWrite({
  ...common,
  method: 'patch',
  path: '/sla-calendars/{id}',
  operationId: 'updateSlaCalendar',
  summary: 'Change a working calendar: what the body names replaces what was there, the week as a whole',
  permission: 'sla.write',
  errors: [...CHANGE_ERRORS, 'calendar-name-taken', 'contradictory-calendar'],
  ifMatch: true,
  params: idParams,
  body: calendarChangeSchema,
  response: calendarView,
  examples: { body: { completeYears: [2027] }, response: { ...EXAMPLE, completeYears: [2027], version: 2 } },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    return replyOf(await updateCalendar(request.tx, request, target, request.body));
  },
});

const retire = defineWrite({
  ...common,
  method: 'post',
  path: '/sla-calendars/{id}/retire',
  operationId: 'retireSlaCalendar',
  summary: 'Take a working calendar out of use for good; it stays readable',
  permission: 'sla.write',
  errors: CHANGE_ERRORS,
  ifMatch: true,
  params: idParams,
  body: z.strictObject({ reason: lineText(500).describe('Why it is retired; kept with it for good') }),
  response: calendarView,
  examples: {
    body: { reason: 'Replaced by the calendar of both sites' },
    response: {
      ...EXAMPLE,
      version: 2,
      retired: { at: '2026-11-22T10:00:00Z', reason: 'Replaced by the calendar of both sites' },
    },
  },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    return replyOf(await retireCalendar(request.tx, request, target, request.body.reason));
  },
});
