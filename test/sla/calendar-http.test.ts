import fc from 'fast-check';
import supertest from 'supertest';
import { describe, expect, test } from 'vitest';
import { openTimesById } from '../../src/sla/calendar.queries.ts';
import { calendarRoutes } from '../../src/sla/calendar.routes.ts';
import { listedDayRoutes } from '../../src/sla/listed-day.routes.ts';
import { makeCaller, useApp } from '../http/support.ts';
import { runAs, useDatabase } from '../support/database.ts';

const database = useDatabase();
const server = useApp(database, () => ({ routes: [...calendarRoutes(), ...listedDayRoutes()] }));
const PATH = '/api/v1/sla-calendars';

const OFFICE = [
  { from: '13:00', until: '18:00' },
  { from: '09:00', until: '12:00' },
];
const ORDERED = OFFICE.toReversed();

let made = 0;
const nextName = () => {
  made += 1;
  return `Office ${made}`;
};

const bodyOf = (more: object = {}) => ({
  name: nextName(),
  zone: 'Asia/Shanghai',
  weekly: { monday: OFFICE, friday: [{ from: '00:00', until: '24:00' }] },
  ...more,
});

const create = (more: object = {}) => server.request('post', PATH).send(bodyOf(more));

async function created(more: object = {}): Promise<{ id: string; name: string }> {
  const answer = await create(more);
  expect(answer.status).toBe(201);
  return answer.body;
}

const change = (method: 'patch' | 'post' | 'put' | 'delete', path: string, version: number, body?: object) => {
  const request = server.request(method, `${PATH}/${path}`).set('If-Match', `"${version}"`);
  return body === undefined ? request : request.send(body);
};

const auditOf = (id: string) =>
  runAs<{ action: string; details: unknown }>(
    database.superuser,
    "SELECT action, details FROM audit_entry WHERE subject_kind = 'sla-calendar' AND subject_id = $1 ORDER BY id",
    [id],
  );

