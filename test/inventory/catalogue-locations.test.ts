import { describe, expect, test } from 'vitest';
import { newId } from '../../src/kernel/ids.ts';
import { auditOf } from '../people/cast.ts';
import { useDatabase } from '../support/database.ts';
import { type Answered, useCatalogue } from './catalogue-app.ts';
import { makePart, receiveStock, receiveUnits } from './support.ts';

const database = useDatabase();
const catalogue = useCatalogue(database);
const { location, change, retire, get, post } = catalogue;

/** A site with a room, a rack in it and a bin in that. */
async function branch(): Promise<Record<'site' | 'room' | 'rack' | 'bin', Answered>> {
  const site = await location();
  const room = await location({ kind: 'room', parentId: site.id });
  const rack = await location({ kind: 'rack', parentId: room.id });
  const bin = await location({ kind: 'bin', parentId: rack.id });
  return { site, room, rack, bin };
}

const pathOf = async (id: string) =>
  (await get(`/locations/${id}`)).body.path.map((step: { code: string }) => step.code);

const codesOf = (...locations: readonly Answered[]) => locations.map(({ code }) => code);

describe('the tree of locations', () => {
  test('says of each location the way to it from its site', async () => {
    const { site, room, rack, bin } = await branch();
    expect(await pathOf(bin.id)).toEqual(codesOf(site, room, rack, bin));
    expect(await pathOf(site.id)).toEqual(codesOf(site));
    const read = await get(`/locations/${bin.id}`);
    expect([read.headers.etag, read.body.parentId, read.body.retired]).toEqual(['"1"', rack.id, null]);
  });

  test('lets a smaller location lie in a larger one only', async () => {
    const { site, room, bin } = await branch();
    for (const [kind, parentId] of [
      ['room', null],
      ['bin', null],
      ['site', site.id],
      ['room', room.id],
      ['rack', bin.id],
      ['bin', newId()],
    ]) {
      const answer = await post('/locations', { code: `X-${newId().slice(-9)}`, name: 'x', kind, parentId });
      expect([answer.status, answer.body.code, answer.body.fields?.[0].field]).toEqual([
        422,
        'unsuitable-parent',
        '#/parentId',
      ]);
    }
    expect((await location({ kind: 'bin', parentId: site.id })).parentId).toBe(site.id);
  });

  test('gives a code once, whatever the case, also after it is retired', async () => {
    const { code, id } = await location({ code: `Süd-${newId().slice(-6)}` });
    expect((await retire(`/locations/${id}`, 1)).status).toBe(200);
    const answer = await post('/locations', { code: code.toUpperCase(), name: 'x', kind: 'site' });
    expect([answer.status, answer.body.code]).toEqual([409, 'location-code-taken']);
  });

  test('moves a subtree with everything in it', async () => {
    const [one, two] = [await branch(), await branch()];
    const moved = await change(`/locations/${one.rack.id}`, 1, { parentId: two.room.id });
    expect([moved.status, moved.body.version]).toEqual([200, 2]);
    expect(await pathOf(one.bin.id)).toEqual(codesOf(two.site, two.room, one.rack, one.bin));
    expect(await auditOf(database.db, 'location', one.rack.id)).toMatchObject([
      { action: 'location.create' },
      { action: 'location.update', details: { parentId: two.room.id } },
    ]);
  });

  test('never puts a location into itself, nor under something as small', async () => {
    const { room, rack, bin } = await branch();
    for (const [id, parentId] of [
      [room.id, room.id],
      [room.id, rack.id],
      [rack.id, bin.id],
    ]) {
      expect((await change(`/locations/${id}`, 1, { parentId })).body.code).toBe('unsuitable-parent');
    }
    const shrunk = await change(`/locations/${room.id}`, 1, { kind: 'rack' });
    expect([shrunk.status, shrunk.body.code, shrunk.body.fields[0].field]).toEqual([422, 'unsuitable-kind', '#/kind']);
    expect((await change(`/locations/${room.id}`, 1, { name: 'Cellar' })).body.name).toBe('Cellar');
  });

  test('stays a tree while many move its subtrees at once', async () => {
    const site = await location();
    const rooms = await Promise.all([1, 2, 3].map(() => location({ kind: 'room', parentId: site.id })));
    const racks = await Promise.all(
      [0, 1, 2, 3, 4, 5].map((index) => location({ kind: 'rack', parentId: rooms[index % 3].id })),
    );
    const statuses = await Promise.all(
      Array.from({ length: 48 }, async (_, index) => {
        const rack = racks[index % racks.length];
        const { version } = (await get(`/locations/${rack.id}`)).body;
        const answer = await change(`/locations/${rack.id}`, version, { parentId: rooms[(index * 7) % 3].id });
        return answer.status;
      }),
    );
    expect(statuses.filter((status) => status !== 200 && status !== 412)).toEqual([]);
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(racks.length);
    for (const rack of racks) expect((await pathOf(rack.id)).length).toBe(3);
    const [{ nodes } = { nodes: 0 }] = await database.db.rows<{ nodes: number }>(
      'SELECT count(*)::int AS nodes FROM location_subtree($1)',
      [site.id],
    );
    expect(nodes).toBe(1 + rooms.length + racks.length);
  });

  test('of two moves that would nest two locations in each other neither is done', async () => {
    const { site, room, rack } = await branch();
    const other = await location({ kind: 'room', parentId: site.id });
    const answers = await Promise.all([
      change(`/locations/${room.id}`, 1, { kind: 'rack', parentId: other.id }),
      change(`/locations/${other.id}`, 1, { kind: 'bin', parentId: rack.id }),
    ]);
    // A room with a rack in it cannot become a rack; the empty one can become a bin.
    expect(answers.map(({ status }) => status)).toEqual([422, 200]);
    expect(await pathOf(other.id)).toHaveLength(4);
  });

  test('refuses a change by somebody who has read an older version', async () => {
    const site = await location();
    await change(`/locations/${site.id}`, 1, { name: 'one' });
    const stale = await change(`/locations/${site.id}`, 1, { name: 'two' });
    expect([stale.status, stale.body.code]).toEqual([412, 'stale-location']);
  });
});

