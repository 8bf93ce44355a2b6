import { describe, expect, test } from 'vitest';
import { allocateRoutes } from '../../src/allocations/allocate.routes.ts';
import { kitRoutes } from '../../src/allocations/kit.routes.ts';
import { newId } from '../../src/kernel/ids.ts';
import { useApp } from '../http/support.ts';
import { auditOf } from '../people/cast.ts';
import { runAs, useDatabase } from '../support/database.ts';
import { counterOf } from './support.ts';

const database = useDatabase();
const server = useApp(database, () => ({ routes: [...kitRoutes(), ...allocateRoutes()] }));
const counter = counterOf(database);
const KITS = '/api/v1/kits';

async function make(lines: object[], more: object = {}) {
  const answer = await server.request('post', KITS).send({ name: `kit ${newId()}`, lines, ...more });
  expect([answer.status, answer.body.fields]).toEqual([201, undefined]);
  return answer.body;
}

const change = (id: string, version: number, body: object) =>
  server.request('patch', `${KITS}/${id}`).set('If-Match', `"${version}"`).send(body);

const retire = (id: string, version: number) =>
  server.request('post', `${KITS}/${id}/retire`).set('If-Match', `"${version}"`).send({ reason: 'not needed' });

const availability = async (id: string) => (await server.request('get', `${KITS}/${id}/availability`)).body;

const checkOut = async (lines: object[]) =>
  server.request('post', '/api/v1/checkouts').send({ purpose: 'loan', holder: await counter.holder(), lines });

describe('kits', () => {
  test('keep their lines in order, with the names that people know', async () => {
    const [partId, productId, deviceModelId] = [
      await counter.part({ manufacturer: 'Northwind', part_number: 'PSU-1' }),
      await counter.product('Database'),
      await counter.model('R740'),
    ];
    const made = await make(
      [
        { deviceModelId, quantity: 1 },
        { partId, quantity: 2 },
        { productId, quantity: 3 },
      ],
      {
        name: 'Branch',
        note: 'small sites',
      },
    );
    expect(made).toMatchObject({
      name: 'Branch',
      note: 'small sites',
      lines: [
        { kind: 'device-model', id: deviceModelId, name: 'Northwind R740', quantity: 1 },
        { kind: 'part', id: partId, name: 'Northwind PSU-1', quantity: 2 },
        { kind: 'product', id: productId, name: 'Contoso Database', quantity: 3 },
      ],
      retired: null,
      version: 1,
    });
    expect((await server.request('get', `${KITS}/${made.id}`)).body).toEqual(made);
    const taken = await server.request('post', KITS).send({ name: 'BRANCH', lines: [{ partId, quantity: 1 }] });
    expect([taken.status, taken.body.code]).toEqual([409, 'kit-name-taken']);
    const listed = await server.request('get', `${KITS}?partId=${partId}`);
    expect(listed.body).toEqual({ items: [made], next: null });
  });

  test('lines are replaced as a whole, by somebody who has read the present ones', async () => {
    const [a, b] = [await counter.part(), await counter.part()];
    const { id } = await make([{ partId: a, quantity: 1 }]);
    const lines = [
      { partId: b, quantity: 5 },
      { partId: a, quantity: 2 },
    ];
    const changed = await change(id, 1, { lines });
    expect(changed.body).toMatchObject({
      version: 2,
      lines: [
        { id: b, quantity: 5 },
        { id: a, quantity: 2 },
      ],
    });
    expect((await change(id, 1, { lines })).body).toMatchObject({ status: 412, code: 'stale-kit' });
    expect((await auditOf(database.db, 'kit', id)).map(({ action }) => action)).toEqual(['kit.create', 'kit.change']);
  });

  test('name each thing once, and only what is in use', async () => {
    const partId = await counter.part();
    const twice = await server.request('post', KITS).send({
      name: 'twice',
      lines: [
        { partId, quantity: 1 },
        { partId, quantity: 2 },
      ],
    });
    expect(twice.status).toBe(400);
    const unknown = await server.request('post', KITS).send({
      name: 'unknown',
      lines: [
        { partId, quantity: 1 },
        { productId: newId(), quantity: 2 },
      ],
    });
    expect(unknown.body).toMatchObject({ status: 422, code: 'unsuitable-kit-line', fields: [{ field: '#/lines/1' }] });
  });

  test('a retired kit is not handed out and does not change, and is never deleted', async () => {
    const partId = await counter.part();
    await counter.unit(partId, await counter.site());
    const { id } = await make([{ partId, quantity: 1 }]);
    expect((await retire(id, 1)).body).toMatchObject({ version: 2, retired: { reason: 'not needed' } });
    expect((await change(id, 2, { note: 'x' })).body.code).toBe('kit-retired');
    const refused = await checkOut([{ kitId: id }]);
    expect(refused.body).toMatchObject({ status: 422, code: 'unsuitable-kit', fields: [{ field: '#/lines/0/kitId' }] });
    expect((await checkOut([{ kitId: newId() }])).body.code).toBe('unsuitable-kit');
    await expect(runAs(database.owner, `UPDATE kit SET note = 'x' WHERE id = $1`, [id])).rejects.toMatchObject({
      constraint: 'kit_retired_is_final',
    });
    await expect(runAs(database.owner, 'DELETE FROM kit WHERE id = $1', [id])).rejects.toMatchObject({
      constraint: 'kit_never_deleted',
    });
  });
});

