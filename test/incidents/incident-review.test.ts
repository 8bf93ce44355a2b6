import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { improvementActionRoutes } from '../../src/incidents/improvement-action.routes.ts';
import { incidentReviewRoutes } from '../../src/incidents/incident-review.routes.ts';
import { newId } from '../../src/kernel/ids.ts';
import { type Caller, makeCaller, useApp } from '../http/support.ts';
import { auditOf } from '../people/cast.ts';
import { runAs, useDatabase } from '../support/database.ts';
import { layIncident } from './laid-incident.ts';

const database = useDatabase();
const server = useApp(database, () => ({ routes: [...incidentReviewRoutes(), ...improvementActionRoutes()] }));
const API = '/api/v1';

let author: Caller;
let helper: Caller;
let manager: Caller;

beforeAll(async () => {
  author = await makeCaller(database.db, 'Duty technician', ['admin'], 'person');
  helper = await makeCaller(database.db, 'Storage technician', ['admin'], 'person');
  manager = await makeCaller(database.db, 'Service manager', ['admin'], 'person');
});

const WHOLE = { cause: 'The controller failed', wentWell: 'The restore', wentBadly: 'The spare came late' };
const lay = (wanted: Parameters<typeof layIncident>[2] = {}) => layIncident(database, author.principal.id, wanted);
const draft = (incidentId: string, body: object = WHOLE, as = author) =>
  server.request('post', `${API}/incidents/${incidentId}/review`).set('Authorization', as.bearer).send(body);
const change = (id: string, version: number, body: object, as = author) =>
  server
    .request('patch', `${API}/incident-reviews/${id}`)
    .set({ 'If-Match': `"${version}"`, Authorization: as.bearer })
    .send(body);
const approve = (id: string, version: number, as: Caller) =>
  server
    .request('post', `${API}/incident-reviews/${id}/approve`)
    .set({ 'If-Match': `"${version}"`, Authorization: as.bearer });

async function missing(): Promise<{ incidentId: string; reviewId: string | null }[]> {
  return (await server.request('get', `${API}/emergencies-without-review?limit=200`)).body.items;
}

