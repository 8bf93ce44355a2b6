import { describe, expect, test } from 'vitest';
import { lockParts } from '../../src/inventory/movement.store.ts';
import { receiveIntoRepair, sendToRepair } from '../../src/inventory/repair.service.ts';
import { newId } from '../../src/kernel/ids.ts';
import { auditOf } from '../people/cast.ts';
import { useDatabase } from '../support/database.ts';
import { useStockApp } from './stock-app.ts';
import { makeUnit, type UnitWishes } from './stock-support.ts';
import { makeLocation, makePart } from './support.ts';

const database = useDatabase();
const { refused, get, post, patch } = useStockApp(database);

async function unitAt(more: Partial<UnitWishes> = {}) {
  const { id: partId } = await makePart(database.db, 'serial');
  const { id: locationId } = await makeLocation(database.db);
  return { ...(await makeUnit(database.db, { partId, locationId, ...more })), partId, locationId };
}

async function opened(more: Partial<UnitWishes> = {}) {
  const unit = await unitAt(more);
  const answer = await post('/repairs', {
    unitId: unit.id,
    vendor: 'Sample Co',
    vendorCase: 'RMA-1',
    fault: 'no output',
  });
  expect([answer.status, answer.body.detail]).toEqual([201, undefined]);
  return { unit, repair: answer.body };
}

describe('a repair', () => {
  test('takes a unit out with its case, and brings it back into stock', async () => {
    const { unit, repair } = await opened({ state: 'quarantined', condition: 'damaged' });
    expect(repair).toMatchObject({
      vendor: 'Sample Co',
      vendorCase: 'RMA-1',
      outcome: null,
      isOverdue: false,
      unit: { id: unit.id },
    });
    expect(await get(`/units/${unit.id}`)).toMatchObject({ state: 'in_repair', location: null });
    const changed = await patch(`/repairs/${repair.id}`, 1, { expectedBackOn: '2020-01-01', vendorCase: null });
    expect(changed.body).toMatchObject({ expectedBackOn: '2020-01-01', vendorCase: null, isOverdue: true, version: 2 });
    expect((await get('/repairs')).items.map((item: { id: string }) => item.id)).toEqual([repair.id]);
    expect((await patch(`/repairs/${repair.id}`, 1, { fault: 'x' })).body.code).toBe('stale-repair');
    const closed = await post(`/repairs/${repair.id}/close`, { outcome: 'repaired', locationId: unit.locationId }, 2);
    expect(closed.body).toMatchObject({
      outcome: 'repaired',
      closedAt: expect.any(String),
      isOverdue: false,
      version: 3,
    });
    expect(await get(`/units/${unit.id}`)).toMatchObject({
      state: 'in_stock',
      condition: 'good',
      location: { id: unit.locationId },
    });
    expect((await get(`/units/${unit.id}/movements`)).items.map((m: { kind: string }) => m.kind)).toEqual([
      'repair_in',
      'repair_out',
      'receive',
    ]);
    expect((await get(`/repairs?unitId=${unit.id}`)).items).toHaveLength(1);
    expect((await post(`/repairs/${repair.id}/close`, { outcome: 'lost' }, 3)).body.code).toBe('repair-closed');
    expect((await auditOf(database.db, 'repair', repair.id)).map(({ action }) => action)).toEqual([
      'repair.open',
      'repair.update',
      'repair.close',
    ]);
  });

  test.each([
    ['no-fault-found', { isQuarantined: true }, 'quarantined'],
    ['not-repairable', undefined, 'retired'],
    ['lost', undefined, 'lost'],
  ])('that ends in %s leads to where it should', async (outcome, back, state) => {
    const { unit, repair } = await opened();
    const place = back && { ...back, locationId: unit.locationId };
    const closed = await post(`/repairs/${repair.id}/close`, { outcome, ...place, note: 'said by the vendor' }, 1);
    expect([closed.status, closed.body.outcome]).toEqual([200, outcome]);
    expect(await get(`/units/${unit.id}`)).toMatchObject({ state });
    const { items } = await get(`/units/${unit.id}/movements?limit=1`);
    expect(items).toMatchObject([{ toState: state, reason: 'said by the vendor' }]);
  });

  test('that ends in a replacement writes the unit off and takes the new one in', async () => {
    const { unit, repair } = await opened();
    const end = { outcome: 'replaced', locationId: unit.locationId, replacementSerial: 'NEW-1' };
    expect((await post(`/repairs/${repair.id}/close`, { ...end, replacementSerial: unit.serial }, 1)).body.code).toBe(
      'serial-taken',
    );
    expect((await post(`/repairs/${repair.id}/close`, end, 1)).status).toBe(200);
    expect(await get(`/units/${unit.id}`)).toMatchObject({ state: 'retired' });
    const { items } = await get(`/units?partId=${unit.partId}&state=in_stock`);
    expect(items).toMatchObject([{ serial: 'NEW-1', location: { id: unit.locationId } }]);
  });

  test('is refused for what cannot go, and says why', async () => {
    const { unit, repair } = await opened();
    const again = await post('/repairs', { unitId: unit.id });
    expect([again.status, again.body.code, again.body.fields[0].field]).toEqual([409, 'unit-cannot-go', '#/unitId']);
    expect(again.body.detail).toBe(`Unit ${unit.serial} cannot be sent to repair: it is in repair: close its repair`);
    expect((await post('/repairs', { unitId: newId() })).body).toMatchObject({ status: 422, code: 'no-such-unit' });
    const nowhere = await post(`/repairs/${repair.id}/close`, { outcome: 'repaired', locationId: newId() }, 1);
    expect(nowhere.body).toMatchObject({
      status: 422,
      code: 'unsuitable-location',
      fields: [{ field: '#/locationId' }],
    });
    expect((await post(`/repairs/${newId()}/close`, { outcome: 'lost' }, 1)).status).toBe(404);
    expect((await post(`/repairs/${repair.id}/close`, { outcome: 'repaired' }, 1)).body.fields[0].field).toBe(
      '#/locationId',
    );
    for (const name of ['scraps', 'quarantines']) {
      expect(await refused(name, { lines: [{ kind: 'unit', unitId: unit.id }], reason: 'x' })).toEqual([
        409,
        'unit-cannot-go',
        '#/lines/0/unitId',
      ]);
    }
  });
});

