import { describe, expect, test } from 'vitest';
import { instantOfLocal, localDaysAfter } from '../../src/console/parts/local-time.ts';
import {
  attemptOf,
  type BasketLine,
  checkoutOf,
  deskFrom,
  EMPTY_DESK,
  lineOfField,
  putInto,
  type ReturnLine,
  replaced,
  returnsOf,
  spokenReason,
  swapCheckout,
} from '../../src/console/spares/desk.ts';
import { meaningOf } from '../../src/console/spares/scan-outcome.ts';
import type { Allocation, Scan } from '../../src/console/spares/words.ts';

const PART = { id: 'p1', partNumber: 'PSU-750W', name: 'Power supply' };
const UNIT: BasketLine = { kind: 'unit', unitId: 'u1', serial: 'SN-1', part: PART };
const PIECES: BasketLine = { kind: 'part', part: PART, quantity: 2 };
const KIT: BasketLine = { kind: 'kit', kitId: 'k1', name: 'Server kit', quantity: 1 };
const HOLDER = { kind: 'person', id: 'h1', name: 'Night shift' } as const;

describe('the basket of the scan desk', () => {
  test('has a unit once, and adds pieces and kits up', () => {
    const once = putInto([], UNIT);
    expect(once).toEqual({ basket: [UNIT], how: 'added' });
    expect(putInto(once.basket, UNIT)).toEqual({ basket: [UNIT], how: 'already' });
    expect(putInto([PIECES], PIECES)).toEqual({ basket: [{ ...PIECES, quantity: 4 }], how: 'more' });
    expect(putInto([KIT], KIT).basket).toEqual([{ ...KIT, quantity: 2 }]);
  });

  test('keeps pieces from a place apart from pieces from anywhere', () => {
    const here: BasketLine = { ...PIECES, place: { id: 'l1', code: 'BIN-1' } };
    expect(putInto([PIECES], here).basket).toEqual([PIECES, here]);
  });

  test('puts what would do instead in the place of what was refused', () => {
    expect(replaced([UNIT, KIT], UNIT, PIECES)).toEqual([KIT, PIECES]);
    expect(replaced([UNIT, PIECES], UNIT, { ...PIECES, quantity: 1 })).toEqual([{ ...PIECES, quantity: 3 }]);
  });

  test('becomes one check-out, once somebody is chosen', () => {
    const desk = { ...EMPTY_DESK, basket: [UNIT, PIECES, KIT] };
    expect(checkoutOf(desk)).toBeUndefined();
    expect(checkoutOf({ ...desk, holder: HOLDER, note: ' x ' })).toEqual({
      purpose: 'maintenance',
      holder: { kind: 'person', id: 'h1' },
      note: 'x',
      lines: [{ unitId: 'u1' }, { partId: 'p1', quantity: 2 }, { kitId: 'k1', quantity: 1 }],
    });
  });

  test('asks for the reserve only for an incident of severity emergency', () => {
    const desk = { ...EMPTY_DESK, holder: HOLDER, basket: [UNIT], reserveReason: 'outage', reserveCase: 'INC-1' };
    expect(checkoutOf(desk)).not.toHaveProperty('reserve');
    expect(checkoutOf({ ...desk, purpose: 'incident', severity: 'important' })).not.toHaveProperty('reserve');
    expect(checkoutOf({ ...desk, purpose: 'incident', severity: 'emergency' })).toMatchObject({
      severity: 'emergency',
      reserve: { reason: 'outage', case: 'INC-1' },
    });
  });

  test('finds the line that a refusal names', () => {
    expect(['#/lines/2', '#/lines/0/unitId', '#/holder'].map(lineOfField)).toEqual([2, 0, undefined]);
  });

  test('says one reason aloud, and leaves several to their lines', () => {
    const [one, two] = ['#/lines/0', '#/lines/1'].map((field) => ({ field, message: `why ${field}` }));
    expect(spokenReason('all of it', one ? [one] : [])).toBe('why #/lines/0');
    expect(spokenReason('all of it', one && two ? [one, two] : [])).toBeUndefined();
    expect(spokenReason('all of it', [{ field: '#/holder', message: 'no' }])).toBe('all of it');
  });

  test('asks the same under the same key until the answer is known, and anything else under a new one', () => {
    let keys = 0;
    const newKey = () => `key ${++keys}`;
    const first = attemptOf({}, 'take', { lines: [1] }, newKey);
    expect(attemptOf({ take: first }, 'take', { lines: [1] }, newKey)).toEqual(first);
    expect(attemptOf({ take: first }, 'take', { lines: [2] }, newKey).key).toBe('key 2');
  });

  test('is there again after the page was loaded again, and empty when what was kept cannot be read', () => {
    const desk = { ...EMPTY_DESK, holder: HOLDER, basket: [UNIT] };
    expect(deskFrom(JSON.stringify(desk))).toEqual(desk);
    expect([deskFrom(null), deskFrom('{'), deskFrom('1')]).toEqual([EMPTY_DESK, EMPTY_DESK, EMPTY_DESK]);
  });
});