describe('a working calendar over HTTP', () => {
  test('is answered as it was stated, each day in the order of its windows', async () => {
    const answer = await create({ holidays: 'listed', completeYears: [2027, 2026, 2027] });
    expect([answer.status, answer.headers.etag]).toEqual([201, '"1"']);
    expect(answer.headers.location).toBe(`${PATH}/${answer.body.id}`);
    expect(answer.body).toMatchObject({
      zone: 'Asia/Shanghai',
      weekly: { monday: ORDERED, tuesday: [], friday: [{ from: '00:00', until: '24:00' }], sunday: [] },
      holidays: 'listed',
      makeUpWeekday: 1,
      completeYears: [2026, 2027],
      retired: null,
    });
    expect((await server.request('get', `${PATH}/${answer.body.id}`)).body).toEqual(answer.body);
  });

  test.each([
    ['that is never open', { weekly: {} }, '#/weekly'],
    ['of no zone', { zone: 'Mars/Olympus' }, '#/zone'],
    ['of a bare offset', { zone: '+08:00' }, '#/zone'],
    [
      'with windows that overlap',
      { weekly: { monday: [...OFFICE, { from: '11:59', until: '13:00' }] } },
      '#/weekly/monday',
    ],
    ['with a window over midnight', { weekly: { monday: [{ from: '22:00', until: '06:00' }] } }, '#/weekly/monday'],
    ['with a time after 24:00', { weekly: { monday: [{ from: '22:00', until: '24:01' }] } }, '#/weekly/monday/0/until'],
    ['with an empty window', { weekly: { monday: [{ from: '09:00', until: '09:00' }] } }, '#/weekly/monday'],
    ['with years that nobody waits for', { holidays: 'none', completeYears: [2027] }, '#/completeYears'],
    ['with a year of no calendar', { holidays: 'listed', completeYears: [1969] }, '#/completeYears/0'],
  ])('is refused %s', async (_, more, field) => {
    const answer = await create(more);
    expect(answer.status).toBe(400);
    expect(answer.body.fields.map((problem: { field: string }) => problem.field)).toContain(field);
  });

  test('is refused a name that is taken, whatever the case', async () => {
    const { id, name } = await created();
    const answer = await create({ name: name.toUpperCase() });
    expect([answer.status, answer.body.code]).toEqual([409, 'calendar-name-taken']);
    const other = await created();
    expect((await change('patch', other.id, 1, { name })).body.code).toBe('calendar-name-taken');
    expect((await change('patch', id, 1, { name: name.toUpperCase() })).status).toBe(200);
  });

  test('changes what is named and nothing else, for whoever has read the last version', async () => {
    const { id, name } = await created();
    const answer = await change('patch', id, 1, { weekly: { sunday: OFFICE } });
    expect([answer.status, answer.headers.etag]).toEqual([200, '"2"']);
    expect(answer.body).toMatchObject({ name, weekly: { monday: [], sunday: ORDERED } });
    expect((await change('patch', id, 1, { zone: 'UTC' })).status).toBe(412);
    expect((await server.request('patch', `${PATH}/${id}`).send({ zone: 'UTC' })).status).toBe(428);
    expect((await auditOf(id)).map(({ action }) => action)).toEqual(['sla-calendar.create', 'sla-calendar.update']);
  });

  test('does not wait for years once it has no holidays to wait for', async () => {
    const { id } = await created({ holidays: 'chinese', completeYears: [2027] });
    const refused = await change('patch', id, 1, { holidays: 'none' });
    expect([refused.status, refused.body.code]).toEqual([422, 'contradictory-calendar']);
    expect((await change('patch', id, 1, { holidays: 'none', completeYears: [] })).status).toBe(200);
  });

  test('stays readable when it is retired, and changes no more', async () => {
    const { id } = await created();
    expect((await change('post', `${id}/retire`, 1, { reason: 'Replaced' })).body.retired.reason).toBe('Replaced');
    expect((await change('patch', id, 2, { zone: 'UTC' })).body.code).toBe('calendar-retired');
    expect((await change('put', `${id}/days/2027-01-01`, 2, { name: 'New Year', windows: [] })).status).toBe(409);
    const listed = await server.request('get', `${PATH}?state=retired`);
    expect(listed.body.items.map((calendar: { id: string }) => calendar.id)).toEqual([id]);
  });

  test('is listed by name, page by page, without those that are retired', async () => {
    const first = await created({ name: 'aaa first' });
    const second = await created({ name: 'AAA second' });
    const page = await server.request('get', `${PATH}?limit=1`);
    expect(page.body.items[0].id).toBe(first.id);
    const next = await server.request('get', `${PATH}?limit=1&after=${page.body.next}`);
    expect(next.body.items[0].id).toBe(second.id);
  });

  test('is changed only by those who may change what is promised', async () => {
    const { id } = await created();
    const operator = await makeCaller(database.db, 'operator', ['operator']);
    const as = (request: supertest.Test) => request.set('Authorization', operator.bearer).set('If-Match', '"1"');
    const app = supertest(server.app);
    expect((await as(app.patch(`${PATH}/${id}`)).send({ zone: 'UTC' })).status).toBe(403);
    expect((await as(app.post(`${PATH}/${id}/days/import`)).send({ csv: 'x' })).status).toBe(403);
    expect((await as(app.get(`${PATH}/${id}`))).status).toBe(200);
  });
});

