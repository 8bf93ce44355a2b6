import { beforeAll, describe, expect, test } from 'vitest';
import { alertById } from '../../../src/alerts/alert.queries.ts';
import { applyChanges } from '../../../src/alerts/alert.store.ts';
import type { Alert, AlertChange, AlertLevel } from '../../../src/alerts/alert.ts';
import { responsePlanRoutes } from '../../../src/alerts/plans/response-plan.routes.ts';
import { alertRouteRoutes } from '../../../src/alerts/routing/alert-route.routes.ts';
import { escalationRoutes } from '../../../src/alerts/routing/escalation.routes.ts';
import { tellDueRungs } from '../../../src/alerts/routing/ladder-pass.service.ts';
import { Database, type Tx } from '../../../src/database/database.ts';
import { noticesOf } from '../../../src/notices/notice.queries.ts';
import { ServiceEntity } from '../../../src/services/service.entity.ts';
import { useApp } from '../../http/support.ts';
import { auditOf } from '../../people/cast.ts';
import { PEOPLE_ENTITIES } from '../../people/entities.ts';
import { registerOf } from '../../services/register.ts';
import { attackerOf } from '../../support/attack.ts';
import { runAs, useDatabase } from '../../support/database.ts';
import { dutyCastOf, dutyRoutes, type Someone } from '../duty-cast.ts';
import { makeRule, ORIGIN, opening, START } from '../support.ts';

const database = useDatabase([...PEOPLE_ENTITIES, ServiceEntity]);
const server = useApp(database, () => ({
  routes: [...dutyRoutes(), ...responsePlanRoutes(), ...alertRouteRoutes(), ...escalationRoutes()],
}));
const cast = dutyCastOf(server);
const register = registerOf(database);
const attacker = attackerOf(database);
const { add, read } = cast.staff;

const at = (minutes: number) => START.add({ minutes });

interface Firing {
  readonly level: number;
  readonly rung: number;
  readonly repeat: number | null;
  readonly state: string;
  readonly doneAt: string;
  readonly late: boolean;
  readonly nobody: boolean;
  readonly missing: readonly string[];
  readonly told: readonly (Someone & { readonly because: string; readonly noticeId: string | null })[];
}

let duty: Someone;
let chief: Someone;
let expert: Someone;
let serviceId: string;
/** A service without a rota, whose owner stands in. */
let lonelyId: string;
let owner: Someone;

beforeAll(async () => {
  const field = await cast.field();
  duty = await cast.person();
  chief = await cast.person({ functions: ['supervisor'] });
  expert = await cast.person({ fieldIds: [field.id] });
  const team = await cast.team([chief]);
  const requirements = { spares: [], seats: [], skills: [field.name] };
  serviceId = (await register.make({ ownerId: team.id, requirements })).id;
  await cast.rota(duty, { serviceId });
  owner = await cast.person();
  lonelyId = (await register.make({ ownerId: owner.id })).id;
  const onDuty = [{ kind: 'on-duty' }];
  const everybody = [...onDuty, { kind: 'supervisor' }, { kind: 'expert' }];
  await setRoute(1, [{ afterSeconds: 0, roles: onDuty }]);
  await setRoute(2, [
    { afterSeconds: 0, repeats: 2, repeatEverySeconds: 300, roles: onDuty },
    { afterSeconds: 1800, roles: [{ kind: 'supervisor' }] },
  ]);
  await setRoute(3, [{ afterSeconds: 0, repeats: 1, repeatEverySeconds: 600, roles: everybody }]);
});

async function setRoute(level: number, rungs: object[]): Promise<void> {
  const { routes } = await read('/alert-routing');
  const answer = await cast.staff.change('put', `/alert-routing/${level}`, routes[level - 1].version, { rungs });
  expect([answer.status, answer.body.fields]).toEqual([200, undefined]);
}

const apply = (change: AlertChange) => database.db.transaction((tx) => applyChanges(tx, ORIGIN, [change]));

/** Opens an alert of a service at a level. */
async function opened(level: AlertLevel = 2, more: Partial<Alert> = {}): Promise<Alert> {
  const change = opening(await makeRule(database.db));
  await apply({ ...change, alert: { ...change.alert, level, serviceId, ...more } });
  return alertById(database.db, change.alert.id);
}

