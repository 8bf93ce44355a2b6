import { describe, expect, test } from 'vitest';
import { newId } from '../../src/kernel/ids.ts';
import { auditOf } from '../people/cast.ts';
import { useDatabase } from '../support/database.ts';
import { useStockApp } from './stock-app.ts';
import { makeUnit, type UnitWishes } from './stock-support.ts';
import { makeLocation, makePart } from './support.ts';

const database = useDatabase();
const { server, done, get, post, patch, walk } = useStockApp(database);

async function unitAt(more: Partial<UnitWishes> = {}, part: { testIntervalDays?: number } = {}) {
  const { id: partId } = await makePart(database.db, 'serial', part);
  const { id: locationId } = await makeLocation(database.db);
  return { ...(await makeUnit(database.db, { partId, locationId, ...more })), partId, locationId };
}

/** A day so many days from today, in UTC. */
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

describe("a unit's own facts", () => {
  test('change under the version that was read, and null takes them away', async () => {
    const { id } = await unitAt({ assetTag: `F-${newId().slice(-8)}`, expiresOn: '2030-01-01' });
    const { version } = await get(`/units/${id}`);
    const change = {
      assetTag: null,
      firmware: '3.0',
      supplier: 'Sample Co',
      warrantyUntil: '2030-05-31',
      expiresOn: null,
      note: 'dent',
      condition: 'worn',
    };
    const answer = await patch(`/units/${id}`, version, change);
    expect([answer.status, answer.headers.etag]).toEqual([200, `"${version + 1}"`]);
    expect(answer.body).toMatchObject(change);
    expect((await patch(`/units/${id}`, version, { note: 'x' })).body).toMatchObject({
      status: 412,
      code: 'stale-unit',
    });
    expect((await server.request('patch', `/api/v1/units/${id}`).send({ note: 'x' })).status).toBe(428);
    expect((await patch(`/units/${newId()}`, 1, { note: 'x' })).body).toMatchObject({
      status: 404,
      code: 'no-such-unit',
    });
    expect(await auditOf(database.db, 'unit', id)).toMatchObject([{ action: 'unit.update', details: change }]);
  });

  test('keep tags apart, damaged units out of the stock, and written-off ones as they are', async () => {
    const tag = `t-${newId().slice(-8)}`;
    await unitAt({ assetTag: tag });
    const { id } = await unitAt();
    const version = async () => (await get(`/units/${id}`)).version;
    expect((await patch(`/units/${id}`, await version(), { assetTag: tag.toUpperCase() })).body).toMatchObject({
      status: 409,
      code: 'asset-tag-taken',
      fields: [{ field: '#/assetTag' }],
    });
    expect((await patch(`/units/${id}`, await version(), { condition: 'damaged' })).body).toMatchObject({
      status: 409,
      code: 'damaged-in-stock',
    });
    for (const [field, value] of [
      ['assetTag', '-x'],
      ['condition', 'broken'],
      ['warrantyUntil', '2026-13-01'],
      ['note', ''],
      ['state', 'lost'],
    ] as const) {
      const { status, body } = await patch(`/units/${id}`, await version(), { [field]: value });
      expect([status, body.fields[0].field]).toEqual([400, `#/${field}`]);
    }
    await done('scraps', { lines: [{ kind: 'unit', unitId: id }], reason: 'x' });
    expect((await patch(`/units/${id}`, await version(), { note: 'x' })).body).toMatchObject({
      status: 409,
      code: 'unit-retired',
    });
  });

  test('come with the place down from the site, and the whole history', async () => {
    const { db } = database;
    const site = await makeLocation(db);
    const rack = await makeLocation(db, { kind: 'rack', parentId: site.id });
    const bin = await makeLocation(db, { parentId: rack.id });
    const { id } = await unitAt({ locationId: site.id });
    await done('transfers', { lines: [{ kind: 'unit', unitId: id, toLocationId: bin.id }] });
    await done('counts', { lines: [{ kind: 'unit', unitId: id }] });
    expect((await get(`/units/${id}`)).location).toEqual({
      id: bin.id,
      code: bin.code,
      path: `${site.code} / ${rack.code} / ${bin.code}`,
    });
    expect(await walk(`/units/${id}/movements`, 'kind')).toEqual(['count', 'transfer', 'receive']);
    expect((await server.request('get', `/api/v1/units/${newId()}/movements`)).status).toBe(404);
  });
});

