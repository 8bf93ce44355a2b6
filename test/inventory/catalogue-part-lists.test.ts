import { beforeAll, describe, expect, test } from 'vitest';
import { SYSTEM_ACTOR } from '../../src/audit/entry.ts';
import { deviceModelsMatching } from '../../src/inventory/device-model-match.queries.ts';
import { partsMatching } from '../../src/inventory/part.queries.ts';
import { newId } from '../../src/kernel/ids.ts';
import { ensureTeam } from '../../src/people/team.service.ts';
import { PEOPLE_ENTITIES } from '../people/entities.ts';
import { useDatabase } from '../support/database.ts';
import { type Answered, useCatalogue } from './catalogue-app.ts';
import { makeDeviceModel, makePart } from './support.ts';

const database = useDatabase(PEOPLE_ENTITIES);
const catalogue = useCatalogue(database);
const { part, retire, get } = catalogue;

let ownerId = '';
beforeAll(async () => {
  const origin = { actor: SYSTEM_ACTOR };
  ownerId = (await database.db.transaction((tx) => ensureTeam(tx, origin, { name: 'Operations', roles: [] }))).id;
});

describe('lists of parts', () => {
  test('filter by category, manufacturer, tracking, owner, state and text, in two orders', async () => {
    const own = await catalogue.category([], 'Listed');
    for (const [manufacturer, partNumber, tracking, owner] of [
      ['Zeta', 'lst-b', 'bulk', ownerId],
      ['alpha', 'LST-A', 'serial', null],
      ['Zeta', 'lst-c', 'serial', null],
    ]) {
      await part({ categoryId: own.id, manufacturer, partNumber, tracking, ownerId: owner });
    }
    const numbers = async (query: string) =>
      (await catalogue.all(`/parts?${query}`)).map(({ partNumber }: Answered) => partNumber);
    expect(await numbers(`categoryId=${own.id}`)).toEqual(['LST-A', 'lst-b', 'lst-c']);
    expect(await numbers(`categoryId=${own.id}&sort=-number`)).toEqual(['lst-c', 'lst-b', 'LST-A']);
    expect(await numbers('manufacturer=zeta&sort=manufacturer')).toEqual(['lst-b', 'lst-c']);
    expect((await numbers('sort=manufacturer')).indexOf('LST-A')).toBeLessThan(
      (await numbers('sort=manufacturer')).indexOf('lst-b'),
    );
    expect(await numbers(`ownerId=${ownerId}&q=LST`)).toEqual(['lst-b']);
    expect(await numbers('q=lst-&tracking=serial')).toEqual(['LST-A', 'lst-c']);
    expect(await numbers('q=zeta+lst')).toEqual(['lst-b', 'lst-c']);
    expect(await numbers('q=l%25t')).toEqual([]);
    const old = await part({ categoryId: own.id, partNumber: 'GONE-1' });
    await retire(`/parts/${old.id}`, 1);
    expect((await numbers('state=retired')).includes('GONE-1')).toBe(true);
    expect((await numbers('')).includes('GONE-1')).toBe(false);
    expect((await numbers('state=all')).includes('GONE-1')).toBe(true);
    expect((await get(`/parts?categoryId=${own.id}&total=true&limit=1`)).body.total).toBe('3');
  });

  test.each([
    'categoryId=019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11&tracking=serial',
    'categoryId=019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11&sort=manufacturer',
    'q=x&sort=manufacturer',
    'tracking=bulk&manufacturer=a&state=all',
  ])('refuse %s, which no index carries', async (query) => {
    const answer = await get(`/parts?${query}`);
    expect([answer.status, answer.body.code]).toEqual([422, 'undeclared-list']);
  });

  test('refuse a cursor of another order', async () => {
    await part();
    const { next } = (await get('/parts?limit=1')).body;
    expect((await get(`/parts?limit=1&sort=manufacturer&after=${next}`)).body.code).toBe('bad-cursor');
    expect((await get(`/parts?limit=1&after=${next}`)).status).toBe(200);
  });
});

describe('a part is found', () => {
  const refs = async (text: string) => (await partsMatching(database.db, text)).map(({ id }) => id);

  test('by its id, its number, or manufacturer and number, whatever the case', async () => {
    const { db } = database;
    const one = await makePart(db, 'bulk', { manufacturer: 'Kestrel Works', partNumber: 'Find-1' });
    for (const text of [one.id, one.id.toUpperCase(), 'find-1', ' FIND-1 ', 'kestrel works FIND-1']) {
      expect(await partsMatching(db, text)).toEqual([
        {
          id: one.id,
          manufacturer: 'Kestrel Works',
          partNumber: 'Find-1',
          name: one.name,
          tracking: 'bulk',
          unitOfMeasure: 'piece',
          isRetired: false,
        },
      ]);
    }
    for (const text of ['find', 'kestrel works', newId(), '']) expect(await partsMatching(db, text)).toEqual([]);
  });

  test('or those that it could be, the retired ones only when nothing else is meant', async () => {
    const { db } = database;
    const [b, a] = [
      await makePart(db, 'bulk', { manufacturer: 'Bravo', partNumber: 'same-1' }),
      await makePart(db, 'bulk', { manufacturer: 'Alpha', partNumber: 'SAME-1' }),
    ];
    expect(await refs('Same-1')).toEqual([a.id, b.id]);
    expect(await refs('bravo same-1')).toEqual([b.id]);
    await retire(`/parts/${a.id}`, 1);
    expect(await refs('same-1')).toEqual([b.id]);
    await retire(`/parts/${b.id}`, 1);
    expect(await refs('same-1')).toEqual([a.id, b.id]);
  });
});

describe('a device model is found', () => {
  test('by its id, its model, or manufacturer and model, while it is in use', async () => {
    const { db } = database;
    const one = await makeDeviceModel(db, { manufacturer: 'Kestrel Works', model: 'Switch 9' });
    for (const text of [one.id.toUpperCase(), ' switch 9', 'KESTREL works switch 9']) {
      expect(await deviceModelsMatching(db, text)).toEqual([one]);
    }
    expect(await deviceModelsMatching(db, 'switch')).toEqual([]);
    await retire(`/device-models/${one.id}`, 1);
    expect(await deviceModelsMatching(db, 'Switch 9')).toEqual([]);
  });
});
