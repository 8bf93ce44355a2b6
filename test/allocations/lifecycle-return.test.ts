import { describe, expect, test } from 'vitest';
import { newId } from '../../src/kernel/ids.ts';
import { auditOf } from '../people/cast.ts';
import { useAllocations } from './lifecycle-cast.ts';

const cast = useAllocations();
const { shelf, post, site } = cast;

async function unitOut(columns: object = {}) {
  const partId = await shelf.part();
  const unitId = await shelf.unit(partId, site.id, { ...columns });
  const allocation = await cast.checkOut([{ unitId }]);
  return { partId, unitId, id: allocation.id as string, line: allocation.lines[0] };
}

async function bulkOut(quantity = 10, lying = 20) {
  const partId = await shelf.part({ tracking: 'bulk' });
  const stockId = await shelf.stock(partId, site.id, lying);
  const allocation = await cast.checkOut([{ partId, quantity }]);
  return { partId, stockId, id: allocation.id as string, line: allocation.lines[0] };
}

const states = (body: { lines: { state: string; quantity: number }[] }) =>
  body.lines.map(({ state, quantity }) => `${quantity} ${state}`).toSorted();

describe('returns', () => {
  test('a unit goes back to where it came from, is noted as seen, and the act is in the audit trail once', async () => {
    const { id, unitId, line } = await unitOut();
    const answer = await post(`/checkouts/${id}/returns`, { lines: [{ lineId: line.id, note: 'not needed' }] });
    expect([answer.status, answer.body.lines[0].state, answer.body.version]).toEqual([200, 'returned', 2]);
    expect(answer.body.lines[0].endNote).toBe('not needed');
    const unit = await cast.unitOf(unitId);
    expect(unit).toMatchObject({ state: 'in_stock', location_id: site.id });
    expect(Date.now() - (unit.last_seen_at as Date).getTime()).toBeLessThan(60_000);
    const audit = await auditOf(cast.database.db, 'allocation', id);
    expect(audit.map(({ action }) => action)).toEqual(['allocation.checkout', 'allocation.return']);
  });

  test('a unit is named by its scanned tag or serial, whatever the case, and put elsewhere', async () => {
    const tag = `TAG-${newId().slice(-8)}`;
    const { id, unitId } = await unitOut({ asset_tag: tag });
    const room = await shelf.room(site.id);
    const answer = await post(`/checkouts/${id}/returns`, { lines: [{ unit: tag.toLowerCase(), locationId: room }] });
    expect(answer.status).toBe(200);
    expect(await cast.unitOf(unitId)).toMatchObject({ state: 'in_stock', location_id: room });
  });

  test.each([
    ['damaged', 'damaged', { state: 'quarantined', condition: 'damaged' }],
    ['lost', 'lost', { state: 'lost', location_id: null }],
    ['consumed', 'consumed', { state: 'retired', location_id: null }],
  ])('a unit that is %s is recorded as that', async (condition, state, unit) => {
    const { id, unitId, line } = await unitOut();
    const answer = await post(`/checkouts/${id}/returns`, { lines: [{ lineId: line.id, condition }] });
    expect([answer.status, answer.body.lines[0].state]).toEqual([200, state]);
    expect(await cast.unitOf(unitId)).toMatchObject(unit);
  });

  test('pieces come back in part, each part with its own end, and the rest stays out', async () => {
    const { id, stockId, line, partId } = await bulkOut(10, 20);
    const answer = await post(`/checkouts/${id}/returns`, {
      lines: [
        { lineId: line.id, quantity: 3 },
        { lineId: line.id, quantity: 2, condition: 'damaged', note: 'wet' },
        { lineId: line.id, quantity: 1, condition: 'lost' },
        { lineId: line.id, quantity: 1, condition: 'consumed' },
      ],
    });
    expect(answer.status).toBe(200);
    expect(states(answer.body)).toEqual(['1 consumed', '1 lost', '2 damaged', '3 issued', '3 returned']);
    const splits = answer.body.lines.filter((one: { id: string }) => one.id !== line.id);
    expect(splits.every((one: { splitFrom: string }) => one.splitFrom === line.id)).toBe(true);
    expect(await cast.quantityOf(stockId)).toBe(13);
    const [quarantined] = await cast.database.db.rows<{ quantity: number }>(
      `SELECT quantity FROM stock WHERE part_id = $1 AND location_id = $2 AND condition = 'quarantined'`,
      [partId, site.id],
    );
    expect(quarantined?.quantity).toBe(2);
    const rest = await post(`/checkouts/${id}/returns`, { lines: [{ lineId: line.id }] });
    expect(states(rest.body)).toEqual(['1 consumed', '1 lost', '2 damaged', '3 returned', '3 returned']);
    expect(await cast.quantityOf(stockId)).toBe(16);
  });

  test('more than is out is refused; the line is named, and how many are out', async () => {
    const { id, line, stockId } = await bulkOut(4, 10);
    const lines = [
      { lineId: line.id, quantity: 3 },
      { lineId: line.id, quantity: 2 },
    ];
    const answer = await post(`/checkouts/${id}/returns`, { lines });
    expect([answer.status, answer.body.code]).toEqual([409, 'more-than-is-out']);
    expect(answer.body.detail).toContain('1 is out');
    expect(answer.body.fields[0].field).toBe('#/lines/1/quantity');
    expect(await cast.quantityOf(stockId)).toBe(6);
    expect((await post(`/checkouts/${id}/returns`, { lines: [{ lineId: line.id }] })).status).toBe(200);
    const again = await post(`/checkouts/${id}/returns`, { lines: [{ lineId: line.id }] });
    expect([again.status, again.body.code]).toEqual([409, 'line-not-out']);
    expect(again.body.detail).toContain('returned since');
  });

  test('seats come back in part, and only come back', async () => {
    const productId = await shelf.product();
    await shelf.entitlement(productId, { quantity: 5, metric: 'core' });
    const allocation = await cast.checkOut([{ productId, quantity: 4, assignee: 'host 7' }]);
    const [line] = allocation.lines;
    const back = (entry: object) =>
      post(`/checkouts/${allocation.id}/returns`, { lines: [{ lineId: line.id, ...entry }] });
    const lost = await back({ condition: 'lost' });
    expect([lost.status, lost.body.code]).toEqual([422, 'seats-come-back']);
    expect(states((await back({ quantity: 3 })).body)).toEqual(['1 issued', '3 returned']);
    expect(states((await back({})).body)).toEqual(['1 returned', '3 returned']);
  });

  test('seats of an entitlement that has ended, and pieces below a raised reserve, still come back in part', async () => {
    const productId = await shelf.product();
    const entitlement = await shelf.entitlement(productId, { quantity: 5, metric: 'core' });
    const seats = await cast.checkOut([{ productId, quantity: 4, assignee: 'host 7' }]);
    await cast.database.db.execute(`UPDATE entitlement SET term = 'term', ends_on = '2020-02-01' WHERE id = $1`, [
      entitlement,
    ]);
    const entry = { lineId: seats.lines[0].id, quantity: 1 };
    expect((await post(`/checkouts/${seats.id}/returns`, { lines: [entry] })).status).toBe(200);

    const bulk = await bulkOut(10, 20);
    await cast.database.db.execute('UPDATE part SET emergency_reserve = 1000 WHERE id = $1', [bulk.partId]);
    const some = { lineId: bulk.line.id, quantity: 1 };
    expect((await post(`/checkouts/${bulk.id}/returns`, { lines: [some] })).status).toBe(200);
  });

  test('a place that is retired or unknown is refused', async () => {
    const { id, line } = await unitOut();
    for (const locationId of [
      newId(),
      await shelf.add('location', {
        code: `R-${newId().slice(-9)}`,
        name: 'r',
        kind: 'site',
        retired_at: new Date(),
        retired_reason: 'gone',
      }),
    ]) {
      const answer = await post(`/checkouts/${id}/returns`, { lines: [{ lineId: line.id, locationId }] });
      expect([answer.status, answer.body.code]).toEqual([422, 'unsuitable-location']);
      expect(answer.body.fields[0].field).toBe('#/lines/0/locationId');
    }
  });

  test('what is not in the check-out, and a line that is named twice over, is refused', async () => {
    const { id, line } = await unitOut();
    const unknown = await post(`/checkouts/${id}/returns`, { lines: [{ unit: 'NOT-THERE' }] });
    expect([unknown.status, unknown.body.code]).toEqual([404, 'no-such-line']);
    const both = await post(`/checkouts/${id}/returns`, { lines: [{ lineId: line.id, unit: 'x' }] });
    expect(both.status).toBe(400);
    expect((await post(`/checkouts/${newId()}/returns`, { lines: [{ lineId: line.id }] })).status).toBe(404);
  });

  test('what is only held is not returned', async () => {
    const partId = await shelf.part();
    const unitId = await shelf.unit(partId, site.id);
    const hold = await cast.promise([{ kind: 'unit', part_id: partId, unit_id: unitId }]);
    const answer = await post(`/checkouts/${hold.id}/returns`, { lines: [{ lineId: hold.lineId }] });
    expect([answer.status, answer.body.code]).toEqual([404, 'no-such-allocation']);
  });
});

describe('races of returns', () => {
  test('ten returns of three pieces each of ten: three succeed', async () => {
    const { id, line, stockId } = await bulkOut(10, 10);
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => post(`/checkouts/${id}/returns`, { lines: [{ lineId: line.id, quantity: 3 }] })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(3);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(7);
    expect(await cast.quantityOf(stockId)).toBe(9);
  });

  test('a return against an extension: what came back has no new due date', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { id, line, unitId } = await unitOut();
      const dueAt = new Date(Date.now() + 86_400_000).toISOString();
      const [back, extended] = await Promise.all([
        post(`/checkouts/${id}/returns`, { lines: [{ lineId: line.id }] }),
        cast.change(`/checkouts/${id}/extend`, 1, { dueAt }),
      ]);
      expect(back.status).toBe(200);
      expect([200, 412]).toContain(extended.status);
      expect(await cast.unitOf(unitId)).toMatchObject({ state: 'in_stock' });
    }
  });
});