describe('the review of an incident', () => {
  test('is drafted once, and only when the incident is resolved; its timeline begins with the stages', async () => {
    const open = await lay({ until: 'handle' });
    expect((await draft(open.id)).body.code).toBe('incident-unresolved');
    expect((await draft(newId())).body.code).toBe('no-such-incident');
    const { id, number } = await lay();
    const made = await draft(id, {});
    expect(made.body).toMatchObject({ incident: { id, number }, state: 'draft', cause: '', approval: null });
    expect(made.body.timeline.map(({ text }: { text: string }) => text)).toEqual([
      ...['receive', 'record', 'classify', 'transfer', 'handle: analysing', 'feedback'],
    ]);
    expect((await draft(id)).body.code).toBe('incident-reviewed');
    expect((await server.request('get', `${API}/incidents/${id}/review`)).body).toEqual(made.body);
  });

  test('of an emergency is approved by a person who wrote nothing of it, and then stays as it is', async () => {
    const { body } = await draft((await lay()).id);
    const timeline = [
      { at: '2026-11-22T11:00:00Z', text: 'The spare comes' },
      { at: '2026-11-22T09:30:00Z', text: 'The alert' },
    ];
    const changed = await change(body.id, 1, { timeline, factors: 'Nobody reads the mailbox' }, helper);
    expect(changed.body.timeline.map(({ text }: { text: string }) => text)).toEqual(['The alert', 'The spare comes']);
    expect(changed.body.writers.map(({ name }: { name: string }) => name)).toEqual([
      ...['Duty technician', 'Storage technician'],
    ]);
    expect((await approve(body.id, 2, author)).body.code).toBe('second-person-needed');
    expect((await approve(body.id, 2, helper)).body.code).toBe('second-person-needed');
    expect((await approve(body.id, 2, server.admin)).body.code).toBe('person-needed');
    const final = await approve(body.id, 2, manager);
    expect(final.body).toMatchObject({ state: 'final', approval: { by: { name: 'Service manager' } } });
    const [row] = await database.db.rows<{ content: string }>('SELECT content FROM incident_review WHERE id = $1', [
      body.id,
    ]);
    expect(
      createHash('sha256')
        .update(row?.content ?? '')
        .digest('hex'),
    ).toBe(final.body.approval.sha256);
    expect(JSON.parse(row?.content ?? '')).toMatchObject({ ...WHOLE, approvedBy: { name: 'Service manager' } });
    expect((await auditOf(database.db, 'incident-review', body.id)).at(-1)).toMatchObject({
      action: 'incident-review.approve',
      details: { sha256: final.body.approval.sha256 },
    });
    expect((await change(body.id, 3, { cause: 'Nothing' })).body.code).toBe('incident-review-final');
    for (const sql of [
      `UPDATE incident_review SET cause = 'Nothing', version = version + 1 WHERE id = '${body.id}'`,
      `DELETE FROM incident_review WHERE id = '${body.id}'`,
    ]) {
      await expect(database.db.execute(sql)).rejects.toMatchObject({ constraint: 'incident_review_stays' });
    }
  });

  test('of another incident may be approved by its author, but never before it is whole', async () => {
    const { body } = await draft((await lay({ severity: 'important' })).id, { cause: 'The controller failed' });
    expect((await approve(body.id, 1, author)).body.code).toBe('incident-review-incomplete');
    expect((await change(body.id, 1, WHOLE)).status).toBe(200);
    expect((await approve(body.id, 1, author)).body.code).toBe('stale-incident-review');
    expect((await approve(body.id, 2, author)).body.state).toBe('final');
  });

  test('whose wall is met from below holds as well', async () => {
    const { body } = await draft((await lay()).id);
    const approval = (by: string) =>
      runAs(
        database.superuser,
        `UPDATE incident_review SET state = 'final', content = 'x', content_sha256 = encode(sha256('x'), 'hex'),
           approved_at = now(), approved_by = $2, version = version + 1 WHERE id = $1`,
        [body.id, by],
      );
    await expect(approval(author.principal.id)).rejects.toMatchObject({ constraint: 'incident_review_by_another' });
    await expect(approval(server.admin.principal.id)).rejects.toMatchObject({
      constraint: 'incident_review_by_person',
    });
  });

  test('opens actions, which are in the list of all', async () => {
    const { body } = await draft((await lay()).id);
    const action = await server.request('post', `${API}/incident-reviews/${body.id}/actions`).send({
      ...{ title: 'Buy a second controller', ownerId: manager.principal.id },
      dueAt: new Date(Date.now() + 86_400_000).toISOString(),
    });
    const listed = await server.request('get', `${API}/actions?source=incident-review&sourceId=${body.id}`);
    expect(listed.body.items).toEqual([action.body]);
    await expect(
      runAs(
        database.superuser,
        `INSERT INTO improvement_action (id, source_kind, source_id, title, note, owner_id, due_at, opened_by)
         SELECT gen_random_uuid(), 'incident-review', gen_random_uuid(), 'T', '', owner_id, due_at, opened_by
         FROM improvement_action LIMIT 1`,
      ),
    ).rejects.toMatchObject({ constraint: 'improvement_action_incident_review_fkey' });
  });
});

test('emergencies without an approved review are listed until there is one', async () => {
  const [none, drafted, important, open] = [
    await lay({ until: 'closed' }),
    await lay(),
    await lay({ severity: 'important' }),
    await lay({ until: 'handle' }),
  ];
  const { body } = await draft(drafted.id);
  const rowsOf = async () => {
    const ids = [none, drafted, important, open].map(({ id }) => id);
    return (await missing()).filter(({ incidentId }) => ids.includes(incidentId));
  };
  expect(await rowsOf()).toMatchObject([
    { incidentId: none.id, number: none.number, reviewId: null },
    { incidentId: drafted.id, reviewId: body.id },
  ]);
  await approve(body.id, 1, manager);
  expect(await rowsOf()).toMatchObject([{ incidentId: none.id }]);
});
