import supertest from 'supertest';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/kernel/clock.ts';
import { createJobQueue, type JobQueue } from '../../src/scheduling/queue.ts';
import { scheduleRoutes } from '../../src/scheduling/schedule.routes.ts';
import { ensureSchedule } from '../../src/scheduling/schedule.service.ts';
import type { Schedule, ScheduleSpec } from '../../src/scheduling/schedule.ts';
import { createScheduler } from '../../src/scheduling/scheduler.ts';
import { makeCaller, useApp } from '../http/support.ts';
import { useDatabase } from '../support/database.ts';
import { testLog } from '../support/log.ts';
import { noteJob } from './note-job.ts';

const database = useDatabase();
let queue: JobQueue;

beforeAll(async () => {
  queue = await createJobQueue({ service: database.service, jobs: () => [noteJob(async () => {})], log: testLog });
});
afterAll(() => queue.close());

const api = useApp(database, () => ({ routes: scheduleRoutes({ queue }) }));

const NOWHERE = '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11';

let schedule: Schedule;

const ensure = (changes: Partial<ScheduleSpec> = {}) =>
  database.db.transaction((tx) =>
    ensureSchedule(tx, {
      name: 'note.nightly',
      cron: '30 2 * * *',
      zone: 'Europe/Berlin',
      catchUp: 'latest',
      job: 'note.take',
      payload: { note: 'night' },
      ...changes,
    }),
  );

beforeEach(async () => {
  await database.db.execute('DELETE FROM schedule');
  schedule = await ensure();
});

const cursorOf = (slot: string) => Buffer.from(JSON.stringify([slot, NOWHERE])).toString('base64url');

const at = (rest = '') => `/api/v1/schedules/${schedule.id}${rest}`;

describe('reading', () => {
  test('a timing shows its next slots before any schedule has it, and a wrong one says what is wrong', async () => {
    const given = { cron: ' 0  6 * * 1', zone: 'Asia/Shanghai' };
    const { body } = await api.request('get', '/api/v1/schedule-preview').query(given).expect(200);
    expect(body.cron).toBe('0 6 * * 1');
    expect(body.nextSlots).toHaveLength(5);
    expect(body.nextSlots[0].local).toMatch(/T06:00:00\+08:00\[Asia\/Shanghai\]$/);
    const refused = await api.request('get', '/api/v1/schedule-preview').query({ ...given, cron: '0 6 31 2 *' });
    expect(refused.status).toBe(400);
    expect(refused.body.fields[0].field).toContain('cron');
  });

  test('a schedule tells what became of its latest run, and why it was paused goes into the trail', async () => {
    expect((await api.request('get', at())).body.lastFire).toBeNull();
    const { body } = await api.request('post', at('/run')).expect(202);
    const [listed] = (await api.request('get', '/api/v1/schedules')).body.items;
    expect(listed.lastFire).toMatchObject({ id: body.fireId, manual: true, outcome: 'waiting' });
    await api.request('post', at('/pause')).send({ reason: 'The repository moves' }).expect(200);
    const [entry] = await database.db.rows<{ details: object }>(
      `SELECT details FROM audit_entry WHERE action = 'schedule.pause' AND subject_id = $1`,
      [schedule.id],
    );
    expect(entry?.details).toEqual({ name: 'note.nightly', reason: 'The repository moves' });
  });

  test('a schedule shows its next five slots, as instants and in its zone', async () => {
    const answer = await api.request('get', at()).expect(200);
    expect(answer.headers.etag).toBe('"1"');
    expect(answer.body).toMatchObject({ name: 'note.nightly', cron: '30 2 * * *', pausedAt: null, system: true });
    const slots: { at: string; local: string }[] = answer.body.nextSlots;
    expect(slots).toHaveLength(5);
    for (const slot of slots) {
      expect(Date.parse(slot.at)).toBeGreaterThan(Date.now());
      expect(slot.local).toMatch(/T0[23]:[03]0:00\+0[12]:00\[Europe\/Berlin\]$/);
    }
  });

  test('the list comes by name, page by page', async () => {
    for (const name of ['a.first', 'z.last', 'b.second']) await ensure({ name });
    const first = await api.request('get', '/api/v1/schedules?limit=3').expect(200);
    expect(first.body.items.map((item: Schedule) => item.name)).toEqual(['a.first', 'b.second', 'note.nightly']);
    const second = await api.request('get', `/api/v1/schedules?limit=3&after=${first.body.next}`).expect(200);
    expect(second.body).toMatchObject({ items: [{ name: 'z.last' }], next: null });
  });

  test('the history names missed slots, and its cursor leads through all of them', async () => {
    await database.db.execute(
      `UPDATE schedule SET cron = '15 * * * *', catch_up = 'skip', cursor_at = now() - interval '9 hours'`,
    );
    await createScheduler({ db: database.db, queue, clock: systemClock, log: testLog }).tick();
    const slots: string[] = [];
    for (let next: string | null = ''; next !== null; ) {
      const answer: supertest.Response = await api
        .request('get', at(`/fires?limit=4${next ? `&after=${next}` : ''}`))
        .expect(200);
      slots.push(...answer.body.items.map((fire: { slot: string }) => fire.slot));
      next = answer.body.next;
    }
    expect(slots.length).toBeGreaterThanOrEqual(8);
    expect(slots).toEqual([...new Set(slots)].toSorted().toReversed());
  });

  test.each(['', '/fires'])('a schedule that is not there is a 404 (%s)', async (rest) => {
    const answer = await api.request('get', `/api/v1/schedules/${NOWHERE}${rest}`).expect(404);
    expect(answer.body).toMatchObject({ code: 'no-such-schedule' });
  });

  test.each([
    '/schedules?limit=201',
    '/schedules?after=%%%',
    '/schedules/one',
    '/jobs/one',
    `/schedules/${NOWHERE}/fires?after=bm8`,
    `/schedules/${NOWHERE}/fires?after=${cursorOf('0000-01-01T00:00:00Z')}`,
    `/schedules/${NOWHERE}/fires?after=${cursorOf(`2026-01-01T00:00:00.${'1'.repeat(300)}Z`)}`,
  ])('a wrong parameter is a 400 (%s)', async (path) => {
    const answer = await api.request('get', `/api/v1${path}`);
    expect(answer.status).toBe(400);
    expect(answer.headers['content-type']).toContain('application/problem+json');
  });
});

