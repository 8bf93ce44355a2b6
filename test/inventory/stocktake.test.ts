import { describe, expect, test } from 'vitest';
import { newId } from '../../src/kernel/ids.ts';
import { useDatabase } from '../support/database.ts';
import { makeUnit } from './stock-support.ts';
import { useStocktakes } from './stocktake-cast.ts';
import { makeLocation } from './support.ts';

const room = useStocktakes(useDatabase());
const { count, differences, done, hand, open, quantityNow, step, stepped, unitNow } = room;

/** What a difference says, short. */
const short = (all: readonly Record<string, never>[]) =>
  all
    .map(({ kind, expected, counted, needsSecond, proposal }) => ({ kind, expected, counted, needsSecond, proposal }))
    .toSorted((one, other) => String(one.kind).localeCompare(String(other.kind)));

const only = (all: readonly Record<string, never>[]) => {
  expect(all).toHaveLength(1);
  return all[0] as Record<string, never>;
};

/** A bin with 10 pieces of a bulk part. */
async function binOf10() {
  const { site, left, right } = await room.storeroom();
  const part = await room.bulkPart();
  return { site, left, right, part, stockId: await room.stock(part.id, left.id, 10) };
}

describe('a blind count', () => {
  test('shows those who count nothing of what is expected before it is closed', async () => {
    const { site, left, part, stockId } = await binOf10();
    const { id } = await open(site.id);
    const counted = await count(id, 'ann', [{ scan: part.partNumber, quantity: 8 }], { location: left.code });
    expect(counted.things).toEqual([
      {
        kind: 'stock',
        unitId: null,
        stockId,
        partNumber: part.partNumber,
        serial: null,
        locationCode: left.code,
        counted: 8,
        verdict: 'counted',
        before: null,
        registered: null,
      },
    ]);
    for (const what of ['expected', 'differences', 'counts']) {
      expect((await hand('keeper').get(`/stocktakes/${id}/${what}`)).body.code).toBe('count-is-blind');
      expect((await hand('ann').get(`/stocktakes/${id}/${what}`)).body.code).toBe('permission-missing');
    }
    expect((await stepped(id, 'close')).state).toBe('recounting');
    const [again] = (await done(hand('bob').get(`/stocktakes/${id}/recounts`))).items;
    expect(again).toMatchObject({ id: stockId, partNumber: part.partNumber, locationCode: left.code, quantity: null });
    expect((await hand('keeper').get(`/stocktakes/${id}/differences`)).body.code).toBe('count-is-blind');
    await count(id, 'bob', [{ scan: stockId, quantity: 8 }]);
    expect((await stepped(id, 'close')).state).toBe('review');
    expect(short(await differences(id))).toEqual([
      { kind: 'shortage', expected: 10, counted: 8, needsSecond: true, proposal: 'adjust' },
    ]);
  });

  test('that is open shows what is expected when it is not blind', async () => {
    const { site, stockId } = await binOf10();
    const { id } = await open(site.id, { isBlind: false });
    const { items } = await done(hand('keeper').get(`/stocktakes/${id}/expected`));
    expect(items).toMatchObject([{ id: stockId, quantity: 10 }]);
  });
});

