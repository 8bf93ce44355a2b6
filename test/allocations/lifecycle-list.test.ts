import { describe, expect, test } from 'vitest';
import { newId } from '../../src/kernel/ids.ts';
import { useAllocations } from './lifecycle-cast.ts';

const cast = useAllocations();
const { shelf, site, get } = cast;

const team = async () => ({ kind: 'team', id: (await cast.principal('team')).id });
const idsOf = (answer: { body: { items: { id: string }[] } }) => answer.body.items.map(({ id }) => id);

async function units(count: number) {
  const partId = await shelf.part();
  return { partId, unitIds: await shelf.units(partId, site.id, count) };
}

describe('lists of allocations', () => {
  test('newest first, from page to page, with how their lines stand', async () => {
    const holder = await team();
    const { unitIds } = await units(3);
    const made: string[] = [];
    for (const unitId of unitIds)
      made.push((await cast.checkOut([{ unitId }], { holder, dueAt: '2099-01-01T00:00:00Z' })).id);
    const path = `/checkouts?holderId=${holder.id}`;
    const all = await get(`${path}&total=true`);
    expect([idsOf(all), all.body.total]).toEqual([made.toReversed(), '3']);
    expect(all.body.items[0]).toMatchObject({
      holder: { id: holder.id },
      lines: { held: 0, issued: 1, ended: 0 },
      dueAt: '2099-01-01T00:00:00Z',
      isOverdue: false,
    });
    const seen: string[] = [];
    for (let next = ''; ; ) {
      const page = await get(`${path}&limit=2${next && `&after=${next}`}`);
      seen.push(...idsOf(page));
      next = page.body.next;
      if (!next) break;
    }
    expect(seen).toEqual(made.toReversed());
    expect(idsOf(await get(`${path}&sort=created`))).toEqual(made);
  });

  test('by service, by purpose, open or over, by part and by unit', async () => {
    const serviceId = await shelf.add('service', {
      name: `service ${newId()}`,
      criticality: 'important',
      customer: '',
      owner_id: cast.holder.id,
      owner_kind: 'team',
      max_proof_age_days: 90,
    });
    const { partId, unitIds } = await units(2);
    const open = await cast.checkOut([{ unitId: unitIds[0] }], { serviceId });
    const over = await cast.checkOut([{ unitId: unitIds[1] }], { serviceId, purpose: 'maintenance' });
    await cast.post(`/checkouts/${over.id}/returns`, { lines: [{ lineId: over.lines[0].id }] });
    const found = async (query: string) => idsOf(await get(`/checkouts?${query}`));
    expect(await found(`serviceId=${serviceId}`)).toEqual([over.id, open.id]);
    expect(await found(`serviceId=${serviceId}&open=true`)).toEqual([open.id]);
    expect(await found(`serviceId=${serviceId}&open=false`)).toEqual([over.id]);
    expect(await found(`serviceId=${serviceId}&purpose=maintenance`)).toEqual([over.id]);
    expect(await found(`partId=${partId}`)).toEqual([open.id]);
    expect(await found(`unitId=${unitIds[1]}`)).toEqual([over.id]);
  });

  test('a hold is among the check-outs from its collection on, and always among the holds; a dead one is over', async () => {
    const { partId, unitIds } = await units(2);
    const lines = unitIds.map((unit_id) => ({ kind: 'unit', part_id: partId, unit_id }) as const);
    const hold = await cast.promise(lines.slice(0, 1));
    const dead = await cast.promise(lines.slice(1), { fromHours: -3, untilHours: -1 });
    expect(idsOf(await get(`/holds?partId=${partId}`))).toEqual([hold.id]);
    expect(idsOf(await get(`/holds?unitId=${unitIds[1]}`))).toEqual([dead.id]);
    const [shown] = (await get(`/holds?unitId=${unitIds[1]}`)).body.items;
    expect(shown).toMatchObject({ lines: { held: 0, issued: 0, ended: 1 }, expiresAt: null });
    expect(idsOf(await get(`/checkouts?partId=${partId}`))).toEqual([]);
    await cast.post(`/holds/${hold.id}/collect`);
    expect(idsOf(await get(`/checkouts?partId=${partId}`))).toEqual([hold.id]);
    expect(idsOf(await get(`/holds?partId=${partId}`))).toEqual([hold.id]);
    expect(idsOf(await get(`/reservations?partId=${partId}`))).toEqual([]);
  });

  test('a pair without an index is refused, and says what goes', async () => {
    const answer = await get(`/checkouts?partId=${newId()}&holderId=${newId()}`);
    expect([answer.status, answer.body.code]).toEqual([422, 'undeclared-list']);
    expect(answer.body.detail).toContain('It offers');
  });

  test('the seats of an entitlement are with whoever has them now, and no longer with whoever gave them back', async () => {
    const entitlementId = await shelf.entitlement(await shelf.product(), { quantity: 5 });
    const out = await cast.checkOut([{ entitlementId, quantity: 3 }]);
    const [holding] = (await get(`/entitlements/${entitlementId}/allocations`)).body.items;
    expect(holding).toMatchObject({ allocation: { id: out.id }, quantity: 3, state: 'issued', endedAt: null });
    await cast.post(`/checkouts/${out.id}/returns`, { lines: [{ lineId: out.lines[0].id, quantity: 1 }] });
    expect((await get(`/entitlements/${entitlementId}/allocations`)).body.items).toMatchObject([{ quantity: 2 }]);
    await cast.post(`/checkouts/${out.id}/returns`, { lines: [{ lineId: holding.lineId }] });
    expect((await get(`/entitlements/${entitlementId}/allocations`)).body).toEqual({ items: [], next: null });
  });

  test('the history of a unit is all of its allocations, newest first', async () => {
    const { partId, unitIds } = await units(1);
    const [unitId = ''] = unitIds;
    const out = await cast.checkOut([{ unitId }]);
    await cast.post(`/checkouts/${out.id}/returns`, { lines: [{ lineId: out.lines[0].id, note: 'fine' }] });
    const hold = await cast.promise([{ kind: 'unit', part_id: partId, unit_id: unitId }]);
    const first = await get(`/units/${unitId}/allocations?limit=1`);
    expect(first.body.items).toMatchObject([
      { allocation: { id: hold.id, form: 'hold' }, state: 'held', endedAt: null },
    ]);
    const second = await get(`/units/${unitId}/allocations?limit=1&after=${first.body.next}`);
    expect(second.body).toMatchObject({
      next: null,
      items: [{ allocation: { id: out.id }, state: 'returned', endNote: 'fine' }],
    });
    expect((await get(`/units/${newId()}/allocations`)).body).toEqual({ items: [], next: null });
  });
});