describe('totals of a location', () => {
  test('count the whole subtree, what lies in the location itself, and each location inside', async () => {
    const { db } = database;
    const { site, room, rack, bin } = await branch();
    const empty = await location({ kind: 'room', parentId: site.id });
    const [serial, bulk] = [await makePart(db, 'serial'), await makePart(db, 'bulk')];
    const [first] = await receiveUnits(db, serial.id, bin.id, 3);
    await receiveUnits(db, serial.id, room.id, 2);
    await receiveStock(db, bulk.id, rack.id, 40);
    await receiveStock(db, bulk.id, site.id, 2);
    await db.execute(
      `INSERT INTO movement (batch_id, kind, part_id, unit_id, to_state, to_location_id, reason)
       VALUES ($1, 'quarantine', $2, $3, 'quarantined', $4, 'smells')`,
      [newId(), serial.id, first, bin.id],
    );
    const { body } = await get(`/locations/${site.id}/totals`);
    const inRoom = { units: { inStock: 4, quarantined: 1 }, stock: { usable: 40, quarantined: 0 } };
    expect(body.total).toEqual({ ...inRoom, stock: { usable: 42, quarantined: 0 } });
    expect(body.here).toEqual({
      units: { inStock: 0, quarantined: 0 },
      stock: { usable: 2, quarantined: 0 },
    });
    const children = Object.fromEntries(body.children.items.map((item: Answered) => [item.id, item]));
    expect(Object.keys(children).toSorted()).toEqual([room.id, empty.id].toSorted());
    expect(children[room.id]).toEqual({ id: room.id, code: room.code, name: room.name, kind: 'room', ...inRoom });
    expect(children[empty.id].units).toEqual({ inStock: 0, quarantined: 0 });
  });

  test('show the locations inside page by page', async () => {
    const site = await location();
    for (const code of ['t-c', 'T-A', 't-b']) await location({ kind: 'bin', parentId: site.id, code });
    const first = (await get(`/locations/${site.id}/totals?limit=2`)).body.children;
    const second = (await get(`/locations/${site.id}/totals?limit=2&after=${first.next}`)).body.children;
    expect(codesOf(...first.items, ...second.items)).toEqual(['T-A', 't-b', 't-c']);
    expect(second.next).toBeNull();
    expect((await get(`/locations/${newId()}/totals`)).status).toBe(404);
  });
});