describe('whoever counts', () => {
  const told = async (id: string, by: 'ann' | 'bob', scan: string, at: string) =>
    (await count(id, by, [{ scan }], { location: at })).things[0];

  test('is told at once what lies elsewhere, was counted already, is not in stock, or is borne by nothing', async () => {
    const { site, left, right } = await room.storeroom();
    const [unit] = await room.units((await room.serialPart()).id, left.id, 1);
    const { id } = await open(site.id, { isBlind: false });
    const serial = String(unit?.serial);
    expect(await told(id, 'ann', serial, right.code)).toMatchObject({
      ...{ verdict: 'elsewhere', before: null },
      registered: { locationCode: left.code, state: 'in_stock' },
    });
    expect(await told(id, 'bob', serial, left.code)).toMatchObject({
      verdict: 'again',
      before: { locationCode: right.code, counted: 1 },
    });
    expect(await told(id, 'ann', 'nothing bears this', left.code)).toMatchObject({ verdict: 'unknown' });
    const lost = { kind: 'unit', unitId: unit?.id, outcome: 'lost' };
    await done(hand('keeper').post('/movements/adjustments', { reason: 'gone', lines: [lost] }));
    expect(await told(id, 'ann', serial, left.code)).toMatchObject({
      verdict: 'not-in-stock',
      registered: { state: 'lost', locationCode: null },
    });
  });

  test('of a blind count is told nothing of the register, nor what others have counted', async () => {
    const { site, left, right } = await room.storeroom();
    const [unit] = await room.units((await room.serialPart()).id, left.id, 1);
    const { id } = await open(site.id);
    const serial = String(unit?.serial);
    expect(await told(id, 'ann', serial, right.code)).toMatchObject({ verdict: 'counted', registered: null });
    expect(await told(id, 'bob', serial, left.code)).toMatchObject({ verdict: 'counted', before: null });
    expect(await told(id, 'ann', serial, left.code)).toMatchObject({
      verdict: 'again',
      before: { locationCode: right.code },
    });
  });

  test('sees how far it is, which places are left, and of a count that is not blind what is left there', async () => {
    const { site, left, right, part, stockId } = await binOf10();
    const [unit] = await room.units((await room.serialPart()).id, right.id, 1);
    for (const isBlind of [true, false]) {
      const { id } = await open(site.id, { isBlind });
      await count(id, 'ann', [{ scan: part.partNumber, quantity: 10 }], { location: left.code });
      const places = (await done(hand('bob').get(`/stocktakes/${id}/locations`))).items;
      expect(places.filter((place: { isCounted: boolean }) => place.isCounted)).toMatchObject([{ code: left.code }]);
      expect(places.filter((place: { isToCount: boolean }) => place.isToCount)).toHaveLength(2);
      const figures = isBlind ? { counted: null, expected: null, left: null } : { counted: 1, expected: 2, left: 1 };
      const progress = (by: 'ann' | 'bob') => done(hand(by).get(`/stocktakes/${id}/progress`));
      expect(await progress('bob')).toMatchObject({ places: 2, placesCounted: 1, countedByYou: 0, ...figures });
      expect(await progress('ann')).toMatchObject({ countedByYou: 1, differences: isBlind ? null : 0 });
      if (!isBlind) {
        const sheet = async (query: string) =>
          (await done(hand('keeper').get(`/stocktakes/${id}/expected?${query}`))).items;
        expect(await sheet('onlyLeft=true')).toMatchObject([{ id: unit?.id }]);
        expect(await sheet(`locationId=${left.id}`)).toMatchObject([{ id: stockId }]);
      }
      await stepped(id, 'cancel', { reason: 'only looking' });
    }
  });
});

