import { describe, expect, test } from 'vitest';
import { planReadinessRoutes } from '../../../src/alerts/plans/plan-readiness.routes.ts';
import { responsePlanRoutes } from '../../../src/alerts/plans/response-plan.routes.ts';
import { newId } from '../../../src/kernel/ids.ts';
import { ServiceEntity } from '../../../src/services/service.entity.ts';
import { counterOf } from '../../allocations/support.ts';
import { useApp } from '../../http/support.ts';
import { LICENCE_ENTITIES, licencesOf, takeSeats } from '../../licences/support.ts';
import { auditOf } from '../../people/cast.ts';
import { PEOPLE_ENTITIES } from '../../people/entities.ts';
import { registerOf } from '../../services/register.ts';
import { attackerOf } from '../../support/attack.ts';
import { useDatabase } from '../../support/database.ts';
import { dutyCastOf, dutyRoutes } from '../duty-cast.ts';

const database = useDatabase([...PEOPLE_ENTITIES, ...LICENCE_ENTITIES, ServiceEntity]);
const server = useApp(database, () => ({
  routes: [...dutyRoutes(), ...responsePlanRoutes(), ...planReadinessRoutes()],
}));
const cast = dutyCastOf(server);
const register = registerOf(database);
const counter = counterOf(database);
const licences = licencesOf(database);
const attacker = attackerOf(database);
const { add, change, read } = cast.staff;

const service = () => register.make();
const onDuty = { text: 'Look', limitSeconds: 600, role: { kind: 'on-duty' } };
const contentOf = (more: object = {}) => ({ name: 'Plan', steps: [onDuty], ...more });
const planOf = async (more: object = {}, level = 2) =>
  add('/response-plans', { level, serviceId: (await service()).id, ...contentOf(more) });

const readinessOf = (id: string, query = '') => read(`/response-plans/${id}/readiness${query}`);
const refused = async (body: object) => {
  const answer = await server.request('post', '/api/v1/response-plans').send(body);
  return [answer.status, answer.body.code, answer.body.fields?.map(({ field }: { field: string }) => field)];
};

/** A backup set with a sound recovery point of an age in hours; null: without one. */
async function backupSet(ageHours: number | null): Promise<string> {
  const id = newId();
  await database.db.execute(
    `WITH r AS (INSERT INTO repository (id, name, kind, root, writable, worker_tag, identity)
                VALUES ($2, $3, 'local', '/srv/' || $3, true, 'default', $3) RETURNING id)
     INSERT INTO backup_set (id, name, repository_id, kind, stale_after_seconds)
     SELECT $1, $3, id, 'postgresql', 3600 FROM r`,
    [id, newId(), `set-${id}`],
  );
  if (ageHours !== null) await soundPoint(id, ageHours);
  return id;
}

async function soundPoint(setId: string, ageHours: number): Promise<void> {
  await database.db.execute(
    `INSERT INTO recovery_point (id, set_id, repository_id, name, method, own, taken_at, finished_at, size_bytes, digest,
                                 verdict, verdict_at, read_in_full_at, state, created_at)
     SELECT $1::uuid, s.id, s.repository_id, $1::text, 'unknown', false, t, t, 1, repeat('a', 64), 'sound', now(), now(), 'present', t
     FROM backup_set s, (SELECT now() - make_interval(hours => $3) AS t) taken WHERE s.id = $2`,
    [newId(), setId, ageHours],
  );
}