describe('a test of a spare', () => {
  test('that passed counts until the next one is due; an older one changes nothing', async () => {
    const { id } = await unitAt({ testDueOn: inDays(-1) }, { testIntervalDays: 30 });
    expect(await get(`/units/${id}`)).toMatchObject({ isUsable: false });
    const answer = await post(`/units/${id}/tests`, {
      testedAt: '2026-11-20T23:59:59.999Z',
      result: 'passed',
      note: 'ok',
    });
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({
      isQuarantined: false,
      test: { unitId: id, result: 'passed', note: 'ok', testedAt: '2026-11-20T23:59:59.999Z' },
      unit: { testDueOn: '2026-12-20', lastTestedAt: '2026-11-20T23:59:59.999Z' },
    });
    const older = await post(`/units/${id}/tests`, { testedAt: '2026-10-01T00:00:00Z', result: 'passed' });
    expect(older.body.unit).toMatchObject({ testDueOn: '2026-12-20' });
    await post(`/units/${id}/tests`, { testedAt: '2026-11-21T00:00:00Z', result: 'passed' });
    expect(await walk(`/units/${id}/tests`, 'testedAt')).toEqual([
      '2026-11-21T00:00:00Z',
      '2026-11-20T23:59:59.999Z',
      '2026-10-01T00:00:00Z',
    ]);
  });

  test('that failed puts the unit into quarantine in the same act', async () => {
    const { id, locationId } = await unitAt();
    const answer = await post(`/units/${id}/tests`, {
      testedAt: new Date().toISOString(),
      result: 'failed',
      note: 'no output',
    });
    expect(answer.body).toMatchObject({
      isQuarantined: true,
      unit: { state: 'quarantined', location: { id: locationId }, testDueOn: null },
    });
    const { items } = await get(`/units/${id}/movements?limit=1`);
    expect(items).toMatchObject([{ kind: 'quarantine', reason: 'Failed its test: no output' }]);
    const again = await post(`/units/${id}/tests`, { testedAt: new Date().toISOString(), result: 'failed' });
    expect(again.body).toMatchObject({ isQuarantined: false, unit: { state: 'quarantined' } });
    expect(await auditOf(database.db, 'unit', id)).toMatchObject([
      { action: 'unit.test', details: { result: 'failed', isQuarantined: true } },
      { action: 'unit.test', details: { isQuarantined: false } },
    ]);
  });

  test('is refused in the future, of what is not there, and of what is gone', async () => {
    const { id } = await unitAt();
    const future = await post(`/units/${id}/tests`, { testedAt: '2999-01-01T00:00:00Z', result: 'passed' });
    expect(future.body).toMatchObject({ status: 400, code: 'test-in-future', fields: [{ field: '#/testedAt' }] });
    const now = { testedAt: new Date().toISOString(), result: 'passed' };
    expect((await post(`/units/${newId()}/tests`, now)).body).toMatchObject({ status: 404, code: 'no-such-unit' });
    await done('scraps', { lines: [{ kind: 'unit', unitId: id }], reason: 'x' });
    expect((await post(`/units/${id}/tests`, now)).body).toMatchObject({ status: 409, code: 'unit-cannot-go' });
  });

  test('that is due or overdue is listed, soonest first', async () => {
    const [overdue, today, later] = [
      await unitAt({ testDueOn: inDays(-400) }),
      await unitAt({ testDueOn: inDays(0) }),
      await unitAt({ testDueOn: inDays(40) }),
    ];
    const listed = await walk(`/units?testDueBy=${inDays(7)}`, 'id');
    expect(listed.filter((id) => [overdue.id, today.id, later.id].includes(String(id)))).toEqual([
      overdue.id,
      today.id,
    ]);
    expect(await get(`/units/${overdue.id}`)).toMatchObject({ isUsable: false });
    expect(await get(`/units/${today.id}`)).toMatchObject({ isUsable: true });
  });
});