describe('a difference above the tolerance', () => {
  test('is posted when two people have counted alike, and not before', async () => {
    const { site, stockId } = await binOf10();
    const { id } = await open(site.id);
    await count(id, 'ann', [{ scan: stockId, quantity: 8 }]);
    await stepped(id, 'close');
    expect((await step(id, 'close')).body.code).toBe('recount-incomplete');
    // The same person again is no second one.
    await count(id, 'ann', [{ scan: stockId, quantity: 8 }]);
    expect((await stepped(id, 'close')).state).toBe('recounting');
    // A second person who counts otherwise confirms nothing.
    await count(id, 'bob', [{ scan: stockId, quantity: 9 }]);
    expect(await stepped(id, 'close')).toMatchObject({ state: 'recounting', round: 4 });
    await count(id, 'ann', [{ scan: stockId, quantity: 9 }]);
    expect((await stepped(id, 'close')).state).toBe('review');
    const difference = only(await differences(id));
    expect(difference).toMatchObject({
      expected: 10,
      counted: 9,
      countedBy: { name: 'ann' },
      confirmedBy: { name: 'bob' },
    });
    expect((await step(id, 'post')).body.code).toBe('differences-undecided');
    await stepped(id, 'decisions', { rest: { reason: 'earlier-miscount', note: 'box of ten held nine' } });
    const { batchId } = await stepped(id, 'post');
    expect(await quantityNow(stockId)).toBe(9);
    const { items } = await done(hand('keeper').get(`/movements?batchId=${batchId}`));
    expect(items).toMatchObject([{ kind: 'count', quantity: 1, fromStockId: stockId, actor: { name: 'keeper' } }]);
    expect(items[0].reason).toMatch(/^Stocktake count .*: earlier-miscount\. box of ten held nine$/);
  });

  test('stays as it is when the count ends without a second person', async () => {
    const { site, stockId } = await binOf10();
    const { id } = await open(site.id);
    await count(id, 'ann', [{ scan: stockId, quantity: 8 }]);
    expect((await stepped(id, 'close', { leaveUnconfirmed: true })).state).toBe('review');
    const { id: differenceId } = only(await differences(id));
    const decide = (action: string) =>
      step(id, 'decisions', { decisions: [{ differenceId, action, reason: 'unexplained' }] });
    expect((await decide('adjust')).body).toMatchObject({
      code: 'second-count-missing',
      fields: [{ field: '#/decisions/0/action' }],
    });
    expect((await decide('move-here')).body.code).toBe('unsuitable-action');
    await stepped(id, 'decisions', { rest: { reason: 'unexplained' } });
    await stepped(id, 'post');
    expect(await quantityNow(stockId)).toBe(10);
    expect(only(await differences(id))).toMatchObject({ action: 'look-into', outcome: 'left' });
  });

  test('is told by pieces or by per cent of what was expected, whichever is stated', async () => {
    const { site, left, stockId } = await binOf10();
    const other = await room.stock((await room.bulkPart()).id, left.id, 1000);
    const second = async (tolerance: object, counted: number, of: string) => {
      const { id } = await open(site.id, { tolerance });
      const whole = [
        { scan: stockId, quantity: 10 },
        { scan: other, quantity: 1000 },
      ];
      await count(
        id,
        'ann',
        whole.map((line) => (line.scan === of ? { ...line, quantity: counted } : line)),
      );
      const { state } = await stepped(id, 'close');
      await stepped(id, 'cancel', { reason: 'only a trial' });
      return state;
    };
    expect(await second({ pieces: 2 }, 8, stockId)).toBe('review');
    expect(await second({ pieces: 2 }, 7, stockId)).toBe('recounting');
    expect(await second({ percent: 1 }, 990, other)).toBe('review');
    expect(await second({ percent: 1 }, 989, other)).toBe('recounting');
    expect(await second({ percent: 1 }, 9, stockId)).toBe('recounting');
    expect(await second({ pieces: 1, percent: 50 }, 8, stockId)).toBe('recounting');
    expect(await second({}, 0, stockId)).toBe('review');
  });
});

