import { beforeAll, describe, expect, test } from 'vitest';
import { SYSTEM_ACTOR } from '../../src/audit/entry.ts';
import { newId } from '../../src/kernel/ids.ts';
import { ensureTeam } from '../../src/people/team.service.ts';
import { auditOf, makeCaller } from '../people/cast.ts';
import { PEOPLE_ENTITIES } from '../people/entities.ts';
import { useDatabase } from '../support/database.ts';
import { type Answered, useCatalogue } from './catalogue-app.ts';
import { makeLocation, receiveStock, receiveUnits } from './support.ts';

const database = useDatabase(PEOPLE_ENTITIES);
const catalogue = useCatalogue(database);
const { part, change, retire, get, post } = catalogue;

let ownerId = '';
let categoryId = '';
beforeAll(async () => {
  const team = await database.db.transaction((tx) =>
    ensureTeam(tx, { actor: SYSTEM_ACTOR }, { name: 'Operations', roles: [] }),
  );
  ownerId = team.id;
  categoryId = (await catalogue.category([{ key: 'rpm', label: 'Speed', type: 'integer' }], 'Fans')).id;
});

const ofCategory = (more: object) => part({ categoryId, ...more });

describe('a part', () => {
  test('needs little, and keeps everything that was said about it', async () => {
    const bare = await ofCategory({ partNumber: 'bare-1' });
    expect(bare).toMatchObject({
      category: { id: categoryId, name: 'Fans' },
      unitOfMeasure: 'piece',
      custom: {},
      owner: null,
      emergencyReserve: 0,
      locationReserves: [],
      unitCost: null,
      mtbfHours: null,
      retired: null,
      version: 1,
    });
    const place = await catalogue.location();
    const stated = {
      manufacturer: 'Sample Co',
      partNumber: 'full-1',
      name: 'Fan 80 mm 风扇',
      tracking: 'bulk',
      unitOfMeasure: 'set',
      custom: { rpm: 9000 },
      emergencyReserve: 4,
      reorderPoint: 6,
      reorderQuantity: 10,
      leadTimeDays: 0,
      shelfLifeDays: 3650,
      testIntervalDays: 365,
      mtbfHours: 1_000_000_000,
      annualFailureRate: null,
      installedBase: 120,
      unitCost: '12.5',
      currency: 'EUR',
    };
    const locationReserves = [{ locationId: place.id, quantity: 2 }];
    const full = await catalogue.made('/parts', { ...stated, categoryId, ownerId, locationReserves });
    expect(full).toEqual({
      ...stated,
      unitCost: '12.50',
      id: full.id,
      category: { id: categoryId, name: 'Fans' },
      owner: { id: ownerId, kind: 'team', name: 'Operations' },
      locationReserves: [{ location: { id: place.id, code: place.code }, quantity: 2 }],
      retired: null,
      version: 1,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    });
    expect((await get(`/parts/${full.id}`)).body).toEqual(full);
  });

  test('changes only in what a change names', async () => {
    const before = await ofCategory({ custom: { rpm: 10 }, unitCost: '999999999999.99', currency: 'CNY', ownerId });
    const { body, status } = await change(`/parts/${before.id}`, 1, { name: 'Other', annualFailureRate: 0.04 });
    expect(status).toBe(200);
    expect(body).toEqual({ ...before, name: 'Other', annualFailureRate: 0.04, version: 2, updatedAt: body.updatedAt });
    const bare = await change(`/parts/${before.id}`, 2, { ownerId: null, unitCost: null, currency: null, custom: {} });
    expect(bare.body).toMatchObject({ owner: null, unitCost: null, currency: null, custom: {}, name: 'Other' });
    const stale = await change(`/parts/${before.id}`, 2, { name: 'x' });
    expect([stale.status, stale.body.code]).toEqual([412, 'stale-part']);
    expect((await change(`/parts/${before.id}`, 3, { tracking: 'bulk' })).body.fields[0].field).toBe('#/tracking');
    expect((await auditOf(database.db, 'part', before.id)).map(({ action }) => action)).toEqual([
      'part.create',
      'part.update',
      'part.update',
    ]);
  });

  test('has a number that is unique with its manufacturer, whatever the case', async () => {
    await ofCategory({ manufacturer: 'Acme', partNumber: 'ab-1' });
    const again = await post('/parts', {
      manufacturer: 'ACME',
      partNumber: 'AB-1',
      name: 'x',
      tracking: 'bulk',
      categoryId,
    });
    expect([again.status, again.body.code, again.body.fields[0].field]).toEqual([
      409,
      'part-number-taken',
      '#/partNumber',
    ]);
    const other = await ofCategory({ manufacturer: 'Acme', partNumber: 'ab-2' });
    expect((await change(`/parts/${other.id}`, 1, { partNumber: 'AB-1' })).body.code).toBe('part-number-taken');
    expect((await ofCategory({ manufacturer: 'Other', partNumber: 'ab-1' })).partNumber).toBe('ab-1');
  });

  test.each([
    [{ reorderPoint: 3 }, '#/reorderQuantity'],
    [{ reorderQuantity: 3 }, '#/reorderPoint'],
    [{ mtbfHours: 3, annualFailureRate: 0.1 }, '#/annualFailureRate'],
    [{ unitCost: '1' }, '#/currency'],
    [{ currency: 'EUR' }, '#/unitCost'],
  ])('that says %j contradicts itself', async (fields, field) => {
    const fresh = await post('/parts', {
      manufacturer: 'a',
      partNumber: newId(),
      name: 'x',
      tracking: 'bulk',
      categoryId,
      ...fields,
    });
    const known = await ofCategory({});
    for (const answer of [fresh, await change(`/parts/${known.id}`, 1, fields)]) {
      expect([answer.status, answer.body.code, answer.body.fields[0].field]).toEqual([
        422,
        'contradictory-part',
        field,
      ]);
    }
  });

  test.each([
    ['unitCost', '1.234'],
    ['unitCost', '-1'],
    ['unitCost', '1,50'],
    ['unitCost', ' 1'],
    ['unitCost', 1.5],
    ['unitCost', '1234567890123'],
    ['currency', 'eur'],
    ['emergencyReserve', -1],
    ['emergencyReserve', 1.5],
    ['emergencyReserve', 1_000_001],
    ['reorderQuantity', 0],
    ['leadTimeDays', -1],
    ['testIntervalDays', 0],
    ['annualFailureRate', 0],
    ['mtbfHours', 0],
    ['manufacturer', ''],
    ['partNumber', 'a\nb'],
    ['locationReserves', [{ locationId: 'x', quantity: 1 }]],
    ['locationReserves', [{ locationId: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11', quantity: 0 }]],
    ['custom', { RPM: 1 }],
    ['custom', { rpm: null }],
    ['custom', []],
  ])('with %s = %j is refused, naming the field', async (field, value) => {
    const body = { manufacturer: 'a', partNumber: newId(), name: 'x', tracking: 'bulk', categoryId, [field]: value };
    for (const answer of [await post('/parts', body), await change(`/parts/${newId()}`, 1, { [field]: value })]) {
      expect(answer.status).toBe(400);
      expect(answer.body.fields[0].field).toMatch(new RegExp(`^#/${field}`));
    }
  });

  test('names a category, an owner and locations that are in use', async () => {
    const robot = await makeCaller(database.db, { kind: 'service-account' });
    const [oldCategory, oldPlace] = [await catalogue.category(), await catalogue.location()];
    await retire(`/part-categories/${oldCategory.id}`, 1);
    await retire(`/locations/${oldPlace.id}`, 1);
    const known = await ofCategory({});
    for (const [code, field, fields] of [
      ['unsuitable-category', '#/categoryId', { categoryId: newId() }],
      ['unsuitable-category', '#/categoryId', { categoryId: oldCategory.id }],
      ['unsuitable-owner', '#/ownerId', { ownerId: robot.principal.id }],
      [
        'unsuitable-location',
        '#/locationReserves/0/locationId',
        { locationReserves: [{ locationId: newId(), quantity: 1 }] },
      ],
      [
        'unsuitable-location',
        '#/locationReserves/0/locationId',
        { locationReserves: [{ locationId: oldPlace.id, quantity: 1 }] },
      ],
    ] as const) {
      const answer = await change(`/parts/${known.id}`, 1, fields);
      expect([answer.status, answer.body.code, answer.body.fields[0].field]).toEqual([422, code, field]);
    }
  });

  test('of the largest form that is let through fits into its audit entry', async () => {
    const wide = '"'.repeat(200) + '备'.repeat(200);
    const fields = Array.from({ length: 30 }, (_, index) => ({
      key: `field${index}`,
      label: '备'.repeat(80),
      type: 'text',
    }));
    const places = await Promise.all(Array.from({ length: 100 }, () => makeLocation(database.db)));
    const large = await catalogue.category(fields, '类'.repeat(80));
    const made = await part({
      categoryId: large.id,
      manufacturer: '备'.repeat(80),
      partNumber: '备'.repeat(80),
      name: '备'.repeat(160),
      custom: Object.fromEntries(fields.map(({ key }) => [key, wide])),
      locationReserves: places.map(({ id }) => ({ locationId: id, quantity: 1_000_000 })),
    });
    expect((await get(`/parts/${made.id}`)).body).toEqual(made);
  });
});

describe('the reserve of a part', () => {
  test('is changed under the lock of its pool', async () => {
    const { db } = database;
    const known = await ofCategory({ emergencyReserve: 1 });
    let isDone = false;
    const changing = await db.transaction(async (tx) => {
      await tx.execute('SELECT lock_pools($1::uuid[], $2::uuid[])', [[known.id], []]);
      const running = Promise.resolve(change(`/parts/${known.id}`, 1, { emergencyReserve: 5 })).finally(() => {
        isDone = true;
      });
      const waiting = `SELECT FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%FOR NO KEY UPDATE%'`;
      await expect.poll(async () => (await db.rows(waiting)).length, { timeout: 5000 }).toBeGreaterThan(0);
      expect(isDone).toBe(false);
      return { running };
    });
    expect((await changing.running).body.emergencyReserve).toBe(5);
  });

  test('below locations is replaced as a whole', async () => {
    const [a, b] = [await catalogue.location({ code: 'RES-A' }), await catalogue.location({ code: 'RES-B' })];
    const known = await ofCategory({ locationReserves: [{ locationId: a.id, quantity: 3 }] });
    const reserves = [
      { locationId: b.id, quantity: 1 },
      { locationId: a.id, quantity: 2 },
    ];
    const changed = await change(`/parts/${known.id}`, 1, { locationReserves: reserves });
    expect(changed.body.locationReserves.map(({ location, quantity }: Answered) => [location.code, quantity])).toEqual([
      ['RES-A', 2],
      ['RES-B', 1],
    ]);
    expect((await change(`/parts/${known.id}`, 2, { locationReserves: [] })).body.locationReserves).toEqual([]);
  });
});

describe('the test interval of a part', () => {
  const dueDates = (partId: string) =>
    database.db.rows<{ due: string | null; version: number }>(
      `SELECT test_due_on::text AS due, version FROM unit WHERE part_id = $1 ORDER BY id`,
      [partId],
    );

  test('moves the due date of its units, from their last test or from the day they came', async () => {
    const { db } = database;
    const [known, other] = [await ofCategory({}), await ofCategory({})];
    const place = await makeLocation(db);
    const [tested, untested] = await receiveUnits(db, known.id, place.id, 2);
    await receiveUnits(db, other.id, place.id, 1);
    // Late in the evening of UTC, whatever day that is elsewhere.
    await db.execute(`UPDATE unit SET last_tested_at = '2026-01-31T23:30:00Z' WHERE id = $1`, [tested]);
    await db.execute(`UPDATE unit SET created_at = '2026-02-01T00:30:00Z' WHERE id = $1`, [untested]);
    const versions = (await dueDates(known.id)).map(({ version }) => version);
    await change(`/parts/${known.id}`, 1, { testIntervalDays: 30 });
    expect((await dueDates(known.id)).map(({ due }) => due)).toEqual(['2026-03-02', '2026-03-03']);
    expect((await dueDates(known.id)).map(({ version }) => version)).toEqual(versions.map((version) => version + 1));
    await change(`/parts/${known.id}`, 2, { name: 'unrelated', testIntervalDays: 30 });
    expect((await dueDates(known.id)).map(({ version }) => version)).toEqual(versions.map((version) => version + 1));
    await change(`/parts/${known.id}`, 3, { testIntervalDays: null });
    expect((await dueDates(known.id)).map(({ due }) => due)).toEqual([null, null]);
    expect((await dueDates(other.id)).map(({ due }) => due)).toEqual([null]);
  });
});

describe('retiring a part', () => {
  test('is refused while pieces lie somewhere, and says which', async () => {
    const { db } = database;
    const place = await makeLocation(db, { code: 'RET-1' });
    const [serial, bulk] = [await ofCategory({}), await ofCategory({ tracking: 'bulk' })];
    await receiveUnits(db, serial.id, place.id, 6);
    await receiveStock(db, bulk.id, place.id, 12);
    const units = await retire(`/parts/${serial.id}`, 1);
    expect([units.status, units.body.code]).toEqual([409, 'part-in-stock']);
    expect(units.body.detail).toMatch(/(S-\w+ \(in stock at RET-1\), ){4}S-\w+ \(in stock at RET-1\) and more$/);
    expect((await retire(`/parts/${bulk.id}`, 1)).body.detail).toMatch(/12 at RET-1$/);
  });

  test('is for good, with its number taken', async () => {
    const known = await ofCategory({ partNumber: 'GONE-1' });
    expect((await retire(`/parts/${known.id}`, 1)).body).toMatchObject({
      version: 2,
      retired: { reason: 'no longer used' },
    });
    expect((await change(`/parts/${known.id}`, 2, { name: 'x' })).body.code).toBe('part-retired');
    expect((await retire(`/parts/${known.id}`, 2)).body.code).toBe('part-retired');
    expect((await change(`/parts/${newId()}`, 2, { name: 'x' })).body.code).toBe('no-such-part');
  });
});
