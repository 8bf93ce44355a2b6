import { describe, expect, test } from 'vitest';
import { newId } from '../../src/kernel/ids.ts';
import { auditOf } from '../people/cast.ts';
import { useAllocations } from './lifecycle-cast.ts';

const cast = useAllocations();
const { shelf, post, site } = cast;

const service = () =>
  shelf.add('service', {
    name: `service ${newId()}`,
    criticality: 'emergency',
    customer: '',
    owner_id: cast.holder.id,
    owner_kind: 'team',
    max_proof_age_days: 90,
  });

const serial = () => `SN-${newId().slice(-12)}`;

/** A unit that works in a service, as an earlier swap has left it. */
async function deployedUnit(partId: string, serviceId: string) {
  const unitId = await shelf.unit(partId, site.id);
  const { id, lines } = await cast.checkOut([{ unitId }]);
  const answer = await post(`/checkouts/${id}/deploy`, { lineId: lines[0].id, serviceId, replenish: false });
  expect([answer.status, answer.body.detail]).toEqual([200, undefined]);
  return { unitId, serial: (await cast.unitOf(unitId)).serial as string };
}

async function spareOut(more: object = {}) {
  const partId = await shelf.part();
  const tag = `A-${newId().slice(-8)}`;
  const unitId = await shelf.unit(partId, site.id, { asset_tag: tag });
  const { id, lines } = await cast.checkOut([{ unitId }], more);
  return { partId, unitId, tag, id: id as string, lineId: lines[0].id as string };
}

const repairsOf = (unitId: string) =>
  cast.database.db.rows<Record<string, unknown>>('SELECT * FROM repair WHERE unit_id = $1', [unitId]);
const replenishmentsOf = (partId: string) =>
  cast.database.db.rows<Record<string, unknown>>('SELECT * FROM replenishment WHERE part_id = $1', [partId]);

