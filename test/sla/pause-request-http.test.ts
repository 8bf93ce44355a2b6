import { beforeAll, describe, expect, test } from 'vitest';
import type { Role } from '../../src/auth/permissions.ts';
import { noticeRoutes } from '../../src/notices/notices.routes.ts';
import { clockRoutes } from '../../src/sla/clock.routes.ts';
import { pauseRequestRoutes } from '../../src/sla/pause-request.routes.ts';
import { PolicyVersionEntity, TargetEntity } from '../../src/sla/policy.entity.ts';
import { ensureExamplePolicy } from '../../src/sla/policy.service.ts';
import { type Caller, makeCaller, useApp } from '../http/support.ts';
import { auditOf } from '../people/cast.ts';
import { runAs, useDatabase } from '../support/database.ts';
import { HOUR_MS } from './calendars.ts';

const database = useDatabase([PolicyVersionEntity, TargetEntity]);
const server = useApp(database, () => ({
  routes: [...clockRoutes(), ...pauseRequestRoutes(), ...noticeRoutes()],
}));
const CLOCKS = '/api/v1/sla-clocks';
const REQUESTS = '/api/v1/sla-pause-requests';
const NOWHERE = '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11';
const REASON = 'No access to the site';

let technician: Caller;
let manager: Caller;
let robot: Caller;

/** A person of some roles with a token, who can be asked. */
async function personWith(name: string, roles: Role[]): Promise<Caller> {
  const caller = await makeCaller(database.db, name, roles, 'person');
  const { id } = caller.principal;
  await runAs(database.superuser, 'INSERT INTO person (id, email) VALUES ($1, $2)', [id, `${id}@example.org`]);
  return caller;
}

beforeAll(async () => {
  await database.db.transaction(ensureExamplePolicy);
  technician = await personWith('Duty technician', ['operator']);
  manager = await personWith('Duty manager', ['operator']);
  robot = await makeCaller(database.db, 'robot', ['operator']);
});

/** A clock that was started an hour ago. */
async function started() {
  const at = new Date(Date.now() - HOUR_MS).toISOString();
  const body = { kind: 'recover', severity: 'emergency', subject: 'Incident 1', at, lateBecause: 'Entered later' };
  return (await server.request('post', CLOCKS).send(body)).body as { id: string; dueAt: string };
}

const get = async (path: string) => (await server.request('get', path)).body;
const ask = (id: string, version: number, more: object = {}, as = technician) =>
  server
    .request('post', `${CLOCKS}/${id}/pause-requests`)
    .set({ 'If-Match': `"${version}"`, Authorization: as.bearer })
    .send({ reason: REASON, ...more });
const decide = (id: string, verb: 'approve' | 'refuse' | 'withdraw', as: Caller, body: object = {}) =>
  server.request('post', `${REQUESTS}/${id}/${verb}`).set('Authorization', as.bearer).send(body);
const change = (id: string, verb: 'resume' | 'stop', version: number) =>
  server.request('post', `${CLOCKS}/${id}/${verb}`).set('If-Match', `"${version}"`);
const noticesOf = async (who: Caller, kind: string) => {
  const { items } = (await server.request('get', '/api/v1/notices').set('Authorization', who.bearer)).body;
  return items.filter((notice: { kind: string }) => notice.kind === kind);
};

