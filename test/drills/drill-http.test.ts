import { createHash } from 'node:crypto';
import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { drillJobs } from '../../src/drills/drill.jobs.ts';
import { drillRoutes } from '../../src/drills/drill.routes.ts';
import type { RunnerDeps } from '../../src/drills/drill-deps.ts';
import { DRILL_JOB, ensureDrillSchedules, scheduleNameOf } from '../../src/drills/drill-schedule.ts';
import { liveRoutes } from '../../src/drills/live.routes.ts';
import { newId } from '../../src/kernel/ids.ts';
import { createJobQueue, type JobQueue } from '../../src/scheduling/queue.ts';
import { readEvents } from '../http/event-reader.ts';
import { routeViolations } from '../http/route-rules.ts';
import { makeCaller, serving, useApp } from '../http/support.ts';
import { testLog } from '../support/log.ts';
import { useDrillWorld } from './support/drill-world.ts';
import { eventually } from './support/watching.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });
const world = useDrillWorld();
let queue: JobQueue;
let deps: RunnerDeps;
const stop = new AbortController();

beforeAll(async () => {
  await world.capture();
  deps = await world.deps();
  queue = await createJobQueue({ service: world.service, jobs: () => drillJobs({ ...deps, queue }), log: testLog });
  await queue.startWorkers({ tags: ['default'], signal: stop.signal });
});
afterAll(async () => {
  stop.abort();
  await queue.close();
});

const server = useApp(world, () => ({ routes: [...drillRoutes({ ...deps, queue }), ...liveRoutes(deps)] }));
const get = (path: string) => server.request('get', `/api/v1${path}`);
const post = (path: string) => server.request('post', `/api/v1${path}`);
const runToEnd = (runId: string) =>
  eventually(async () => {
    const { body } = await get(`/drill-runs/${runId}`);
    return body.finishedAt !== null && body;
  }, 60);

/** Everything that the stream of a run tells until its end. */
const watchToEnd = (runId: string) =>
  serving(server.app, async (port) => {
    const url = `http://127.0.0.1:${port}/api/v1/drill-runs/${runId}/events`;
    const reader = await readEvents(url, { Authorization: server.admin.bearer });
    await reader.ended;
    return reader.events as readonly { readonly event: string; readonly data: ToldData }[];
  });

interface ToldData {
  readonly run: { readonly status: string; readonly progress: unknown };
  readonly lines: readonly { readonly position: number }[];
}

function expectToldAsItWent(told: Awaited<ReturnType<typeof watchToEnd>>, run: { readonly progress: unknown }): void {
  const runs = told.flatMap(({ event, data }) => (event === 'run' ? [data.run] : []));
  expect(runs.some(({ status }) => status === 'queued' || status === 'running')).toBe(true);
  expect(runs.at(-1)).toEqual(run);
  const positions = told.flatMap(({ event, data }) => (event === 'log' ? data.lines.map((line) => line.position) : []));
  expect(positions.length).toBeGreaterThan(3);
  expect(positions).toEqual([...positions.keys()]);
  expect(told.at(-1)).toMatchObject({ event: 'end', data: { status: 'completed' } });
}

