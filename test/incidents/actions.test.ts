import { beforeAll, describe, expect, test } from 'vitest';
import { improvementActionRoutes } from '../../src/incidents/improvement-action.routes.ts';
import { tellOverdueActions } from '../../src/incidents/improvement-action.service.ts';
import { newId } from '../../src/kernel/ids.ts';
import { makeRun } from '../drills/support/make-run.ts';
import { type Caller, makeCaller, useApp } from '../http/support.ts';
import { auditOf } from '../people/cast.ts';
import { runAs, useDatabase } from '../support/database.ts';

const database = useDatabase();
const server = useApp(database, () => ({ routes: improvementActionRoutes() }));
const PATH = '/api/v1/actions';
const DAY_MS = 86_400_000;

let operator: Caller;
let viewer: Caller;

beforeAll(async () => {
  operator = await makeCaller(database.db, 'Duty technician', ['operator'], 'person');
  viewer = await makeCaller(database.db, 'Reader', ['viewer'], 'person');
});

const inDays = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString();
const owner = async () => (await makeCaller(database.db, `Owner ${newId()}`, [], 'person')).principal.id;

async function opened(ownerId: string, more: object = {}) {
  const body = { title: 'Order a second controller', ownerId, dueAt: inDays(7), ...more };
  const answer = await server.request('post', PATH).set('Authorization', operator.bearer).send(body);
  expect(answer.status, answer.text).toBe(201);
  return answer.body as { id: string; version: number; dueAt: string };
}

/** An action of a drill, due so many days from now. */
async function ofDrill(ownerId: string, days: number, isClosed = false): Promise<string> {
  const id = newId();
  const drill = `drill-${id}`;
  const run = await makeRun(database.db, { drill, service: 'orders', triggeredAt: new Date(), outcome: 'failed' });
  await runAs(
    database.superuser,
    `INSERT INTO drill_action (id, drill, service, subject, summary, owner_id, owner_name, due_at, opened_by_run, last_seen_run,
       closed_by_run, closed_at)
     VALUES ($1, $2, 'orders', 'recover', 'Too slow', $3, 'Somebody', $4, $5, $5, $6, $7)`,
    [id, drill, ownerId, inDays(days), run, isClosed ? run : null, isClosed ? new Date() : null],
  );
  return id;
}

const read = async (query: string) => {
  const answer = await server.request('get', `${PATH}?${query}`);
  expect(answer.status, answer.text).toBe(200);
  return answer.body as { items: { id: string; source: { kind: string } }[]; next: string | null };
};
const idsOf = async (query: string) => (await read(query)).items.map(({ id }) => id);
const send = (method: 'patch' | 'post', path: string, version: number, body: object, as = operator) =>
  server
    .request(method, `${PATH}/${path}`)
    .set({ 'If-Match': `"${version}"`, Authorization: as.bearer })
    .send(body);
const noticesTo = (recipient: string) =>
  database.db.rows<{ kind: string; subject_id: string }>(
    'SELECT kind, subject_id FROM notice WHERE recipient_id = $1 ORDER BY id',
    [recipient],
  );

describe('the list of actions', () => {
  test('holds those of drills and all others by one shape, in the order of their due times, page by page', async () => {
    const ownerId = await owner();
    const [third, first] = [await opened(ownerId, { dueAt: inDays(3) }), await opened(ownerId, { dueAt: inDays(1) })];
    const [second, late] = [await ofDrill(ownerId, 2), await ofDrill(ownerId, -1)];
    const ended = await ofDrill(ownerId, 4, true);
    const inOrder = [late, first.id, second, third.id];
    expect(await idsOf(`ownerId=${ownerId}`)).toEqual(inOrder);
    expect(await idsOf(`ownerId=${ownerId}&state=all`)).toEqual([...inOrder, ended]);
    expect(await idsOf(`ownerId=${ownerId}&state=done`)).toEqual([ended]);
    expect(await idsOf(`ownerId=${ownerId}&overdue=true`)).toEqual([late]);
    expect(await idsOf(`ownerId=${ownerId}&overdue=false`)).toEqual(inOrder.slice(1));
    expect(await idsOf(`ownerId=${ownerId}&source=other`)).toEqual([first.id, third.id]);
    expect(await idsOf(`ownerId=${ownerId}&source=drill`)).toEqual([late, second]);
    const walked: string[] = [];
    for (let after = ''; ; ) {
      const page = await read(`ownerId=${ownerId}&limit=1${after}`);
      walked.push(...page.items.map(({ id }) => id));
      if (page.next === null) break;
      after = `&after=${page.next}`;
    }
    expect(walked).toEqual(inOrder);
  });

  test('shows how an action of a drill was found and ended, and lets nobody close it by hand', async () => {
    const ownerId = await owner();
    const [open, closed] = [await ofDrill(ownerId, 2), await ofDrill(ownerId, 2, true)];
    const one = await server.request('get', `${PATH}/${closed}`);
    expect(one.body).toMatchObject({
      source: { kind: 'drill', drill: `drill-${closed}` },
      ...{ title: 'Too slow', owner: { id: ownerId, name: 'Somebody' }, state: 'done', isOverdue: false },
      end: { outcome: null, by: null, runId: one.body.source.id },
    });
    const refused = await send('post', `${open}/done`, 1, { proof: 'It is fast now' });
    expect([refused.status, refused.body.code]).toEqual([409, 'action-of-drill']);
  });
});