describe('a response plan', () => {
  test('is answered as it was stated, with names, and replaced edition by edition', async () => {
    const field = await cast.field();
    const [someone, owner] = [await cast.person(), await service()];
    const partId = await counter.part({ manufacturer: 'Northwind', part_number: `P ${newId()}` });
    const [modelId, setId, product] = [await counter.model(), await backupSet(1), await licences.product()];
    const steps = [
      onDuty,
      { text: 'Decide', limitSeconds: 60, role: { kind: 'supervisor' } },
      { text: 'Restore', limitSeconds: 60, role: { kind: 'expert', fieldId: field.id } },
      { text: 'Any', limitSeconds: 60, role: { kind: 'expert' } },
      { text: 'Call', limitSeconds: 60, role: { kind: 'named', principalId: someone.id } },
    ];
    const made = await add('/response-plans', {
      ...{ level: 3, serviceId: owner.id, name: 'First', note: 'why', steps },
      spares: [
        { partId, quantity: 2 },
        { deviceModelId: modelId, quantity: 1 },
      ],
      seats: [{ productId: product.id, quantity: 3 }],
      backups: [{ backupSetId: setId, youngerThanSeconds: 7200 }],
    });
    expect(made).toMatchObject({
      ...{ level: 3, edition: 1, version: 1, name: 'First', note: 'why', retired: null },
      service: { id: owner.id, name: owner.name },
      spares: [
        { kind: 'part', id: partId, quantity: 2, name: expect.stringMatching(/^Northwind P /) },
        { kind: 'device-model', id: modelId, quantity: 1 },
      ],
      seats: [{ id: product.id, quantity: 3, name: expect.stringContaining(product.name) }],
      backups: [{ id: setId, youngerThanSeconds: 7200 }],
      createdBy: { id: server.admin.principal.id },
    });
    expect(made.steps.map(({ role }: { role: object }) => role)).toEqual([
      { kind: 'on-duty' },
      { kind: 'supervisor' },
      { kind: 'expert', field: { id: field.id, name: field.name } },
      { kind: 'expert', field: null },
      { kind: 'named', principal: { id: someone.id, name: someone.name } },
    ]);
    const path = `/response-plans/${made.id}`;
    const replaced = await change('post', `${path}/editions`, 1, contentOf({ name: 'Second' }));
    expect([replaced.status, replaced.body]).toMatchObject([
      201,
      { edition: 2, version: 2, name: 'Second', spares: [] },
    ]);
    expect((await change('post', `${path}/editions`, 1, contentOf())).body.code).toBe('stale-response-plan');
    expect(await read(path)).toEqual(replaced.body);
    const { items } = await read(`${path}/editions`);
    expect(items.map(({ edition, name }: { edition: number; name: string }) => [edition, name])).toEqual([
      [2, 'Second'],
      [1, 'First'],
    ]);
    expect(await read(`${path}/editions/1`)).toEqual(items[1]);
    expect(items[1].steps).toEqual(made.steps);
    expect((await read(`${path}/editions/3`)).code).toBe('no-such-plan-edition');
    expect((await auditOf(database.db, 'response-plan', made.id)).map(({ action }) => action)).toEqual([
      'response-plan.create',
      'response-plan.replace',
    ]);
  });

  test('is one for each level and service, and makes room when it is retired', async () => {
    const { id: serviceId } = await service();
    const first = await add('/response-plans', { level: 1, serviceId, ...contentOf() });
    expect(await refused({ level: 1, serviceId, ...contentOf() })).toEqual([409, 'response-plan-exists', ['#/level']]);
    await add('/response-plans', { level: 2, serviceId, ...contentOf() });
    expect((await change('post', `/response-plans/${first.id}/retire`, 1, { reason: 'old' })).status).toBe(200);
    const late = await change('post', `/response-plans/${first.id}/editions`, 2, contentOf());
    expect(late.body.code).toBe('response-plan-retired');
    await add('/response-plans', { level: 1, serviceId, ...contentOf() });
    const listed = await read(`/response-plans?serviceId=${serviceId}&level=1&state=all`);
    expect(listed.items.map(({ retired }: { retired: object | null }) => retired !== null)).toEqual([true, false]);
  });

  test.each([
    ['without steps', contentOf({ steps: [] }), 400, '#/steps'],
    [
      'with a step without a limit',
      contentOf({ steps: [{ ...onDuty, limitSeconds: 0 }] }),
      400,
      '#/steps/0/limitSeconds',
    ],
    [
      'with a role of nobody',
      contentOf({ steps: [{ ...onDuty, role: { kind: 'boss' } }] }),
      400,
      '#/steps/0/role/kind',
    ],
    [
      'with a person that there is not',
      contentOf({ steps: [{ ...onDuty, role: { kind: 'named', principalId: newId() } }] }),
      422,
      '#/steps/0/role/principalId',
    ],
    [
      'with a skill that there is not',
      contentOf({ steps: [{ ...onDuty, role: { kind: 'expert', fieldId: newId() } }] }),
      422,
      '#/steps/0/role/fieldId',
    ],
    ['with a part that there is not', contentOf({ spares: [{ partId: newId(), quantity: 1 }] }), 422, '#/spares/0'],
    [
      'with a product that there is not',
      contentOf({ seats: [{ productId: newId(), quantity: 1 }] }),
      422,
      '#/seats/0/productId',
    ],
    [
      'with a backup set that there is not',
      contentOf({ backups: [{ backupSetId: newId(), youngerThanSeconds: 60 }] }),
      422,
      '#/backups/0/backupSetId',
    ],
    ['for a service that there is not', contentOf({ serviceId: newId() }), 422, '#/serviceId'],
    ['for a level that there is not', contentOf({ level: 5 }), 400, '#/level'],
  ])('is refused %s', async (_, content, status, field) => {
    const [answered, , fields] = await refused({ level: 4, serviceId: (await service()).id, ...content });
    expect([answered, fields]).toEqual([status, [field]]);
  });

  test('says at the database too what an edition said once and for all', async () => {
    const plan = await planOf({ spares: [{ partId: await counter.part(), quantity: 1 }] });
    for (const table of ['edition', 'step', 'need']) {
      const edit = `UPDATE response_plan_${table} SET edition = 7 WHERE plan_id = $1`;
      await attacker.expectRefused(() => [[edit, plan.id]], { code: '42501' });
      const remove = `DELETE FROM response_plan_${table} WHERE plan_id = $1`;
      await attacker.expectRefused(() => [[remove, plan.id]], { code: '42501' });
    }
    const step = `INSERT INTO response_plan_step (plan_id, edition, seq, text, limit_seconds, role)
      VALUES ($1, $2, 2, 'more', 1, 'on-duty')`;
    await attacker.expectRefused(() => [[step, plan.id, 1]], 'response_plan_step_is_next');
    const two = 'UPDATE response_plan SET edition = edition + 2, version = version + 1 WHERE id = $1';
    await attacker.expectRefused(() => [[two, plan.id]], 'response_plan_edition_by_edition');
    const moved = 'UPDATE response_plan SET level = 4, version = version + 1 WHERE id = $1';
    await attacker.expectRefused(() => [[moved, plan.id]], 'response_plan_edition_by_edition');
    await attacker.expectRefused(
      () => [['DELETE FROM response_plan WHERE id = $1', plan.id]],
      'response_plan_never_deleted',
    );
    const without = 'UPDATE response_plan SET edition = edition + 1, version = version + 1 WHERE id = $1';
    await expect(database.db.transaction((tx) => tx.execute(without, [plan.id]))).rejects.toMatchObject({
      constraint: 'response_plan_edition_in_force',
    });
  });
});

