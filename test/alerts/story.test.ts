import supertest from 'supertest';
import { Temporal } from 'temporal-polyfill';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { alertRoutes } from '../../src/alerts/alert.routes.ts';
import { judgeSignals } from '../../src/alerts/alert-pass.service.ts';
import { planReadinessRoutes } from '../../src/alerts/plans/plan-readiness.routes.ts';
import { responsePlanRoutes } from '../../src/alerts/plans/response-plan.routes.ts';
import { alertRouteRoutes } from '../../src/alerts/routing/alert-route.routes.ts';
import { escalationRoutes } from '../../src/alerts/routing/escalation.routes.ts';
import { tellDueRungs } from '../../src/alerts/routing/ladder-pass.service.ts';
import { ensureShippedRules } from '../../src/alerts/shipped-rules.ts';
import { backupSignals } from '../../src/backups/backup.signals.ts';
import { drillJobs } from '../../src/drills/drill.jobs.ts';
import { runById } from '../../src/drills/drill-run.queries.ts';
import { carryOutRun } from '../../src/drills/runner.ts';
import { ENTITIES } from '../../src/entities.ts';
import { handlingRoutes } from '../../src/incidents/handling.routes.ts';
import { improvementActionRoutes } from '../../src/incidents/improvement-action.routes.ts';
import { incidentRoutes } from '../../src/incidents/incident.routes.ts';
import { incidentReviewRoutes } from '../../src/incidents/incident-review.routes.ts';
import { onSiteRoutes } from '../../src/incidents/on-site.routes.ts';
import { recordingRoutes } from '../../src/incidents/recording.routes.ts';
import { timelineRoutes } from '../../src/incidents/timeline.routes.ts';
import { noticesOf } from '../../src/notices/notice.queries.ts';
import { createJobQueue, type JobQueue } from '../../src/scheduling/queue.ts';
import { clockRoutes } from '../../src/sla/clock.routes.ts';
import { counterOf } from '../allocations/support.ts';
import { useFileDrill } from '../drills/support/file-drill.ts';
import { type Caller, makeCaller, useApp } from '../http/support.ts';
import { registerOf } from '../services/register.ts';
import { testLog } from '../support/log.ts';
import { dutyCastOf, dutyRoutes, type Someone } from './duty-cast.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });
const API = '/api/v1';
const { drilling, world, treeAnd } = useFileDrill(ENTITIES);
const { database } = world;
let queue: JobQueue;
let deps: Awaited<ReturnType<typeof drilling.deps>>;
const server = useApp(database, () => ({
  routes: [
    ...[...dutyRoutes(), ...alertRoutes(), ...responsePlanRoutes(), ...planReadinessRoutes(), ...alertRouteRoutes()],
    ...[...escalationRoutes(), ...incidentRoutes(), ...recordingRoutes(), ...handlingRoutes(), ...timelineRoutes()],
    ...[...incidentReviewRoutes(), ...improvementActionRoutes(), ...clockRoutes()],
  ],
}));
const cast = dutyCastOf(server);
const register = registerOf(database);
const counter = counterOf(database);
const { read } = cast.staff;
const never = new AbortController().signal;

/** The story begins here, three hours ago; it counts in minutes. */
const beganMs = Math.floor(Date.now() / 60_000) * 60_000 - 3 * 3_600_000;
const at = (minutes: number) => Temporal.Instant.fromEpochMilliseconds(beganMs + minutes * 60_000).toString();
const late = (minutes: number) => ({ at: at(minutes), lateBecause: 'Told step by step' });
const clock = (minutes: number) => async () => beganMs + minutes * 60_000;

let [duty, chief, expert]: Someone[] = [];
let technician: Caller;
let manager: Caller;
let [drill, partId, setId, serviceId] = ['', '', '', ''];