describe('an action', () => {
  test('is told to its owner, handed over, and done with what shows it; then nothing of it changes', async () => {
    const [ownerId, next] = [await owner(), await owner()];
    const { id } = await opened(ownerId);
    expect(await noticesTo(ownerId)).toEqual([{ kind: 'improvement-action.assigned', subject_id: id }]);
    const handed = await send('patch', id, 1, { ownerId: next, title: 'Order two controllers' });
    expect(handed.body).toMatchObject({ owner: { id: next }, title: 'Order two controllers', version: 2 });
    expect(await noticesTo(next)).toHaveLength(1);
    expect((await send('post', `${id}/done`, 1, { proof: 'Order 2231' })).body.code).toBe('stale-action');
    const done = await send('post', `${id}/done`, 2, { proof: 'Order 2231' });
    expect(done.body).toMatchObject({
      state: 'done',
      end: { outcome: 'Order 2231', by: { name: 'Duty technician' }, runId: null },
    });
    expect((await send('patch', id, 3, { title: 'No' })).body.code).toBe('action-ended');
    expect((await auditOf(database.db, 'improvement-action', id)).map(({ action }) => action)).toEqual([
      'improvement-action.open',
      'improvement-action.change',
      'improvement-action.finish',
    ]);
    for (const sql of [
      `UPDATE improvement_action SET title = 'nicer', version = version + 1 WHERE id = '${id}'`,
      `DELETE FROM improvement_action WHERE id = '${id}'`,
    ]) {
      await expect(database.db.execute(sql)).rejects.toMatchObject({ constraint: 'improvement_action_stays' });
    }
  });

  test('is dropped with a reason', async () => {
    const { id } = await opened(await owner());
    expect((await send('post', `${id}/drop`, 1, {})).status).toBe(400);
    const dropped = await send('post', `${id}/drop`, 1, { reason: 'The system is switched off' });
    expect(dropped.body).toMatchObject({ state: 'dropped', end: { outcome: 'The system is switched off' } });
    expect(await idsOf('state=dropped')).toContain(id);
  });

  test('needs an active owner, a date that can be kept, and somebody who may', async () => {
    const post = (body: object, as = operator) =>
      server
        .request('post', PATH)
        .set('Authorization', as.bearer)
        .send({ title: 'T', dueAt: inDays(1), ...body });
    expect((await post({ ownerId: newId() })).body.code).toBe('unsuitable-owner');
    expect((await post({ ownerId: await owner(), dueAt: inDays(-1) })).body.code).toBe('due-in-past');
    expect((await post({ ownerId: await owner() }, viewer)).status).toBe(403);
    expect((await server.request('get', `${PATH}/${newId()}`)).body.code).toBe('no-such-action');
  });

  test('that is overdue is told once for each due date, however often somebody looks', async () => {
    const ownerId = await owner();
    const { id } = await opened(ownerId);
    const overdue = (days: number) =>
      runAs(database.superuser, 'UPDATE improvement_action SET due_at = $2, version = version + 1 WHERE id = $1', [
        id,
        inDays(days),
      ]);
    const told = async () => (await noticesTo(ownerId)).filter(({ kind }) => kind.endsWith('.overdue')).length;
    await tellOverdueActions(database.db);
    expect(await told()).toBe(0);
    await overdue(-2);
    await tellOverdueActions(database.db);
    await tellOverdueActions(database.db);
    expect(await told()).toBe(1);
    await overdue(-1);
    await tellOverdueActions(database.db);
    expect(await told()).toBe(2);
    expect(await tellOverdueActions(database.db)).toBe(0);
  });
});
