import { z } from 'zod';
import { pageOf, pageQueryBy, pageSchema } from '../http/page.ts';
import { idParams } from '../http/parameters.ts';
import { defineRead, defineWrite, type Route } from '../http/route.ts';
import { calendarById, listDays } from './calendar.queries.ts';
import type { ListedDay } from './calendar.ts';
import { calendarDateSchema, datedDaySchema } from './calendar-request.ts';
import { viewOfWindow, windowView } from './day-window.ts';
import { importListedDays, putListedDay, removeListedDay } from './listed-day.service.ts';

/** The days of a calendar that differ from their weekday: holidays, make-up working days, shifts. */
export const listedDayRoutes = (): Route[] => [list, importDays, put, remove];

const listedDayView = z.object({
  date: z.iso.date(),
  name: z.string(),
  windows: z.array(windowView).describe('None: closed'),
});

const viewOf = ({ date, name, windows }: ListedDay): z.input<typeof listedDayView> => ({
  date,
  name,
  windows: windows.map(viewOfWindow),
});

const EXAMPLE: z.input<typeof listedDayView> = {
  date: '2027-10-09',
  name: 'Make-up working day for the National Day',
  windows: [{ from: '09:00', until: '18:00' }],
};

const common = { tag: 'sla' } as const;

const dayParams = idParams.extend({ date: calendarDateSchema.describe('A day of the calendar, such as 2027-10-01') });

const list = defineRead({
  ...common,
  path: '/sla-calendars/{id}/days',
  operationId: 'listSlaCalendarDays',
  summary: 'The listed days of a working calendar, in the order of their dates; published holidays are not among them',
  permission: 'sla.read',
  errors: ['no-such-calendar'],
  params: idParams,
  query: pageQueryBy(calendarDateSchema),
  response: pageSchema(listedDayView),
  examples: { response: { items: [EXAMPLE], next: null } },
  handle: async ({ db, params, query: { limit, after } }) => {
    const { version } = await calendarById(db, params.id);
    const page = pageOf(await listDays(db, params.id, { limit: limit + 1, after }), limit, (day) => day.date);
    return { body: { items: page.items.map(viewOf), next: page.next }, version };
  },
});

const CHANGE_ERRORS = ['no-such-calendar', 'stale-calendar', 'calendar-retired'] as const;

const put = defineWrite({
  ...common,
  method: 'put',
  path: '/sla-calendars/{id}/days/{date}',
  operationId: 'putSlaCalendarDay',
  summary:
    'List a day of a working calendar as closed or with windows of its own; If-Match names the calendar’s version',
  permission: 'sla.write',
  errors: [...CHANGE_ERRORS, 'too-many-calendar-days'],
  ifMatch: true,
  params: dayParams,
  body: datedDaySchema,
  response: listedDayView,
  examples: { body: { name: EXAMPLE.name, windows: EXAMPLE.windows }, response: EXAMPLE },
  handle: async (request) => {
    const { params, expectedVersion, body } = request;
    const day = { date: params.date, ...body };
    await putListedDay(request.tx, request, { id: params.id, expectedVersion }, day);
    return { body: viewOf(day), version: expectedVersion + 1 };
  },
});

const remove = defineWrite({
  ...common,
  method: 'delete',
  path: '/sla-calendars/{id}/days/{date}',
  operationId: 'removeSlaCalendarDay',
  summary: 'Take a day off the list of a working calendar: it is like its weekday again, or as published',
  permission: 'sla.write',
  errors: [...CHANGE_ERRORS, 'no-such-calendar-day'],
  ifMatch: true,
  params: dayParams,
  examples: {},
  handle: async (request) => {
    const { params, expectedVersion } = request;
    await removeListedDay(request.tx, request, { id: params.id, expectedVersion }, params.date);
    return { body: undefined, version: expectedVersion + 1 };
  },
});

/** Lines with a mistake that an answer lists; the number says how many there are. */
const PROBLEMS_MAX = 200;

const importView = z.object({
  isApplied: z.boolean(),
  added: z.array(z.iso.date()).describe('Not listed before'),
  changed: z.array(z.iso.date()).describe('Listed before with another name or other windows'),
  unchanged: z.array(z.iso.date()),
  problems: z.array(z.object({ line: z.int(), message: z.string() })).max(PROBLEMS_MAX),
  problemCount: z.int(),
  version: z.int().describe('The version of the calendar now'),
});

const importDays = defineWrite({
  ...common,
  method: 'post',
  path: '/sla-calendars/{id}/days/import',
  operationId: 'importSlaCalendarDays',
  summary:
    'Import listed days of a working calendar from CSV: first what it would do, then with apply all of it or nothing',
  permission: 'sla.write',
  errors: [...CHANGE_ERRORS, 'calendar-lines-invalid', 'too-many-calendar-days'],
  ifMatch: true,
  params: idParams,
  body: z.strictObject({
    csv: z
      .string()
      .min(1)
      .max(500_000)
      .describe('Columns date, windows and name; windows such as 09:00-12:00 13:00-18:00, empty for a closed day'),
    apply: z.boolean().default(false).describe('False: only say what it would do'),
  }),
  response: importView,
  examples: {
    body: {
      csv: 'date,windows,name\n2027-10-01,,National Day\n2027-10-09,09:00-18:00,Make-up working day\n',
      apply: true,
    },
    response: {
      isApplied: true,
      added: ['2027-10-01', '2027-10-09'],
      changed: [],
      unchanged: [],
      problems: [],
      problemCount: 0,
      version: 2,
    },
  },
  handle: async (request) => {
    const target = { id: request.params.id, expectedVersion: request.expectedVersion };
    const { problems, ...imported } = await importListedDays(request.tx, request, target, request.body);
    const body = { ...imported, problems: problems.slice(0, PROBLEMS_MAX), problemCount: problems.length };
    return {
      body: { ...body, added: [...body.added], changed: [...body.changed], unchanged: [...body.unchanged] },
      version: imported.version,
    };
  },
});
