import supertest from 'supertest';
import { beforeAll, describe, expect, test } from 'vitest';
import { noteExpiredHolds } from '../../src/allocations/reaper.service.ts';
import { newId } from '../../src/kernel/ids.ts';
import { makeCaller } from '../http/support.ts';
import { auditOf } from '../people/cast.ts';
import { EMERGENCY_CASE, openEmergency } from '../support/open-emergency.ts';
import { useAllocations } from './lifecycle-cast.ts';

const cast = useAllocations();
const { shelf, post, promise, site } = cast;
const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();

async function heldUnit(more: object = {}, times: object = {}) {
  const partId = await shelf.part();
  const unitId = await shelf.unit(partId, site.id);
  const hold = await promise([{ kind: 'unit', part_id: partId, unit_id: unitId, ...more }], times);
  return { partId, unitId, ...hold };
}

describe('collecting', () => {
  test('makes what is held issued, with its movement, a due date and one audit entry', async () => {
    const { id, unitId } = await heldUnit();
    const dueAt = inHours(24);
    const answer = await post(`/holds/${id}/collect`, { dueAt });
    expect([answer.status, answer.body.lines[0].state]).toEqual([200, 'issued']);
    expect(answer.body).toMatchObject({ form: 'hold', version: 2 });
    expect(Date.parse(answer.body.lines[0].dueAt)).toBe(Date.parse(dueAt));
    expect(await cast.unitOf(unitId)).toMatchObject({ state: 'issued', location_id: null });
    const audit = await auditOf(cast.database.db, 'allocation', id);
    expect(audit.map(({ action }) => action)).toEqual(['allocation.collect']);
    expect((await cast.get(`/checkouts/${id}`)).status).toBe(200);
  });

  test('hands out the named lines only, and the others later', async () => {
    const partId = await shelf.part();
    const [a = '', b = ''] = await shelf.units(partId, site.id, 2);
    const hold = await promise([a, b].map((unit_id) => ({ kind: 'unit', part_id: partId, unit_id })));
    const first = await post(`/holds/${hold.id}/collect`, { lines: [hold.lineIds[1]] });
    expect(first.body.lines.map((line: { state: string }) => line.state)).toEqual(['held', 'issued']);
    const again = await post(`/holds/${hold.id}/collect`, { lines: [hold.lineIds[1]] });
    expect([again.status, again.body.code]).toEqual([409, 'line-not-held']);
    expect((await post(`/holds/${hold.id}/collect`)).status).toBe(200);
    const nothing = await post(`/holds/${hold.id}/collect`);
    expect([nothing.status, nothing.body.code]).toEqual([409, 'nothing-held']);
  });

  test('refuses a dead hold and says when it died, with or without the reaper', async () => {
    for (const reaped of [false, true]) {
      const { id, lineId, unitId } = await heldUnit({}, { fromHours: -2, untilHours: -1 });
      if (reaped) expect(await noteExpiredHolds(cast.database.db, new AbortController().signal)).toBeGreaterThan(0);
      const [line] = await cast.database.db.rows<{ state: string; expires_at: Date }>(
        'SELECT state, expires_at FROM allocation_line WHERE id = $1',
        [lineId],
      );
      expect(line?.state).toBe(reaped ? 'expired' : 'held');
      const died = line?.expires_at.toISOString().slice(0, 19);
      for (const body of [{}, { lines: [lineId] }]) {
        const answer = await post(`/holds/${id}/collect`, body);
        expect([answer.status, answer.body.code]).toEqual([409, 'hold-expired']);
        expect(answer.body.detail).toContain(`expired at ${died}`);
      }
      expect(await cast.unitOf(unitId)).toMatchObject({ state: 'in_stock' });
    }
  });

  test('waits for the window of a reservation, and takes its end as the due date', async () => {
    const early = await heldUnit({}, { form: 'reservation', fromHours: 5, untilHours: 8, expiresHours: 6 });
    const refused = await post(`/reservations/${early.id}/collect`);
    expect([refused.status, refused.body.code]).toEqual([409, 'window-not-begun']);
    expect(refused.body.detail).toMatch(/begins at \d{4}-\d\d-\d\dT/);
    const begun = await heldUnit({}, { form: 'reservation', fromHours: -1, untilHours: 8, expiresHours: 1 });
    const answer = await post(`/reservations/${begun.id}/collect`);
    expect(answer.status).toBe(200);
    expect(answer.body.lines[0].dueAt).toBe(answer.body.lines[0].until);
  });

  test('knows a hold from a reservation', async () => {
    const { id } = await heldUnit();
    const answer = await post(`/reservations/${id}/collect`);
    expect([answer.status, answer.body.code]).toEqual([404, 'no-such-allocation']);
    expect(answer.body.detail).toContain('is a hold');
  });

  test('refuses a pinned unit that is quarantined meanwhile, and takes another one for a line that is not pinned', async () => {
    const pinned = await heldUnit({ pinned: true });
    await cast.quarantine(pinned.unitId, pinned.partId);
    const refused = await post(`/holds/${pinned.id}/collect`);
    expect([refused.status, refused.body.code]).toEqual([409, 'unit-not-usable']);
    expect(refused.body.detail).toContain(`quarantined at ${site.code}`);
    const { serial } = await cast.unitOf(await shelf.unit(pinned.partId, site.id));
    const advised = await post(`/holds/${pinned.id}/collect`);
    expect(advised.body.detail).toContain(`${serial} at ${site.code} is free instead`);

    const free = await heldUnit({ pinned: false });
    await cast.quarantine(free.unitId, free.partId);
    const none = await post(`/holds/${free.id}/collect`);
    expect(none.body.detail).toContain('No other unit of the part is free');
    const other = await shelf.unit(free.partId, site.id);
    const answer = await post(`/holds/${free.id}/collect`);
    expect([answer.status, answer.body.lines[0].unit.id]).toEqual([200, other]);
    expect(await cast.unitOf(other)).toMatchObject({ state: 'issued' });
  });

  test('takes no other unit from a place that keeps it for emergencies, nor the last one above the floor', async () => {
    const { id, unitId, partId } = await heldUnit({ pinned: false });
    const kept = await shelf.room(site.id);
    await shelf.unit(partId, kept);
    await cast.database.db.execute('INSERT INTO part_reserve (part_id, location_id, quantity) VALUES ($1, $2, 1)', [
      partId,
      kept,
    ]);
    await cast.quarantine(unitId, partId);
    expect((await post(`/holds/${id}/collect`)).body.code).toBe('unit-not-usable');
    const other = await shelf.unit(partId, await shelf.room(site.id));
    await cast.database.db.execute('UPDATE part SET emergency_reserve = 2 WHERE id = $1', [partId]);
    expect((await post(`/holds/${id}/collect`)).body.code).toBe('unit-not-usable');
    await cast.database.db.execute('UPDATE part SET emergency_reserve = 1 WHERE id = $1', [partId]);
    const answer = await post(`/holds/${id}/collect`);
    expect([answer.status, answer.body.lines[0].unit.id]).toEqual([200, other]);
  });

  test('refuses a unit whose test is due', async () => {
    const partId = await shelf.part({ test_interval_days: 30 });
    const unitId = await shelf.unit(partId, site.id);
    const { id } = await promise([{ kind: 'unit', part_id: partId, unit_id: unitId }]);
    await cast.database.db.execute(`UPDATE unit SET test_due_on = '2020-01-01' WHERE id = $1`, [unitId]);
    const answer = await post(`/holds/${id}/collect`);
    expect(answer.body).toMatchObject({ status: 409, code: 'unit-not-usable' });
    expect(answer.body.detail).toContain('its test was due on 2020-01-01');
  });

  test('refuses a reserved unit that is still out and overdue, and says who has it', async () => {
    const partId = await shelf.part();
    const unitId = await shelf.unit(partId, site.id);
    const out = await promise([{ kind: 'unit', part_id: partId, unit_id: unitId }], { fromHours: -3, untilHours: 1 });
    expect((await post(`/holds/${out.id}/collect`, { dueAt: inHours(0.001) })).status).toBe(200);
    const reservation = await promise([{ kind: 'unit', part_id: partId, unit_id: unitId }], {
      form: 'reservation',
      fromHours: 0.0011,
      untilHours: 3,
      expiresHours: 2,
    });
    await expect
      .poll(async () => (await post(`/reservations/${reservation.id}/collect`)).body.code, { timeout: 30_000 })
      .toBe('unit-not-usable');
    const answer = await post(`/reservations/${reservation.id}/collect`);
    expect(answer.body.detail).toMatch(
      new RegExp(`handed out to team .* by ${await cast.numberOf(out.id)}, overdue since`),
    );
  });

  test('does not take what is reserved for somebody else later: it names them, and a due date before that helps', async () => {
    const { id, unitId, partId } = await heldUnit();
    const later = await promise([{ kind: 'unit', part_id: partId, unit_id: unitId }], {
      form: 'reservation',
      fromHours: 5,
      untilHours: 8,
    });
    const refused = await post(`/holds/${id}/collect`);
    expect([refused.status, refused.body.code]).toEqual([409, 'unit-reserved']);
    expect(refused.body.detail).toContain(await cast.numberOf(later.id));
    expect((await post(`/holds/${id}/collect`, { dueAt: inHours(4) })).status).toBe(200);
  });

  test('collects two windows of bulk that lie back to back, and refuses to break the second for the first', async () => {
    const partId = await shelf.part({ tracking: 'bulk' });
    const stockId = await shelf.stock(partId, site.id, 5);
    const line = { kind: 'stock', part_id: partId, stock_id: stockId } as const;
    const first = await promise([{ ...line, quantity: 4 }]);
    const second = await promise([{ ...line, quantity: 5 }], { form: 'reservation', fromHours: 2, untilHours: 4 });
    const refused = await post(`/holds/${first.id}/collect`);
    expect([refused.status, refused.body.code]).toEqual([409, 'stock-is-held']);
    expect(refused.body.detail).toContain(await cast.numberOf(second.id));
    const answer = await post(`/holds/${first.id}/collect`, { dueAt: inHours(1.9) });
    expect([answer.status, await cast.quantityOf(stockId)]).toEqual([200, 1]);
  });

  test('says how many lie there when fewer do than were held', async () => {
    const partId = await shelf.part({ tracking: 'bulk' });
    const stockId = await shelf.stock(partId, site.id, 5);
    const { id } = await promise([{ kind: 'stock', part_id: partId, stock_id: stockId, quantity: 4 }]);
    await cast.database.db.execute(
      `INSERT INTO movement (batch_id, kind, part_id, quantity, from_stock_id) VALUES (gen_random_uuid(), 'count', $1, 2, $2)`,
      [partId, stockId],
    );
    const answer = await post(`/holds/${id}/collect`);
    expect([answer.status, answer.body.code]).toEqual([409, 'not-enough-stock']);
    expect(answer.body.detail).toContain('4 are held');
    expect(answer.body.detail).toContain('only 3 lie there, and none elsewhere');
    const room = await shelf.room(site.id, `R-${newId().slice(-10)}`);
    await shelf.stock(partId, room, 7);
    expect((await post(`/holds/${id}/collect`)).body.detail).toMatch(/elsewhere: 7 at R-/);
  });

  test('hands out seats, and does not after the entitlement has ended', async () => {
    const entitlement = await shelf.entitlement(await shelf.product(), { quantity: 5 });
    const seats = { kind: 'seat', entitlement_id: entitlement, quantity: 3 } as const;
    const answer = await post(`/holds/${(await promise([seats])).id}/collect`);
    expect([answer.status, answer.body.lines[0].state]).toEqual([200, 'issued']);
    const { id } = await promise([{ ...seats, quantity: 2 }]);
    await cast.database.db.execute(`UPDATE entitlement SET term = 'term', ends_on = '2020-02-01' WHERE id = $1`, [
      entitlement,
    ]);
    const refused = await post(`/holds/${id}/collect`);
    expect([refused.status, refused.body.code]).toEqual([409, 'not-enough-seats']);
    expect(refused.body.detail).toContain('has 0 seats');
  });

  test('a whole request is refused when one of its lines is', async () => {
    const partId = await shelf.part();
    const [a = '', b = ''] = await shelf.units(partId, site.id, 2);
    const { id } = await promise([a, b].map((unit_id) => ({ kind: 'unit', part_id: partId, unit_id })));
    await cast.quarantine(b, partId);
    expect((await post(`/holds/${id}/collect`)).status).toBe(409);
    expect(await cast.unitOf(a)).toMatchObject({ state: 'in_stock' });
  });
});