describe('retiring a location', () => {
  test('is refused while anything lies in it, and says what', async () => {
    const { db } = database;
    const { rack, bin } = await branch();
    const [serial, bulk] = [await makePart(db, 'serial'), await makePart(db, 'bulk')];
    await receiveUnits(db, serial.id, rack.id, 7);
    await receiveStock(db, bulk.id, rack.id, 40);
    const kept = await makePart(db, 'bulk', { locationReserves: [{ locationId: rack.id, quantity: 1 }] });
    const refused = await retire(`/locations/${rack.id}`, 1);
    expect([refused.status, refused.body.code]).toEqual([409, 'location-not-empty']);
    expect(refused.body.detail).toContain(`locations ${bin.code}`);
    expect(refused.body.detail).toContain(`40 of ${bulk.partNumber}`);
    expect(refused.body.detail).toContain(`emergency reserve of ${kept.partNumber}`);
    const named = refused.body.detail.match(new RegExp(`${serial.partNumber} S-`, 'g'));
    expect([named.length, refused.body.detail.includes('and more')]).toEqual([5, true]);
  });

  test('is for good: it changes no more, takes nothing in, and is found among the retired', async () => {
    const { rack, bin } = await branch();
    const retired = await retire(`/locations/${bin.id}`, 1);
    expect([retired.status, retired.body.retired.reason]).toEqual([200, 'no longer used']);
    expect((await change(`/locations/${bin.id}`, 2, { name: 'x' })).body.code).toBe('location-retired');
    expect((await retire(`/locations/${rack.id}`, 1)).status).toBe(200);
    const inRetired = { code: `X-${newId().slice(-9)}`, name: 'x', kind: 'bin', parentId: rack.id };
    expect((await post('/locations', inRetired)).body.code).toBe('unsuitable-parent');
    expect(await catalogue.all(`/locations?parentId=${rack.id}`)).toEqual([]);
    expect(codesOf(...(await catalogue.all(`/locations?parentId=${rack.id}&state=retired`)))).toEqual([bin.code]);
  });

  test('and putting something there at the same moment: one of the two is refused', async () => {
    const { db } = database;
    const part = await makePart(db, 'bulk');
    for (let round = 0; round < 6; round += 1) {
      const place = await location();
      const [retired, received] = await Promise.allSettled([
        retire(`/locations/${place.id}`, 1).then(({ status }) => status),
        receiveStock(db, part.id, place.id, 1),
      ]);
      const { body } = await get(`/locations/${place.id}`);
      const isRetired = retired.status === 'fulfilled' && retired.value === 200;
      expect([body.retired !== null, received.status]).toEqual([isRetired, isRetired ? 'rejected' : 'fulfilled']);
    }
  });
});

describe('lists of locations', () => {
  test('filter by parent, kind and text, in the order of the codes', async () => {
    const site = await location({ code: 'Q9-site' });
    for (const [code, kind, name] of [
      ['Q9-b', 'rack', 'Spares 备件'],
      ['q9-A', 'room', 'Cellar'],
      ['Q9-c', 'rack', 'Cables'],
    ]) {
      await location({ code, kind, name, parentId: site.id });
    }
    const codes = async (query: string) => codesOf(...(await catalogue.all(`/locations?${query}`)));
    expect(await codes(`parentId=${site.id}`)).toEqual(['q9-A', 'Q9-b', 'Q9-c']);
    expect(await codes(`parentId=${site.id}&sort=-code`)).toEqual(['Q9-c', 'Q9-b', 'q9-A']);
    expect(await codes(`q=${encodeURIComponent('备件')}`)).toEqual(['Q9-b']);
    expect(await codes('q=Q9-&kind=rack')).toEqual(['Q9-b', 'Q9-c']);
    expect(await codes('q=Q9_')).toEqual([]);
    expect((await codes('kind=site')).includes('Q9-site')).toBe(true);
    expect((await get(`/locations?parentId=${site.id}&total=true`)).body.total).toBe('3');
  });

  test('refuse filters that do not go together', async () => {
    const answer = await get(`/locations?parentId=${newId()}&kind=bin`);
    expect([answer.status, answer.body.code]).toEqual([422, 'undeclared-list']);
  });
});
