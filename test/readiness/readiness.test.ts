import { beforeAll, describe, expect, test } from 'vitest';
import { applyChanges } from '../../src/alerts/alert.store.ts';
import { permissionsOf, ROLES } from '../../src/auth/permissions.ts';
import { newId } from '../../src/kernel/ids.ts';
import { readinessRoutes } from '../../src/readiness/readiness.routes.ts';
import { ServiceEntity } from '../../src/services/service.entity.ts';
import type { NewService, Service } from '../../src/services/service.ts';
import { startClock, stopClock } from '../../src/sla/clock.service.ts';
import { PolicyVersionEntity, TargetEntity } from '../../src/sla/policy.entity.ts';
import { confirmPolicy, ensureExamplePolicy } from '../../src/sla/policy.service.ts';
import { makeRule, ORIGIN, opening } from '../alerts/support.ts';
import { inHours } from '../allocations/support.ts';
import { useApp } from '../http/support.ts';
import { runAs, useDatabase } from '../support/database.ts';
import { readinessCast, TARGETS } from './cast.ts';

const database = useDatabase([ServiceEntity, PolicyVersionEntity, TargetEntity]);
const cast = readinessCast(database);
// No answer is kept: every one is asked for a minute after the one before.
let askedMs = 0;
const monotonicMs = () => {
  askedMs += 60_000;
  return askedMs;
};
const server = useApp(database, () => ({ routes: readinessRoutes({ catalogue: cast.catalogue, monotonicMs }) }));
const { counter, register } = cast;

/** What was concluded of a service that a drill had just passed for, while nobody had committed to any targets. */
let withoutCommitment: string[] = [];

beforeAll(async () => {
  await database.db.transaction(ensureExamplePolicy);
  withoutCommitment = await concluded((await proven()).service);
  await database.db.transaction(async (tx) => {
    await confirmPolicy(tx, await register.caller(), { expectedVersion: 1, note: 'ours' });
  });
});

async function get(path: string) {
  const answer = await server.request('get', `/api/v1/readiness${path}`);
  expect([answer.status, answer.body.detail]).toEqual([200, undefined]);
  return answer.body;
}

interface Reason {
  readonly code: string;
  readonly effect: string;
  readonly message: string;
}

/** The conclusion with the codes of its reasons. */
async function concluded({ id }: Pick<Service, 'id'>): Promise<[string, ...string[]]> {
  const { conclusion, reasons } = await get(`/${id}`);
  return [conclusion, ...reasons.map(({ code }: Reason) => code)];
}

type Requirements = Partial<NewService['requirements']>;

const emergency = (more: Partial<NewService> = {}, requirements: Requirements = {}) =>
  register.make({
    criticality: 'emergency',
    ...more,
    requirements: { spares: [], seats: [], skills: [], ...requirements },
  });

/** A service that one passed run of a drill proves, if the policy is confirmed. */
async function proven(more: Partial<NewService> = {}, requirements: Requirements = {}) {
  const service = await emergency(more, requirements);
  const drill = cast.define(service);
  return { service, drill, runId: await cast.ran(drill, service) };
}

const current = (service: Service) =>
  database.db.rows<{ version: number }>('SELECT version FROM service WHERE id = $1', [service.id]);

async function change(service: Service, changed: Parameters<typeof register.change>[1]) {
  const [row] = await current(service);
  return register.change({ id: service.id, version: row?.version ?? 0 }, changed);
}