describe('operating', () => {
  test('pause and resume', async () => {
    const paused = await api.request('post', at('/pause')).expect(200);
    expect(paused.body.pausedAt).not.toBeNull();
    expect(paused.headers.etag).toBe('"2"');
    const resumed = await api.request('post', at('/resume')).expect(200);
    expect(resumed.body).toMatchObject({ pausedAt: null, version: 3 });
    const trail = await database.db.rows(
      'SELECT action, actor_id FROM audit_entry WHERE subject_id = $1 ORDER BY id OFFSET 1',
      [schedule.id],
    );
    const actor = api.admin.principal.id;
    expect(trail).toEqual([
      { action: 'schedule.pause', actor_id: actor },
      { action: 'schedule.resume', actor_id: actor },
    ]);
  });

  test('a run on demand answers where to follow it; the same request again makes no second job', async () => {
    const run = () => api.request('post', at('/run')).set('Idempotency-Key', 'run-once').expect(202);
    const first = await run();
    const second = await run();
    expect(second.body).toEqual(first.body);
    expect(first.headers.location).toBe(`/api/v1/jobs/${first.body.jobId}`);
    const job = await api.request('get', first.headers.location ?? '').expect(200);
    expect(job.body).toMatchObject({ job: 'note.take', state: 'waiting', attempt: 0, failure: null });
    const fires = await api.request('get', at('/fires')).expect(200);
    expect(fires.body.items).toMatchObject([
      { id: first.body.fireId, manual: true, state: 'fired', outcome: 'waiting' },
    ]);
  });

  test('the timing is changed against the version that was read', async () => {
    const change = (version: string, body: object) => api.request('patch', at()).set('If-Match', version).send(body);
    const changed = await change('"1"', { cron: '0  4 * * 1-5', zone: 'Asia/Shanghai', catchUp: 'skip' }).expect(200);
    expect(changed.body).toMatchObject({ cron: '0 4 * * 1-5', zone: 'Asia/Shanghai', catchUp: 'skip', version: 2 });
    expect(changed.body.nextSlots[0].local).toMatch(/T04:00:00\+08:00\[Asia\/Shanghai\]$/);
    await change('"1"', { catchUp: 'all' }).expect(412);
    await api.request('patch', at()).send({ catchUp: 'all' }).expect(428);
  });

  test.each([
    [{ cron: '61 * * * *' }, '#/cron'],
    [{ cron: '* * * * * *' }, '#/cron'],
    [{ cron: 'x'.repeat(101) }, '#/cron'],
    [{ cron: 5 }, '#/cron'],
    [{ zone: 'Mars/Base' }, '#/zone'],
    [{ zone: '\u0000' }, '#/zone'],
    [{ catchUp: 'some' }, '#/catchUp'],
    [{ catchUp: 'all', job: 'note.other' }, '#/job'],
    [{}, '#'],
  ])('a wrong change is a 400 that names the field: %j', async (body, field) => {
    const answer = await api.request('patch', at()).set('If-Match', '"1"').send(body).expect(400);
    expect(answer.body.errors ?? answer.body.fields).toMatchObject([{ field }]);
    expect(await api.request('get', at()).then((read) => read.body.version)).toBe(1);
  });

  test('whoever may only read may not operate', async () => {
    const viewer = await makeCaller(database.db, `viewer ${schedule.id}`, ['viewer']);
    const as = (method: 'get' | 'post', rest = '') =>
      supertest(api.app)[method](at(rest)).set('Authorization', viewer.bearer);
    await as('get').expect(200);
    await as('get', '/fires').expect(200);
    for (const rest of ['/pause', '/resume', '/run']) await as('post', rest).expect(403);
  });
});
