import { beforeAll, describe, expect, test } from 'vitest';
import { newId } from '../../src/kernel/ids.ts';
import { auditOf } from '../people/cast.ts';
import { useAllocations } from './lifecycle-cast.ts';

const cast = useAllocations();
const { shelf, change, promise, site } = cast;
const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();

async function newUnit(columns: Record<string, unknown> = {}) {
  const partId = await shelf.part(columns);
  return { partId, unitId: await shelf.unit(partId, site.id) };
}

describe('another time', () => {
  test('a check-out gets a later due date, or none, by the version that was read', async () => {
    const { unitId } = await newUnit();
    const { id } = await cast.checkOut([{ unitId }], { dueAt: inHours(2) });
    const dueAt = inHours(5);
    expect((await cast.post(`/checkouts/${id}/extend`, { dueAt })).status).toBe(428);
    const answer = await change(`/checkouts/${id}/extend`, 1, { dueAt });
    expect([answer.status, answer.body.version]).toEqual([200, 2]);
    expect(Date.parse(answer.body.lines[0].dueAt)).toBe(Date.parse(dueAt));
    expect(answer.body.lines[0].until).toBe(answer.body.lines[0].dueAt);
    expect((await change(`/checkouts/${id}/extend`, 1, { dueAt })).body).toMatchObject({
      status: 412,
      code: 'stale-allocation',
    });
    const open = await change(`/checkouts/${id}/extend`, 2, { dueAt: null });
    expect(open.body.lines[0]).toMatchObject({ dueAt: null, until: null });
    const audit = await auditOf(cast.database.db, 'allocation', id);
    expect(audit.map(({ action }) => action)).toEqual([
      'allocation.checkout',
      'allocation.extend',
      'allocation.extend',
    ]);
  });

  test('an overdue check-out can be extended', async () => {
    const { unitId, partId } = await newUnit();
    const hold = await promise([{ kind: 'unit', part_id: partId, unit_id: unitId }]);
    expect((await cast.post(`/holds/${hold.id}/collect`, { dueAt: inHours(0.001) })).status).toBe(200);
    await expect
      .poll(async () => (await cast.get(`/checkouts/${hold.id}`)).body.lines[0].isOverdue, { timeout: 30_000 })
      .toBe(true);
    const answer = await change(`/checkouts/${hold.id}/extend`, 2, { dueAt: inHours(3) });
    expect([answer.status, answer.body.lines[0].isOverdue]).toEqual([200, false]);
  });

  test('a later reservation of the unit is in the way, and is named', async () => {
    const { unitId, partId } = await newUnit();
    const { id } = await cast.checkOut([{ unitId }], { dueAt: inHours(2) });
    const later = await promise([{ kind: 'unit', part_id: partId, unit_id: unitId }], {
      form: 'reservation',
      fromHours: 4,
      untilHours: 8,
    });
    for (const dueAt of [inHours(6), null]) {
      const answer = await change(`/checkouts/${id}/extend`, 1, { dueAt });
      expect([answer.status, answer.body.code]).toEqual([409, 'time-is-taken']);
      expect(answer.body.detail).toContain(await cast.numberOf(later.id));
    }
    expect((await change(`/checkouts/${id}/extend`, 1, { dueAt: inHours(3) })).status).toBe(200);
  });

  test('a reservation that is not pinned moves to another unit of the site, for an extension and for a collection', async () => {
    const { unitId, partId } = await newUnit();
    const { id } = await cast.checkOut([{ unitId }], { dueAt: inHours(2) });
    const line = { kind: 'unit', part_id: partId, unit_id: unitId, pinned: false } as const;
    const later = await promise([line], { form: 'reservation', fromHours: 4, untilHours: 8 });
    const farAway = await shelf.unit(partId, await shelf.site());
    const refused = await change(`/checkouts/${id}/extend`, 1, { dueAt: inHours(6) });
    expect([refused.status, refused.body.code]).toEqual([409, 'time-is-taken']);
    const near = await shelf.unit(partId, await shelf.room(site.id));
    expect((await change(`/checkouts/${id}/extend`, 1, { dueAt: inHours(6) })).status).toBe(200);
    const [moved] = (await cast.get(`/units/${near}/allocations`)).body.items;
    expect(moved.allocation.id).toBe(later.id);

    const hold = await promise([{ ...line, unit_id: farAway, pinned: true }]);
    await promise([{ ...line, unit_id: farAway }], { form: 'reservation', fromHours: 9, untilHours: 12 });
    expect((await cast.post(`/holds/${hold.id}/collect`)).body.code).toBe('unit-reserved');
    const { location_id } = await cast.unitOf(farAway);
    await shelf.unit(partId, location_id as string);
    expect((await cast.post(`/holds/${hold.id}/collect`)).status).toBe(200);
  });

  test('but it does not move onto the emergency reserve', async () => {
    const { unitId, partId } = await newUnit();
    const { id } = await cast.checkOut([{ unitId }], { dueAt: inHours(2) });
    await shelf.unit(partId, site.id);
    await promise([{ kind: 'unit', part_id: partId, unit_id: unitId, pinned: false, from_reserve: false }], {
      form: 'reservation',
      fromHours: 4,
      untilHours: 8,
    });
    // The reserve is raised when the promise stands, so that the last free unit belongs to it.
    await cast.database.db.execute('UPDATE part SET emergency_reserve = 1 WHERE id = $1', [partId]);
    const answer = await change(`/checkouts/${id}/extend`, 1, { dueAt: inHours(6) });
    expect([answer.status, answer.body.code]).toEqual([409, 'time-is-taken']);
  });

  test('pieces and seats that are promised for then are in the way too', async () => {
    const partId = await shelf.part({ tracking: 'bulk' });
    const stockId = await shelf.stock(partId, site.id, 5);
    const line = { kind: 'stock', part_id: partId, stock_id: stockId } as const;
    const first = await promise([{ ...line, quantity: 4 }]);
    const second = await promise([{ ...line, quantity: 5 }], { form: 'reservation', fromHours: 4, untilHours: 8 });
    expect((await cast.post(`/holds/${first.id}/collect`, { dueAt: inHours(2) })).status).toBe(200);
    const refused = await change(`/checkouts/${first.id}/extend`, 2, { dueAt: inHours(6) });
    expect([refused.status, refused.body.code]).toEqual([409, 'time-is-taken']);
    expect(refused.body.detail).toContain(await cast.numberOf(second.id));
    expect((await change(`/checkouts/${first.id}/extend`, 2, { dueAt: inHours(3) })).status).toBe(200);
  });

  test('a hold gets a later end; one that is not pinned moves to another unit for it; a dead one does not', async () => {
    const { unitId, partId } = await newUnit();
    const hold = await promise([{ kind: 'unit', part_id: partId, unit_id: unitId, pinned: false }]);
    await promise([{ kind: 'unit', part_id: partId, unit_id: unitId }], {
      form: 'reservation',
      fromHours: 2,
      untilHours: 8,
    });
    const refused = await change(`/holds/${hold.id}/extend`, 1, { expiresAt: inHours(3) });
    expect([refused.status, refused.body.code]).toEqual([409, 'time-is-taken']);
    const other = await shelf.unit(partId, site.id);
    const answer = await change(`/holds/${hold.id}/extend`, 1, { expiresAt: inHours(3) });
    expect([answer.status, answer.body.lines[0].unit.id]).toEqual([200, other]);
    const dead = await newUnit();
    const over = await promise([{ kind: 'unit', part_id: dead.partId, unit_id: dead.unitId }], {
      fromHours: -2,
      untilHours: -1,
    });
    const late = await change(`/holds/${over.id}/extend`, 1, { expiresAt: inHours(3) });
    expect([late.status, late.body.code]).toEqual([409, 'hold-expired']);
  });

  test('a reservation gets another end of its window and waits longer', async () => {
    const { unitId, partId } = await newUnit();
    const { id } = await promise([{ kind: 'unit', part_id: partId, unit_id: unitId }], {
      form: 'reservation',
      fromHours: 4,
      untilHours: 8,
      expiresHours: 5,
    });
    const answer = await change(`/reservations/${id}/extend`, 1, { until: inHours(10), pickupBy: inHours(6) });
    expect(answer.status).toBe(200);
    expect(Date.parse(answer.body.lines[0].until) - Date.parse(answer.body.lines[0].from)).toBeGreaterThan(
      5.9 * 3_600_000,
    );
    const empty = await change(`/reservations/${id}/extend`, 2, { until: inHours(1) });
    expect([empty.status, empty.body.code]).toEqual([422, 'window-is-empty']);
  });

  test.each([
    [{ dueAt: '2020-01-01T00:00:00Z' }, 422],
    [{}, 400],
  ])('%j is refused', async (body, status) => {
    const { unitId } = await newUnit();
    const { id } = await cast.checkOut([{ unitId }]);
    expect((await change(`/checkouts/${id}/extend`, 1, body)).status).toBe(status);
  });

  test('what is over is not extended', async () => {
    const { unitId } = await newUnit();
    const { id, lines } = await cast.checkOut([{ unitId }]);
    await cast.post(`/checkouts/${id}/returns`, { lines: [{ lineId: lines[0].id }] });
    const answer = await change(`/checkouts/${id}/extend`, 2, { dueAt: inHours(2) });
    expect([answer.status, answer.body.code]).toEqual([409, 'nothing-to-extend']);
    const named = await change(`/checkouts/${id}/extend`, 2, { dueAt: inHours(2), lines: [lines[0].id] });
    expect([named.status, named.body.code]).toEqual([409, 'line-is-over']);
  });
});