describe('the readiness of response plans', () => {
  test('counts the reserve, and says who has the last spare', async () => {
    const partId = await counter.part({ part_number: `PSU-${newId()}`, emergency_reserve: 1 });
    const [unitId = ''] = await counter.units(partId, await counter.site(), 2);
    const someone = await cast.person();
    const { id: serviceId } = await service();
    await cast.rota(someone, { serviceId });
    const spares = [{ partId, quantity: 2 }];
    const plan = await add('/response-plans', { level: 2, serviceId, ...contentOf({ spares }) });
    const ready = await readinessOf(plan.id);
    expect(ready).toMatchObject({
      ...{ ready: true, reasons: [], service: { id: serviceId } },
      roles: [{ steps: [1], ready: true, holders: [{ id: someone.id, name: someone.name, kind: 'person' }] }],
      spares: [{ id: partId, needed: 2, available: 2, ready: true, reason: null }],
    });
    expect(ready.roles[0].holders[0].because).toMatch(/^on call by rota /);
    await counter.checkout([{ unitId }]);
    const { ready: isReady, summary, spares: counted } = await readinessOf(plan.id);
    expect([isReady, counted[0].available]).toEqual([false, 1]);
    expect(summary).toMatch(
      /^plan not ready: 2 x Northwind PSU-\S+ needed, 1 is free even with the reserve. Handed out: 1 by person .* \(CO-\d+\)/,
    );
  });

  test('says what is needed for a failed device, counted together with the parts themselves', async () => {
    const partId = await counter.part();
    const modelId = await counter.model();
    await counter.fit({ part_id: partId, device_model_id: modelId, quantity: 2 });
    await counter.units(partId, await counter.site(), 2);
    const device = { deviceModelId: modelId, quantity: 1 };
    const alone = await planOf({ spares: [device] });
    expect((await readinessOf(alone.id)).spares).toMatchObject([{ needed: 1, available: 1, ready: true }]);
    const both = await planOf({ spares: [device, { partId, quantity: 1 }] });
    expect((await readinessOf(both.id)).spares).toMatchObject([
      { kind: 'device-model', available: 0, ready: false },
      { kind: 'part', available: 1, ready: true },
    ]);
    const unfit = await planOf({ spares: [{ deviceModelId: await counter.model(), quantity: 1 }] });
    expect((await readinessOf(unfit.id)).spares[0].reason).toContain('No part in use fits it without a condition');
  });

  test('counts the seats of the contract', async () => {
    const entitlement = await licences.entitlement({ quantity: 3 });
    const plan = await planOf({ seats: [{ productId: entitlement.product.id, quantity: 2 }] });
    expect((await readinessOf(plan.id)).seats).toMatchObject([{ needed: 2, available: 2, ready: true }]);
    await takeSeats(database.db, entitlement.id, 2);
    const [seat] = (await readinessOf(plan.id)).seats;
    expect(seat).toMatchObject({ needed: 2, available: 1, ready: false });
    expect(seat.reason).toContain('Handed out: 2 by team ');
  });

  test('knows how old the newest sound recovery point may be', async () => {
    const [young, old, none] = [await backupSet(1), await backupSet(30), await backupSet(null)];
    const backups = [young, old, none].map((backupSetId) => ({ backupSetId, youngerThanSeconds: 86_400 }));
    const plan = await planOf({ backups });
    const found = (await readinessOf(plan.id)).backups;
    expect(found.map(({ ready }: { ready: boolean }) => ready)).toEqual([true, false, false]);
    expect(found[1].reason).toMatch(/is 1 d 6 h old, and may be 1 d 0 h$/);
    await soundPoint(old, 2);
    expect((await readinessOf(plan.id)).backups[1].ready).toBe(true);
  });

  test('names who fills each role at this moment, or why nobody does', async () => {
    const [field, other] = [await cast.field(), await cast.field()];
    const chief = await cast.person({ functions: ['supervisor'] });
    const [expert, former] = [
      await cast.person({ fieldIds: [field.id] }),
      await cast.person({ fieldIds: [other.id], validUntil: '2021-01-01T00:00:00Z' }),
    ];
    const team = await cast.team([chief, expert]);
    const { id: serviceId } = await register.make({
      ownerId: team.id,
      requirements: { spares: [], seats: [], skills: [field.name] },
    });
    const rota = await cast.rota(null, { serviceId });
    const roles = [
      { kind: 'on-duty' },
      { kind: 'supervisor' },
      { kind: 'expert' },
      { kind: 'expert', fieldId: other.id },
      { kind: 'named', principalId: team.id },
    ];
    const steps = roles.map((role) => ({ ...onDuty, role }));
    const plan = await add('/response-plans', { level: 4, serviceId, ...contentOf({ steps }) });
    const { ready, reasons, roles: found } = await readinessOf(plan.id);
    expect(found.map((one: { holders: { id: string }[] }) => one.holders.map(({ id }) => id))).toEqual([
      [],
      [chief.id],
      [expert.id],
      [],
      [team.id],
    ]);
    expect([ready, reasons]).toEqual([
      false,
      [
        `nobody on call: ${rota.name} has nobody on call`,
        `nobody for an expert in ${other.name}: nobody has the skill ${other.name} now (${former.name}: the skill has expired (2021-01-01T00:00:00Z))`,
      ],
    ]);
    await cast.disable(chief);
    expect((await readinessOf(plan.id)).roles[1].holders.map(({ id }: { id: string }) => id)).not.toContain(chief.id);
  });

  test('goes to the rota of the team where that of the service has nobody', async () => {
    const [duty, member] = [await cast.person(), await cast.person()];
    const team = await cast.team([member]);
    const { id: serviceId } = await register.make({ ownerId: team.id });
    const empty = await cast.rota(null, { serviceId });
    await cast.rota(duty, { ownerId: team.id });
    const plan = await add('/response-plans', { level: 1, serviceId, ...contentOf() });
    const [role] = (await readinessOf(plan.id)).roles;
    expect(role).toMatchObject({
      ready: true,
      holders: [{ id: duty.id }],
      missing: [`${empty.name} has nobody on call`],
    });
  });

  test('of a service is that of its own plan at a level, or else of the plan for all', async () => {
    const { id: serviceId, name } = await service();
    for (const plan of (await read('/response-plans?limit=200')).items) {
      if (plan.service === null)
        await change('post', `/response-plans/${plan.id}/retire`, plan.version, { reason: 'x' });
    }
    const forAll = await add('/response-plans', { level: 1, ...contentOf({ name: 'for all' }) });
    await add('/response-plans', { level: 2, ...contentOf({ name: 'for all too' }) });
    await add('/response-plans', { level: 2, serviceId, ...contentOf({ name: 'its own' }) });
    const { plans } = await read(`/services/${serviceId}/plan-readiness`);
    expect(plans.map(({ plan }: { plan: { name: string; level: number } }) => [plan.level, plan.name])).toEqual([
      [1, 'for all'],
      [2, 'its own'],
    ]);
    const about = await readinessOf(forAll.id, `?serviceId=${serviceId}`);
    expect([about.service, plans[0].service]).toEqual([
      { id: serviceId, name },
      { id: serviceId, name },
    ]);
    expect((await readinessOf(forAll.id)).service).toBeNull();
  });

  test('is listed where it is not given, page by page', async () => {
    const someone = await cast.person();
    const named = { ...onDuty, role: { kind: 'named', principalId: someone.id } };
    const ready = await planOf({ steps: [named] });
    const parts = [await counter.part(), await counter.part()];
    const short: string[] = [];
    for (const partId of parts) short.push((await planOf({ steps: [named], spares: [{ partId, quantity: 1 }] })).id);
    const seen: string[] = [];
    let after = '';
    do {
      const page = await read(`/response-plans-not-ready?limit=1${after}`);
      expect(page.items.length).toBeLessThanOrEqual(1);
      seen.push(
        ...page.items.map(({ plan, ready: isReady }: { plan: { id: string }; ready: boolean }) => {
          expect(isReady).toBe(false);
          return plan.id;
        }),
      );
      after = page.next === null ? '' : `&after=${page.next}`;
    } while (after !== '');
    expect(seen).toEqual(seen.toSorted());
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.filter((id) => short.includes(id))).toEqual(short);
    expect(seen).not.toContain(ready.id);
  });
});