describe('the swap of the night', () => {
  test('one scan: the spare works in the service, the failed unit is in repair, a new one is asked for', async () => {
    const serviceId = await service();
    const spare = await spareOut({ serviceId });
    const failed = await deployedUnit(spare.partId, serviceId);
    const answer = await post(`/checkouts/${spare.id}/deploy`, {
      unit: spare.tag,
      failed: { unit: failed.serial.toLowerCase(), fault: 'no output', vendor: 'Northwind', vendorCase: 'RMA-1' },
    });
    expect(answer.status).toBe(200);
    expect(answer.body.allocation.lines[0].state).toBe('deployed');
    expect(answer.body.failed).toMatchObject({ unitId: failed.unitId, isNew: false });
    expect(await cast.unitOf(spare.unitId)).toMatchObject({ state: 'deployed', deployed_service_id: serviceId });
    expect(await cast.unitOf(failed.unitId)).toMatchObject({ state: 'in_repair', deployed_service_id: null });
    const [repair] = await repairsOf(failed.unitId);
    expect(repair).toMatchObject({
      id: answer.body.failed.repairId,
      fault: 'no output',
      vendor_case: 'RMA-1',
      closed_at: null,
    });
    const [replenishment, ...more] = await replenishmentsOf(spare.partId);
    expect(more).toEqual([]);
    expect(replenishment).toMatchObject({
      id: answer.body.replenishmentId,
      quantity: 1,
      origin: 'deploy',
      state: 'requested',
    });
    const audit = await auditOf(cast.database.db, 'allocation', spare.id);
    expect(audit.map(({ action }) => action)).toEqual(['allocation.checkout', 'allocation.deploy']);
    const [entries] = await cast.database.db.rows<{ count: string }>(
      'SELECT count(*) FROM audit_entry WHERE request_id = $1',
      [audit[1]?.request_id],
    );
    expect(entries?.count).toBe('1');
    expect(audit[1]?.details).toMatchObject({ unitId: spare.unitId, serviceId, failed: { unitId: failed.unitId } });
  });

  test('a failed unit that nobody knew comes into the register, in repair, as the part of its spare or as another', async () => {
    const serviceId = await service();
    const spare = await spareOut({ serviceId });
    const unknown = serial();
    const answer = await post(`/checkouts/${spare.id}/deploy`, { unit: spare.tag, failed: { unit: unknown } });
    expect([answer.status, answer.body.failed.isNew]).toEqual([200, true]);
    expect(await cast.unitOf(answer.body.failed.unitId)).toMatchObject({
      serial: unknown,
      part_id: spare.partId,
      state: 'in_repair',
    });
    const other = await spareOut({ serviceId });
    const olderPart = await shelf.part();
    const body = { unit: other.tag, failed: { unit: serial(), partId: olderPart } };
    const second = await post(`/checkouts/${other.id}/deploy`, body);
    expect(await cast.unitOf(second.body.failed.unitId)).toMatchObject({ part_id: olderPart, state: 'in_repair' });
  });

  test('what is only held is collected first, in the same act', async () => {
    const serviceId = await service();
    const partId = await shelf.part();
    const unitId = await shelf.unit(partId, site.id);
    const hold = await cast.promise([{ kind: 'unit', part_id: partId, unit_id: unitId }]);
    // Nothing of it is out yet, so it is no check-out for other requests.
    expect((await cast.get(`/checkouts/${hold.id}`)).status).toBe(404);
    const answer = await post(`/checkouts/${hold.id}/deploy`, { lineId: hold.lineId, serviceId });
    expect([answer.status, answer.body.allocation.lines[0].state]).toEqual([200, 'deployed']);
    const kinds = await cast.database.db.rows<{ kind: string }>(
      'SELECT kind FROM movement WHERE unit_id = $1 ORDER BY id',
      [unitId],
    );
    expect(kinds.map(({ kind }) => kind)).toEqual(['receive', 'issue', 'deploy']);
  });

  test('another unit of the part than the kept one is scanned: it goes out for a line that is not pinned', async () => {
    const serviceId = await service();
    const partId = await shelf.part();
    const [kept, other, third] = await shelf.units(partId, site.id, 3);
    const line = { kind: 'unit', part_id: partId, unit_id: kept ?? '' } as const;
    const hold = await cast.promise([{ ...line, pinned: false }]);
    const { serial: scanned } = await cast.unitOf(other ?? '');
    const answer = await post(`/checkouts/${hold.id}/deploy`, { unit: scanned, serviceId });
    expect([answer.status, answer.body.allocation.lines[0].unit.id]).toEqual([200, other]);
    expect(await cast.unitOf(kept ?? '')).toMatchObject({ state: 'in_stock' });
    const pinned = await cast.promise([line]);
    const { serial: free } = await cast.unitOf(third ?? '');
    const refused = await post(`/checkouts/${pinned.id}/deploy`, { unit: free, serviceId });
    expect([refused.status, refused.body.code]).toEqual([404, 'no-such-line']);
  });

  test('the service is that of the check-out, of a service that holds it, or has to be named', async () => {
    const held = await service();
    const forService = await spareOut({ holder: { kind: 'service', id: held } });
    expect((await post(`/checkouts/${forService.id}/deploy`, { unit: forService.tag })).status).toBe(200);
    expect(await cast.unitOf(forService.unitId)).toMatchObject({ deployed_service_id: held });
    const none = await spareOut();
    const missing = await post(`/checkouts/${none.id}/deploy`, { unit: none.tag });
    expect([missing.status, missing.body.code]).toEqual([422, 'service-missing']);
    const unknown = await post(`/checkouts/${none.id}/deploy`, { unit: none.tag, serviceId: newId() });
    expect([unknown.status, unknown.body.code]).toEqual([422, 'unsuitable-service']);
  });

  test('a failed unit that the register has elsewhere is refused, and nothing has happened', async () => {
    const serviceId = await service();
    const spare = await spareOut({ serviceId });
    const elsewhere = await deployedUnit(spare.partId, await service());
    const inStock = await shelf.unit(spare.partId, site.id);
    for (const unit of [elsewhere.serial, (await cast.unitOf(inStock)).serial]) {
      const answer = await post(`/checkouts/${spare.id}/deploy`, { unit: spare.tag, failed: { unit } });
      expect([answer.status, answer.body.code]).toEqual([409, 'failed-unit-elsewhere']);
    }
    const itself = await post(`/checkouts/${spare.id}/deploy`, { unit: spare.tag, failed: { unit: spare.tag } });
    expect([itself.status, itself.body.code]).toEqual([422, 'failed-is-itself']);
    expect(await cast.unitOf(spare.unitId)).toMatchObject({ state: 'issued' });
    expect(await replenishmentsOf(spare.partId)).toEqual([]);
  });

  test('one serial of several parts: the part of the spare, or the one that is named, is meant', async () => {
    const serviceId = await service();
    const spare = await spareOut({ serviceId });
    const [partA, partB] = [await shelf.part(), await shelf.part()];
    const same = serial();
    for (const partId of [partA, partB]) {
      const unitId = await shelf.unit(partId, site.id, { serial: same });
      const out = await cast.checkOut([{ unitId }]);
      const path = `/checkouts/${out.id}/deploy`;
      expect((await post(path, { lineId: out.lines[0].id, serviceId, replenish: false })).status).toBe(200);
    }
    const answer = await post(`/checkouts/${spare.id}/deploy`, { unit: spare.tag, failed: { unit: same } });
    expect([answer.status, answer.body.code]).toEqual([409, 'several-units']);
    const named = await post(`/checkouts/${spare.id}/deploy`, {
      unit: spare.tag,
      failed: { unit: same, partId: partB },
    });
    expect([named.status, (await cast.unitOf(named.body.failed.unitId)).part_id]).toEqual([200, partB]);
  });

  test('pieces of bulk are used up, in part, and as many are asked for', async () => {
    const partId = await shelf.part({ tracking: 'bulk' });
    const stockId = await shelf.stock(partId, site.id, 20);
    const { id, lines } = await cast.checkOut([{ partId, quantity: 10 }]);
    const answer = await post(`/checkouts/${id}/deploy`, { lineId: lines[0].id, quantity: 4 });
    expect(answer.status).toBe(200);
    const states = answer.body.allocation.lines.map(
      (line: { state: string; quantity: number }) => `${line.quantity} ${line.state}`,
    );
    expect(states.toSorted()).toEqual(['4 consumed', '6 issued']);
    expect((await replenishmentsOf(partId))[0]).toMatchObject({ quantity: 4 });
    expect(await cast.quantityOf(stockId)).toBe(10);
    const much = await post(`/checkouts/${id}/deploy`, { lineId: lines[0].id, quantity: 7 });
    expect([much.status, much.body.code]).toEqual([409, 'more-than-is-out']);
  });

  test('seats are not deployed', async () => {
    const productId = await shelf.product();
    await shelf.entitlement(productId, { metric: 'core' });
    const { id, lines } = await cast.checkOut([{ productId, quantity: 1, assignee: 'host 7' }]);
    const answer = await post(`/checkouts/${id}/deploy`, { lineId: lines[0].id, serviceId: await service() });
    expect([answer.status, answer.body.code]).toEqual([422, 'seats-are-not-deployed']);
  });
});