describe('handing over', () => {
  let other = { id: '', name: '' };
  beforeAll(async () => {
    other = await cast.principal('person');
  });

  test('makes somebody else the holder, once, and only while something is out or held', async () => {
    const { unitId } = await newUnit();
    const { id, lines } = await cast.checkOut([{ unitId }]);
    const holder = { kind: 'person', id: other.id };
    const answer = await change(`/checkouts/${id}/hand-over`, 1, { holder });
    expect([answer.status, answer.body.holder]).toEqual([200, { ...holder, name: other.name }]);
    const same = await change(`/checkouts/${id}/hand-over`, 2, { holder });
    expect([same.status, same.body.code]).toEqual([409, 'same-holder']);
    await cast.post(`/checkouts/${id}/returns`, { lines: [{ lineId: lines[0].id }] });
    const over = await change(`/checkouts/${id}/hand-over`, 3, { holder: cast.holder });
    expect([over.status, over.body.code]).toEqual([409, 'allocation-over']);
  });

  test('not to a service account, not to somebody of another kind, not to nobody', async () => {
    const { unitId } = await newUnit();
    const { id } = await cast.checkOut([{ unitId }]);
    const account = await cast.principal('service-account');
    for (const holder of [
      { kind: 'person', id: account.id },
      { kind: 'team', id: other.id },
      { kind: 'project', id: newId() },
      { kind: 'service', id: newId() },
    ]) {
      const answer = await change(`/checkouts/${id}/hand-over`, 1, { holder });
      expect([answer.status, answer.body.code]).toEqual([422, 'unsuitable-holder']);
    }
  });
});

