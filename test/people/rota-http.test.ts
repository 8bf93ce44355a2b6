import { describe, expect, test } from 'vitest';
import { newId } from '../../src/kernel/ids.ts';
import { onCallRoutes } from '../../src/people/on-call.routes.ts';
import { peopleRoutes } from '../../src/people/people.routes.ts';
import { profileRoutes } from '../../src/people/profile.routes.ts';
import { rotaRoutes } from '../../src/people/rota.routes.ts';
import { skillFieldRoutes } from '../../src/people/skill-field.routes.ts';
import { makeCaller, useApp } from '../http/support.ts';
import { runAs, useDatabase } from '../support/database.ts';
import { auditOf } from './cast.ts';
import { PEOPLE_ENTITIES } from './entities.ts';
import { staffOf } from './support.ts';

const database = useDatabase(PEOPLE_ENTITIES);
const server = useApp(database, () => ({
  routes: [...peopleRoutes(), ...profileRoutes(), ...skillFieldRoutes(), ...rotaRoutes(), ...onCallRoutes()],
}));
const staff = staffOf(server);

const WINDOW = { fromWeekday: 'friday', from: '18:00', untilWeekday: 'monday', until: '09:00' };

const layerOf = (participants: string[], more: object = {}) => ({
  participants,
  rotation: { unit: 'days', length: 1 },
  startsOn: '2026-03-01',
  handoverAt: '09:00',
  windows: [],
  ...more,
});

async function rotaOf(more: object = {}) {
  const [a, b, owner] = [await staff.person(), await staff.person(), await staff.person()];
  const body = { name: `rota ${newId()}`, zone: 'Europe/Berlin', ownerId: owner.id, layers: [layerOf([a.id, b.id])] };
  return { a, b, rota: await staff.add('/on-call-rotas', { ...body, ...more }) };
}

const onCall = (id: string, from: string, until: string) =>
  staff.read(`/on-call-rotas/${id}/on-call?from=${from}&until=${until}`);

