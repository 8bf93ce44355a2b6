import { expect, test } from 'vitest';
import { makeLocation } from '../inventory/support.ts';
import { useDatabase } from '../support/database.ts';
import { checked, imported, troublesOf } from './support.ts';

const database = useDatabase();

const parents = async () => {
  const rows = await database.db.rows<{ code: string; parent: string | null }>(
    'SELECT l.code, p.code AS parent FROM location l LEFT JOIN location p ON p.id = l.parent_id',
  );
  return Object.fromEntries(rows.map(({ code, parent }) => [code, parent]));
};

test('a parent is named by its code or by the names above it, which are there or in the same file', async () => {
  const site = await makeLocation(database.db, { code: 'P1', name: 'Plant' });
  await makeLocation(database.db, { code: 'P1-A', name: 'Hall A', kind: 'room', parentId: site.id });
  const file = `code,name,kind,parent
B9,Shelf,bin,main site / room 1/Rack
K1,Rack,rack,Main site / Room 1
R1,Room 1,room,M1
M1,Main site,site,
K2,Rack,rack,plant/hall a
B8,Shelf,bin,Plant / Hall A / Rack
`;
  const done = await imported(database.db, 'locations', file);
  expect([await troublesOf(database.db, done), done.counts.creates]).toEqual([[], 6]);
  expect(await parents()).toMatchObject({ B9: 'K1', K1: 'R1', R1: 'M1', M1: null, K2: 'P1-A', B8: 'K2' });
  expect((await imported(database.db, 'locations', file)).counts).toMatchObject({ unchanged: 6, updates: 0 });
});

test('a path that nothing has, or several, is refused', async () => {
  const site = await makeLocation(database.db, { code: 'D1', name: 'Depot' });
  for (const code of ['D1-A', 'D1-B']) {
    await makeLocation(database.db, { code, name: 'Hall', kind: 'room', parentId: site.id });
  }
  const file = 'code,name,kind,parent\nX1,Shelf,bin,Depot / Hall\nX2,Shelf,bin,Depot / None\nX3,Shelf,rack,Depot / X\n';
  expect(await troublesOf(database.db, await checked(database.db, 'locations', file))).toEqual([
    '2 parent: there are 2 locations "Depot / Hall": name the one that is meant by its code',
    '3 parent: there is no location "Depot / None", neither here nor in the file',
    '4 parent: there is no location "Depot / X", neither here nor in the file',
  ]);
});