describe('how many kits can go out', () => {
  test('is what all lines allow together, and says what the next one lacks', async () => {
    const siteId = await counter.site();
    const [psu, cable] = [await counter.part(), await counter.part({ tracking: 'bulk' })];
    const productId = await counter.product();
    await counter.units(psu, siteId, 5);
    await counter.stock(cable, siteId, 100);
    await counter.entitlement(productId, { quantity: 3 });
    await counter.entitlement(productId, { quantity: 4 });
    const { id } = await make([
      { partId: psu, quantity: 2 },
      { partId: cable, quantity: 10 },
      { productId, quantity: 2 },
    ]);
    expect(await availability(id)).toMatchObject({
      kitId: id,
      ordinary: {
        whole: 2,
        isAtLeast: false,
        next: [
          { id: psu, needed: 2, free: 1, short: 1 },
          { id: cable, needed: 10, free: 10, short: 0 },
          { id: productId, needed: 2, free: 2, short: 0 },
        ],
      },
    });
    expect((await checkOut([{ kitId: id, quantity: 2 }])).status).toBe(201);
    expect((await availability(id)).ordinary).toMatchObject({
      whole: 0,
      next: [{ free: 1, short: 1 }, {}, { free: 2 }],
    });
    expect((await checkOut([{ kitId: id }])).status).toBe(409);
  });

  test('lines that want the same part do not both count it', async () => {
    const siteId = await counter.site();
    const [partId, other, deviceModelId] = [await counter.part(), await counter.part(), await counter.model()];
    await counter.fit({ device_model_id: deviceModelId, part_id: partId, rank: 1, quantity: 1 });
    await counter.fit({ device_model_id: deviceModelId, part_id: other, rank: 2, quantity: 2 });
    await counter.units(partId, siteId, 3);
    await counter.units(other, siteId, 3);
    const { id } = await make([
      { deviceModelId, quantity: 1 },
      { partId, quantity: 2 },
    ]);
    // The first kit takes 2 + 1 of the part; the second finds none of it, only the other one for the device.
    expect((await availability(id)).ordinary).toMatchObject({
      whole: 1,
      next: [
        { kind: 'device-model', needed: 1, free: 1, short: 0 },
        { kind: 'part', needed: 2, free: 0, short: 2 },
      ],
    });
    const { body } = await checkOut([{ kitId: id }]);
    expect(body.allocation.lines).toHaveLength(3);
  });

  test('what fits under a condition only does not count', async () => {
    const [partId, deviceModelId] = [await counter.part(), await counter.model()];
    await counter.fit({ device_model_id: deviceModelId, part_id: partId, conditions: 'firmware 4' });
    await counter.units(partId, await counter.site(), 2);
    const { id } = await make([{ deviceModelId, quantity: 1 }]);
    expect((await availability(id)).ordinary).toMatchObject({ whole: 0, next: [{ free: 0, short: 1 }] });
    expect((await checkOut([{ kitId: id }])).status).toBe(409);
  });

  test('keeps the floors, in total and below each location, and says what the reserve would add', async () => {
    const [siteId, otherId] = [await counter.site(), await counter.site()];
    const partId = await counter.part({ emergency_reserve: 1 });
    await counter.units(partId, siteId, 3);
    await counter.units(partId, otherId, 2);
    await database.db.execute('INSERT INTO part_reserve (part_id, location_id, quantity) VALUES ($1, $2, 2)', [
      partId,
      siteId,
    ]);
    const { id } = await make([{ partId, quantity: 1 }]);
    expect(await availability(id)).toMatchObject({ ordinary: { whole: 3 }, withReserve: { whole: 5 } });
    expect((await checkOut([{ kitId: id, quantity: 4 }])).status).toBe(409);
    expect((await checkOut([{ kitId: id, quantity: 3 }])).status).toBe(201);
    expect(await availability(id)).toMatchObject({ ordinary: { whole: 0 }, withReserve: { whole: 2 } });
  });

  test('what is promised to somebody, and what is not usable, is not free', async () => {
    const [siteId, partId] = [await counter.site(), await counter.part()];
    await counter.units(partId, siteId, 2);
    await counter.unit(partId, siteId, { expires_on: '2020-01-01' });
    const { id } = await make([{ partId, quantity: 1 }]);
    expect((await availability(id)).ordinary.whole).toBe(2);
    await counter.reserve([100, 110], [{ partId, quantity: 1 }]);
    expect((await availability(id)).ordinary.whole).toBe(1);
  });

  test('is counted no further than 100', async () => {
    const [siteId, partId] = [await counter.site(), await counter.part({ tracking: 'bulk' })];
    await counter.stock(partId, siteId, 1000);
    const { id } = await make([{ partId, quantity: 1 }]);
    expect((await availability(id)).ordinary).toMatchObject({ whole: 100, isAtLeast: true });
  });
});

