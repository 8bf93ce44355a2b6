import { describe, expect, test } from 'vitest';
import { newId } from '../../src/kernel/ids.ts';
import { ServiceEntity } from '../../src/services/service.entity.ts';
import { registerOf } from '../services/register.ts';
import { useDatabase } from '../support/database.ts';
import { useStockApp } from './stock-app.ts';
import { makeStock, makeUnit, type UnitWishes } from './stock-support.ts';
import { makeLocation, makePart } from './support.ts';

const database = useDatabase([ServiceEntity]);
const { server, done, get, walk } = useStockApp(database);
const register = registerOf(database);

async function unitAt(more: Partial<UnitWishes> = {}) {
  const { id: partId } = await makePart(database.db, 'serial');
  const { id: locationId } = await makeLocation(database.db);
  return { ...(await makeUnit(database.db, { partId, locationId, ...more })), partId, locationId };
}

describe('the list of units', () => {
  test('goes from page to page in every order that it declares', async () => {
    const { db } = database;
    const [site, part] = [await makeLocation(db), await makePart(db, 'serial')];
    const [binA, binB] = [await makeLocation(db, { parentId: site.id }), await makeLocation(db, { parentId: site.id })];
    const make = (serial: string, locationId: string, more: Partial<UnitWishes> = {}) =>
      makeUnit(db, { partId: part.id, locationId, serial, ...more });
    await make('b', binA.id, { expiresOn: '2000-01-03', testDueOn: '2000-01-01' });
    await make('A', binB.id, { expiresOn: '2000-01-01', testDueOn: '2000-01-02', state: 'quarantined' });
    const c = await make('c', binB.id, { expiresOn: '2000-01-01', testDueOn: '2000-01-03' });
    await database.db.execute(`UPDATE unit SET warranty_until = '2000-01-01' WHERE id = $1`, [c.id]);
    expect(await walk(`/units?partId=${part.id}`, 'serial')).toEqual(['A', 'b', 'c']);
    expect(await walk(`/units?partId=${part.id}&sort=-serial`, 'serial')).toEqual(['c', 'b', 'A']);
    expect(await walk(`/units?partId=${part.id}&state=in_stock`, 'serial')).toEqual(['b', 'c']);
    expect(await walk(`/units?locationId=${binB.id}`, 'serial')).toEqual(['A', 'c']);
    expect((await walk(`/units?below=${site.id}`, 'serial')).toSorted()).toEqual(['A', 'b', 'c']);
    expect((await walk(`/units?below=${site.id}&partId=${part.id}&sort=-place`, 'serial')).toSorted()).toEqual([
      'A',
      'b',
      'c',
    ]);
    expect(await walk('/units?expiresBy=2001-01-01', 'serial')).toEqual(['c', 'b']);
    expect(await walk('/units?testDueBy=2000-01-03', 'serial')).toEqual(['b', 'c']);
    expect(await walk('/units?warrantyBy=2001-01-01', 'id')).toEqual([c.id]);
    expect(await walk('/units?sort=id', 'id')).toEqual(
      (await db.rows<{ id: string }>('SELECT id FROM unit ORDER BY id')).map((row) => row.id),
    );
    expect((await get(`/units?partId=${part.id}&total=true&limit=1`)).total).toBe('3');
  });

  test('finds text anywhere in serials and tags, and takes its wildcards literally', async () => {
    const tag = `Q-${newId().slice(-8)}`;
    const { id } = await unitAt({ assetTag: tag, serial: '100%_real' });
    await unitAt({ serial: '100xyreal' });
    expect(await walk(`/units?q=${tag.slice(1).toUpperCase()}`, 'id')).toEqual([id]);
    expect(await walk(`/units?q=${encodeURIComponent('00%_re')}`, 'id')).toEqual([id]);
    const sorted = await walk('/units?sort=assetTag', 'assetTag');
    expect(sorted).toEqual(
      [...sorted].toSorted((a, b) => (String(a).toLowerCase() < String(b).toLowerCase() ? -1 : 1)),
    );
    expect(sorted).toContain(tag);
  });

  test('knows what is deployed in a service', async () => {
    const service = await register.make();
    const { id } = await unitAt();
    await database.db.transaction(async (tx) => {
      // As a check-out and a deployment leave it; the walls of allocations are not what is tested here.
      await tx.execute('SET CONSTRAINTS ALL DEFERRED');
      const [allocation, line] = [newId(), newId()];
      await tx.execute(
        `INSERT INTO allocation (id, form, purpose, holder_kind, holder_id) VALUES ($1, 'checkout', 'loan', 'service', $2)`,
        [allocation, service.id],
      );
      await tx.execute(
        `INSERT INTO allocation_line (id, allocation_id, position, kind, part_id, unit_id, quantity, state, during, issued_at,
           root_line_id)
         SELECT $1, $2, 0, 'unit', part_id, id, 1, 'issued', tstzrange(now(), 'infinity'), now(), $1 FROM unit WHERE id = $3`,
        [line, allocation, id],
      );
      for (const [kind, to, serviceId] of [
        ['issue', 'issued', null],
        ['deploy', 'deployed', service.id],
      ]) {
        await tx.execute(
          `INSERT INTO movement (batch_id, kind, part_id, unit_id, to_state, line_id, service_id)
           SELECT gen_random_uuid(), $1, part_id, id, $2, $3, $4 FROM unit WHERE id = $5`,
          [kind, to, line, serviceId, id],
        );
      }
      await tx.execute(`UPDATE allocation_line SET state = 'deployed', ended_at = now() WHERE id = $1`, [line]);
    });
    const { items } = await get(`/units?serviceId=${service.id}`);
    expect(items).toMatchObject([
      { id, state: 'deployed', location: null, deployedService: { id: service.id, name: service.name } },
    ]);
  });

  test.each([
    'state=lost&sort=serial',
    'q=abc&sort=serial',
    'serviceId=019aab2c-8c10-7d3e-9a52-4b1f0a6e8c21&state=lost',
    'sort=testDue&state=in_stock',
  ])('refuses %s, and says what it offers', async (query) => {
    const answer = await server.request('get', `/api/v1/units?${query}`);
    expect([answer.status, answer.body.code]).toEqual([422, 'undeclared-list']);
    expect(answer.body.detail).toContain('partId with sort serial');
  });

  test.each(['limit=201', 'q=ab', 'state=new', 'sort=price', 'after=nonsense', 'colour=red'])(
    'refuses %s',
    async (query) => {
      expect((await server.request('get', `/api/v1/units?${query}`)).status).toBe(400);
    },
  );
});

