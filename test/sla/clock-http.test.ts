import { beforeAll, describe, expect, test } from 'vitest';
import { businessTimeRoutes } from '../../src/sla/business-time.routes.ts';
import { calendarRoutes } from '../../src/sla/calendar.routes.ts';
import { clockRoutes } from '../../src/sla/clock.routes.ts';
import { recordReachedMarks } from '../../src/sla/clock-marks.service.ts';
import { pauseRequestRoutes } from '../../src/sla/pause-request.routes.ts';
import { PolicyVersionEntity, TargetEntity } from '../../src/sla/policy.entity.ts';
import { policyRoutes } from '../../src/sla/policy.routes.ts';
import { ensureExamplePolicy } from '../../src/sla/policy.service.ts';
import { EXAMPLE_TARGETS } from '../../src/sla/policy.ts';
import { type Caller, makeCaller, useApp } from '../http/support.ts';
import { runAs, useDatabase } from '../support/database.ts';
import { HOUR_MS } from './calendars.ts';

const database = useDatabase([PolicyVersionEntity, TargetEntity]);
const server = useApp(database, () => ({
  routes: [...policyRoutes(), ...calendarRoutes(), ...clockRoutes(), ...pauseRequestRoutes(), ...businessTimeRoutes()],
}));
const PATH = '/api/v1/sla-clocks';
const NOWHERE = '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11';

let approver: Caller;
let roundTheClockId = '';

beforeAll(async () => {
  await database.db.transaction(ensureExamplePolicy);
  approver = await makeCaller(database.db, 'Duty manager', ['operator'], 'person');
  const all = [{ from: '00:00', until: '24:00' }];
  const weekly = { monday: all, tuesday: all, wednesday: all, thursday: all, friday: all, saturday: all, sunday: all };
  const calendar = await server
    .request('post', '/api/v1/sla-calendars')
    .send({ name: 'Never closed', zone: 'Asia/Shanghai', weekly });
  roundTheClockId = calendar.body.id;
});

const ago = (hours: number) => new Date(Date.now() - hours * HOUR_MS).toISOString();
const bodyOf = (more: object = {}) => ({ kind: 'recover', severity: 'emergency', subject: 'Incident 1', ...more });
const start = (more: object = {}) => server.request('post', PATH).send(bodyOf(more));
const get = async (id: string) => (await server.request('get', `${PATH}/${id}`)).body;
const pass = () => recordReachedMarks(database.db, new AbortController().signal);

/** A clock that was started so many hours ago. */
async function started(hours: number, more: object = {}) {
  const answer = await start({ at: ago(hours), lateBecause: 'Entered after the call', ...more });
  expect(answer.status).toBe(201);
  return answer.body as { id: string; dueAt: string; segments: { from: string }[] };
}

const act = (id: string, verb: 'resume' | 'stop', version: number, body?: object) => {
  const request = server.request('post', `${PATH}/${id}/${verb}`).set('If-Match', `"${version}"`);
  return body === undefined ? request : request.send(body);
};

/** Pauses a clock that nothing has happened to: one asks, and another one approves. */
async function pause(id: string) {
  const asked = await server
    .request('post', `${PATH}/${id}/pause-requests`)
    .set('If-Match', '"1"')
    .send({ reason: 'No access to the site' });
  const approved = await server
    .request('post', `/api/v1/sla-pause-requests/${asked.body.id}/approve`)
    .set('Authorization', approver.bearer);
  expect([asked.status, approved.status]).toEqual([201, 200]);
}

const recordedMarks = (id: string) =>
  runAs<{ percent: number; reached_at: Date; recorded_at: Date }>(
    database.superuser,
    'SELECT percent, reached_at, recorded_at FROM sla_clock_mark WHERE clock_id = $1 ORDER BY percent',
    [id],
  );

const auditOf = (id: string) =>
  runAs<{ action: string; details: Record<string, unknown> }>(
    database.superuser,
    "SELECT action, details FROM audit_entry WHERE subject_kind = 'sla-clock' AND subject_id = $1 ORDER BY id",
    [id],
  );