describe('the swap of the night', () => {
  const act = () => ({ actorId: null, batchId: newId() });

  test('takes a failed device that nobody knew into the register, directly in repair', async () => {
    const { id: partId } = await makePart(database.db, 'serial', { testIntervalDays: 10, shelfLifeDays: 10 });
    const device = { partId, serial: 'FAILED-1', details: { vendorCase: 'RMA-9', fault: 'dead' } };
    const { unitId, repairId } = await database.db.transaction(async (tx) => {
      await lockParts(tx, [partId]);
      return receiveIntoRepair(tx, device, act());
    });
    expect(await get(`/units/${unitId}`)).toMatchObject({
      serial: 'FAILED-1',
      state: 'in_repair',
      condition: 'damaged',
      location: null,
    });
    expect(await get(`/repairs/${repairId}`)).toMatchObject({ vendorCase: 'RMA-9', fault: 'dead', closedAt: null });
    const twice = database.db.transaction((tx) => receiveIntoRepair(tx, { ...device, serial: 'failed-1' }, act()));
    await expect(twice).rejects.toMatchObject({ code: 'serial-taken' });
  });

  test('sends one that the register knows, and refuses it when it cannot go', async () => {
    const { id: unitId, partId } = await unitAt();
    const send = () =>
      database.db.transaction(async (tx) => {
        await lockParts(tx, [partId]);
        return sendToRepair(tx, { unitId, field: '#/failed/serial', details: {} }, act());
      });
    const { repairId } = await send();
    expect(await get(`/repairs/${repairId}`)).toMatchObject({ unit: { id: unitId }, vendor: null });
    await expect(send()).rejects.toMatchObject({ code: 'unit-cannot-go', fields: [{ field: '#/failed/serial' }] });
  });
});