describe('the proof', () => {
  test('each reason appears for its cause, and goes with it', async () => {
    const service = await emergency({ maxProofAgeDays: 2 });
    expect(await concluded(service)).toEqual(['not-assessed', 'no-drill']);
    const drill = cast.define(service);
    expect(await concluded(service)).toEqual(['not-assessed', 'never-run']);
    expect(withoutCommitment).toEqual(['not-assessed', 'example-targets']);
    await cast.ran(drill, service);
    expect(await concluded(service)).toEqual(['ready']);

    await cast.ran(drill, service, { outcome: 'failed' });
    expect(await concluded(service)).toEqual(['not-ready', 'drill-failed']);
    await cast.ran(drill, service, { availability: 'failed' });
    expect(await concluded(service)).toEqual(['not-ready', 'resources-missing']);
    await cast.ran(drill, service, { availability: 'not assessed' });
    expect(await concluded(service)).toEqual(['not-assessed', 'resources-not-assessed']);
    await cast.ran(drill, service, { promisedSeconds: TARGETS.emergency.recoverSeconds + 1 });
    expect(await concluded(service)).toEqual(['not-assessed', 'targets-changed']);
    await cast.ran(drill, service, { secondsAgo: 2 * 86_400 + 60 });
    expect(await concluded(service)).toEqual(['not-assessed', 'proof-too-old']);
    await cast.ran({ ...drill, text: 'older', sha256: 'b'.repeat(64) }, service);
    expect(await concluded(service)).toEqual(['not-assessed', 'definition-changed']);
    // One drill that proves it is enough, whatever the other one says.
    await cast.ran(cast.define(service), service, { rtaSeconds: 60 });
    expect(await concluded(service)).toEqual(['ready']);
  });

  test('names the run that counts, its RTA and the RTO in force', async () => {
    const { service, drill, runId } = await proven();
    const { proof, reasons } = await get(`/${service.id}`);
    expect(reasons).toEqual([]);
    expect(proof).toMatchObject({ proven: true, rtoSeconds: TARGETS.emergency.recoverSeconds });
    expect(proof.lastRun).toMatchObject({
      id: runId,
      drill: drill.name,
      technicalRtaSeconds: 900,
      procedure: 'passed',
    });
    const tighter = cast.define(service, {
      objectives: { severity: 'emergency', required: ['recover'], targets: { recoverSeconds: 600 } },
    });
    const failed = await cast.ran(tighter, service, { outcome: 'failed', promisedSeconds: 600 });
    expect((await get(`/${service.id}`)).proof.lastRun.id).toBe(runId);
    await cast.ran(drill, service, { outcome: 'failed', secondsAgo: 7200 });
    const unproven = await get(`/${service.id}`);
    expect(unproven.proof).toMatchObject({
      proven: false,
      rtoSeconds: 600,
      lastRun: { id: failed, technicalRtaSeconds: null },
    });
    expect(unproven.reasons.map(({ link }: { link: object }) => link)).toContainEqual({
      kind: 'drill-run',
      id: failed,
    });
    const without = await get(`/${(await register.make({ criticality: 'general' })).id}`);
    expect(without.proof).toMatchObject({ lastRun: null, rtoSeconds: TARGETS.general.recoverSeconds });
  });
});

describe('the recovery points', () => {
  test('are held against the RPO of the set and of the policy, by the newest sound one', async () => {
    const { service } = await proven();
    const set = await cast.set(2 * TARGETS.emergency.rpoSeconds);
    await change(service, { backupSets: [set.id] });
    expect(await concluded(service)).toEqual(['not-ready', 'no-sound-point']);
    const old = await cast.point(set, 3 * TARGETS.emergency.rpoSeconds);
    expect(await concluded(service)).toEqual(['not-ready', 'rpo-exceeded']);
    await cast.point(set, TARGETS.emergency.rpoSeconds + 60);
    // Fresh by what the set is watched by, and yet older than what is promised for the service.
    expect(await concluded(service)).toEqual(['not-ready', 'rpo-target-exceeded']);
    const sound = await cast.point(set, 600);
    expect(await concluded(service)).toEqual(['ready']);
    const damaged = await cast.point(set, 60, 'damaged');
    const [row] = (await get(`/${service.id}`)).recoveryPoints;
    expect(row).toMatchObject({
      set: { id: set.id, name: set.name },
      freshness: 'fresh',
      newestSound: { id: sound },
      rpoSeconds: TARGETS.emergency.rpoSeconds,
      setRpoSeconds: 2 * TARGETS.emergency.rpoSeconds,
      last: { pointId: damaged, verdict: 'damaged' },
    });
    expect(row.newestSound.ageSeconds).toBeGreaterThanOrEqual(600);
    expect(row.newestSound.ageSeconds).toBeLessThan(3600);
    expect(old).not.toBe(sound);
  });

  test('of a set that only its schedule watches: what nobody has checked is not assessed, and a missed slot not ready', async () => {
    const hourly = { schedule_cron: '0 * * * *', grace_seconds: 3000 };
    const { service } = await proven();
    const set = await cast.set(null, hourly);
    await change(service, { backupSets: [set.id] });
    await cast.point(set, 0, null);
    expect(await concluded(service)).toEqual(['not-assessed', 'no-sound-point']);
    await database.db.execute(`UPDATE backup_set SET created_at = now() - interval '9 hours' WHERE id = $1`, [set.id]);
    await database.db.execute(`UPDATE recovery_point SET taken_at = now() - interval '8 hours' WHERE set_id = $1`, [
      set.id,
    ]);
    expect(await concluded(service)).toEqual(['not-ready', 'slot-missed', 'no-sound-point']);
  });

  test('a set that is not there, or retired, and data that no set brings back, are told', async () => {
    const { service, drill } = await proven();
    const set = await cast.set(86_400);
    const pointId = await cast.point(set, 60);
    await cast.ran(drill, service, { pointId });
    expect(await concluded(service)).toEqual(['not-assessed', 'no-backup-set']);
    await change(service, { backupSets: [newId()] });
    expect(await concluded(service)).toEqual(['not-ready', 'unknown-backup-set']);
    await change(service, { backupSets: [set.id] });
    expect(await concluded(service)).toEqual(['ready']);
    await runAs(database.superuser, `UPDATE backup_set SET retired_at = now(), retired_reason = 'gone' WHERE id = $1`, [
      set.id,
    ]);
    expect(await concluded(service)).toEqual(['not-ready', 'backup-set-retired']);
  });
});