describe('the listed days of a calendar', () => {
  const put = (id: string, date: string, version: number, body: object) =>
    change('put', `${id}/days/${date}`, version, body);

  test('are set one by one, under the version of the calendar, and listed in their order', async () => {
    const { id } = await created();
    const open = { name: 'Make-up day', windows: OFFICE };
    expect((await put(id, '2027-10-09', 1, open)).headers.etag).toBe('"2"');
    expect((await put(id, '2027-10-01', 2, { name: 'National Day', windows: [] })).status).toBe(200);
    expect((await put(id, '2027-10-01', 2, { name: 'Stale', windows: [] })).status).toBe(412);
    const answer = await server.request('get', `${PATH}/${id}/days`);
    expect(answer.headers.etag).toBe('"3"');
    expect(answer.body.items).toEqual([
      { date: '2027-10-01', name: 'National Day', windows: [] },
      { date: '2027-10-09', name: 'Make-up day', windows: ORDERED },
    ]);
    const last = await auditOf(id);
    expect(last.at(-1)).toMatchObject({
      action: 'sla-calendar.put-day',
      details: { before: null, after: { date: '2027-10-01' } },
    });
  });

  test('replace what was listed for the date, and are taken off again', async () => {
    const { id } = await created();
    await put(id, '2027-10-01', 1, { name: 'Holiday', windows: [] });
    await put(id, '2027-10-01', 2, { name: 'Cut-over', windows: [{ from: '20:00', until: '24:00' }] });
    const day = (await server.request('get', `${PATH}/${id}/days`)).body.items;
    expect(day).toEqual([{ date: '2027-10-01', name: 'Cut-over', windows: [{ from: '20:00', until: '24:00' }] }]);
    expect((await change('delete', `${id}/days/2027-10-01`, 3)).status).toBe(204);
    const gone = await change('delete', `${id}/days/2027-10-01`, 4);
    expect([gone.status, gone.body.code]).toEqual([404, 'no-such-calendar-day']);
    expect((await server.request('get', `${PATH}/${id}/days`)).body.items).toEqual([]);
  });

  test.each(['2027-02-29', '2201-01-01', '20270101', 'today'])(
    'are refused for %s, which is no day of a calendar',
    async (date) => {
      const { id } = await created();
      expect((await put(id, date, 1, { name: 'x', windows: [] })).status).toBe(400);
    },
  );
});

describe('an import of listed days', () => {
  const CSV =
    'date,windows,name\r\n2027-10-01,,National Day\r\n2027-10-09,"13:00-18:00 09:00-12:00","Make-up, at last"\r\n';
  const send = (id: string, version: number, csv: string, apply = false) =>
    change('post', `${id}/days/import`, version, { csv, apply });
  const daysOf = async (id: string) => (await server.request('get', `${PATH}/${id}/days`)).body.items;

  test('first says what it would do, and changes nothing', async () => {
    const { id } = await created();
    const answer = await send(id, 1, CSV);
    expect(answer.body).toEqual({
      isApplied: false,
      added: ['2027-10-01', '2027-10-09'],
      changed: [],
      unchanged: [],
      problems: [],
      problemCount: 0,
      version: 1,
    });
    expect(await daysOf(id)).toEqual([]);
  });

  test('then does it, once: the same file again changes nothing and leaves the version', async () => {
    const { id } = await created();
    const applied = await send(id, 1, CSV, true);
    expect([applied.body.isApplied, applied.headers.etag]).toEqual([true, '"2"']);
    expect(await daysOf(id)).toEqual([
      { date: '2027-10-01', name: 'National Day', windows: [] },
      { date: '2027-10-09', name: 'Make-up, at last', windows: ORDERED },
    ]);
    const again = await send(id, 2, CSV, true);
    expect(again.body).toMatchObject({ isApplied: false, unchanged: ['2027-10-01', '2027-10-09'], version: 2 });
    const changed = await send(id, 2, 'name,date,windows\nHoliday,2027-10-01,\n', true);
    expect(changed.body).toMatchObject({ isApplied: true, changed: ['2027-10-01'], added: [], version: 3 });
    expect(await daysOf(id)).toHaveLength(2);
  });

  const LINE = '2027-10-01,,National Day';
  test.each([
    ['a date that there is not', `${LINE}\n2027-02-30,,x`, 3, 'date "2027-02-30"'],
    ['no name', `${LINE}\n2027-10-02,,`, 3, 'name must not be empty'],
    ['windows that overlap', `2027-10-02,09:00-12:00 11:00-13:00,x`, 2, 'windows: 09:00-12:00 and 11:00-13:00 overlap'],
    ['words for windows', `2027-10-02,closed,x`, 2, 'windows: "closed" is no window'],
    ['too few values', `2027-10-02,x`, 2, 'has 2 values, not 3'],
    ['a date twice', `${LINE}\n\n${LINE}`, 4, '2027-10-01 is there twice'],
    ['a quote that is not closed', `2027-10-02,,"x\n${LINE}`, 3, 'Quote Not Closed'],
  ])('names the line with %s, and applies nothing', async (_, lines, line, message) => {
    const { id } = await created();
    const dry = await send(id, 1, `date,windows,name\n${lines}`);
    expect(dry.status).toBe(200);
    expect(dry.body.problems).toEqual([{ line, message: expect.stringContaining(message) }]);
    const refused = await send(id, 1, `date,windows,name\n${lines}`, true);
    expect([refused.status, refused.body.code]).toEqual([422, 'calendar-lines-invalid']);
    expect(refused.body.fields[0].message).toContain(`line ${line}: `);
    expect(await daysOf(id)).toEqual([]);
  });

  test('takes no file without lines, with other columns, or with more lines than one import has', async () => {
    const { id } = await created();
    const problemOf = async (csv: string) => (await send(id, 1, csv)).body.problems[0].message;
    expect(await problemOf('date,windows,name\n')).toContain('no line behind');
    expect(await problemOf('date,name\n2027-10-01,x\n')).toContain('must name the columns');
    const many = Array.from({ length: 2001 }, (_, index) => `${1970 + (index % 200)}-01-01,,x`);
    expect(await problemOf(`date,windows,name\n${many.join('\n')}`)).toContain('at most 2000');
  });

  test('fills a calendar up to its bound and not beyond, whichever way a day comes', async () => {
    const { id } = await created();
    const csvOf = (year: number) => {
      const days = Array.from({ length: 2000 }, (_, index) => new Date(Date.UTC(year, 0, 1 + index)).toISOString());
      return `date,windows,name\n${days.map((day) => `${day.slice(0, 10)},,x`).join('\n')}`;
    };
    expect((await send(id, 1, csvOf(2000), true)).body.isApplied).toBe(true);
    expect((await send(id, 2, csvOf(2010), true)).body.isApplied).toBe(true);
    const refused = await send(id, 3, csvOf(2020), true);
    expect([refused.status, refused.body.code]).toEqual([422, 'too-many-calendar-days']);
    expect((await change('put', `${id}/days/2030-01-01`, 3, { name: 'one more', windows: [] })).status).toBe(200);
  });

  test('never fails on any text: it answers what is wrong with it', async () => {
    const { id } = await created();
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1, maxLength: 60 }), async (text) => {
        const answer = await send(id, 1, `date,windows,name\n${text}`);
        expect([200, 400]).toContain(answer.status);
      }),
      { numRuns: 40 },
    );
  });
});