async function becomes(id: string, what: AlertChange['what'], minutes: number, more: Partial<Alert>): Promise<Alert> {
  const alert = await alertById(database.db, id);
  const after = { ...alert, ...more, version: alert.version + 1 };
  expect(await apply({ what, alert: after, previousLevel: alert.level, at: at(minutes), note: '' })).toHaveLength(1);
  return alertById(database.db, id);
}

const acknowledged = (id: string, minutes: number) =>
  becomes(id, 'acknowledged', minutes, {
    state: 'acknowledged',
    acknowledged: { at: at(minutes), byId: duty.id, remindAt: null },
  });

const pass = (minutes: number, db = database.db) =>
  tellDueRungs(db, new AbortController().signal, async () => at(minutes).epochMilliseconds);

const firings = async (id: string): Promise<Firing[]> => (await read(`/alerts/${id}/firings`)).items;
const minutesOf = ({ doneAt }: Firing) => (Date.parse(doneAt) - START.epochMilliseconds) / 60_000;
/** What was told of an alert: rung and repeat, when, and whom. */
const told = async (id: string) =>
  (await firings(id))
    .filter(({ state }) => state === 'told')
    .map((one) => [`${one.rung}.${one.repeat}`, minutesOf(one), ...one.told.map((person) => person.id)]);
const noticesTo = async (someone: Someone, id: string) =>
  (await noticesOf(database.db, someone.id, { unread: false, limit: 200 })).filter(({ subjectId }) => subjectId === id);