beforeAll(async () => {
  deps = await drilling.deps();
  queue = await createJobQueue({
    service: database.service,
    jobs: () => drillJobs({ ...deps, queue }),
    log: testLog,
  });
  await database.db.transaction(ensureShippedRules);
  technician = await makeCaller(database.db, 'Duty technician', ['admin'], 'person');
  manager = await makeCaller(database.db, 'Service manager', ['admin'], 'person');
  const field = await cast.field();
  [duty, chief, expert] = [
    await cast.person(),
    await cast.person({ functions: ['supervisor'] }),
    await cast.person({ fieldIds: [field.id] }),
  ];
  const team = await cast.team([chief as Someone]);
  const [set] = await database.db.rows<{ id: string }>('SELECT id FROM backup_set');
  setId = set?.id ?? '';
  const [point] = await database.db.rows<{ id: string }>('SELECT id FROM recovery_point');
  expect(await world.check(await world.refreshed({ id: point?.id ?? '' }))).toMatchObject({ verdict: 'sound' });
  const requirements = { spares: [], seats: [], skills: [field.name] };
  const service = await register.make({
    ...{ name: 'Orders', criticality: 'emergency', ownerId: team.id, requirements, backupSets: [setId] },
  });
  serviceId = service.id;
  await cast.rota(duty as Someone, { serviceId });
  // The last spare, which is kept for emergencies.
  partId = await counter.part({ emergency_reserve: 1 });
  await counter.unit(partId, await counter.site());
  const steps = [{ text: 'Take the spare, and restore', limitSeconds: 1800, role: { kind: 'on-duty' } }];
  await cast.staff.add('/response-plans', {
    ...{ level: 3, serviceId, name: 'Orders are stale', steps, spares: [{ partId, quantity: 1 }] },
  });
  const [first] = (await read('/alert-routing')).routes as { version: number }[];
  const rungs = [{ afterSeconds: 0, repeats: 1, repeatEverySeconds: 900, roles: [{ kind: 'on-duty' }] }];
  expect((await cast.staff.change('put', '/alert-routing/1', first?.version ?? 0, { rungs })).status).toBe(200);
  drill = await drilling.define({ ...treeAnd(), service: 'Orders' });
  await deps.catalogue.refresh();
});
afterAll(async () => {
  await queue.close();
  await deps.verifier.close();
});

/** The newest sound point is as old as so much of its RPO. */
const staleBy = (percent: number) =>
  database.db.execute(
    'UPDATE recovery_point SET taken_at = clock_timestamp() - make_interval(secs => 864 * $1::float8)',
    [percent],
  );

const judge = (minutes: number) =>
  judgeSignals({ db: database.db, log: testLog, signals: backupSignals(), clock: clock(minutes) }, never);
const climb = (minutes: number) => tellDueRungs(database.db, never, clock(minutes));

const alerts = async () =>
  (await read(`/alerts?serviceId=${serviceId}`)).items as {
    id: string;
    level: number;
    state: string;
    openedAt: string;
  }[];

/** Who was told of an alert, in which minute. */
async function told(id: string): Promise<[minutes: number, ...ids: string[]][]> {
  const { items } = await read(`/alerts/${id}/firings`);
  const firings = items as { state: string; doneAt: string; told: { id: string }[] }[];
  return firings
    .filter(({ state }) => state === 'told')
    .map(({ doneAt, told: people }) => [(Date.parse(doneAt) - beganMs) / 60_000, ...people.map(({ id: who }) => who)]);
}

const urgencies = async (someone: Someone | undefined) =>
  (await noticesOf(database.db, someone?.id ?? '', { unread: false, limit: 50 })).map(({ urgency }) => urgency);

interface Told {
  readonly id: string;
  readonly number: string;
  readonly stage: string;
  readonly version: number;
  readonly restoredAt: string | null;
  readonly resolvedAt: string | null;
  readonly stageSeconds: Readonly<Record<string, number>>;
}