describe('handing out kits', () => {
  test('a kit asked for twice in one basket is judged together, beside other lines', async () => {
    const [siteId, partId] = [await counter.site(), await counter.part()];
    await counter.units(partId, siteId, 3);
    const { id } = await make([{ partId, quantity: 1 }]);
    expect((await checkOut([{ kitId: id }, { kitId: id }, { partId, quantity: 2 }])).status).toBe(409);
    const { body } = await checkOut([{ kitId: id }, { partId, quantity: 1 }, { kitId: id }]);
    expect(body.allocation.lines).toHaveLength(3);
  });

  test('a refusal points at the line of the kit, not at what it is made of', async () => {
    const [siteId, there, missing] = [await counter.site(), await counter.part(), await counter.part()];
    await counter.units(there, siteId, 5);
    const { id } = await make([
      { partId: there, quantity: 1 },
      { partId: missing, quantity: 1 },
    ]);
    const refused = await checkOut([
      { partId: there, quantity: 1 },
      { kitId: id, quantity: 2 },
    ]);
    expect([refused.status, refused.body.fields.map(({ field }: { field: string }) => field)]).toEqual([
      409,
      ['#/lines/1'],
    ]);
    expect(await database.db.rows('SELECT 1 FROM allocation_line WHERE part_id = $1', [there])).toEqual([]);
  });

  test('devices are replaced kit by kit, so that each may get another part', async () => {
    const siteId = await counter.site();
    const [first, second, deviceModelId] = [await counter.part(), await counter.part(), await counter.model()];
    await counter.fit({ device_model_id: deviceModelId, part_id: first, rank: 1, quantity: 2 });
    await counter.fit({ device_model_id: deviceModelId, part_id: second, rank: 2 });
    await counter.units(first, siteId, 2);
    await counter.units(second, siteId, 1);
    const { id } = await make([{ deviceModelId, quantity: 1 }]);
    expect((await availability(id)).ordinary.whole).toBe(2);
    const { body } = await checkOut([{ kitId: id, quantity: 2 }]);
    expect(body.allocation.lines.map((line: { part: { id: string } }) => line.part.id).toSorted()).toEqual(
      [first, first, second].toSorted(),
    );
  });

  test('seats for one user go to the one who is named for the kit', async () => {
    const productId = await counter.product();
    await counter.entitlement(productId, { metric: 'named-user' });
    const { id } = await make([{ productId, quantity: 1 }]);
    const { body } = await checkOut([{ kitId: id, assignee: 'wei.zhang' }]);
    expect(body.allocation.lines).toMatchObject([{ kind: 'seat', assignee: 'wei.zhang' }]);
  });

  test('a basket that comes to too many lines is refused', async () => {
    const lines = [];
    for (let index = 0; index < 11; index += 1) lines.push({ deviceModelId: await counter.model(), quantity: 1 });
    const { id } = await make(lines);
    expect((await checkOut([{ kitId: id, quantity: 50 }])).body).toMatchObject({ status: 422, code: 'too-many-lines' });
  });
});
