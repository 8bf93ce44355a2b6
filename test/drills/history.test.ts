import { beforeAll, describe, expect, test } from 'vitest';
import { listRuns } from '../../src/drills/drill-run.queries.ts';
import { pastRunsOfDrill } from '../../src/drills/history.queries.ts';
import { historyRoutes } from '../../src/drills/history.routes.ts';
import { historyOf, nearestRank, type PastRun, RUNS_ENOUGH } from '../../src/drills/history.ts';
import { drillRunProgress } from '../../src/drills/progress.ts';
import { newId } from '../../src/kernel/ids.ts';
import { useApp } from '../http/support.ts';
import { registerOf } from '../services/register.ts';
import { useDatabase } from '../support/database.ts';
import { ENTITIES } from './support/entities.ts';
import { makeRun } from './support/make-run.ts';

const database = useDatabase(ENTITIES);
const catalogue = { directory: '', current: () => [], refresh: async () => [] };
const server = useApp(database, () => ({ routes: historyRoutes(catalogue) }));
const get = async (path: string) => (await server.request('get', `/api/v1${path}`)).body;

describe('percentiles by nearest rank', () => {
  test.each([
    [[], 50, null],
    [[7], 50, 7],
    [[7], 90, 7],
    [[15, 20, 35, 40, 50], 5, 15],
    [[15, 20, 35, 40, 50], 30, 20],
    [[15, 20, 35, 40, 50], 40, 20],
    [[15, 20, 35, 40, 50], 50, 35],
    [[15, 20, 35, 40, 50], 90, 50],
    [[15, 20, 35, 40, 50], 100, 50],
    [[3, 6, 7, 8, 8, 10, 13, 15, 16, 20], 25, 7],
    [[3, 6, 7, 8, 8, 10, 13, 15, 16, 20], 90, 16],
  ])('of %j at %i per cent is %s', (sorted, percent, value) => {
    expect(nearestRank(sorted, percent)).toBe(value);
  });

  test('are those of PostgreSQL’s percentile_disc', async () => {
    for (let count = 1; count <= 30; count += 1) {
      const values = Array.from({ length: count }, (_, at) => (at * 7919) % 101).toSorted((one, other) => one - other);
      const [row] = await database.db.rows<{ p50: number; p90: number }>(
        `SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY v) AS p50, percentile_disc(0.9) WITHIN GROUP (ORDER BY v) AS p90
           FROM unnest($1::double precision[]) v`,
        [values],
      );
      expect([nearestRank(values, 50), nearestRank(values, 90)], `${count}`).toEqual([row?.p50, row?.p90]);
    }
  });
});

test('what was not measured counts nowhere, and few runs are said to be few', () => {
  const run = (technicalRtaSeconds: number | null, procedure: PastRun['procedure']): PastRun => ({
    ...{ id: newId(), drill: 'd', triggeredAt: new Date(0), status: 'completed', procedure, technicalRtaSeconds },
    recoverTargetSeconds: 60,
    phaseSeconds: technicalRtaSeconds === null ? {} : { restore: technicalRtaSeconds },
  });
  const runs = [run(1, 'passed'), run(2, 'passed'), run(3, 'failed'), run(null, 'not assessed'), run(null, 'failed')];
  const history = historyOf(runs);
  expect(history).toMatchObject({ runCount: 5, passedCount: 2, failedCount: 2, notAssessedCount: 1, successRate: 0.5 });
  expect(history.technicalRta).toEqual({ count: 3, isTooFew: true, p50Seconds: 2, p90Seconds: 3, maxSeconds: 3 });
  expect(historyOf(Array.from({ length: RUNS_ENOUGH }, () => run(1, 'passed'))).technicalRta.isTooFew).toBe(false);
  expect(historyOf([]).successRate).toBeNull();
});