/** Does something about an incident at the version that it has. */
async function act(incident: Told, path: string, body: object): Promise<Told> {
  const answer = await server
    .request('post', `${API}/incidents/${incident.id}/${path}`)
    .set(path === 'contacts' ? {} : { 'If-Match': `"${incident.version}"` })
    .send(body);
  expect([path, answer.status, answer.text]).toEqual([path, 200, answer.text]);
  return answer.body;
}

const consumed = async (subject: string) => {
  const { items } = await read('/sla-clocks?state=all&limit=200');
  const clocks = items as { subject: string; kind: string; state: string; consumedSeconds: number }[];
  return Object.fromEntries(
    clocks
      .filter((one) => one.subject === subject)
      .map(({ kind, state, consumedSeconds }) => [kind, [state, consumedSeconds]]),
  );
};

test('a backup goes stale, nobody answers, the service is lost, and comes back with the last spare', async () => {
  // Level 1: whoever is on call is told, once it has lasted for five minutes.
  await staleBy(85);
  await judge(0);
  expect(await alerts()).toEqual([]);
  await judge(5);
  const [alert] = await alerts();
  expect(alert).toMatchObject({ level: 1, state: 'open', openedAt: at(5) });
  const alertId = alert?.id ?? '';
  expect(await told(alertId)).toEqual([[5, duty?.id]]);
  expect([await urgencies(duty), await urgencies(chief), await urgencies(expert)]).toEqual([[1], [], []]);

  // Nobody acknowledges it: told again after a quarter of an hour, not before.
  await climb(19);
  expect(await told(alertId)).toHaveLength(1);
  await climb(20);
  expect(await told(alertId)).toEqual([
    [5, duty?.id],
    [20, duty?.id],
  ]);

  // Near critical: three people at once.
  await staleBy(120);
  await judge(30);
  await judge(35);
  expect(await alerts()).toMatchObject([{ id: alertId, level: 3, state: 'open' }]);
  const everybody = [duty?.id, chief?.id, expert?.id].toSorted();
  expect((await told(alertId)).map(([minute, ...ids]) => [minute, ids.toSorted()])).toContainEqual([35, everybody]);
  expect([await urgencies(duty), await urgencies(chief), await urgencies(expert)]).toEqual([[3, 1, 1], [3], [3]]);
  const { plans } = await read(`/alerts/${alertId}/response`);
  expect(plans).toMatchObject([{ plan: { name: 'Orders are stale' }, readiness: { ready: true } }]);

  // The service is lost.
  const received = await server.request('post', `${API}/incidents`).send({
    ...{ severity: 'emergency', title: 'Orders are lost', reporterContact: 'Night shift', serviceId, ...late(40) },
    ...{ symptom: 'Nothing answers', frequency: 'continuous', scope: 'all-users' },
  });
  expect([received.status, received.body.fields]).toEqual([201, undefined]);
  let incident: Told = received.body;
  incident = await act(incident, 'take', late(43));
  incident = await act(incident, 'contacts', { who: 'Night shift', how: 'phone', said: 'We are on it', ...late(44) });
  const team = await cast.team([duty as Someone]);
  incident = await act(incident, 'record', late(46));
  incident = await act(incident, 'classify', { severity: 'emergency', reason: 'All is down', ...late(48) });
  incident = await act(incident, 'transfer', { teamId: team.id, reason: 'The database is theirs', ...late(50) });
  incident = await act(incident, 'plans', { text: 'Replace the power supply, then restore', ...late(60) });

  // The last spare is in the reserve: nobody else gets it, this emergency does.
  const lines = [{ partId, quantity: 1 }];
  await expect(counter.checkout(lines)).rejects.toMatchObject({ kind: 'conflict' });
  const emergency = { purpose: 'incident', severity: 'emergency' } as const;
  const reserve = { reason: 'Orders are lost', case: incident.number };
  const { allocation } = await counter.checkout(lines, { ...emergency, reserve });
  expect(allocation).toMatchObject({ emergencyCase: incident.number });
  const [stock] = await database.db.rows(
    `SELECT count(*) FILTER (WHERE state = 'in_stock')::int AS free, count(*) FILTER (WHERE state = 'issued')::int AS issued
       FROM unit WHERE part_id = $1`,
    [partId],
  );
  expect(stock).toEqual({ free: 0, issued: 1 });
  const ofService = await read(`/services/${serviceId}/plan-readiness`);
  expect(JSON.stringify(ofService)).toContain('plan not ready');

  // The rehearsed definition, this time for real.
  const started = await supertest(server.variant({ routes: onSiteRoutes({ catalogue: deps.catalogue, queue }) }))
    .post(`${API}/incidents/${incident.id}/recoveries`)
    .set('Authorization', technician.bearer)
    .send({ drill, recovery: { confirm: drill } });
  expect([started.status, started.text]).toEqual([202, started.text]);
  expect(await carryOutRun(deps, started.body.runId, never)).toBe(true);
  const run = await runById(drilling.db, started.body.runId);
  expect(run).toMatchObject({
    mode: 'recovery',
    status: 'completed',
    validation: 'passed',
    recoveryCase: incident.number,
  });

  // Verified, resolved, told, reviewed.
  incident = await read(`/incidents/${incident.id}`);
  const verified = { who: 'Duty technician', how: 'Ten orders were placed', result: 'passed', ...late(170) };
  incident = await act(incident, 'verifications', verified);
  expect(incident).toMatchObject({ restoredAt: at(170), resolvedAt: null });
  incident = await act(incident, 'resolve', { text: 'Replaced and restored', cause: 'Power supply', ...late(175) });
  incident = await act(incident, 'close', { who: 'Customer', how: 'e-mail', said: 'All is back', ...late(178) });
  expect(incident).toMatchObject({ stage: 'closed', resolvedAt: at(175) });
  expect(incident.stageSeconds).toMatchObject({
    ...{ receive: 180, record: 180, classify: 120, transfer: 120, handle: 7500, feedback: 180 },
  });
  expect(await consumed(incident.number)).toMatchObject({
    respond: ['stopped', 240],
    plan: ['stopped', 960],
    recover: ['stopped', 7800],
  });
  const { items } = await read(`/incidents/${incident.id}/timeline?limit=200`);
  const kinds = (items as { kind: string }[]).map(({ kind }) => kind);
  for (const kind of ['contact', 'plan', 'from-reserve', 'recovery-requested', 'recovery-ended', 'verification']) {
    expect(kinds).toContain(kind);
  }
  const draft = await server
    .request('post', `${API}/incidents/${incident.id}/review`)
    .set('Authorization', technician.bearer)
    .send({ cause: 'The power supply failed', wentWell: 'The restore', wentBadly: 'The backup was stale' });
  expect(draft.status).toBe(201);
  await server
    .request('post', `${API}/incident-reviews/${draft.body.id}/actions`)
    .send({ title: 'Buy a second spare', ownerId: chief?.id, dueAt: new Date(Date.now() + 86_400_000).toISOString() });
  const final = await server
    .request('post', `${API}/incident-reviews/${draft.body.id}/approve`)
    .set({ 'If-Match': `"${draft.body.version}"`, Authorization: manager.bearer });
  expect(final.body).toMatchObject({ state: 'final', incident: { number: incident.number } });
  expect((await read(`/actions?ownerId=${chief?.id}`)).items).toMatchObject([{ title: 'Buy a second spare' }]);

  // A new backup: the alert closes, and whoever was told of it is told that it is over.
  await staleBy(10);
  await judge(180);
  await judge(185);
  expect(await alerts()).toEqual([]);
  expect((await noticesOf(database.db, expert?.id ?? '', { unread: false, limit: 5 })).map(({ kind }) => kind)).toEqual(
    [...['alert.closed', 'alert.told']],
  );
});