describe('a pause that somebody asks for', () => {
  test('leaves the clock running until another person approves, and then moves the due time by the pause', async () => {
    const { id, dueAt } = await started();
    const asked = await ask(id, 1);
    expect([asked.status, asked.body.state, asked.body.decision]).toEqual([201, 'open', null]);
    expect(await get(`${CLOCKS}/${id}`)).toMatchObject({ state: 'running', dueAt, openPauseRequestId: asked.body.id });
    const approved = await decide(asked.body.id, 'approve', manager, { note: 'By phone' });
    expect(approved.body).toMatchObject({
      state: 'approved',
      requestedBy: { name: 'Duty technician' },
      decision: { note: 'By phone', decidedBy: { name: 'Duty manager' }, isBackDated: false },
    });
    expect(approved.body.decision.effectiveAt).toBe(approved.body.decision.decidedAt);
    expect(await get(`${CLOCKS}/${id}`)).toMatchObject({ state: 'paused', openPauseRequestId: null });
    const resumed = await change(id, 'resume', 2);
    const [, pause, goesOn] = resumed.body.segments.map(({ from }: { from: string }) => Date.parse(from));
    expect(pause).toBe(Date.parse(approved.body.decision.effectiveAt));
    expect(Date.parse(resumed.body.dueAt) - Date.parse(dueAt)).toBe(goesOn - pause);
    expect((await auditOf(database.db, 'sla-clock', id)).map(({ action, actor_id }) => [action, actor_id])).toEqual([
      ['sla-clock.start', server.admin.principal.id],
      ['sla-clock.request-pause', technician.principal.id],
      ['sla-clock.pause', manager.principal.id],
      ['sla-clock.resume', server.admin.principal.id],
    ]);
  });

  test('is explained with both persons, and with when it was asked for and approved', async () => {
    const { id } = await started();
    const asked = await ask(id, 1);
    await decide(asked.body.id, 'approve', manager);
    const both = { reason: REASON, by: 'Duty technician', approvedBy: 'Duty manager' };
    const { dueSteps, stretches } = await get(`${CLOCKS}/${id}/explain`);
    expect(dueSteps.map(({ step, by }: { step: string; by: string | null }) => [step, by])).toEqual([
      ['term', null],
      ['pause', 'Duty technician'],
    ]);
    expect(dueSteps[1]).toMatchObject({ ...both, requestedAt: expect.any(String), approvedAt: dueSteps[1].from });
    expect(stretches.at(-1)).toMatchObject({ state: 'paused', ...both });
  });

  test('holds since it was asked for when the approver accepts that, which is audited as back-dated', async () => {
    const { id } = await started();
    const asked = await ask(id, 1);
    const approved = await decide(asked.body.id, 'approve', manager, { since: 'request' });
    const { decision, requestedAt } = approved.body;
    expect(decision).toMatchObject({ effectiveAt: requestedAt, isBackDated: true });
    const [, pause] = (await get(`${CLOCKS}/${id}`)).segments;
    expect(Date.parse(pause.from)).toBe(Date.parse(requestedAt));
    expect(Date.parse(pause.approvedAt)).toBeGreaterThan(Date.parse(pause.from));
    const entry = (await auditOf(database.db, 'sla-clock', id)).at(-1);
    expect(entry).toMatchObject({ action: 'sla-clock.pause', details: { isBackDated: true, from: pause.from } });
  });

  test('is approved by another person only: not by who asked, by no robot, and by nobody without the right', async () => {
    const { id } = await started();
    const { body } = await ask(id, 1);
    for (const who of [technician, robot]) {
      const answer = await decide(body.id, 'approve', who);
      expect([answer.status, answer.body.code]).toEqual([422, 'second-person-needed']);
    }
    const viewer = await personWith('Onlooker', ['viewer']);
    expect((await decide(body.id, 'approve', viewer)).body.code).toBe('permission-missing');
    expect((await decide(body.id, 'refuse', technician)).body.code).toBe('second-person-needed');
    expect((await decide(body.id, 'withdraw', manager)).body.code).toBe('not-your-pause-request');
    expect((await get(`${CLOCKS}/${id}`)).state).toBe('running');
  });

  test('is kept when it is refused or withdrawn, and can be asked for again', async () => {
    const { id } = await started();
    const first = await ask(id, 1);
    const twice = await ask(id, 1, {}, manager);
    expect([twice.status, twice.body.code]).toEqual([409, 'pause-requested']);
    const refused = await decide(first.body.id, 'refuse', manager, { note: 'The site was open' });
    expect(refused.body).toMatchObject({
      state: 'refused',
      decision: { note: 'The site was open', effectiveAt: null },
    });
    const second = await ask(id, 1);
    expect((await decide(second.body.id, 'withdraw', technician)).body.state).toBe('withdrawn');
    const late = await decide(second.body.id, 'approve', manager);
    expect([late.status, late.body.code]).toEqual([409, 'pause-request-closed']);
    expect(late.body.detail).toContain('withdrawn by Duty technician');
    const { items } = await get(`${REQUESTS}?clockId=${id}&state=all`);
    expect(items.map(({ state }: { state: string }) => state)).toEqual(['withdrawn', 'refused']);
    expect((await get(`${REQUESTS}?clockId=${id}`)).items).toEqual([]);
    expect(await get(`${REQUESTS}/${first.body.id}`)).toEqual(refused.body);
    expect(await get(`${CLOCKS}/${id}`)).toMatchObject({ state: 'running', segments: [{ state: 'running' }] });
  });

  test('lapses when the clock is stopped first', async () => {
    const { id } = await started();
    const { body } = await ask(id, 1);
    expect((await change(id, 'stop', 1)).status).toBe(200);
    expect((await get(`${REQUESTS}/${body.id}`)).state).toBe('lapsed');
    expect((await decide(body.id, 'approve', manager)).body.code).toBe('pause-request-closed');
    expect((await ask(id, 2)).body.code).toBe('clock-stopped');
  });

  test('is told to who is asked, and the decision to who asked', async () => {
    const { id } = await started();
    const { body } = await ask(id, 1, { askedId: manager.principal.id });
    expect(body.asked).toEqual({ id: manager.principal.id, name: 'Duty manager' });
    const about = (notice: { subjectId: string }) => notice.subjectId === id;
    const [told] = (await noticesOf(manager, 'sla-pause.requested')).filter(about);
    expect(told.summary).toContain(
      `Duty technician asks you to approve that the clock for recover of Incident 1 stands`,
    );
    await decide(body.id, 'refuse', manager, { note: 'No' });
    const [answer] = (await noticesOf(technician, 'sla-pause.decided')).filter(about);
    expect(answer.summary).toContain('was refused: it runs on (No). Decided by Duty manager');
  });

  test('asks an active person who may approve, and not oneself', async () => {
    const { id } = await started();
    const viewer = await personWith('Somebody', ['viewer']);
    for (const askedId of [NOWHERE, technician.principal.id, robot.principal.id, viewer.principal.id]) {
      const answer = await ask(id, 1, { askedId });
      expect([answer.status, answer.body.code]).toEqual([422, 'unsuitable-approver']);
      expect(answer.body.fields[0].field).toBe('#/askedId');
    }
  });

  test('is asked for by who has read the clock last, while it runs', async () => {
    const { id } = await started();
    expect((await ask(id, 2)).status).toBe(412);
    expect((await ask(NOWHERE, 1)).status).toBe(404);
    const answers = await Promise.all([1, 2, 3].map(() => ask(id, 1)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409]);
    const open = (await get(`${REQUESTS}?clockId=${id}`)).items;
    expect(open).toHaveLength(1);
    await decide(open[0].id, 'approve', manager);
    expect((await ask(id, 2)).body.code).toBe('clock-not-running');
    expect((await change(id, 'resume', 2)).status).toBe(200);
    expect((await change(id, 'resume', 3)).body.code).toBe('clock-not-paused');
  });

  test('that two approve at the same time pauses once', async () => {
    const { id } = await started();
    const { body } = await ask(id, 1);
    const answers = await Promise.all([1, 2, 3].map(() => decide(body.id, 'approve', manager)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409, 409]);
    expect((await get(`${CLOCKS}/${id}`)).segments).toHaveLength(2);
  });
});

