import { beforeAll, describe, expect, test } from 'vitest';
import { drillCalendarRoutes } from '../../src/drills/calendar.routes.ts';
import { DRILL_JOB, scheduleNameOf } from '../../src/drills/drill-schedule.ts';
import { ensureSchedule } from '../../src/scheduling/schedule.service.ts';
import { setPaused } from '../../src/scheduling/schedule.store.ts';
import type { Surprise } from '../../src/scheduling/surprise.ts';
import { routeViolations } from '../http/route-rules.ts';
import { useApp } from '../http/support.ts';
import { useDatabase } from '../support/database.ts';
import { ENTITIES } from './support/entities.ts';
import { makeRun } from './support/make-run.ts';

const DAY_MS = 86_400_000;
const SURPRISE: Surprise = { every: 'week', from: '08:00', until: '18:00', days: ['mon'] };

const database = useDatabase(ENTITIES);
const server = useApp(database, () => ({ routes: drillCalendarRoutes() }));
const calendar = (from: string, until: string) =>
  server.request('get', `/api/v1/drill-calendar?from=${encodeURIComponent(from)}&until=${encodeURIComponent(until)}`);
const inDays = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString();

async function schedule(drill: string, timing: { cron: string; zone: string; surprise?: Surprise }) {
  return database.db.transaction((tx) =>
    ensureSchedule(tx, {
      ...{ ...timing, name: scheduleNameOf(drill), catchUp: 'skip', job: DRILL_JOB, payload: { drill } },
    }),
  );
}

beforeAll(async () => {
  await schedule('nightly', { cron: '30 2 * * *', zone: 'Europe/Berlin' });
  await schedule('every-minute', { cron: '* * * * *', zone: 'UTC' });
  await schedule('by-surprise', { cron: '0 8 * * MON', zone: 'UTC', surprise: SURPRISE });
  const paused = await schedule('paused', { cron: '0 0 * * *', zone: 'UTC' });
  await database.db.transaction(async (tx) => {
    await setPaused(tx, paused.id, true);
    await ensureSchedule(tx, {
      ...{ name: 'no.drill', cron: '0 0 * * *', zone: 'UTC', catchUp: 'skip', job: 'backup.take', payload: {} },
    });
  });
  for (const days of [-40, -3, -2]) {
    const run = { drill: 'nightly', service: 'Orders', outcome: 'passed' as const };
    await makeRun(database.db, { ...run, triggeredAt: new Date(Date.now() + days * DAY_MS) });
  }
});

describe('the calendar of drills', () => {
  test('keeps the rules of the house', () => {
    expect(routeViolations(drillCalendarRoutes())).toEqual([]);
  });

  test('shows the runs that were and the slots that come, and of a surprise only its window', async () => {
    const { body } = await calendar(inDays(-7), inDays(7)).expect(200);
    expect(body.runs).toMatchObject([{ drill: 'nightly', procedure: { outcome: 'passed' } }, { drill: 'nightly' }]);
    expect(body.hasMoreRuns).toBe(false);
    const nightly = body.slots.filter(({ drill }: { drill: string }) => drill === 'nightly');
    expect(nightly).toHaveLength(7);
    expect(nightly.every(({ at }: { at: string }) => at > body.now)).toBe(true);
    expect(nightly[0].local).toMatch(/T02:30:00\+0[12]:00\[Europe\/Berlin\]$/);
    const times = body.slots.map(({ at }: { at: string }) => Date.parse(at));
    expect(times).toEqual(times.toSorted((one: number, other: number) => one - other));
    expect(new Set(body.slots.map(({ drill }: { drill: string }) => drill))).toEqual(
      new Set(['nightly', 'every-minute']),
    );
    expect(body.cutDrills).toEqual(['every-minute']);
    expect(body.surprises).toEqual([{ drill: 'by-surprise', zone: 'UTC', ...SURPRISE }]);
    expect(body.pausedDrills).toEqual(['paused']);
  });

  test('shows no slots of the past, and none outside of the span', async () => {
    expect((await calendar(inDays(-50), inDays(-30))).body).toMatchObject({ runs: [{}], slots: [] });
    const from = '2035-03-01T01:30:00.000Z';
    const { body } = await calendar(from, '2035-03-03T01:30:00Z');
    const nightly = body.slots.filter(({ drill }: { drill: string }) => drill === 'nightly');
    expect(nightly.map(({ at }: { at: string }) => at)).toEqual(['2035-03-01T01:30:00Z', '2035-03-02T01:30:00Z']);
  });

  test.each([
    ['a span that is too long', inDays(0), inDays(101), 'query.until'],
    ['one that ends before it begins', inDays(1), inDays(0), 'query.until'],
    ['a year before every database', '0000-01-01T00:00:00Z', inDays(0), 'query.from'],
    ['what is no time', 'soon', inDays(0), 'query.from'],
  ])('refuses %s', async (_what, from, until, field) => {
    const { status, body } = await calendar(from, until);
    expect([status, body.fields.map((one: { field: string }) => one.field)]).toEqual([400, [field]]);
  });
});