describe('what comes back at the scan desk', () => {
  const line: ReturnLine = {
    lineId: 'x1',
    allocation: { id: 'a1', code: 'CO-000001' },
    holder: HOLDER,
    what: 'SN-1',
    out: 1,
    quantity: 1,
    condition: 'good',
    note: '',
  };

  test('is a request for each check-out, and what is lost is put nowhere', () => {
    const other = { ...line, lineId: 'x2', allocation: { id: 'a2', code: 'CO-000002' } };
    const lost = { ...line, lineId: 'x3', condition: 'lost' as const, note: 'left on the train' };
    expect(returnsOf({ returns: [line, other, lost], putAt: { id: 'l1', code: 'BIN-1' } })).toEqual([
      {
        id: 'a1',
        code: 'CO-000001',
        body: {
          lines: [
            { lineId: 'x1', quantity: 1, condition: 'good', locationId: 'l1' },
            { lineId: 'x3', quantity: 1, condition: 'lost', note: 'left on the train' },
          ],
        },
      },
      {
        id: 'a2',
        code: 'CO-000002',
        body: { lines: [{ lineId: 'x2', quantity: 1, condition: 'good', locationId: 'l1' }] },
      },
    ]);
  });
});

describe('the check-out of a swap', () => {
  const line = (dueAt: string | null) => ({ id: 'x1', dueAt }) as Allocation['lines'][number];
  const of = { holder: HOLDER, purpose: 'incident', severity: 'general', service: { id: 's1', name: 'Shop' } } as const;
  const now = new Date('2026-06-01T00:00:00Z');

  test('goes to the same holder for the same purpose until the same time', () => {
    expect(swapCheckout({ ...of, lines: [line('2026-07-01T00:00:00Z')] }, 'x1', UNIT, now)).toEqual({
      purpose: 'incident',
      severity: 'general',
      holder: { kind: 'person', id: 'h1' },
      serviceId: 's1',
      dueAt: '2026-07-01T00:00:00Z',
      lines: [{ unitId: 'u1' }],
    });
  });

  test('has no due date where that of the first is over', () => {
    const overdue = { ...of, lines: [line('2026-05-01T00:00:00Z')] };
    expect(swapCheckout(overdue, 'x1', UNIT, now)).not.toHaveProperty('dueAt');
  });
});