describe('releasing', () => {
  test('frees what is held at once, whole or by line', async () => {
    const partId = await shelf.part();
    const units = await shelf.units(partId, site.id, 2);
    const hold = await promise(units.map((unit_id) => ({ kind: 'unit', part_id: partId, unit_id })));
    const first = await change(`/holds/${hold.id}/release`, 1, { lines: [hold.lineIds[0]], note: 'put off' });
    expect(first.body.lines.map((line: { state: string }) => line.state)).toEqual(['released', 'held']);
    await cast.checkOut([{ unitId: units[0] }]);
    expect((await change(`/holds/${hold.id}/release`, 2)).status).toBe(200);
    await cast.checkOut([{ unitId: units[1] }]);
    const nothing = await change(`/holds/${hold.id}/release`, 3);
    expect([nothing.status, nothing.body.code]).toEqual([409, 'nothing-held']);
  });

  test('of a release and a collection at a time, one is carried out', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { unitId, partId } = await newUnit();
      const hold = await promise([{ kind: 'unit', part_id: partId, unit_id: unitId }]);
      const [released, collected] = await Promise.all([
        change(`/holds/${hold.id}/release`, 1),
        cast.post(`/holds/${hold.id}/collect`),
      ]);
      expect([released.status, collected.status].toSorted()).toEqual([200, released.status === 200 ? 409 : 412]);
      expect((await cast.unitOf(unitId)).state).toBe(collected.status === 200 ? 'issued' : 'in_stock');
    }
  });

  test('a reservation is cancelled, and what was collected of it stays out', async () => {
    const partId = await shelf.part();
    const units = await shelf.units(partId, site.id, 2);
    const lines = units.map((unit_id) => ({ kind: 'unit', part_id: partId, unit_id }) as const);
    const { id, lineIds } = await promise(lines, { form: 'reservation', fromHours: -1, untilHours: 5 });
    expect((await cast.post(`/reservations/${id}/collect`, { lines: [lineIds[0]] })).status).toBe(200);
    const answer = await change(`/reservations/${id}/cancel`, 2);
    expect(answer.body.lines.map((line: { state: string }) => line.state)).toEqual(['issued', 'released']);
    const audit = await auditOf(cast.database.db, 'allocation', id);
    expect(audit.map(({ action }) => action)).toEqual(['allocation.collect', 'allocation.cancel']);
  });
});