describe('behind the API', () => {
  test('the database refuses a calendar that is never open, windows that overlap, and days that change without the version', async () => {
    const { id } = await created();
    const refused = (sql: string) => expect(runAs(database.service, sql, [id])).rejects;
    await refused('DELETE FROM sla_calendar_window WHERE calendar_id = $1').toThrow('change together with its version');
    await refused(`INSERT INTO sla_calendar_day (calendar_id, day, name) VALUES ($1, '2027-01-01', 'x')`).toThrow(
      'change together with its version',
    );
    await refused(
      'INSERT INTO sla_calendar_window SELECT calendar_id, weekday, 600, 700 FROM sla_calendar_window WHERE calendar_id = $1',
    ).toThrow('sla_calendar_window_no_overlap');
    await refused('DELETE FROM sla_calendar WHERE id = $1').toThrow('never deleted');
    const emptied = database.db.transaction(async (tx) => {
      await tx.execute('UPDATE sla_calendar SET version = version + 1 WHERE id = $1', [id]);
      await tx.execute('DELETE FROM sla_calendar_window WHERE calendar_id = $1', [id]);
    });
    await expect(emptied).rejects.toThrow('open at no time of the week');
  });

  test('a calendar is made ready for arithmetic with its listed days before the published ones', async () => {
    const { id } = await created({ holidays: 'chinese' });
    await change('put', `${id}/days/2026-10-01`, 1, { name: 'Cut-over', windows: [{ from: '20:00', until: '24:00' }] });
    const { calendar } = await openTimesById(database.db, id);
    expect(calendar.dates.get('2026-10-01')).toEqual({
      name: 'Cut-over',
      windows: [{ fromMinute: 1200, untilMinute: 1440 }],
    });
    expect(calendar.dates.get('2026-10-02')?.windows).toEqual([]);
  });
});