describe('what the recovery needs', () => {
  const spares = (part: string, quantity: number) => ({ spares: [{ part, quantity }] });

  test('an emergency may count the reserve, a lesser loss may not; what is short is told with its number', async () => {
    const number = `PN-${newId()}`;
    const partId = await counter.part({ part_number: number, emergency_reserve: 2 });
    const site = await counter.site();
    await counter.units(partId, site, 3);
    const { service } = await proven({}, spares(number, 3));
    const lesser = await proven({ criticality: 'important' }, spares(number, 3));
    expect(await concluded(service)).toEqual(['ready']);
    expect(await concluded(lesser.service)).toEqual(['not-ready', 'spare-only-in-reserve']);
    expect((await get(`/${service.id}`)).resources).toEqual([
      {
        kind: 'spare',
        id: partId,
        name: number,
        verdict: 'covered from reserve',
        required: 3,
        usable: 3,
        reserve: 2,
        short: 0,
      },
    ]);
    expect((await get(`/${lesser.service.id}`)).resources).toMatchObject([{ usable: 1, reserve: 2, short: 2 }]);

    await counter.checkout([{ partId, quantity: 1 }]);
    const short = await get(`/${service.id}`);
    expect(short.reasons).toEqual([
      {
        code: 'spare-short',
        effect: 'not-ready',
        about: 'resources',
        message: `3 x ${number} needed, 2 are free even with the reserve`,
        values: { name: number, needed: 3, free: 2 },
        link: { kind: 'part', id: partId },
      },
    ]);
    expect(short.resources).toMatchObject([{ verdict: 'short', required: 3, usable: 2, reserve: 2, short: 1 }]);
    await counter.unit(partId, site);
    expect(await concluded(service)).toEqual(['ready']);
  });

  test('seats are counted by product, and a name that means nothing is not assessed', async () => {
    const name = `Product ${newId()}`;
    const productId = await counter.product(name);
    const seats = { seats: [{ product: name, quantity: 5 }] };
    const { service } = await proven({}, seats);
    expect(await concluded(service)).toEqual(['not-ready', 'seat-short']);
    await counter.entitlement(productId, { quantity: 6, emergency_reserve: 2 });
    expect(await concluded(service)).toEqual(['ready']);
    expect((await get(`/${service.id}`)).resources).toMatchObject([
      { kind: 'seat', required: 5, usable: 6, reserve: 2 },
    ]);
    const lesser = await proven({ criticality: 'general' }, seats);
    expect(await concluded(lesser.service)).toEqual(['not-ready', 'seat-only-in-reserve']);
    const unknown = await proven(
      {},
      { ...spares('no such part', 1), seats: [{ product: 'nothing', quantity: 1 }], skills: ['juggling'] },
    );
    expect(await concluded(unknown.service)).toEqual([
      'not-assessed',
      'spare-unknown',
      'seat-unknown',
      'skill-unknown',
    ]);
  });
});