describe('a clock that is started', () => {
  test('has the target of the policy in force, and keeps it when the policy changes', async () => {
    const answer = await start();
    expect([answer.status, answer.headers.etag, answer.body.version]).toEqual([201, '"1"', 1]);
    const { id, segments, dueAt } = answer.body;
    expect(answer.body).toMatchObject({
      kind: 'recover',
      term: { unit: 'seconds', amount: 14_400, counted: 'always' },
      policyVersion: 1,
      state: 'running',
      breachedAt: null,
    });
    expect(Date.parse(dueAt) - Date.parse(segments[0].from)).toBe(4 * HOUR_MS);
    const kept = await start({ severity: 'general' });
    const targets = { ...EXAMPLE_TARGETS, general: { ...EXAMPLE_TARGETS.general, recoverSeconds: 200_000 } };
    const changed = await server
      .request('post', '/api/v1/sla-policy/versions')
      .set('If-Match', '"1"')
      .send({ targets });
    expect(changed.status).toBe(201);
    expect(await get(kept.body.id)).toMatchObject({ dueAt: kept.body.dueAt, policyVersion: 1 });
    expect(await get(id)).toMatchObject({ dueAt, policyVersion: 1 });
    const next = await start({ severity: 'general' });
    expect(next.body).toMatchObject({ policyVersion: 2, term: { amount: 200_000 } });
  });

  test('has the term that is stated, for what the policy sets no target for', async () => {
    const term = { unit: 'working-days', amount: 1, due: 'end-of-day' };
    const answer = await start({ kind: 'feedback', term, calendarId: roundTheClockId });
    expect(answer.body).toMatchObject({ term, policyVersion: null, calendarId: roundTheClockId, isProvisional: false });
  });

  const hours = { unit: 'hours', amount: 2, counted: 'business' };
  test.each([
    ['without a target', { kind: 'resolve' }, 'target-unset'],
    ['with a term in the place of the policy’s', { term: { ...hours, counted: 'always' } }, 'target-in-policy'],
    ['in business time without a calendar', { kind: 'resolve', term: hours }, 'calendar-needed'],
    ['with a calendar that there is not', { kind: 'resolve', term: hours, calendarId: NOWHERE }, 'unsuitable-calendar'],
    ['for a service that there is not', { serviceId: NOWHERE }, 'unsuitable-service'],
    ['in the future', { at: new Date(Date.now() + HOUR_MS).toISOString() }, 'in-future'],
    ['late without a word', { at: ago(1) }, 'late-unexplained'],
  ])('is refused %s', async (_, more, code) => {
    const answer = await start(more);
    expect([answer.status, answer.body.code]).toEqual([422, code]);
  });

  test('late runs from the notification, and the audit trail says why it is late', async () => {
    const { id, segments } = await started(1);
    const [entry] = await auditOf(id);
    expect(entry).toMatchObject({
      action: 'sla-clock.start',
      details: { startedAt: segments[0]?.from, lateBecause: 'Entered after the call' },
    });
    const { consumedSeconds } = await get(id);
    expect(consumedSeconds).toBeGreaterThanOrEqual(3600);
  });

  test('is started by those who operate, and read by those who look', async () => {
    const viewer = await makeCaller(database.db, 'viewer', ['viewer']);
    const operator = await makeCaller(database.db, 'operator', ['operator']);
    const as = (bearer: string) => server.request('post', PATH).set('Authorization', bearer).send(bodyOf());
    expect((await as(viewer.bearer)).status).toBe(403);
    expect((await as(operator.bearer)).status).toBe(201);
    expect((await server.request('get', PATH).set('Authorization', viewer.bearer)).status).toBe(200);
  });
});

describe('a clock that is stopped', () => {
  test('stays stopped, and is listed among those that are', async () => {
    const { id } = await started(1);
    const stopped = await act(id, 'stop', 1);
    expect([stopped.status, stopped.body.state, stopped.body.breachedAt]).toEqual([200, 'stopped', null]);
    expect((await act(id, 'resume', 2)).body.code).toBe('clock-stopped');
    expect((await act(id, 'stop', 2)).body.code).toBe('clock-stopped');
    const idsOf = async (state: string) =>
      (await server.request('get', `${PATH}?state=${state}&limit=200`)).body.items.map(
        (clock: { id: string }) => clock.id,
      );
    expect(await idsOf('stopped')).toContain(id);
    expect(await idsOf('open')).not.toContain(id);
    expect(await idsOf('all')).toContain(id);
  });

  test('has the marks recorded that it had reached, though no pass has seen it', async () => {
    const { id, dueAt } = await started(5);
    await act(id, 'stop', 1);
    expect((await recordedMarks(id)).map(({ percent }) => percent)).toEqual([50, 75, 90, 100]);
    expect((await recordedMarks(id)).at(-1)?.reached_at).toEqual(new Date(dueAt));
  });

  test('in time, but entered late, has no breach; the record that said so stays beside it', async () => {
    const { id, segments } = await started(5);
    await pass();
    expect((await get(id)).breachedAt).not.toBeNull();
    const at = new Date(Date.parse(segments[0]?.from ?? '') + 1.5 * HOUR_MS).toISOString();
    expect((await act(id, 'stop', 1, { at })).body.code).toBe('late-unexplained');
    const stopped = await act(id, 'stop', 1, { at, lateBecause: 'The engineer had no network' });
    expect(stopped.body).toMatchObject({ breachedAt: null, consumedPercent: 37.5 });
    expect(stopped.body.marks.at(-1)).toMatchObject({ percent: 100, isReached: false, recordedAt: expect.any(String) });
  });

  test('cannot have been stopped before it was started', async () => {
    const { id } = await started(1);
    const answer = await act(id, 'stop', 1, { at: ago(2), lateBecause: 'x' });
    expect([answer.status, answer.body.code]).toEqual([422, 'before-last-segment']);
  });
});