describe('races of deploying', () => {
  test('of several requests for one swap, one is carried out', async () => {
    const serviceId = await service();
    for (let round = 0; round < 3; round += 1) {
      const spare = await spareOut({ serviceId });
      const failed = await deployedUnit(spare.partId, serviceId);
      const body = { unit: spare.tag, failed: { unit: failed.serial } };
      const answers = await Promise.all([1, 2, 3, 4].map(() => post(`/checkouts/${spare.id}/deploy`, body)));
      expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409, 409, 409]);
      expect(await repairsOf(failed.unitId)).toHaveLength(1);
      expect(await replenishmentsOf(spare.partId)).toHaveLength(1);
    }
  });

  test('a request that is repeated under one key is carried out once, and answered the same', async () => {
    const serviceId = await service();
    const spare = await spareOut({ serviceId });
    const body = { unit: spare.tag, failed: { unit: serial() } };
    const key = newId();
    const again = () => post(`/checkouts/${spare.id}/deploy`, body).set('Idempotency-Key', key);
    const answers = await Promise.all([again(), again(), again()]);
    const done = answers.filter(({ status }) => status === 200);
    expect(done.length).toBeGreaterThan(0);
    expect(answers.filter(({ status }) => status !== 200).every(({ status }) => status === 409)).toBe(true);
    expect((await again()).body).toEqual(done[0]?.body);
    expect(await replenishmentsOf(spare.partId)).toHaveLength(1);
  });

  test('of two spares for one failed unit, one is put in for it; so with one that nobody knew', async () => {
    const serviceId = await service();
    const partId = await shelf.part();
    for (const failedSerial of [(await deployedUnit(partId, serviceId)).serial, serial()]) {
      const units = await shelf.units(partId, site.id, 2);
      const outs = await Promise.all(units.map((unitId) => cast.checkOut([{ unitId }], { serviceId })));
      const answers = await Promise.all(
        outs.map(({ id, lines }) =>
          post(`/checkouts/${id}/deploy`, { lineId: lines[0].id, failed: { unit: failedSerial } }),
        ),
      );
      expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409]);
    }
  });
});