describe('collecting from the emergency reserve', () => {
  beforeAll(() => openEmergency(cast.database));
  const emergency = { purpose: 'incident', severity: 'emergency' };
  const fromReserve = async (times: object) => {
    const partId = await shelf.part({ emergency_reserve: 1 });
    const unitId = await shelf.unit(partId, site.id);
    return promise([{ kind: 'unit', part_id: partId, unit_id: unitId, from_reserve: true }], times);
  };

  test('is never done for a drill, of whatever severity', async () => {
    const { id } = await fromReserve({ purpose: 'drill', severity: 'emergency' });
    const answer = await post(`/holds/${id}/collect`, { reserveReason: 'we want it', emergencyCase: EMERGENCY_CASE });
    expect([answer.status, answer.body.code]).toEqual([409, 'reserve-not-for-drills']);
  });

  test('needs a reason and the permission', async () => {
    const { id } = await fromReserve(emergency);
    const without = await post(`/holds/${id}/collect`);
    expect([without.status, without.body.code]).toEqual([422, 'reserve-reason-missing']);
    const manager = await makeCaller(cast.database.db, 'manager', ['asset-manager']);
    const refused = await supertest(cast.server.app)
      .post(`/api/v1/holds/${id}/collect`)
      .set('Authorization', manager.bearer)
      .send({ reserveReason: 'fire in hall 2', emergencyCase: EMERGENCY_CASE });
    expect([refused.status, refused.body.code]).toEqual([403, 'reserve-cross-missing']);
    const answer = await post(`/holds/${id}/collect`, {
      reserveReason: 'fire in hall 2',
      emergencyCase: EMERGENCY_CASE,
    });
    expect([answer.status, answer.body.reserveReason]).toEqual([200, 'fire in hall 2']);
  });

  test('refuses a reason where nothing is taken from it', async () => {
    const { id } = await heldUnit();
    const answer = await post(`/holds/${id}/collect`, { reserveReason: 'just in case', emergencyCase: EMERGENCY_CASE });
    expect([answer.status, answer.body.code]).toEqual([422, 'reserve-not-touched']);
  });
});

describe('races of collecting', () => {
  test('of two who collect one hold, one gets it', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { id } = await heldUnit();
      const answers = await Promise.all([1, 2, 3].map(() => post(`/holds/${id}/collect`)));
      expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409, 409]);
    }
  });

  test('a hold is collected before it expires, or never', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { id, unitId, lineId } = await heldUnit({}, { fromHours: -1, untilHours: 0.00001 });
      const [answer] = await Promise.all([
        post(`/holds/${id}/collect`, { dueAt: inHours(1) }),
        noteExpiredHolds(cast.database.db, new AbortController().signal),
      ]);
      await noteExpiredHolds(cast.database.db, new AbortController().signal);
      const [line] = await cast.database.db.rows<{ state: string }>('SELECT state FROM allocation_line WHERE id = $1', [
        lineId,
      ]);
      const { state } = await cast.unitOf(unitId);
      if (answer.status === 200) expect([line?.state, state]).toEqual(['issued', 'issued']);
      else {
        expect(answer.body.code).toBe('hold-expired');
        expect(state).toBe('in_stock');
      }
    }
  });
});
