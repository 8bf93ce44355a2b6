import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { attainmentRoutes } from '../../src/incidents/attainment.routes.ts';
import { improvementActionRoutes } from '../../src/incidents/improvement-action.routes.ts';
import { processReviewRoutes } from '../../src/incidents/process-review.routes.ts';
import { planScheduledReview, watchReviews } from '../../src/incidents/process-review-watch.ts';
import { newId } from '../../src/kernel/ids.ts';
import { type Caller, makeCaller, useApp } from '../http/support.ts';
import { auditOf } from '../people/cast.ts';
import { runAs, useDatabase } from '../support/database.ts';
import { layClocks } from './clocks.ts';

const database = useDatabase();
const server = useApp(database, () => ({
  routes: [...processReviewRoutes(), ...improvementActionRoutes(), ...attainmentRoutes()],
}));
const PATH = '/api/v1/process-reviews';
const PERIOD = { from: '2020-01-01', until: '2020-04-01', zone: 'Asia/Shanghai' };
const HELD = { findings: 'One recovery was late', decisions: 'A second controller is bought' };

let manager: Caller;

beforeAll(async () => {
  manager = await makeCaller(database.db, 'Service manager', ['admin'], 'person');
  const fromMs = Date.parse('2020-02-10T08:00:00Z');
  await layClocks(database, [
    {
      ...{ kind: 'recover', severity: 'emergency', serviceId: null, calendarId: null },
      term: { unit: 'hours', amount: 4, counted: 'always' },
      segments: [
        { state: 'running', fromMs },
        { state: 'stopped', fromMs: fromMs + 3 * 3_600_000 },
      ],
    },
  ]);
});

const watch = () => watchReviews(database.db, new AbortController().signal);
const read = async (id: string) => (await server.request('get', `${PATH}/${id}`)).body;

async function planned(more: object = {}) {
  const body = {
    title: 'First quarter',
    ownerId: manager.principal.id,
    dueAt: '2020-04-02T08:00:00Z',
    ...PERIOD,
    ...more,
  };
  const answer = await server.request('post', PATH).send(body);
  expect(answer.status, answer.text).toBe(201);
  return answer.body as { id: string };
}

async function due(more: object = {}) {
  const { id } = await planned(more);
  await watch();
  return (await read(id)) as { id: string; version: number; state: string; attainment: { sha256: string } };
}

const send = (method: 'patch' | 'post', path: string, version: number, body: object) =>
  server
    .request(method, `${PATH}/${path}`)
    .set({ 'If-Match': `"${version}"`, Authorization: manager.bearer })
    .send(body);
const noticesAbout = (id: string) =>
  database.db.rows<{ kind: string; recipient_id: string }>(
    `SELECT kind, recipient_id FROM notice WHERE subject_id = $1 ORDER BY id`,
    [id],
  );