/** A transaction that counts the statements which wait for an answer. */
const countingTx = (tx: Tx, counter: { statements: number }) =>
  new Proxy(tx, {
    get: (target, name) => {
      const value = Reflect.get(target, name);
      if (name === 'rows' || name === 'execute') counter.statements += 1;
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });

describe('an alert that opens', () => {
  test('of a low level tells who is on call, at once and by a notice as urgent as its level', async () => {
    const { id } = await opened(1);
    expect(await told(id)).toEqual([['1.0', 0, duty.id]]);
    const [notice, ...more] = await noticesTo(duty, id);
    expect([more, notice?.kind, notice?.urgency]).toEqual([[], 'alert.told', 1]);
    const [firing] = await firings(id);
    expect(firing?.told[0]).toMatchObject({ noticeId: notice?.id, because: expect.stringMatching(/^on call by /) });
  });

  test('near critical tells three kinds of people, in one commit with the alert', async () => {
    const { id } = await opened(3);
    expect((await told(id)).map((one) => one.toSorted())).toEqual([
      ['1.0', 0, chief.id, duty.id, expert.id].toSorted(),
    ]);
    for (const someone of [duty, chief, expert]) {
      expect((await noticesTo(someone, id)).map(({ urgency }) => urgency)).toEqual([3]);
    }
    const change = opening(await makeRule(database.db));
    const alert = { ...change.alert, level: 3 as const, serviceId };
    const aborted = database.db.transaction(async (tx) => {
      await applyChanges(tx, ORIGIN, [{ ...change, alert }]);
      const inside = await tx.rows('SELECT FROM notice WHERE subject_id = $1', [alert.id]);
      expect(inside).toHaveLength(3);
      throw new Error('aborted');
    });
    await expect(aborted).rejects.toThrow('aborted');
    for (const [table, column] of [
      ['alert', 'id'],
      ['notice', 'subject_id'],
      ['alert_ladder', 'alert_id'],
    ]) {
      expect(await database.db.rows(`SELECT FROM ${table} WHERE ${column} = $1`, [alert.id])).toEqual([]);
    }
  });

  test('keeps the ladder that it opened with, whatever the route says afterwards', async () => {
    const { id } = await opened(2);
    const before = (await read('/alert-routing')).routes[1].rungs;
    await setRoute(2, [{ afterSeconds: 0, roles: [{ kind: 'supervisor' }] }]);
    await pass(31);
    await setRoute(2, before);
    expect(await told(id)).toEqual([
      ['1.0', 0, duty.id],
      ['1.2', 31, duty.id],
      ['2.0', 31, chief.id],
    ]);
    const [ladder] = (await read(`/alerts/${id}/escalation`)).ladders;
    expect(ladder).toMatchObject({ level: 2, rungs: before, nextDueAt: null, endedAt: null });
  });

  test('keeps its response plan and whether that was ready, as it was then', async () => {
    const { id: ownId } = await register.make();
    const steps = [{ text: 'Look', limitSeconds: 60, role: { kind: 'named', principalId: duty.id } }];
    const plan = await add('/response-plans', { level: 2, serviceId: ownId, name: 'First', steps });
    const { id } = await opened(2, { serviceId: ownId });
    await cast.staff.change('post', `/response-plans/${plan.id}/editions`, 1, { name: 'Second', steps });
    const { plans } = await read(`/alerts/${id}/response`);
    expect(plans).toMatchObject([
      {
        ...{ level: 2, recordedAt: START.toString() },
        plan: { id: plan.id, name: 'First', edition: 1 },
        readiness: { ready: true, service: { id: ownId }, roles: [{ holders: [{ id: duty.id }] }] },
      },
    ]);
    await becomes(id, 'raised', 1, { level: 3, levelSince: at(1) });
    expect((await read(`/alerts/${id}/response`)).plans).toHaveLength(1);
    await attacker.expectRefused(() => [['UPDATE alert_plan SET ready = false WHERE alert_id = $1', id]], {
      code: '42501',
    });
  });

  test('that is suppressed tells nobody until it is not', async () => {
    const { id } = await opened(2, { suppressedBy: 'silence' });
    await pass(60);
    expect(await told(id)).toEqual([]);
    await becomes(id, 'unsuppressed', 90, { suppressedBy: null });
    expect(await told(id)).toEqual([['1.0', 90, duty.id]]);
    await pass(95);
    expect((await told(id)).at(-1)).toEqual(['1.1', 95, duty.id]);
  });
});

describe('a storm of alerts', () => {
  test('costs no more statements than a few, and each alert has its own notice, ladder and plan', async () => {
    const steps = [{ text: 'Look', limitSeconds: 60, role: { kind: 'on-duty' } }];
    const { id: ownId } = await register.make();
    await cast.rota(duty, { serviceId: ownId });
    await add('/response-plans', { level: 2, serviceId: ownId, name: 'Storm', steps });
    const open = async (size: number) => {
      const rule = await makeRule(database.db);
      const changes = Array.from({ length: size }, (_, index) => {
        const { alert, ...change } = opening(rule, `${index}`);
        return { ...change, alert: { ...alert, serviceId: ownId } };
      });
      const counter = { statements: 0 };
      await database.db.transaction((tx) => applyChanges(countingTx(tx, counter), ORIGIN, changes));
      return { ids: changes.map(({ alert }) => alert.id), statements: counter.statements };
    };
    const [few, many] = [await open(2), await open(60)];
    expect(many.statements).toBe(few.statements);
    const rows = await database.db.rows(
      `SELECT n.recipient_id AS "to", count(*)::integer AS notices, count(DISTINCT n.once_key)::integer AS firings,
         (SELECT count(*)::integer FROM alert_ladder WHERE alert_id = ANY ($1::uuid[])) AS ladders,
         (SELECT count(*)::integer FROM alert_plan WHERE alert_id = ANY ($1::uuid[]) AND ready) AS plans
       FROM notice n WHERE n.subject_id = ANY ($1::uuid[]) GROUP BY n.recipient_id`,
      [many.ids],
    );
    expect(rows).toEqual([{ to: duty.id, notices: 60, firings: 60, ladders: 60, plans: 60 }]);
    expect(await pass(6)).toMatchObject({ ladders: expect.toSatisfy((ladders) => ladders >= 62) });
    expect(await told(many.ids.at(-1) ?? '')).toEqual([
      ['1.0', 0, duty.id],
      ['1.1', 6, duty.id],
    ]);
  });

  test('is told also when one of its ladders cannot be', async () => {
    const [stuck, other] = [await opened(2), await opened(2)];
    const isStuck = `EXISTS (SELECT FROM alert_ladder WHERE alert_id = '${stuck.id}' AND id = NEW.ladder_id)`;
    await runAs(
      database.owner,
      `CREATE FUNCTION never_told() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         IF ${isStuck} THEN RAISE EXCEPTION 'never told'; END IF; RETURN NEW; END $$;
       CREATE TRIGGER never_told BEFORE UPDATE ON alert_firing FOR EACH ROW EXECUTE FUNCTION never_told()`,
    );
    try {
      await expect(pass(5)).rejects.toThrow('never told');
    } finally {
      await runAs(database.owner, 'DROP TRIGGER never_told ON alert_firing; DROP FUNCTION never_told()');
    }
    expect([await told(stuck.id), await told(other.id)].map(({ length }) => length)).toEqual([1, 2]);
    await pass(6);
    expect((await told(stuck.id)).at(-1)).toEqual(['1.1', 6, duty.id]);
  });
});

describe('the ladder of an alert', () => {
  test('tells the next rung when nobody acknowledges, each once, whatever looks at the same time', async () => {
    const { id } = await opened(2);
    const replicas = await Promise.all(
      [1, 2].map(() => Database.connect(database.service, [], { applicationName: 'replica' })),
    );
    try {
      for (const minutes of [5, 5, 10, 30]) await Promise.all(replicas.map((replica) => pass(minutes, replica)));
    } finally {
      await Promise.all(replicas.map((replica) => replica.close()));
    }
    expect(await told(id)).toEqual([
      ['1.0', 0, duty.id],
      ['1.1', 5, duty.id],
      ['1.2', 10, duty.id],
      ['2.0', 30, chief.id],
    ]);
    expect(await noticesTo(duty, id)).toHaveLength(3);
    expect((await firings(id)).map(({ late }) => late)).toEqual([false, false, false, false]);
  });

  test('tells what was missed once, in order, and says that it is late', async () => {
    const { id } = await opened(2);
    await pass(40);
    const all = await firings(id);
    expect(all.map(({ rung, repeat, state, late }) => [rung, repeat, state, late])).toEqual([
      [1, 0, 'told', false],
      [1, 1, 'skipped', false],
      [1, 2, 'told', true],
      [2, 0, 'told', true],
    ]);
  });

  test('rests while somebody has it, and goes on as much later when the reminder is due', async () => {
    const { id } = await opened(2);
    await acknowledged(id, 2);
    await pass(60);
    expect(await told(id)).toEqual([['1.0', 0, duty.id]]);
    expect((await read(`/alerts/${id}/escalation`)).ladders[0]).toMatchObject({
      nextDueAt: null,
      restsSince: at(2).toString(),
    });
    await becomes(id, 'reminded', 62, {});
    expect((await told(id)).at(-1)).toEqual(['1.null', 62, duty.id]);
    await pass(64);
    expect(await told(id)).toHaveLength(2);
    await pass(65);
    expect((await told(id)).at(-1)).toEqual(['1.1', 65, duty.id]);
  });

  test('of a higher level begins when it rises, also over somebody who has acknowledged', async () => {
    const { id } = await opened(2);
    await acknowledged(id, 1);
    await becomes(id, 'raised', 4, { level: 3, levelSince: at(4), state: 'open', acknowledged: null });
    const [raised, first] = (await read(`/alerts/${id}/escalation`)).ladders;
    expect([raised.level, raised.startedAt, first.endedBy]).toEqual([3, at(4).toString(), 'raised']);
    expect((await firings(id)).filter(({ level }) => level === 2).map(({ state }) => state)).toEqual([
      ...['told', 'stopped', 'stopped', 'stopped'],
    ]);
    await pass(14);
    expect((await told(id)).map(([which, minutes, ...whom]) => [which, minutes, whom.length])).toEqual([
      ['1.0', 0, 1],
      ['1.0', 4, 3],
      ['1.1', 14, 3],
    ]);
  });

  test('ends when it closes, and who was told of it is told that it is over', async () => {
    const { id } = await opened(2);
    await becomes(id, 'lowered', 1, { level: 1, levelSince: at(1) });
    await becomes(id, 'closed', 3, { state: 'closed', closedAt: at(3) });
    await pass(60);
    expect(await told(id)).toHaveLength(1);
    expect((await noticesTo(duty, id)).map(({ kind }) => kind)).toEqual(['alert.closed', 'alert.told']);
    expect(await noticesTo(chief, id)).toEqual([]);
  });

  test('goes to the next rung at once where nobody is on call, and to the owner of the service at its end', async () => {
    await setRoute(4, [
      { afterSeconds: 0, repeats: 1, repeatEverySeconds: 300, roles: [{ kind: 'on-duty' }] },
      { afterSeconds: 3600, roles: [{ kind: 'expert' }] },
    ]);
    const { id } = await opened(4, { serviceId: lonelyId });
    const [first, second, ...more] = await firings(id);
    expect(first).toMatchObject({ rung: 1, nobody: true, missing: ['no on-call rota is for it'], told: [] });
    expect([second?.rung, second?.nobody, second && minutesOf(second)]).toEqual([2, true, 0]);
    expect(second?.told).toMatchObject([{ id: owner.id, because: 'nobody else was found: owner of the service' }]);
    expect(more).toEqual([]);
    await pass(5);
    expect((await told(id)).at(-1)).toEqual(['1.1', 5, owner.id]);
  });

  test('asks who is on call when a rung is told, not when the alert opens', async () => {
    const [early, late] = [await cast.person(), await cast.person()];
    const { id: ownId } = await register.make();
    const rota = await cast.rota(early, { serviceId: ownId });
    const { id } = await opened(2, { serviceId: ownId });
    const takeOver = { kind: 'take over', personId: late.id, reason: 'swap' };
    const span = { from: at(1).toString(), until: at(20).toString() };
    await cast.staff.change('post', `/on-call-rotas/${rota.id}/overrides`, 1, { ...takeOver, ...span });
    await pass(5);
    expect(await told(id)).toEqual([
      ['1.0', 0, early.id],
      ['1.1', 5, late.id],
    ]);
  });

  test('is held at the database too: told once, frozen, never deleted', async () => {
    const { id } = await opened(2);
    const [{ id: firingId = '' } = {}] = await database.db.rows<{ id: string }>(
      `SELECT f.id FROM alert_firing f JOIN alert_ladder l ON l.id = f.ladder_id WHERE l.alert_id = $1 AND f.state = 'told'`,
      [id],
    );
    const ladder = '(SELECT id FROM alert_ladder WHERE alert_id = $1)';
    const again = `UPDATE alert_firing SET state = 'pending', done_at = NULL WHERE id = $1`;
    await attacker.expectRefused(() => [[again, firingId]], 'alert_firing_is_once');
    await attacker.expectRefused(
      () => [['DELETE FROM alert_firing WHERE id = $1', firingId]],
      'alert_firing_never_deleted',
    );
    const moved = `UPDATE alert_firing SET rung = 2 WHERE state = 'pending' AND ladder_id = ${ladder}`;
    await attacker.expectRefused(() => [[moved, id]], 'alert_firing_is_frozen');
    const rungs = 'UPDATE alert_ladder_rung SET after_seconds = 1 WHERE ladder_id = ';
    await attacker.expectRefused(() => [[rungs + ladder, id]], { code: '42501' });
    const more = `INSERT INTO alert_ladder_rung (ladder_id, rung, after_seconds, repeats, repeat_every_seconds, roles)
      SELECT id, 3, 9, 0, 60, '[]' FROM alert_ladder WHERE alert_id = $1`;
    await attacker.expectRefused(() => [[more, id]], 'alert_ladder_is_frozen');
    await attacker.expectRefused(
      () => [['UPDATE alert_ladder SET level = 4 WHERE alert_id = $1', id]],
      'alert_ladder_is_frozen',
    );
    await attacker.expectRefused(
      () => [['DELETE FROM alert_ladder WHERE alert_id = $1', id]],
      'alert_ladder_never_deleted',
    );
    await attacker.expectRefused(() => [['DELETE FROM alert_told WHERE firing_id = $1', firingId]], { code: '42501' });
  });
});

describe('the routes of the levels', () => {
  test('name what is in use, from the first rung on, and are replaced with the version that was read', async () => {
    const [route] = (await read('/alert-routing')).routes;
    const put = (version: number, rungs: object[]) => cast.staff.change('put', '/alert-routing/1', version, { rungs });
    const onDuty = { afterSeconds: 0, roles: [{ kind: 'on-duty' }] };
    expect((await put(route.version + 1, [onDuty])).body.code).toBe('stale-alert-route');
    const nobody = { ...onDuty, roles: [{ kind: 'named', principalId: lonelyId }] };
    const refused = await put(route.version, [nobody]);
    expect([refused.status, refused.body.fields[0].field]).toEqual([422, '#/rungs/0/roles/0/principalId']);
    const waiting = await put(route.version, [{ ...onDuty, afterSeconds: 60 }]);
    expect([waiting.status, waiting.body.fields[0].field]).toEqual([400, '#/rungs/0/afterSeconds']);
    const bad = `UPDATE alert_route SET rungs = '[{"afterSeconds": 1}]' WHERE level = 1`;
    await attacker.expectRefused(() => [[bad]], 'alert_route_rungs');
    expect((await put(route.version, [])).body).toMatchObject({ level: 1, rungs: [], version: route.version + 1 });
    const { id } = await opened(1);
    expect([await told(id), (await read(`/alerts/${id}/escalation`)).ladders]).toEqual([[], []]);
    await setRoute(1, [onDuty]);
    expect((await auditOf(database.db, 'alert-route', '1')).at(-1)?.action).toBe('alert-route.replace');
  });
});