test('a pause that was entered before there were requests stays as it was, and ends as any other', async () => {
  const { id } = await started();
  const values = [id, technician.principal.id, manager.principal.id];
  const wall = (state: string) =>
    runAs(database.owner, `ALTER TABLE sla_clock_segment ${state} TRIGGER sla_clock_segment_pauses`);
  await wall('DISABLE');
  await runAs(
    database.service,
    `INSERT INTO sla_clock_segment (clock_id, seq, state, from_at, reason, by_id, approved_by_id)
     VALUES ($1, 2, 'paused', now() - interval '10 minutes', 'Entered by hand', $2, $3)`,
    values,
  );
  await wall('ENABLE ALWAYS');
  const both = { by: 'Duty technician', approvedBy: 'Duty manager', requestedAt: null, approvedAt: null };
  expect((await get(`${CLOCKS}/${id}`)).segments[1]).toMatchObject(both);
  expect((await get(`${CLOCKS}/${id}/explain`)).dueSteps[1]).toMatchObject({ reason: 'Entered by hand', ...both });
  expect((await change(id, 'resume', 2)).body.state).toBe('running');
});

describe('behind the API', () => {
  const run = (sql: string, values: unknown[]) => runAs(database.service, sql, values);
  const PAUSE = `INSERT INTO sla_clock_segment (clock_id, seq, state, from_at, reason, by_id, approved_by_id, pause_request_id)
    VALUES ($1, 2, 'paused', now(), '${REASON}', $2, $3, $4)`;
  const DECIDE = 'INSERT INTO sla_pause_decision (request_id, outcome, note, decided_by) VALUES ($1, $2, $3, $4)';

  test('the database refuses a pause that nobody else has approved by an act of their own', async () => {
    const { id } = await started();
    const { body } = await ask(id, 1);
    const [one, other] = [technician.principal.id, manager.principal.id];
    for (const requestId of [null, body.id]) {
      await expect(run(PAUSE, [id, one, other, requestId])).rejects.toMatchObject({
        constraint: 'sla_clock_segment_pause_as_approved',
      });
    }
    await expect(run(DECIDE, [body.id, 'approved', '', one])).rejects.toMatchObject({
      constraint: 'sla_pause_decision_by_another',
    });
    await expect(run(DECIDE, [body.id, 'approved', '', robot.principal.id])).rejects.toMatchObject({
      constraint: 'sla_pause_decision_by_person',
    });
    await expect(run(DECIDE, [body.id, 'withdrawn', '', other])).rejects.toMatchObject({
      constraint: 'sla_pause_decision_by_another',
    });
    await expect(run(DECIDE, [body.id, 'approved', '', other])).rejects.toMatchObject({
      constraint: 'sla_pause_takes_effect',
    });
    expect((await get(`${REQUESTS}/${body.id}`)).state).toBe('open');
  });

  test('the database keeps requests and decisions, dates them itself, and takes one open request for a clock', async () => {
    const { id } = await started();
    const { body } = await ask(id, 1);
    await decide(body.id, 'refuse', manager);
    for (const [table, column] of [
      ['sla_pause_request', 'id'],
      ['sla_pause_decision', 'request_id'],
    ]) {
      await expect(run(`DELETE FROM ${table} WHERE ${column} = $1`, [body.id])).rejects.toThrow('permission denied');
      const asOwner = runAs(database.owner, `UPDATE ${table} SET ${column} = $1 WHERE ${column} = $1`, [body.id]);
      await expect(asOwner).rejects.toThrow();
    }
    const dated = `INSERT INTO sla_pause_request (id, clock_id, reason, requested_by, requested_at)
      VALUES (gen_random_uuid(), $1, 'x', $2, '2001-01-01')`;
    await run(dated, [id, technician.principal.id]);
    const [open] = (await get(`${REQUESTS}?clockId=${id}`)).items;
    expect(Date.parse(open.requestedAt)).toBeGreaterThan(Date.now() - HOUR_MS);
    await expect(run(dated, [id, technician.principal.id])).rejects.toMatchObject({ constraint: 'sla_pause_open_one' });
  });
});