describe('the list of stock', () => {
  test('goes by part, by place and by expiry', async () => {
    const { db } = database;
    const [site, part, other] = [await makeLocation(db), await makePart(db, 'bulk'), await makePart(db, 'bulk')];
    const [a, b] = [await makeLocation(db, { parentId: site.id }), await makeLocation(db, { parentId: site.id })];
    const make = (partId: string, locationId: string, lot: string, expiresOn?: string) =>
      makeStock(db, { partId, locationId, lot, quantity: 1, ...(expiresOn ? { expiresOn } : {}) });
    const late = await make(part.id, a.id, 'late', '2001-03-01');
    const soon = await make(part.id, b.id, 'soon', '2001-02-01');
    const never = await make(part.id, b.id, 'never');
    const alien = await make(other.id, a.id, 'other');
    expect(await walk(`/stock?partId=${part.id}`, 'id')).toEqual([late, soon, never]);
    expect((await walk(`/stock?locationId=${a.id}`, 'id')).toSorted()).toEqual([late, alien].toSorted());
    expect((await walk(`/stock?below=${site.id}`, 'id')).toSorted()).toEqual([late, soon, never, alien].toSorted());
    expect((await walk(`/stock?below=${site.id}&partId=${part.id}`, 'id')).toSorted()).toEqual(
      [late, soon, never].toSorted(),
    );
    expect(await walk('/stock?expiresBy=2001-12-31', 'id')).toEqual([soon, late]);
    expect((await server.request('get', `/api/v1/stock?expiresBy=2001-12-31&partId=${part.id}`)).status).toBe(422);
    await done('counts', { lines: [{ kind: 'stock', stockId: soon, counted: 0 }] });
    expect(await walk('/stock?expiresBy=2001-12-31', 'id')).toEqual([late]);
    expect(await walk(`/stock/${soon}/movements`, 'kind')).toEqual(['count', 'receive']);
    expect((await server.request('get', `/api/v1/stock/${newId()}`)).status).toBe(404);
  });
});

describe('the ledger', () => {
  test('is listed newest first, by unit, part, kind and act', async () => {
    const { id, partId, locationId } = await unitAt();
    const second = await makeUnit(database.db, { partId, locationId });
    const lines = [
      { kind: 'unit', unitId: id },
      { kind: 'unit', unitId: second.id },
    ];
    const [movement] = await done('quarantines', { lines, reason: 'seal' });
    await done('releases', { lines });
    expect(await walk(`/movements?unitId=${id}`, 'kind')).toEqual(['release', 'quarantine', 'receive']);
    expect(await walk(`/movements?unitId=${id}&sort=id`, 'kind')).toEqual(['receive', 'quarantine', 'release']);
    expect(await walk(`/movements?partId=${partId}`, 'kind')).toEqual([
      'release',
      'release',
      'quarantine',
      'quarantine',
      'receive',
      'receive',
    ]);
    expect(await walk(`/movements?batchId=${movement.batchId}`, 'reason')).toEqual(['seal', 'seal']);
    expect((await get('/movements?kind=release&limit=1')).items).toMatchObject([{ actor: { name: 'admin' } }]);
    expect((await server.request('get', `/api/v1/movements?unitId=${id}&kind=release`)).status).toBe(422);
  });
});