describe('movements during a count', () => {
  test('before and after the instant at which a row was counted are told apart', async () => {
    const { site, left, right, part, stockId } = await binOf10();
    const { id } = await open(site.id);
    const take = (quantity: number) =>
      done(
        hand('keeper').post('/movements/transfers', {
          lines: [{ kind: 'stock', stockId, quantity, toLocationId: right.id }],
        }),
      );
    await take(3);
    // The shelf held 7, and somebody wrote it down only after the next pieces had gone.
    const countedAt = new Date().toISOString();
    await take(2);
    const into = await room.database.db.rows<{ id: string }>(
      'SELECT id FROM stock WHERE part_id = $1 AND location_id = $2',
      [part.id, right.id],
    );
    await count(id, 'ann', [
      { scan: part.partNumber, quantity: 7, location: left.code, countedAt },
      { scan: into[0]?.id, quantity: 4 },
    ]);
    await stepped(id, 'close');
    await count(id, 'bob', [{ scan: into[0]?.id, quantity: 4 }]);
    await take(1);
    await stepped(id, 'close');
    expect(only(await differences(id))).toMatchObject({ kind: 'shortage', expected: 5, counted: 4 });
    await stepped(id, 'decisions', { rest: { reason: 'theft' } });
    await stepped(id, 'post');
    expect([await quantityNow(stockId), await quantityNow(into[0]?.id ?? '')]).toEqual([4, 5]);
  });

  test('make no unit missing that nobody counted; pieces are to be counted after all', async () => {
    const { site, left, right, stockId } = await binOf10();
    const unit = await makeUnit(room.database.db, { partId: (await room.serialPart()).id, locationId: left.id });
    const { id } = await open(site.id);
    await done(
      hand('keeper').post('/movements/transfers', {
        lines: [
          { kind: 'stock', stockId, quantity: 1, toLocationId: right.id },
          { kind: 'unit', unitId: unit.id, toLocationId: right.id },
        ],
      }),
    );
    expect((await stepped(id, 'close')).state).toBe('recounting');
    expect((await done(hand('ann').get(`/stocktakes/${id}/recounts`))).items).toMatchObject([{ id: stockId }]);
    expect((await stepped(id, 'close', { leaveUnconfirmed: true })).state).toBe('review');
    expect(only(await differences(id))).toMatchObject({
      kind: 'uncounted',
      expected: 9,
      counted: null,
      proposal: 'leave',
    });
    await stepped(id, 'post');
    expect([await quantityNow(stockId), (await unitNow(unit.id))?.state]).toEqual([9, 'in_stock']);
  });

  test('between two sightings of a unit make it no unit that is there twice', async () => {
    const { site, left, right } = await room.storeroom();
    const [unit] = await room.units((await room.serialPart()).id, left.id, 1);
    const { id } = await open(site.id);
    await count(id, 'ann', [{ scan: unit?.serial, location: left.code }]);
    await done(
      hand('keeper').post('/movements/transfers', {
        lines: [{ kind: 'unit', unitId: unit?.id, toLocationId: right.id }],
      }),
    );
    await count(id, 'ann', [{ scan: unit?.serial, location: right.code }]);
    await stepped(id, 'close');
    expect(await differences(id)).toEqual([]);
  });

  test('after the close overtake what was found: the unit is where it went', async () => {
    const { site, left, right } = await room.storeroom();
    const [unit] = await room.units((await room.serialPart()).id, left.id, 1);
    const { id } = await open(site.id, { tolerance: {} });
    await stepped(id, 'close');
    expect(only(await differences(id)).kind).toBe('missing');
    await stepped(id, 'decisions', { rest: { reason: 'unexplained' } });
    await done(
      hand('keeper').post('/movements/transfers', {
        lines: [{ kind: 'unit', unitId: unit?.id, toLocationId: right.id }],
      }),
    );
    await stepped(id, 'post');
    expect(await unitNow(unit?.id ?? '')).toMatchObject({ state: 'in_stock', place: right.id });
    expect(only(await differences(id)).outcome).toBe('overtaken');
  });
});

