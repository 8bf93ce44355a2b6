import { beforeAll, describe, expect, test } from 'vitest';
import { businessTimeRoutes } from '../../src/sla/business-time.routes.ts';
import { calendarRoutes } from '../../src/sla/calendar.routes.ts';
import { useApp } from '../http/support.ts';
import { useDatabase } from '../support/database.ts';

const database = useDatabase();
const server = useApp(database, () => ({ routes: [...calendarRoutes(), ...businessTimeRoutes()] }));
let path = '';

const day = [
  { from: '09:00', until: '12:00' },
  { from: '13:00', until: '18:00' },
];

beforeAll(async () => {
  const body = {
    name: 'Office hours',
    zone: 'Asia/Shanghai',
    weekly: { monday: day, tuesday: day, wednesday: day, thursday: day, friday: day },
    holidays: 'chinese',
  };
  path = `/api/v1/sla-calendars/${(await server.request('post', '/api/v1/sla-calendars').send(body)).body.id}`;
});

const ask = (what: 'due-time' | 'business-time', query: Record<string, string | number>) =>
  server.request('get', `${path}/${what}`).query(query);

describe('a due time over HTTP', () => {
  test('is explained by days that add up, holidays by their names', async () => {
    const answer = await ask('due-time', {
      startAt: '2026-09-30T17:00:00+08:00',
      unit: 'hours',
      amount: 8,
      counted: 'business',
      warnBeforeMinutes: 90,
    });
    expect(answer.body).toEqual({
      dueAt: '2026-10-08T09:00:00.000Z',
      allottedSeconds: 28_800,
      isProvisional: false,
      warnAt: '2026-10-08T07:30:00.000Z',
      days: [
        { fromDate: '2026-09-30', untilDate: '2026-09-30', openSeconds: 3600, countedSeconds: 3600, names: [] },
        {
          fromDate: '2026-10-01',
          untilDate: '2026-10-07',
          openSeconds: 0,
          countedSeconds: 0,
          names: ['国庆节 National Day'],
        },
        { fromDate: '2026-10-08', untilDate: '2026-10-08', openSeconds: 25_200, countedSeconds: 25_200, names: [] },
      ],
    });
  });

  test('around the clock asks no calendar, and in working days says when on the last one', async () => {
    const startAt = '2026-09-30T17:00:00+08:00';
    const always = await ask('due-time', { startAt, unit: 'minutes', amount: 90, counted: 'always' });
    expect(always.body).toMatchObject({ dueAt: '2026-09-30T10:30:00.000Z', days: [], warnAt: null });
    const days = await ask('due-time', { startAt, unit: 'working-days', amount: 3, due: 'end-of-day' });
    expect(days.body.dueAt).toBe('2026-10-10T10:00:00.000Z');
  });

  test('beyond the published holidays is provisional', async () => {
    const far = { startAt: '2026-09-30T17:00:00+08:00', unit: 'working-days', amount: 300, due: 'same-time' };
    expect((await ask('due-time', far)).body.isProvisional).toBe(true);
  });

  test.each([
    ['hours without what is counted', { unit: 'hours', amount: 1 }, 'query.counted'],
    ['hours with the end of a day', { unit: 'hours', amount: 1, counted: 'business', due: 'end-of-day' }, 'query.due'],
    ['working days that do not say when', { unit: 'working-days', amount: 1 }, 'query.due'],
    ['more than a year', { unit: 'hours', amount: 8785, counted: 'business' }, 'query.amount'],
    ['nothing', { unit: 'hours', amount: 0, counted: 'business' }, 'query.amount'],
  ])('is refused for %s', async (_, term, field) => {
    const answer = await ask('due-time', { startAt: '2026-09-30T17:00:00Z', ...term });
    expect(answer.status).toBe(400);
    expect(answer.body.fields.map((problem: { field: string }) => problem.field)).toContain(field);
  });

  test('that no calendar reaches is refused', async () => {
    const answer = await ask('due-time', {
      startAt: '2200-12-31T00:00:00Z',
      unit: 'working-days',
      amount: 9,
      due: 'same-time',
    });
    expect([answer.status, answer.body.code]).toEqual([422, 'beyond-calendar']);
  });
});

describe('business time over HTTP', () => {
  test('lies between two instants, and backwards there is none', async () => {
    const [from, until] = ['2026-09-30T17:00:00+08:00', '2026-10-08T10:00:00+08:00'];
    expect((await ask('business-time', { from, until })).body).toEqual({ openSeconds: 7200, isProvisional: false });
    expect((await ask('business-time', { from: until, until: from })).body.openSeconds).toBe(0);
  });

  test('of a calendar that there is not is not found', async () => {
    const answer = await server.request(
      'get',
      '/api/v1/sla-calendars/019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11/business-time',
    );
    expect(answer.status).toBe(400);
    const asked = await server
      .request('get', '/api/v1/sla-calendars/019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11/business-time')
      .query({ from: '2026-09-30T17:00:00Z', until: '2026-09-30T17:00:00Z' });
    expect([asked.status, asked.body.code]).toEqual([404, 'no-such-calendar']);
  });
});