describe('what a scan means', () => {
  type Unit = Extract<Scan['matches'][number], { kind: 'unit' }>['unit'];
  const unit = (more: Partial<Unit> = {}): Unit => ({
    ...{ id: 'u1', serial: 'SN-1', assetTag: 'A-1', part: PART, state: 'in_stock', isUsable: true },
    ...{ location: null, service: null, lines: [] },
    ...more,
  });
  const lineOf = (state: 'held' | 'issued', isNow = true): Unit['lines'][number] => ({
    ...{ lineId: 'x1', state, allocation: { id: 'a1', code: 'CO-000001', form: 'checkout' as const }, holder: HOLDER },
    ...{ from: '2026-01-01T00:00:00Z', until: null, isNow },
  });
  const scanned = (...units: Unit[]): Scan => ({
    code: 'SN-1',
    matches: units.map((one) => ({ kind: 'unit' as const, by: 'serial' as const, unit: one, actions: [] })),
  });
  const place = (parts: readonly (typeof PART & { quantity: number })[]): Scan => ({
    code: 'BIN-1',
    matches: [
      {
        kind: 'location',
        location: {
          ...{ id: 'l1', code: 'BIN-1', name: 'Bin', kind: 'bin', isRetired: false, path: ['S', 'BIN-1'] },
          ...{ units: '0', stockRows: '1', locations: '0', parts: [...parts] },
        },
        actions: [],
      },
    ],
  });

  test('a unit that is free goes into the basket, also when it is promised to somebody for later', () => {
    expect(meaningOf(scanned(unit()), 'take', false)).toEqual({ kind: 'take', line: UNIT, promisedTo: null });
    const later = unit({ lines: [lineOf('held', false)] });
    expect(meaningOf(scanned(later), 'take', false)).toMatchObject({ kind: 'take', promisedTo: 'Night shift' });
  });

  test('a unit that is out, held or not usable is refused with the reason and the part that would do', () => {
    const why = (one: Unit) => meaningOf(scanned(one), 'take', false);
    expect(why(unit({ state: 'issued', isUsable: false, lines: [lineOf('issued')] }))).toMatchObject({
      kind: 'refused',
      refusal: { why: 'isOut', who: 'Night shift', code: 'CO-000001' },
      part: PART,
    });
    expect(why(unit({ lines: [lineOf('held')] }))).toMatchObject({ refusal: { why: 'isHeld' } });
    expect(why(unit({ state: 'quarantined', isUsable: false }))).toMatchObject({
      refusal: { why: 'unusable', state: 'quarantined' },
    });
  });

  test('a serial of several parts is asked about, and of those only what is free', () => {
    const other = unit({ id: 'u2', part: { ...PART, id: 'p2' } });
    expect(meaningOf(scanned(unit(), other), 'take', false)).toMatchObject({ kind: 'choose', lines: [{}, {}] });
    const broken = unit({ id: 'u3', state: 'quarantined', isUsable: false });
    expect(meaningOf(scanned(broken, unit()), 'take', false)).toMatchObject({ kind: 'take', line: UNIT });
  });

  test('a location offers its parts when something goes out, and is where it is put when something comes back', () => {
    const bin = place([{ ...PART, quantity: 7 }]);
    const here = { id: 'l1', code: 'BIN-1' };
    expect(meaningOf(bin, 'take', false)).toEqual({
      kind: 'choose',
      lines: [{ kind: 'part', part: PART, quantity: 1, place: here }],
    });
    expect(meaningOf(place([]), 'take', false)).toMatchObject({ kind: 'refused', refusal: { why: 'emptyPlace' } });
    expect(meaningOf(bin, 'return', false)).toEqual({ kind: 'place', place: here });
  });

  test('a swap first takes back what is out, then hands out what is free', () => {
    const out = unit({ state: 'issued', isUsable: false, lines: [lineOf('issued')] });
    expect(meaningOf(scanned(out), 'swap', false)).toMatchObject({ kind: 'return', lines: [{ lineId: 'x1' }] });
    expect(meaningOf(scanned(unit()), 'swap', false)).toMatchObject({ kind: 'refused', refusal: { why: 'notOut' } });
    expect(meaningOf(scanned(unit()), 'swap', true)).toMatchObject({ kind: 'take' });
  });
});

describe('times of the desk', () => {
  test('are local in the field and instants to the server', () => {
    const text = localDaysAfter(new Date(2026, 0, 30, 9, 0), 2);
    expect(text).toBe('2026-02-01T18:00');
    expect(instantOfLocal(text)).toBe(new Date(2026, 1, 1, 18, 0).toISOString());
    expect(['', '2026', 'soon'].map(instantOfLocal)).toEqual([undefined, undefined, undefined]);
  });
});
