import { beforeAll, describe, expect, test } from 'vitest';
import { calendarRoutes } from '../../src/sla/calendar.routes.ts';
import { caseEventRoutes } from '../../src/sla/case-event.routes.ts';
import { clockRoutes } from '../../src/sla/clock.routes.ts';
import { PolicyVersionEntity, TargetEntity } from '../../src/sla/policy.entity.ts';
import { policyRoutes } from '../../src/sla/policy.routes.ts';
import { ensureExamplePolicy } from '../../src/sla/policy.service.ts';
import { EXAMPLE_TARGETS } from '../../src/sla/policy.ts';
import { useApp } from '../http/support.ts';
import { auditOf } from '../people/cast.ts';
import { runAs, useDatabase } from '../support/database.ts';
import { HOUR_MS } from './calendars.ts';

const database = useDatabase([PolicyVersionEntity, TargetEntity]);
const server = useApp(database, () => ({
  routes: [...policyRoutes(), ...calendarRoutes(), ...clockRoutes(), ...caseEventRoutes()],
}));
const API = '/api/v1';
const MINUTE_MS = 60_000;

const hours = (amount: number, counted = 'always') => ({ unit: 'hours', amount, counted });
const TERMS = { update: hours(1), resolve: hours(8, 'business'), feedback: hours(24), record: hours(1) };
const TARGETS = { ...EXAMPLE_TARGETS, emergency: { ...EXAMPLE_TARGETS.emergency, terms: TERMS } };
let calendarId = '';

beforeAll(async () => {
  await database.db.transaction(ensureExamplePolicy);
  expect((await replace(1, { targets: TARGETS })).status).toBe(201);
  const all = [{ from: '00:00', until: '24:00' }];
  const weekly = { monday: all, tuesday: all, wednesday: all, thursday: all, friday: all, saturday: all, sunday: all };
  const calendar = await server
    .request('post', `${API}/sla-calendars`)
    .send({ name: 'Never closed', zone: 'UTC', weekly });
  calendarId = calendar.body.id;
});

const replace = (version: number, body: object) =>
  server.request('post', `${API}/sla-policy/versions`).set('If-Match', `"${version}"`).send(body);
const report = (body: object) => server.request('post', `${API}/sla-case-events`).send(body);
const agoMs = (minutes: number) => Date.now() - minutes * MINUTE_MS;
const late = (atMs: number) => ({ at: new Date(atMs).toISOString(), lateBecause: 'Entered after the call' });

let cases = 0;
/** A case whose notification was so many minutes ago. */
async function notified(minutes: number): Promise<{ subject: string; atMs: number }> {
  cases += 1;
  const [subject, atMs] = [`Incident ${cases}`, agoMs(minutes)];
  const answer = await report({ subject, event: 'notification', severity: 'emergency', calendarId, ...late(atMs) });
  expect(answer.status).toBe(201);
  expect(kindsOf(answer.body.started)).toEqual(['respond', 'recover', 'resolve', 'update', 'record']);
  return { subject, atMs };
}

interface ClockBody {
  readonly id: string;
  readonly kind: string;
  readonly segments: readonly { readonly from: string }[];
  readonly consumedSeconds: number;
}
const kindsOf = (clocks: readonly ClockBody[]) => clocks.map(({ kind }) => kind);

describe('a case', () => {
  test('starts its clocks at the notification, and the others at the events that they wait for', async () => {
    const { subject, atMs } = await notified(30);
    const response = await report({ subject, event: 'response', ...late(atMs + 10 * MINUTE_MS) });
    expect(kindsOf(response.body.stopped)).toEqual(['respond']);
    expect(response.body.stopped[0]).toMatchObject({ consumedSeconds: 600, state: 'stopped' });
    expect(kindsOf(response.body.started)).toEqual(['plan']);
    expect(response.body.started[0].segments).toMatchObject([{ from: new Date(atMs + 10 * MINUTE_MS).toISOString() }]);
    const plan = await report({ subject, event: 'plan', ...late(atMs + 15 * MINUTE_MS) });
    expect([kindsOf(plan.body.stopped), plan.body.started]).toEqual([['plan'], []]);
    expect(plan.body.stopped[0].consumedSeconds).toBe(300);
    const [, entry] = await auditOf(database.db, 'sla-clock', response.body.stopped[0].id);
    expect(entry).toMatchObject({
      action: 'sla-clock.stop',
      details: { event: 'response', lateBecause: 'Entered after the call' },
    });
  });

  test('keeps the customer informed again and again until it is resolved, and not afterwards', async () => {
    const { subject, atMs } = await notified(50);
    for (const minutes of [10, 30]) {
      const update = await report({ subject, event: 'update', ...late(atMs + minutes * MINUTE_MS) });
      expect([kindsOf(update.body.stopped), kindsOf(update.body.started)]).toEqual([['update'], ['update']]);
    }
    const resolution = await report({ subject, event: 'resolution', ...late(atMs + 40 * MINUTE_MS) });
    expect(kindsOf(resolution.body.stopped).sort()).toEqual(['resolve', 'update']);
    expect(kindsOf(resolution.body.started)).toEqual(['feedback']);
    const afterwards = await report({ subject, event: 'update' });
    expect([afterwards.body.stopped, afterwards.body.started]).toEqual([[], []]);
    const { items } = (await server.request('get', `${API}/sla-case-events?subject=${encodeURIComponent(subject)}`))
      .body;
    expect(items.map(({ event }: { event: string }) => event)).toEqual([
      ...['notification', 'update', 'update', 'resolution', 'update'],
    ]);
  });

  test('is measured by the policy that was in force at its notification', async () => {
    const { subject, atMs } = await notified(5);
    const starts = { plan: 'notification' };
    expect((await replace(2, { targets: TARGETS, starts })).body).toMatchObject({ version: 3, starts });
    const response = await report({ subject, event: 'response', ...late(atMs + MINUTE_MS) });
    expect(response.body.started).toMatchObject([{ kind: 'plan', policyVersion: 2 }]);
    const next = { subject: 'Under the next version', event: 'notification', severity: 'emergency', calendarId };
    expect(kindsOf((await report(next)).body.started)).toContain('plan');
    expect((await replace(3, { targets: TARGETS, starts: {} })).status).toBe(201);
  });

  test('is reported on by one at a time: of those who report the same, one is heard', async () => {
    const { subject } = await notified(5);
    const answers = await Promise.all([1, 2, 3, 4].map(() => report({ subject, event: 'response' })));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
    expect(answers.find(({ status }) => status === 409)?.body.code).toBe('event-reported');
  });
});