describe('units', () => {
  test('each way of being wrong is its own kind, with what is proposed for it', async () => {
    const { site, left, right } = await room.storeroom();
    const far = await makeLocation(room.database.db);
    const part = await room.serialPart();
    const [fine, missing, inside, twice, lost] = await room.units(part.id, left.id, 5);
    const [outside] = await room.units(part.id, far.id, 1);
    const adjust = (unitId = '') =>
      hand('keeper').post('/movements/adjustments', {
        lines: [{ kind: 'unit', unitId, outcome: 'lost' }],
        reason: 'x',
      });
    await done(adjust(lost?.id));
    const { id } = await open(site.id);
    await count(id, 'ann', [
      { scan: fine?.serial },
      { scan: inside?.serial, location: right.code },
      { scan: outside?.serial, location: left.code },
      { scan: twice?.serial, location: right.code },
      { scan: twice?.serial, location: left.code },
      { scan: lost?.serial, location: left.code },
      { scan: 'NO-SUCH-TAG', location: left.code },
    ]);
    await stepped(id, 'close');
    const { items } = await done(hand('bob').get(`/stocktakes/${id}/recounts`));
    expect(new Set(items.map((item: { serial: string }) => item.serial))).toEqual(
      new Set([missing?.serial, twice?.serial]),
    );
    await count(id, 'bob', [
      { scan: missing?.serial, isAbsent: true },
      { scan: twice?.serial, location: left.code },
    ]);
    await stepped(id, 'close');
    expect(short(await differences(id))).toEqual([
      { kind: 'found', expected: 0, counted: 1, needsSecond: false, proposal: 'move-here' },
      { kind: 'misplaced', expected: 1, counted: 1, needsSecond: false, proposal: 'move-here' },
      { kind: 'misplaced', expected: 1, counted: 1, needsSecond: false, proposal: 'move-here' },
      { kind: 'missing', expected: 1, counted: 0, needsSecond: true, proposal: 'mark-lost' },
      { kind: 'unknown', expected: null, counted: 1, needsSecond: false, proposal: 'look-into' },
    ]);
    await stepped(id, 'decisions', { rest: { reason: 'wrong-place' } });
    await stepped(id, 'post');
    expect([await unitNow(fine?.id ?? ''), await unitNow(missing?.id ?? '')]).toEqual([
      { state: 'in_stock', place: left.id, seen: true },
      { state: 'lost', place: null, seen: null },
    ]);
    for (const [unit, place] of [
      [inside, right],
      [outside, left],
      [twice, left],
      [lost, left],
    ] as const) {
      expect(await unitNow(unit?.id ?? '')).toEqual({ state: 'in_stock', place: place.id, seen: true });
    }
    const [entry] = await room.database.db.rows<{ details: object }>(
      `SELECT details FROM audit_entry WHERE action = 'stocktake.post' AND subject_id = $1`,
      [id],
    );
    expect(entry?.details).toMatchObject({
      adjusted: 4,
      left: 1,
      unitsLost: 1,
      unitsMoved: 3,
      reasons: { 'wrong-place': 4 },
    });
  });

  test('that the register has in use are shown and not touched', async () => {
    const { site, left } = await room.storeroom();
    const [unit] = await room.units((await room.serialPart()).id, left.id, 1);
    await done(
      hand('keeper').post('/movements/scraps', { lines: [{ kind: 'unit', unitId: unit?.id }], reason: 'broken' }),
    );
    const { id } = await open(site.id);
    await count(id, 'ann', [{ scan: unit?.serial, location: left.code }]);
    await stepped(id, 'close');
    expect(only(await differences(id))).toMatchObject({
      kind: 'not-in-stock',
      registerState: 'retired',
      proposal: 'look-into',
    });
  });

  test('that were damaged when they were lost are found into quarantine', async () => {
    const { site, left } = await room.storeroom();
    const unit = await makeUnit(room.database.db, {
      ...{ partId: (await room.serialPart()).id, locationId: left.id, state: 'quarantined', condition: 'damaged' },
    });
    await done(
      hand('keeper').post('/movements/adjustments', {
        lines: [{ kind: 'unit', unitId: unit.id, outcome: 'lost' }],
        reason: 'x',
      }),
    );
    const { id } = await open(site.id);
    await count(id, 'ann', [{ scan: unit.serial, location: left.code }]);
    await stepped(id, 'close');
    await stepped(id, 'decisions', { rest: { reason: 'wrong-place' } });
    await stepped(id, 'post');
    expect(await unitNow(unit.id)).toMatchObject({ state: 'quarantined', place: left.id });
  });
});