describe('a review of the process', () => {
  test('gets the attainment of its period when it is due, once and for good, with its digest', async () => {
    const { id } = await planned({ dueAt: new Date(Date.now() - 3_600_000).toISOString() });
    expect(await read(id)).toMatchObject({ state: 'planned', attainment: null });
    expect((await server.request('get', `${PATH}/${id}/attainment.json`)).body.code).toBe('no-attainment');
    await watch();
    await watch();
    const review = await read(id);
    expect(review).toMatchObject({ state: 'due', version: 2 });
    const bytes = (await server.request('get', `${PATH}/${id}/attainment.json`)).text;
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(review.attainment.sha256);
    const { readAt, ...now } = (
      await server.request(
        'get',
        `/api/v1/sla-attainment?from=2020-01-01&until=2020-04-01&zone=Asia/Shanghai&by=severity,kind,team`,
      )
    ).body;
    expect(JSON.parse(bytes)).toEqual({ ...now, readAt: expect.any(String) });
    expect(now.total).toMatchObject({ clocks: 1, met: 1, measured: { p50Seconds: 10_800 } });
    expect(readAt).not.toBe(JSON.parse(bytes).readAt);
    expect(await noticesAbout(id)).toEqual([{ kind: 'process-review.due', recipient_id: manager.principal.id }]);
    const trail = await auditOf(database.db, 'process-review', id);
    expect(trail.at(-1)).toMatchObject({
      action: 'process-review.attach-attainment',
      details: { sha256: review.attainment.sha256 },
    });
  });

  test('is held with who took part, what was found and decided, and actions; then it stays as it is', async () => {
    const { id, version } = await due();
    const action = await server.request('post', `${PATH}/${id}/actions`).send({
      ...{ title: 'Buy a second controller', ownerId: manager.principal.id },
      dueAt: new Date(Date.now() + 86_400_000).toISOString(),
    });
    expect(action.body).toMatchObject({ source: { kind: 'process-review', id } });
    const listed = await server.request('get', `/api/v1/actions?source=process-review&sourceId=${id}`);
    expect(listed.body.items.map((item: { id: string }) => item.id)).toEqual([action.body.id]);
    const hold = (participantIds: string[], at = version) =>
      send('post', `${id}/hold`, at, { ...HELD, participantIds });
    expect((await hold([newId()])).body.code).toBe('unsuitable-participant');
    expect((await hold([server.admin.principal.id])).body.code).toBe('unsuitable-participant');
    const held = await hold([manager.principal.id]);
    expect(held.body).toMatchObject({
      ...{
        ...HELD,
        state: 'held',
        participants: [{ name: 'Service manager' }],
        ended: { by: { name: 'Service manager' } },
      },
    });
    expect((await send('post', `${id}/cancel`, version + 1, { reason: 'No' })).body.code).toBe('process-review-state');
    for (const sql of [
      `UPDATE process_review SET findings = 'All was well', version = version + 1 WHERE id = '${id}'`,
      `DELETE FROM process_review WHERE id = '${id}'`,
    ]) {
      await expect(database.db.execute(sql)).rejects.toMatchObject({ constraint: 'process_review_stays' });
    }
    await expect(
      database.db.execute('INSERT INTO process_review_participant VALUES ($1, $2)', [id, manager.principal.id]),
    ).rejects.toMatchObject({ code: expect.stringMatching(/^23/) });
  });

  test('never shows other figures than those that were attached', async () => {
    const { id } = await due();
    const change = (attainment: string) =>
      runAs(
        database.superuser,
        `UPDATE process_review SET attainment = $2, attainment_sha256 = encode(sha256(convert_to($2, 'UTF8')), 'hex'),
           version = version + 1 WHERE id = $1`,
        [id, attainment],
      );
    await expect(change('{}')).rejects.toMatchObject({ constraint: 'process_review_stays' });
  });

  test('is not due before its period is over, and is cancelled with a reason', async () => {
    const early = await server.request('post', PATH).send({
      ...{ title: 'Too early', ownerId: manager.principal.id, dueAt: '2020-03-31T15:59:00Z' },
      ...PERIOD,
    });
    expect([early.body.code, early.body.fields[0].field]).toEqual(['due-before-end', '#/dueAt']);
    const { id, version } = await due();
    expect((await send('patch', id, version, { dueAt: '2030-01-01T00:00:00Z' })).body.code).toBe(
      'process-review-state',
    );
    expect((await send('patch', id, version, { title: 'Another title' })).body.title).toBe('Another title');
    const cancelled = await send('post', `${id}/cancel`, version + 1, { reason: 'Held with the next one' });
    expect(cancelled.body).toMatchObject({ state: 'cancelled', cancelReason: 'Held with the next one' });
  });

  test('that is not held within two weeks is told once', async () => {
    const { id } = await due();
    await watch();
    await watch();
    expect((await noticesAbout(id)).map(({ kind }) => kind)).toEqual(['process-review.due', 'process-review.overdue']);
    const soon = await due({ dueAt: new Date(Date.now() - 3_600_000).toISOString() });
    await watch();
    expect((await noticesAbout(soon.id)).map(({ kind }) => kind)).toEqual(['process-review.due']);
  });
});

test('the schedule plans the months that have passed since its last review, each once', async () => {
  await runAs(
    database.superuser,
    `ALTER TABLE process_review DISABLE TRIGGER USER; DELETE FROM process_review WHERE is_scheduled;
     ALTER TABLE process_review ENABLE ALWAYS TRIGGER process_review_stays;
     ALTER TABLE process_review ENABLE ALWAYS TRIGGER never_truncated`,
  );
  const tries = await Promise.all([1, 2, 3].map(() => planScheduledReview(database.db, 'UTC')));
  const [id = ''] = tries.filter((made) => made !== undefined);
  expect(tries.filter((made) => made !== undefined)).toHaveLength(1);
  const month = new Date().toISOString().slice(0, 7);
  const review = await read(id);
  expect(review).toMatchObject({ isScheduled: true, owner: null, until: `${month}-01`, state: 'planned' });
  const [from, until] = [review.from, review.until].map(
    (date: string) => Number(date.slice(0, 4)) * 12 + Number(date.slice(5, 7)),
  );
  expect((until ?? 0) - (from ?? 0)).toBe(3);
  expect(await planScheduledReview(database.db, 'UTC')).toBeUndefined();
  await watch();
  // Nobody has taken it on: whoever administers is told.
  expect(await noticesAbout(id)).toEqual([{ kind: 'process-review.due', recipient_id: manager.principal.id }]);
});