describe('what is open', () => {
  test('alerts by level with the one to look at first, and the clocks that run out first', async () => {
    const service = await emergency();
    const by = await register.caller();
    const before = await get('/summary');
    const rule = await makeRule(database.db);
    const levels = [2, 3, 3] as const;
    const alerts = levels.map((level, index) => {
      const change = opening(rule, `thing ${index}`);
      const levelSince = change.alert.levelSince.add({ minutes: 10 - index });
      return { ...change, alert: { ...change.alert, serviceId: service.id, level, levelSince } };
    });
    await database.db.transaction((tx) => applyChanges(tx, ORIGIN, alerts));
    const clock = (kind: 'recover' | 'respond' | 'plan', hoursAgo: number) =>
      database.db.transaction((tx) =>
        startClock(tx, by, {
          ...{ kind, severity: 'emergency', subject: 'Case 7', serviceId: service.id, markPercents: [] },
          ...{ at: inHours(-hoursAgo), lateBecause: 'told later' },
        }),
      );
    const recover = await clock('recover', 1);
    const respond = await clock('respond', 1);
    const plan = await clock('plan', 0.5);
    await database.db.transaction((tx) => stopClock(tx, by, { id: plan.id, expectedVersion: 1 }, {}));

    const open = await get(`/${service.id}`);
    expect(open.alerts).toEqual({
      byLevel: [
        { level: 3, count: 2 },
        { level: 2, count: 1 },
      ],
      worst: { id: alerts[2]?.alert.id, text: `${rule.name}, thing 2: test.load is 25` },
    });
    expect(open.clocks).toEqual([
      {
        id: respond.id,
        target: 'respond',
        case: 'Case 7',
        incidentId: null,
        dueAt: dueOf(respond, 900),
        overdue: true,
      },
      {
        id: recover.id,
        target: 'recover',
        case: 'Case 7',
        incidentId: null,
        dueAt: dueOf(recover, 14_400),
        overdue: false,
      },
    ]);
    const after = await get('/summary');
    const counted = ({ alerts: open }: { alerts: { level: number; count: number }[] }, level: number) =>
      open.find((one) => one.level === level)?.count ?? 0;
    expect([2, 3].map((level) => counted(after, level) - counted(before, level))).toEqual([1, 2]);
    expect(after.clocks).toEqual({
      overdue: before.clocks.overdue + 1,
      dueIn24Hours: before.clocks.dueIn24Hours + 1,
    });
  });

  const dueOf = (clock: Awaited<ReturnType<typeof startClock>>, seconds: number) =>
    new Date(clock.segments[0].fromMs + seconds * 1000).toISOString();
});

describe('the list', () => {
  async function listed(query: string): Promise<{ name: string; criticality: string; conclusion: string }[]> {
    const seen = [];
    let after = '';
    do {
      const page = await get(`?${query}${after && `&after=${after}`}`);
      for (const { service, conclusion } of page.items) seen.push({ ...service, conclusion });
      after = page.next;
    } while (after);
    return seen;
  }

  test('goes through all services in use once, the worst loss first, and the filters leave the rest out', async () => {
    const owner = await register.caller();
    const gone = await register.make({ name: `zz ${newId()}` });
    await register.retire(gone);
    await register.make({ name: `b ${newId()}`, criticality: 'important' });
    await register.make({ name: `A ${newId()}`, criticality: 'important' });
    const all = await listed('limit=3');
    const order = ['emergency', 'important', 'general'];
    const expected = all.toSorted(
      (one, other) =>
        order.indexOf(one.criticality) - order.indexOf(other.criticality) ||
        (one.name.toLowerCase() < other.name.toLowerCase() ? -1 : 1),
    );
    expect(all).toEqual(expected);
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
    const [count] = await database.db.rows<{ count: string }>('SELECT count(*) FROM service WHERE retired_at IS NULL');
    expect(all.length).toBe(Number(count?.count));
    expect(all).toEqual(await listed('limit=200'));

    const important = await listed('limit=1&criticality=important');
    expect(important).toEqual(all.filter(({ criticality }) => criticality === 'important'));
    expect(await listed(`ownerId=${owner.principal.id}`)).toEqual(all);
    expect(await listed(`ownerId=${newId()}`)).toEqual([]);
    const { services } = await get('/summary');
    for (const [conclusion, named] of [
      ['ready', 'ready'],
      ['not-ready', 'notReady'],
      ['not-assessed', 'notAssessed'],
    ] as const) {
      const found = await listed(`limit=2&conclusion=${conclusion}`);
      expect(found).toEqual(all.filter((one) => one.conclusion === conclusion));
      expect(found.length).toBe(services[named]);
    }
    expect(services.ready).toBeGreaterThan(0);
    const lower = await register.make({ criticality: 'general' });
    const upper = await register.make({ dependencies: [lower.id] });
    expect((await listed(`neededBy=${upper.id}`)).map(({ name }) => name)).toEqual([lower.name]);
    expect((await listed(`dependsOn=${lower.id}`)).map(({ name }) => name)).toEqual([upper.name]);
  });

  test('shows nothing that a role which may read services may not read elsewhere', () => {
    const shown = [
      'alert.read',
      'backup.read',
      'drill.read',
      'incident.read',
      'inventory.read',
      'licence.read',
      'sla.read',
    ] as const;
    const missing = ROLES.map((role) => permissionsOf([role]))
      .filter((permissions) => permissions.has('service.read'))
      .flatMap((permissions) => shown.filter((one) => !permissions.has(one)));
    expect(missing).toEqual([]);
  });
});