describe('scans', () => {
  const namesOf = (match: { actions: { name: string }[] }) => match.actions.map(({ name }) => name);

  test('a tag and a serial find the unit, whatever the case, and say what can be done: each action can be carried out', async () => {
    const partId = await shelf.part();
    const tag = `A/${newId().slice(-8)}`;
    const serial = `SN ${newId().slice(-12)}`;
    const unitId = await shelf.unit(partId, site.id, { asset_tag: tag, serial });
    const scan = async (code: string) => (await get(`/scan/${encodeURIComponent(code)}`)).body;
    const byTag = await scan(tag.toLowerCase());
    expect(byTag.matches).toMatchObject([
      {
        kind: 'unit',
        by: 'asset-tag',
        unit: { id: unitId, state: 'in_stock', isUsable: true, location: { code: site.code } },
      },
    ]);
    expect((await scan(serial.toUpperCase())).matches).toMatchObject([{ by: 'serial', unit: { id: unitId } }]);
    expect(namesOf(byTag.matches[0])).toEqual(['check-out', 'hold']);
    const carryOut = (action: { path: string; body: object }, more: object = {}) =>
      cast.server.request('post', action.path).send({ ...action.body, ...more });
    const out = await carryOut(byTag.matches[0].actions[0], { purpose: 'loan', holder: cast.holder });
    expect(out.status).toBe(201);
    const issued = (await scan(tag)).matches[0];
    expect(namesOf(issued)).toEqual(['return', 'deploy', 'extend']);
    expect(issued.unit.lines).toMatchObject([
      { state: 'issued', isNow: true, allocation: { id: out.body.allocation.id }, holder: { id: cast.holder.id } },
    ]);
    expect((await carryOut(issued.actions[0])).status).toBe(200);
    const hold = await cast.promise([{ kind: 'unit', part_id: partId, unit_id: unitId }]);
    const held = (await scan(tag)).matches[0];
    expect(namesOf(held)).toEqual(['collect', 'release']);
    expect((await carryOut(held.actions[0])).body.id).toBe(hold.id);
  });

  test('a unit that cannot be handed out says what would be next for it', async () => {
    const partId = await shelf.part();
    const unitId = await shelf.unit(partId, site.id);
    const serial = `SN-${unitId}`;
    const move = (kind: string, toState: string, toLocationId: string | null) =>
      cast.database.db.execute(
        `INSERT INTO movement (batch_id, kind, part_id, unit_id, to_state, to_location_id, reason)
         VALUES (gen_random_uuid(), $1, $2, $3, $4, $5, 'to be scanned')`,
        [kind, partId, unitId, toState, toLocationId],
      );
    const next = async () => namesOf((await get(`/scan/${serial}`)).body.matches[0]);
    await move('quarantine', 'quarantined', site.id);
    expect(await next()).toEqual(['send-to-repair', 'release']);
    await move('repair_out', 'in_repair', null);
    expect(await next()).toEqual(['repair']);
  });

  test('one serial of several parts: all are answered with their parts', async () => {
    const serial = `SN-${newId().slice(-12)}`;
    const parts = [await shelf.part(), await shelf.part()];
    for (const partId of parts) await shelf.unit(partId, site.id, { serial });
    const { body } = await get(`/scan/${serial}`);
    expect(body.matches.map((match: { unit: { part: { id: string } } }) => match.unit.part.id).toSorted()).toEqual(
      parts.toSorted(),
    );
  });

  test('a location says what lies in it', async () => {
    const code = `L-${newId().slice(-10)}`;
    const room = await shelf.room(site.id, code);
    const [serialPart, bulkPart] = [await shelf.part(), await shelf.part({ tracking: 'bulk' })];
    await shelf.units(serialPart, room, 3);
    await shelf.stock(bulkPart, room, 40);
    const { body } = await get(`/scan/${code.toLowerCase()}`);
    expect(body.matches).toMatchObject([
      { kind: 'location', location: { id: room, path: [site.code, code], units: '3', stockRows: '1', locations: '0' } },
    ]);
    const { parts } = body.matches[0].location;
    expect(new Map(parts.map((part: { id: string; quantity: number }) => [part.id, part.quantity]))).toEqual(
      new Map([
        [serialPart, 3],
        [bulkPart, 40],
      ]),
    );
    expect(namesOf(body.matches[0])).toEqual(['list-units', 'list-stock']);
  });

  test('the code of an allocation finds it, also without its zeros', async () => {
    const { unitIds } = await units(1);
    const { id, code, number, lines } = await cast.checkOut([{ unitId: unitIds[0] }]);
    for (const scanned of [code, `co-${number}`]) {
      const { body } = await get(`/scan/${scanned}`);
      expect(body.matches).toMatchObject([{ kind: 'allocation', allocation: { id } }]);
      expect(namesOf(body.matches[0])).toEqual(['return', 'deploy', 'extend', 'hand-over']);
      expect(body.matches[0].actions[0].body).toEqual({ lines: [{ lineId: lines[0].id }] });
    }
  });

  test('what nobody knows is 404, and says what was tried', async () => {
    const answer = await get('/scan/no-such-thing');
    expect([answer.status, answer.body.code]).toEqual([404, 'code-unknown']);
    expect(answer.body.detail).toBe(
      'Nothing has the code no-such-thing: it is no asset tag, no serial and no location code; it is no allocation code such as CO-000042',
    );
    expect((await get('/scan/CO-99999999')).body.detail).toContain('no allocation has that number');
    expect((await get(`/scan/${'x'.repeat(81)}`)).status).toBe(400);
  });

  test('its questions go by index', async () => {
    const plan = async (sql: string, parameter: unknown) =>
      cast.database.db.transaction(async (tx) => {
        await tx.execute('SET LOCAL enable_seqscan = off');
        return JSON.stringify(await tx.rows(`EXPLAIN ${sql}`, [parameter]));
      });
    expect(await plan('SELECT id FROM unit WHERE lower(asset_tag) = lower($1)', 'x')).toContain(
      'unit_asset_tag_unique',
    );
    expect(await plan('SELECT id FROM unit WHERE lower(serial) = lower($1) LIMIT 20', 'x')).toContain('unit_by_serial');
    expect(await plan('SELECT id FROM location WHERE lower(code) = lower($1)', 'x')).toContain('location_code_unique');
    expect(await plan('SELECT id FROM allocation WHERE number = $1', 1)).toContain('allocation_number_unique');
  });
});