describe('what is scanned', () => {
  test('must be plain: every line that is not is named, and nothing is taken down', async () => {
    const { site, left, right, part } = await binOf10();
    const serial = `same-${newId().slice(-6)}`;
    for (const _ of [1, 2]) {
      await makeUnit(room.database.db, { partId: (await room.serialPart()).id, locationId: left.id, serial });
    }
    const far = await makeLocation(room.database.db);
    const { id } = await open(site.id);
    const answer = await hand('ann').post(`/stocktakes/${id}/counts`, {
      lines: [
        { scan: serial },
        { scan: part.partNumber },
        { scan: part.partNumber, quantity: 3 },
        { scan: part.partNumber, quantity: 3, location: far.code },
        { scan: 'NOTHING', isAbsent: true },
        { scan: part.partNumber, quantity: 3, location: right.code },
      ],
    });
    expect([answer.status, answer.body.code]).toEqual([422, 'count-refused']);
    expect(answer.body.fields.map(({ field }: { field: string }) => field)).toEqual([
      '#/lines/0/scan',
      '#/lines/1/quantity',
      '#/lines/2/location',
      '#/lines/3/location',
      '#/lines/4/isAbsent',
    ]);
    const tooEarly = { lines: [{ scan: 'X', location: left.code }], countedAt: '2020-01-01T00:00:00Z' };
    expect((await hand('ann').post(`/stocktakes/${id}/counts`, tooEarly)).body.code).toBe('counted-at-other-time');
    expect((await stepped(id, 'close')).state).toBe('recounting');
  });

  test('comes from a file as well, whose lines are named', async () => {
    const { site, left, right, part, stockId } = await binOf10();
    const [unit] = await room.units((await room.serialPart()).id, left.id, 1);
    const { id } = await open(site.id, { isBlind: false, tolerance: {} });
    const send = (csv: string) => hand('ann').post(`/stocktakes/${id}/count-files`, { csv });
    const bad = await send(`scan;quantity;location\n${unit?.serial};;\n${part.partNumber};x;${left.code}\n`);
    expect(bad.body.fields[0].message).toMatch(/^line 3, quantity: /);
    const elsewhere = await send(`scan;quantity;location\n${unit?.serial};;\n\n${part.partNumber};3;nowhere\n`);
    expect(elsewhere.body.fields).toEqual([
      { field: '#/csv', message: 'line 4, location: nowhere is no location of this stocktake' },
    ]);
    expect((await send('tag\nX\n')).body.fields[0].message).toMatch(/the column scan is missing/);
    const good = `Scan,Quantity,Location,Absent\n${unit?.serial},,,yes\n${part.partNumber},9,${left.code},\n${part.partNumber},2,${right.code},\n`;
    expect((await done(send(good))).things).toHaveLength(3);
    await stepped(id, 'close');
    expect(short(await differences(id))).toMatchObject([
      { kind: 'missing', counted: 0 },
      { kind: 'shortage', counted: 9 },
      { kind: 'surplus', expected: 0, counted: 2 },
    ]);
    expect(await quantityNow(stockId)).toBe(10);
  });
});

describe('a stocktake', () => {
  test('shares no location with another one that is open', async () => {
    const { site, left } = await room.storeroom();
    const first = await open(left.id);
    const again = (locationId: string) => hand('keeper').post('/stocktakes', { locationId, name: 'again' });
    for (const locationId of [site.id, left.id]) expect((await again(locationId)).body.code).toBe('stocktake-overlaps');
    await stepped(first.id, 'cancel', { reason: 'wrong shelf' });
    const both = await Promise.all([again(site.id), again(left.id), again(site.id)]);
    expect(both.map(({ status }) => status).toSorted()).toEqual([201, 409, 409]);
  });

  test('that has ended takes nothing more', async () => {
    const { site, left } = await room.storeroom();
    const { id } = await open(site.id);
    await stepped(id, 'close');
    const counting = { lines: [{ scan: 'X', location: left.code }] };
    expect((await hand('ann').post(`/stocktakes/${id}/counts`, counting)).body.code).toBe('stocktake-state');
    await stepped(id, 'post');
    for (const [what, body] of [
      ['close', {}],
      ['post', undefined],
      ['cancel', { reason: 'x' }],
    ] as const) {
      expect((await step(id, what, body)).body.code).toBe('stocktake-state');
    }
    const { items } = await done(hand('ann').get(`/stocktakes?locationId=${site.id}`));
    expect(items).toMatchObject([{ id, state: 'posted', endedBy: { name: 'keeper' } }]);
  });

  test('is opened, closed and posted by those who may, and counted by those who count', async () => {
    const { site, left } = await room.storeroom();
    const { id } = await open(site.id);
    const ann = hand('ann');
    const refused = [
      await ann.post('/stocktakes', { locationId: left.id, name: 'mine' }),
      await ann.post(`/stocktakes/${id}/close`, {}, 1),
      await ann.post(`/stocktakes/${id}/post`, {}, 1),
      await ann.post('/movements/counts', { lines: [{ kind: 'unit', unitId: newId() }] }),
    ];
    expect(refused.map(({ body }) => body.code)).toEqual(Array(4).fill('permission-missing'));
  });
});