describe('the history of runs', () => {
  let serviceId: string;
  const start = Date.parse('2026-01-01T00:00:00Z');

  beforeAll(async () => {
    const { db } = database;
    for (let at = 0; at < 12; at += 1) {
      const triggeredAt = new Date(start + at * 86_400_000);
      const drill = at % 2 === 0 ? 'even' : 'odd';
      const outcome = at === 4 ? 'failed' : at === 6 ? 'interrupted' : 'passed';
      await makeRun(db, { drill, service: 'Orders', triggeredAt, outcome, restoreSeconds: at + 1 });
    }
    await makeRun(db, { drill: 'even', service: 'Orders', triggeredAt: new Date(start), outcome: 'skipped' });
    serviceId = (await registerOf(database).make({ name: 'Orders' })).id;
  });

  test('is of the last full runs of a drill that have ended, the newest first', async () => {
    const history = await get('/drills/even/history');
    expect(history).toMatchObject({ drill: 'even', runs: 6, passed: 4, failed: 1, notAssessed: 1, successRate: 0.8 });
    expect(history.technicalRta).toEqual({ count: 4, tooFew: true, p50Seconds: 3, p90Seconds: 11, maxSeconds: 11 });
    const restore = history.phases.find(({ phase }: { phase: string }) => phase === 'restore');
    expect(restore).toMatchObject({ count: 4, p50Seconds: 3, maxSeconds: 11 });
    expect(history.series.map((run: PastRun) => run.technicalRtaSeconds)).toEqual([11, 9, null, null, 3, 1]);
    expect((await get('/drills/even/history?last=2')).runs).toBe(2);
    expect(await pastRunsOfDrill(database.db, 'none', 5)).toEqual([]);
  });

  test('is not there of a drill that never was, and is bounded', async () => {
    expect((await get('/drills/none/history')).code).toBe('unknown-drill');
    expect((await get('/drills/even/history?last=501')).fields[0].field).toContain('last');
    expect((await get(`/services/${newId()}/drill-history`)).code).toBe('no-such-service');
  });

  test('of a service is of all its drills, together and one by one', async () => {
    const history = await get(`/services/${serviceId}/drill-history`);
    expect(history).toMatchObject({ service: { name: 'Orders' }, runs: 12, passed: 10, failed: 1, notAssessed: 1 });
    expect(history.technicalRta).toMatchObject({
      count: 10,
      tooFew: false,
      p50Seconds: 6,
      p90Seconds: 11,
      maxSeconds: 12,
    });
    expect(
      history.drills.map(({ drill, runs, passed }: { drill: string; runs: number; passed: number }) => [
        drill,
        runs,
        passed,
      ]),
    ).toEqual([
      ['even', 6, 4],
      ['odd', 6, 6],
    ]);
  });

  test('is listed by outcome and by time', async () => {
    const { db } = database;
    const list = async (filter: object) =>
      (await listRuns(db, filter, { limit: 50 })).map(
        ({ triggeredAt }) => (triggeredAt.getTime() - start) / 86_400_000,
      );
    expect(await list({ procedure: 'failed' })).toEqual([4]);
    expect(await list({ from: new Date(start + 9 * 86_400_000).toISOString() })).toEqual([11, 10, 9]);
    expect(await list({ drill: 'odd', until: new Date(start + 4 * 86_400_000).toISOString() })).toEqual([3, 1]);
  });

  test('says what a run that goes on may take', async () => {
    const id = await makeRun(database.db, {
      drill: 'odd',
      service: 'Orders',
      triggeredAt: new Date(),
      outcome: 'running',
    });
    const progress = await drillRunProgress(database.db, id);
    // The last five passed runs took 4 to 12 seconds.
    expect(progress).toMatchObject({ expectedSeconds: 8, expectedFromRuns: 5, phase: 'restore' });
    expect(progress.etaSeconds).toBeLessThanOrEqual(8);
    const never = await makeRun(database.db, {
      drill: 'new',
      service: 'Orders',
      triggeredAt: new Date(),
      outcome: 'running',
    });
    expect(await drillRunProgress(database.db, never)).toMatchObject({ expectedSeconds: null, etaSeconds: null });
  });
});