describe('the marks of open clocks', () => {
  test('are recorded at the instant at which they were reached, however late the pass is', async () => {
    const { id, segments } = await started(3.5);
    await pass();
    const startMs = Date.parse(segments[0]?.from ?? '');
    expect(
      (await recordedMarks(id)).map(({ percent, reached_at }) => [percent, reached_at.getTime() - startMs]),
    ).toEqual([
      [50, 2 * HOUR_MS],
      [75, 3 * HOUR_MS],
    ]);
    const { marks } = await get(id);
    expect(marks.map(({ isReached }: { isReached: boolean }) => isReached)).toEqual([true, true, false, false]);
  });

  test('are recorded once, whatever passes run at the same time or afterwards', async () => {
    const { id } = await started(5);
    await Promise.all([pass(), pass(), pass()]);
    const first = await recordedMarks(id);
    expect(first.map(({ percent }) => percent)).toEqual([50, 75, 90, 100]);
    await pass();
    expect(await recordedMarks(id)).toEqual(first);
  });

  test('of a clock whose marks are all recorded cost later passes nothing', async () => {
    await started(5);
    await pass();
    const { id } = await started(1);
    const { clocks, marks } = await pass();
    expect(marks).toBe(0);
    await act(id, 'stop', 1);
    expect((await pass()).clocks).toBe(clocks - 1);
  });

  test('are not reached while the clock stands still', async () => {
    const { id } = await started(1.9);
    await pause(id);
    await pass();
    expect(await recordedMarks(id)).toEqual([]);
    expect((await get(id)).marks.map(({ at }: { at: string | null }) => at === null)).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });

  test('are those that the clock was started with', async () => {
    const { id } = await started(3.5, { markPercents: [80, 20, 80] });
    await pass();
    expect((await recordedMarks(id)).map(({ percent }) => percent)).toEqual([20, 80]);
    expect((await start({ markPercents: [100] })).status).toBe(400);
  });
});

describe('behind the API', () => {
  const segment = (seq: number, state: string, from = 'now()') =>
    `INSERT INTO sla_clock_segment (clock_id, seq, state, from_at) VALUES ($1, ${seq}, '${state}', ${from})`;

  test('the database keeps every clock, segment and mark as it was written', async () => {
    const { id } = await started(5);
    await pass();
    for (const table of ['sla_clock', 'sla_clock_segment', 'sla_clock_mark']) {
      const column = table === 'sla_clock' ? 'id' : 'clock_id';
      for (const sql of [
        `DELETE FROM ${table} WHERE ${column} = $1`,
        `UPDATE ${table} SET ${column} = $1 WHERE ${column} = $1`,
      ]) {
        await expect(runAs(database.service, sql, [id])).rejects.toThrow('permission denied');
        await expect(runAs(database.owner, sql, [id])).rejects.toThrow();
      }
    }
  });

  test('the database refuses a segment that does not follow the one before', async () => {
    const { id } = await started(5);
    const refused = async (sql: string) =>
      expect(runAs(database.service, sql, [id])).rejects.toThrow(/does not follow|has been stopped/);
    await refused(segment(2, 'running'));
    await refused(segment(3, 'stopped'));
    await refused(segment(1, 'running'));
    await refused(segment(2, 'stopped', "now() - interval '6 hours'"));
    await act(id, 'stop', 1);
    await refused(segment(3, 'running'));
  });

  test('the database refuses a clock without a first segment', async () => {
    const { id } = await started(1);
    const copy = `INSERT INTO sla_clock SELECT gen_random_uuid(), kind, severity, subject, service_id, term, policy_version,
      calendar_id, mark_percents, started_at, created_by, created_at FROM sla_clock WHERE id = $1`;
    await expect(runAs(database.service, copy, [id])).rejects.toThrow('has no first segment');
  });
});