describe('drills over HTTP', () => {
  test('keep the rules of the house', () => {
    expect(routeViolations(drillRoutes({ ...deps, queue }))).toEqual([]);
  });

  test('are listed with their problems', async () => {
    await world.define('broken', (text) => text.replace('kind: Drill', 'kind: Dril'));
    const { body } = await get('/drills');
    expect(body.items.map((item: { name: string; runnable: boolean }) => [item.name, item.runnable])).toEqual([
      ['broken', false],
      ['muster-database', true],
    ]);
    expect(body.items[0].problems[0]).toMatchObject({ line: 5, path: 'kind', message: expect.stringMatching(/Drill/) });
    const first = await get('/drills?limit=1');
    expect(first.body.items).toHaveLength(1);
    const second = await get(`/drills?limit=1&after=${first.body.next}`);
    expect(second.body).toMatchObject({ items: [{ name: 'muster-database' }], next: null });
    const { body: detail } = await get('/drills/muster-database');
    expect(detail.text).toContain('apiVersion: muster/v1');
    expect(detail).toMatchObject({
      file: 'drills/muster-database.yaml',
      required: ['recover', 'rpo'],
      attended: false,
    });
    const { body: broken } = await get('/drills/broken');
    expect(broken).toMatchObject({ runnable: false, problems: [{ line: 5, path: 'kind' }], steps: [], parameters: [] });
    expect(broken.text).toContain('kind: Dril\n');
    expect((await get('/drills/unknown')).status).toBe(404);
  });

  test('run when they are asked to: followed live, with reports, bundle and intact evidence at the end', async () => {
    const unknown = await post('/drills/muster-database/run').send({ parameters: { region: 'x' } });
    expect(unknown.body).toMatchObject({
      status: 400,
      code: 'bad-parameters',
      fields: [{ field: '#/parameters/region' }],
    });
    const asked = await post('/drills/muster-database/run').set('Idempotency-Key', newId());
    expect(asked.status).toBe(202);
    const { runId } = asked.body;
    expect(asked.headers.location).toContain(`/drill-runs/${runId}`);
    expect((await get(`/drill-runs/${runId}/report.json`)).body.code).toBe('no-report');
    expect((await post('/drills/muster-database/run')).body).toMatchObject({ status: 409, code: 'drill-running' });

    const told = await watchToEnd(runId);
    const run = await runToEnd(runId);
    expectToldAsItWent(told, run);
    expect(run).toMatchObject({
      ...{ status: 'completed', trigger: 'manual', requestedBy: 'admin', exampleTargets: true },
      procedure: { outcome: 'passed' },
      evidence: { problems: [] },
    });
    expect(run.phases).toHaveLength(9);
    expect(run.steps.length).toBeGreaterThan(2);
    expect(run.objectives.map((one: { target: string }) => one.target)).toEqual(['respond', 'plan', 'recover', 'rpo']);
    const json = await get(`/drill-runs/${runId}/report.json`);
    expect(json.headers['content-type']).toContain('application/json');
    expect(createHash('sha256').update(json.text).digest('hex')).toBe(run.evidence.reportSha256);
    const page = await get(`/drill-runs/${runId}/report.html`);
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    expect(page.text).toContain(run.evidence.sha256);
    const languageOf = async (query: string, accept: string) => {
      const { text } = await get(`/drill-runs/${runId}/report.html${query}`).set('Accept-Language', accept);
      return /<html lang="([^"]*)">/.exec(text)?.[1];
    };
    expect(await languageOf('', 'zh-CN, en;q=0.5')).toBe('zh-CN');
    expect(await languageOf('?lang=en', 'zh-CN')).toBe('en');
    expect(await languageOf('?lang=zh', 'en')).toBe('zh-CN');
    expect((await get(`/drill-runs/${runId}/report.html?lang=xx`)).body.fields[0].field).toContain('lang');
    const bundle = await get(`/drill-runs/${runId}/bundle`).responseType('blob');
    expect(bundle.headers['content-disposition']).toContain(`drill-run-${runId}.zip`);
    expect(bundle.body.subarray(0, 2).toString()).toBe('PK');
    expect((await post(`/drill-runs/${runId}/cancel`)).body).toMatchObject({ status: 409, code: 'run-ended' });
  });

  test('are cancelled on request', async () => {
    const { runId } = (await post('/drills/muster-database/run')).body;
    const answer = await post(`/drill-runs/${runId}/cancel`);
    expect(answer.status).toBe(202);
    const run = await runToEnd(runId);
    expect(run).toMatchObject({ status: 'aborted', procedure: { outcome: 'not assessed' } });
    expect(run.statusReason).toMatch(/^cancelled by admin/);
  });

  test('run by their schedule’s job, which the definition asked for; one that is no drill fails with a row', async () => {
    await world.db.transaction(async (tx) => ensureDrillSchedules(tx, await deps.catalogue.refresh()));
    expect(
      await world.db.rows('SELECT job, payload, cron FROM schedule WHERE name = $1', [
        scheduleNameOf('muster-database'),
      ]),
    ).toEqual([{ job: DRILL_JOB, payload: { drill: 'muster-database', trigger: 'schedule' }, cron: '30 3 * * 0' }]);
    expect((await get('/drills/muster-database')).body.nextDueAt).toMatch(/T03:30:00/);
    for (const drill of ['muster-database', 'broken']) {
      await world.db.transaction((tx) => queue.enqueue(tx, DRILL_JOB, { drill, trigger: 'schedule' }));
      const ended = await eventually(async () => {
        const { body } = await get(`/drill-runs?drill=${drill}&limit=1`);
        const [newest] = body.items;
        return newest?.trigger === 'schedule' && newest.finishedAt !== null && newest;
      }, 60);
      expect(ended.status).toBe(drill === 'broken' ? 'failed' : 'completed');
    }
  });

  test('are paged from the newest down and filtered', async () => {
    const all = (await get('/drill-runs')).body.items.map((run: { id: string }) => run.id);
    expect(all).toEqual([...all].sort().reverse());
    const first = await get('/drill-runs?limit=2');
    const second = await get(`/drill-runs?limit=2&after=${first.body.next}`);
    expect([...first.body.items, ...second.body.items].map((run: { id: string }) => run.id)).toEqual(all.slice(0, 4));
    const aborted = await get('/drill-runs?status=aborted');
    expect(aborted.body.items.every((run: { status: string }) => run.status === 'aborted')).toBe(true);
  });

  test.each([
    ['get', '/drill-runs?limit=201', 400],
    ['get', '/drill-runs?status=fine', 400],
    ['get', '/drill-runs?drill=%00', 400],
    ['get', '/drill-runs?service=%00', 400],
    ['get', '/drill-runs?unknown=1', 400],
    ['get', '/drill-runs/none', 400],
    ['get', `/drill-runs/${newId()}`, 404],
    ['get', `/drill-runs/${newId()}/report.html`, 404],
    ['get', `/drill-runs/${newId()}/bundle`, 404],
    ['post', `/drill-runs/${newId()}/cancel`, 404],
    ['post', '/drills/unknown/run', 404],
    ['post', '/drills/%00/run', 400],
    ['post', '/drills/broken/run', 422],
  ] as const)('answer %s %s with %i and a problem', async (method, path, status) => {
    const answer = await server.request(method, `/api/v1${path}`);
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toContain('application/problem+json');
  });

  test('are not started by someone who may only look', async () => {
    const viewer = await makeCaller(world.db, 'onlooker', ['viewer']);
    const ask = (method: 'get' | 'post', path: string) =>
      supertest(server.app)[method](`/api/v1${path}`).set('Authorization', viewer.bearer);
    expect((await ask('get', '/drills')).status).toBe(200);
    expect((await ask('post', '/drills/muster-database/run')).status).toBe(403);
  });
});