describe('an on-call rota over HTTP', () => {
  test('is answered as it was stated, and changes in what a change names', async () => {
    const { a, rota } = await rotaOf();
    const layers = [
      layerOf([a.id, a.id], { windows: [WINDOW], rotation: { unit: 'weeks', length: 2 } }),
      layerOf([], { handoverAt: '23:59', startsOn: '1970-01-01' }),
    ];
    const changed = await staff.change('patch', `/on-call-rotas/${rota.id}`, 1, { layers });
    expect([changed.status, changed.body]).toEqual([
      200,
      { ...rota, layers, version: 2, updatedAt: changed.body.updatedAt },
    ]);
    expect(await staff.read(`/on-call-rotas/${rota.id}`)).toEqual(changed.body);
    expect((await staff.change('patch', `/on-call-rotas/${rota.id}`, 1, { zone: 'UTC' })).status).toBe(412);
    expect((await auditOf(database.db, 'on-call-rota', rota.id)).map(({ action }) => action)).toEqual([
      'on-call-rota.create',
      'on-call-rota.update',
    ]);
  });

  test('says who is on call over a change of clocks, with local times', async () => {
    const { a, b, rota } = await rotaOf();
    const { zone, segments } = await onCall(rota.id, '2026-03-28T08:00:00Z', '2026-03-30T07:00:00Z');
    expect(zone).toBe('Europe/Berlin');
    expect(segments).toEqual([
      {
        person: { id: b.id, name: b.name },
        from: '2026-03-28T08:00:00.000Z',
        until: '2026-03-29T07:00:00.000Z',
        fromLocal: 'Sat 2026-03-28 09:00',
        layer: 1,
        overrideId: null,
      },
      {
        person: { id: a.id, name: a.name },
        from: '2026-03-29T07:00:00.000Z',
        until: '2026-03-30T07:00:00.000Z',
        fromLocal: 'Sun 2026-03-29 09:00',
        layer: 1,
        overrideId: null,
      },
    ]);
  });

  test('the later of two overlapping overrides wins until it is cancelled', async () => {
    const { rota } = await rotaOf();
    const [x, y] = [await staff.person(), await staff.person()];
    const span = { from: '2026-04-01T10:00:00Z', until: '2026-04-01T12:00:00Z' };
    const add = (version: number, personId: string) =>
      staff.change('post', `/on-call-rotas/${rota.id}/overrides`, version, {
        ...{ kind: 'take over', personId, reason: 'swap' },
        ...span,
      });
    const [first, second] = [await add(1, x.id), await add(2, y.id)];
    expect([first.status, second.status, (await add(2, x.id)).status]).toEqual([201, 201, 412]);
    const persons = async () =>
      (await onCall(rota.id, span.from, span.until)).segments.map((one: { person: { id: string } }) => one.person.id);
    expect(await persons()).toEqual([y.id]);
    const path = `/on-call-rotas/${rota.id}/overrides/${second.body.id}/cancel`;
    expect((await staff.change('post', path, 3)).body.cancelledAt).not.toBeNull();
    expect(await persons()).toEqual([x.id]);
    expect((await staff.change('post', path, 4)).body.code).toBe('on-call-override-cancelled');
    expect((await staff.read(`/on-call-rotas/${rota.id}/overrides`)).items).toHaveLength(2);
  });

  test('takes overrides of an operator, who appears in the audit trail, and no other change', async () => {
    const { a, rota } = await rotaOf();
    const operator = await makeCaller(database.db, `operator ${newId()}`, ['operator']);
    const viewer = await makeCaller(database.db, `viewer ${newId()}`, ['viewer']);
    const path = `/on-call-rotas/${rota.id}`;
    const body = { kind: 'take over', personId: a.id, reason: 'Swapped', from: '2026-03-29T00:00:00Z' };
    const enter = (bearer: string) =>
      staff
        .change('post', `${path}/overrides`, 1, { ...body, until: '2026-03-30T00:00:00Z' })
        .set('Authorization', bearer);
    expect((await enter(viewer.bearer)).body.code).toBe('permission-missing');
    const made = await enter(operator.bearer);
    expect(made.status).toBe(201);
    const cancelled = await staff
      .change('post', `${path}/overrides/${made.body.id}/cancel`, 2)
      .set('Authorization', operator.bearer);
    expect(cancelled.status).toBe(200);
    const acts = (await auditOf(database.db, 'on-call-rota', rota.id)).slice(1);
    expect(acts.map(({ action, actor_id }) => [action, actor_id])).toEqual([
      ['on-call-rota.override', operator.principal.id],
      ['on-call-rota.cancel-override', operator.principal.id],
    ]);
    const change = staff.change('patch', path, 3, { zone: 'UTC' }).set('Authorization', operator.bearer);
    expect((await change).body.code).toBe('permission-missing');
  });

  test('names its gaps: who has no way of contact, and when nobody is on call', async () => {
    const { a, b, rota } = await rotaOf({ layers: [] });
    const field = await staff.field();
    for (const [person, contacts] of [
      [a, []],
      [b, [{ kind: 'mobile', value: '1' }]],
    ] as const) {
      const skills = [{ fieldId: field.id, level: 'basic', since: '2020-01-01T00:00:00Z' }];
      await staff.change('patch', `/persons/${person.id}/profile`, 1, { skills, contacts });
    }
    await staff.change('patch', `/on-call-rotas/${rota.id}`, 1, {
      fieldId: field.id,
      layers: [layerOf([a.id, b.id])],
    });
    const gaps = async (from: string, until: string) =>
      (await staff.read(`/on-call-rotas/${rota.id}/gap-report?from=${from}&until=${until}`)).gaps;
    expect(await gaps('2026-02-28T23:00:00Z', '2026-03-04T08:00:00Z')).toMatchObject([
      { person: null, because: 'nobody', until: '2026-03-01T08:00:00.000Z' },
      { person: { id: a.id }, because: 'no contact', from: '2026-03-01T08:00:00.000Z' },
      { person: { id: a.id }, because: 'no contact', from: '2026-03-03T08:00:00.000Z' },
    ]);
    await staff.change('post', `/persons/${b.id}/disable`, 2);
    const [gap] = await gaps('2026-03-02T08:00:00Z', '2026-03-03T08:00:00Z');
    expect(gap.sentence).toBe(
      `Nobody with ${field.name} is on call from Mon 2026-03-02 09:00 to Tue 2026-03-03 09:00, Europe/Berlin: ${b.name} would be, but is disabled`,
    );
  });

  test('a person who is taken off leaves nobody on call: nobody takes over unasked', async () => {
    const { a, rota } = await rotaOf();
    const body = {
      kind: 'remove',
      personId: a.id,
      reason: 'ill',
      from: '2026-03-29T00:00:00Z',
      until: '2026-03-31T00:00:00Z',
    };
    await staff.change('post', `/on-call-rotas/${rota.id}/overrides`, 1, body);
    const { segments } = await onCall(rota.id, '2026-03-29T08:00:00Z', '2026-03-30T06:00:00Z');
    expect(segments).toMatchObject([{ person: null, layer: null }]);
  });

  test.each([
    ['of no zone', { zone: 'Mars/Olympus' }, 400, '#/zone'],
    [
      'with a window without length',
      { layers: [layerOf([], { windows: [{ ...WINDOW, untilWeekday: 'friday', until: '18:00' }] })] },
      400,
      '#/layers/0/windows/0',
    ],
    [
      'with a turn of no length',
      { layers: [layerOf([], { rotation: { unit: 'days', length: 0 } })] },
      400,
      '#/layers/0/rotation/length',
    ],
    ['with a participant who is no person', { layers: [layerOf([newId()])] }, 422, '#/layers'],
    ['for a service that there is not', { serviceId: newId() }, 422, '#/serviceId'],
    ['for a field that there is not', { fieldId: newId() }, 422, '#/fieldId'],
  ])('is refused %s', async (_, more, status, field) => {
    const { id } = await staff.person();
    const body = { name: `rota ${newId()}`, zone: 'UTC', ownerId: id, layers: [], ...more };
    const answer = await server.request('post', '/api/v1/on-call-rotas').send(body);
    expect([answer.status, answer.body.fields?.[0]?.field]).toEqual([status, field]);
  });

  test('is read for two weeks from now unless a span is stated', async () => {
    const { rota } = await rotaOf({ layers: [] });
    const before = Date.now();
    const { gaps } = await staff.read(`/on-call-rotas/${rota.id}/gap-report`);
    expect(gaps).toHaveLength(1);
    const [from, until] = [Date.parse(gaps[0].from), Date.parse(gaps[0].until)];
    expect(until - from).toBe(14 * 86_400_000);
    expect(Math.abs(from - before)).toBeLessThan(600_000);
    const alone = await staff.read(`/on-call-rotas/${rota.id}/gap-report?until=2199-01-01T00:00:00Z`);
    expect(alone.fields[0].field).toContain('until');
  });

  test('is read for a span of at most 92 days that has a length', async () => {
    const { rota } = await rotaOf();
    for (const until of ['2026-01-01T00:00:00Z', '2026-04-03T00:00:01Z']) {
      expect((await onCall(rota.id, '2026-01-01T00:00:00Z', until)).fields[0].field).toContain('until');
    }
    expect((await onCall(rota.id, '2026-01-01T00:00:00Z', '2026-04-03T00:00:00Z')).segments.length).toBeGreaterThan(30);
  });

  test('stays readable when it is retired, changes no more, and is never deleted', async () => {
    const { rota } = await rotaOf();
    await staff.change('post', `/on-call-rotas/${rota.id}/retire`, 1, { reason: 'Merged' });
    expect((await staff.change('patch', `/on-call-rotas/${rota.id}`, 2, { zone: 'UTC' })).body.code).toBe(
      'on-call-rota-retired',
    );
    expect((await staff.read(`/on-call-rotas/${rota.id}`)).retired.reason).toBe('Merged');
    const removal = runAs(database.service, 'DELETE FROM on_call_rota WHERE id = $1', [rota.id]);
    await expect(removal).rejects.toMatchObject({ constraint: 'on_call_rota_never_deleted' });
  });
});
