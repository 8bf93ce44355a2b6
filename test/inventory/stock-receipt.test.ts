import { describe, expect, test } from 'vitest';
import { newId } from '../../src/kernel/ids.ts';
import { auditOf } from '../people/cast.ts';
import { useDatabase } from '../support/database.ts';
import { useStockApp } from './stock-app.ts';
import { makeLocation, makePart } from './support.ts';

const database = useDatabase();
const { act, done, refused, get } = useStockApp(database);

async function scene(wanted: { testIntervalDays?: number; shelfLifeDays?: number } = {}) {
  const { db } = database;
  return {
    place: await makeLocation(db),
    serial: await makePart(db, 'serial', wanted),
    bulk: await makePart(db, 'bulk', wanted),
  };
}

describe('a receipt', () => {
  test('takes units and pieces into the register, with what their part says about shelf life and tests', async () => {
    const { place, serial, bulk } = await scene({ testIntervalDays: 180, shelfLifeDays: 10 });
    const tag = `T-${newId().slice(-8)}`;
    const movements = await done('receipts', {
      receivedAt: '2026-03-01T12:00:00Z',
      reference: 'DN-1',
      lines: [
        {
          kind: 'unit',
          partId: serial.id,
          locationId: place.id,
          serial: 'S-1',
          assetTag: tag,
          condition: 'good',
          supplier: 'Sample Co',
          firmware: '2.1',
          warrantyUntil: '2029-01-31',
          lastTestedAt: '2026-02-01T23:30:00Z',
        },
        { kind: 'unit', partId: serial.id, locationId: place.id, serial: 'S-2', expiresOn: '2030-01-01' },
        { kind: 'bulk', partId: bulk.id, locationId: place.id, quantity: 7, lot: 'L1' },
        { kind: 'bulk', partId: bulk.id, locationId: place.id, quantity: 5, expiresOn: '2031-01-01' },
      ],
    });
    expect(movements.map((m: { kind: string; reference: string }) => [m.kind, m.reference])).toEqual(
      Array.from({ length: 4 }, () => ['receive', 'DN-1']),
    );
    expect(await get(`/units/${movements[0].unit.id}`)).toMatchObject({
      serial: 'S-1',
      assetTag: tag,
      state: 'in_stock',
      condition: 'good',
      supplier: 'Sample Co',
      firmware: '2.1',
      warrantyUntil: '2029-01-31',
      expiresOn: '2026-03-11',
      testDueOn: '2026-07-31',
      lastTestedAt: '2026-02-01T23:30:00Z',
      lastSeenAt: '2026-03-01T12:00:00Z',
      isUsable: false,
      location: { id: place.id, code: place.code, path: place.code },
      part: { id: serial.id, partNumber: serial.partNumber },
      movements: `/units/${movements[0].unit.id}/movements`,
    });
    expect(await get(`/units/${movements[1].unit.id}`)).toMatchObject({
      expiresOn: '2030-01-01',
      testDueOn: '2026-08-28',
    });
    expect(await get(`/stock/${movements[2].toStockId}`)).toMatchObject({
      quantity: 7,
      lot: 'L1',
      expiresOn: '2026-03-11',
      isExpired: true,
    });
    expect(await get(`/stock/${movements[3].toStockId}`)).toMatchObject({
      quantity: 5,
      lot: '',
      expiresOn: '2031-01-01',
      isExpired: false,
    });
    const [entry] = await auditOf(database.db, 'movement-batch', movements[0].batchId);
    expect(entry).toMatchObject({ action: 'stock.receive', details: { lines: 4, reference: 'DN-1' } });
  });

  test('adds pieces of the same lot and expiry to the row that is there', async () => {
    const { place, bulk } = await scene();
    const line = { kind: 'bulk', partId: bulk.id, locationId: place.id, quantity: 3, lot: 'A' };
    const [first, second] = await done('receipts', { lines: [line, { ...line, quantity: 4 }] });
    const [third] = await done('receipts', { lines: [line] });
    expect([second.toStockId, third.toStockId]).toEqual([first.toStockId, first.toStockId]);
    expect(await get(`/stock/${first.toStockId}`)).toMatchObject({ quantity: 10 });
  });

  test('puts a damaged unit, and one that is said to wait, into quarantine', async () => {
    const { place, serial } = await scene();
    const line = { kind: 'unit', partId: serial.id, locationId: place.id };
    const movements = await done('receipts', {
      lines: [
        { ...line, serial: 'D', condition: 'damaged' },
        { ...line, serial: 'W', isQuarantined: true },
      ],
    });
    expect(movements.map((m: { toState: string }) => m.toState)).toEqual(['quarantined', 'quarantined']);
  });

  test('is all or nothing, and names every line that stands in the way', async () => {
    const { place, serial } = await scene();
    const line = { kind: 'unit', partId: serial.id, locationId: place.id };
    await done('receipts', { lines: [{ ...line, serial: 'Known', assetTag: `K-${serial.id.slice(-6)}` }] });
    const answer = await act('receipts', {
      lines: [
        { ...line, serial: 'new-1' },
        { ...line, serial: 'NEW-1' },
        { ...line, serial: 'KNOWN' },
        { ...line, serial: 'new-2', assetTag: `k-${serial.id.slice(-6)}` },
        { ...line, serial: 'new-3', assetTag: 'Fresh-1' },
        { ...line, serial: 'new-4', assetTag: 'fresh-1' },
      ],
    });
    expect([answer.status, answer.body.code]).toEqual([409, 'serial-taken']);
    expect(answer.body.fields.map((field: { field: string }) => field.field)).toEqual([
      '#/lines/1/serial',
      '#/lines/2/serial',
      '#/lines/3/assetTag',
      '#/lines/5/assetTag',
    ]);
    expect((await get(`/units?partId=${serial.id}`)).items).toHaveLength(1);
  });

  test('refuses what cannot be there, naming the line', async () => {
    const { place, serial, bulk } = await scene();
    const unit = { kind: 'unit', partId: serial.id, locationId: place.id, serial: 'X' };
    const pieces = { kind: 'bulk', partId: bulk.id, locationId: place.id, quantity: 1 };
    const second = (line: object) => refused('receipts', { lines: [unit, line] });
    expect(await second({ ...pieces, partId: newId() })).toEqual([422, 'unsuitable-part', '#/lines/1/partId']);
    expect(await second({ ...pieces, partId: serial.id })).toEqual([422, 'unsuitable-part', '#/lines/1/kind']);
    expect(await second({ ...unit, partId: bulk.id })).toEqual([422, 'unsuitable-part', '#/lines/1/kind']);
    expect(await second({ ...pieces, locationId: newId() })).toEqual([
      422,
      'unsuitable-location',
      '#/lines/1/locationId',
    ]);
    expect(await second({ ...pieces, quantity: 0 })).toEqual([400, 'invalid-body', '#/lines/1/quantity']);
    expect(await second({ ...unit, serial: '' })).toEqual([400, 'invalid-body', '#/lines/1/serial']);
    expect(await second({ ...unit, expiresOn: '0000-01-01' })).toEqual([400, 'invalid-body', '#/lines/1/expiresOn']);
    expect(await second({ ...unit, expiresOn: '2026-02-30' })).toEqual([400, 'invalid-body', '#/lines/1/expiresOn']);
    await database.db.execute(`UPDATE part SET retired_at = now(), retired_reason = 'old' WHERE id = $1`, [bulk.id]);
    expect(await second(pieces)).toEqual([422, 'unsuitable-part', '#/lines/1/partId']);
    await database.db.execute(`UPDATE location SET retired_at = now(), retired_reason = 'old' WHERE id = $1`, [
      place.id,
    ]);
    expect(await refused('receipts', { lines: [unit] })).toEqual([422, 'unsuitable-location', '#/lines/0/locationId']);
  });

  test('takes as many lines as a pallet has, each with everything that is known of it', async () => {
    const { place, serial } = await scene({ testIntervalDays: 90 });
    const lines = Array.from({ length: 500 }, (_, index) => ({
      kind: 'unit',
      partId: serial.id,
      locationId: place.id,
      serial: `PALLET-${index}-${'x'.repeat(60)}`,
      assetTag: `P${index}-${serial.id.slice(-12)}`,
      condition: 'new',
      supplier: 'Sample Co '.repeat(11).trim(),
      firmware: '2.1.4',
      warrantyUntil: '2029-05-31',
      expiresOn: '2036-05-31',
      lastTestedAt: '2026-02-01T23:30:00Z',
    }));
    expect(await done('receipts', { lines })).toHaveLength(500);
    expect((await get(`/units?partId=${serial.id}&total=true&limit=1`)).total).toBe('500');
    const many = { lines: [...lines, lines[0]] };
    expect(await refused('receipts', many)).toEqual([400, 'invalid-body', '#/lines']);
  });

  test('cannot have happened in the future', async () => {
    const { place, serial } = await scene();
    const unit = { kind: 'unit', partId: serial.id, locationId: place.id, serial: 'X' };
    expect(await refused('receipts', { lines: [unit], receivedAt: '2999-01-01T00:00:00Z' })).toEqual([
      400,
      'movement-in-future',
      undefined,
    ]);
  });
});