describe('an event is refused', () => {
  test.each([
    ['without a notification', { subject: 'Nobody told', event: 'response' }, 422, 'no-notification'],
    ['without the severity of the notification', { subject: 'x', event: 'notification' }, 400, undefined],
    ['with a severity of its own', { subject: 'x', event: 'response', severity: 'general' }, 400, undefined],
    [
      'without a calendar where a target counts by one',
      { subject: 'No calendar', event: 'notification', severity: 'emergency' },
      422,
      'calendar-needed',
    ],
    [
      'late without a word',
      { subject: 'x', event: 'notification', severity: 'general', at: '2026-01-01T00:00:00Z' },
      422,
      'late-unexplained',
    ],
  ])('%s', async (_, body, status, code) => {
    const answer = await report(body);
    expect(answer.status).toBe(status);
    if (code !== undefined) expect(answer.body.code).toBe(code);
    const { items } = (await server.request('get', `${API}/sla-case-events?subject=${body.subject}`)).body;
    expect(items).toEqual([]);
  });

  test('before the notification', async () => {
    const { subject, atMs } = await notified(10);
    const answer = await report({ subject, event: 'response', ...late(atMs - 1000) });
    expect([answer.status, answer.body.code]).toEqual([422, 'before-notification']);
  });
});

describe('an open clock that is re-based', () => {
  const rebase = (id: string, version: number) =>
    server
      .request('post', `${API}/sla-clocks/${id}/rebase`)
      .set('If-Match', `"${version}"`)
      .send({ reason: 'The new contract holds for open cases' });

  test('is measured by the target in force from its start on, and tells what was promised before', async () => {
    const { subject, atMs } = await notified(60);
    const { items } = (await server.request('get', `${API}/sla-clocks?state=open&limit=200`)).body;
    const clock = items.find(
      (each: ClockBody & { subject: string }) => each.subject === subject && each.kind === 'recover',
    );
    const { version } = (await server.request('get', `${API}/sla-policy`)).body;
    const same = await rebase(clock.id, 1);
    expect([same.status, same.body.code]).toEqual([409, 'same-policy-version']);
    const emergency = { ...TARGETS.emergency, recoverSeconds: 7200 };
    expect((await replace(version, { targets: { ...TARGETS, emergency } })).status).toBe(201);
    const answer = await rebase(clock.id, 1);
    expect([answer.status, answer.headers.etag]).toEqual([200, '"2"']);
    expect(answer.body).toMatchObject({
      policyVersion: version + 1,
      dueAt: new Date(atMs + 2 * HOUR_MS).toISOString(),
      promises: [
        { policyVersion: version, term: { amount: 14_400 } },
        { policyVersion: version + 1, term: { amount: 7200 } },
      ],
    });
    expect((await auditOf(database.db, 'sla-clock', clock.id)).map(({ action }) => action)).toEqual([
      'sla-clock.start',
      'sla-clock.rebase',
    ]);
    const stale = await rebase(clock.id, 1);
    expect([stale.status, stale.body.code]).toEqual([412, 'stale-clock']);
  });

  test('is not, once it has been stopped', async () => {
    const { subject } = await notified(5);
    const [stopped] = (await report({ subject, event: 'response' })).body.stopped;
    const answer = await rebase(stopped.id, 2);
    expect([answer.status, answer.body.code]).toEqual([409, 'clock-stopped']);
    await expect(
      runAs(
        database.superuser,
        `INSERT INTO sla_clock_rebase (clock_id, seq, term, policy_version, reason, by_id)
         VALUES ('${stopped.id}', 1, '{}', 1, 'x', '${server.admin.principal.id}')`,
      ),
    ).rejects.toMatchObject({ constraint: 'sla_clock_rebase_of_open' });
  });
});
