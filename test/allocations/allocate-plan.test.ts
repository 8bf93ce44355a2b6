import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chooseDisplaced, type HeldLine, poolsWithout } from '../../src/allocations/displace.ts';
import { peakWithin } from '../../src/allocations/floor-peak.ts';
import { planPicks, type Want } from '../../src/allocations/pick.ts';
import type { PartPool, Pools, SeatPool } from '../../src/allocations/pick-pool.ts';

const taken = (...spans: [fromMs: number, untilMs: number, quantity: number][]) =>
  spans.map(([fromMs, untilMs, quantity]) => ({ fromMs, untilMs, quantity }));
const ALWAYS = { fromMs: 0, untilMs: Number.POSITIVE_INFINITY };

describe('the peak of what is taken', () => {
  test.each([
    ['disjoint 3 and 3', taken([0, 1, 3], [2, 3, 3]), 3],
    ['back to back 4 and 5', taken([0, 1, 4], [1, 2, 5]), 5],
    ['overlapping 3 and 4', taken([0, 2, 3], [1, 3, 4]), 7],
    ['three at once 2, 3 and 5', taken([0, 5, 2], [1, 4, 3], [2, 3, 5]), 10],
    ['nothing', [], 0],
    ['without end', taken([0, Number.POSITIVE_INFINITY, 2], [9, 10, 1]), 3],
  ])('of %s', (_, lines, peak) => {
    expect(peakWithin(ALWAYS, lines)).toBe(peak);
  });

  test('counts inside the window only', () => {
    const lines = taken([0, 2, 3], [4, 6, 5]);
    expect(peakWithin({ fromMs: 2, untilMs: 4 }, lines)).toBe(0);
    expect(peakWithin({ fromMs: 1, untilMs: 4 }, lines)).toBe(3);
    expect(peakWithin({ fromMs: 1, untilMs: 5 }, lines)).toBe(5);
  });

  test('is the largest sum over all instants', () => {
    const line = fc.record({
      fromMs: fc.nat(20),
      length: fc.integer({ min: 1, max: 10 }),
      quantity: fc.integer({ min: 1, max: 9 }),
    });
    const window = fc.record({ fromMs: fc.nat(20), length: fc.integer({ min: 1, max: 20 }) });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), window, (spans, { fromMs, length }) => {
        const lines = spans.map((span) => ({ ...span, untilMs: span.fromMs + span.length }));
        const instants = Array.from({ length }, (_, index) => fromMs + index);
        const sums = instants.map((at) =>
          lines.reduce((sum, span) => sum + (span.fromMs <= at && at < span.untilMs ? span.quantity : 0), 0),
        );
        expect(peakWithin({ fromMs, untilMs: fromMs + length }, lines)).toBe(Math.max(...sums));
      }),
    );
  });
});

const PLACE = { id: 'place', code: 'P' };
const partOf = (more: Partial<PartPool> = {}): PartPool => ({
  id: 'part',
  partNumber: 'PN',
  name: 'part',
  tracking: 'bulk',
  headrooms: [],
  units: [],
  rows: [],
  ...more,
});
const row = (id: string, free: number, zones: string[] = []) => ({
  id,
  lot: '',
  expiresOn: null,
  place: PLACE,
  zones,
  free,
});
const poolsOf = (part: PartPool, seats: SeatPool[] = []): Pools => ({
  parts: new Map([[part.id, part]]),
  entitlements: new Map(seats.map((pool) => [pool.id, pool])),
});
const wanted = (quantity: number, position = 0): Want => ({
  kind: 'part',
  position,
  quantity,
  partId: 'part',
  locationId: null,
});
const ORDINARY = { mayTakeReserve: false, isIssue: true };
const EMERGENCY = { mayTakeReserve: true, isIssue: true };

describe('a plan', () => {
  test('serves named rows first, whatever their place in the wish', () => {
    const named: Want = { kind: 'stock', position: 1, quantity: 2, partId: 'part', stockId: 'a' };
    const plan = planPicks([wanted(2), named], poolsOf(partOf({ rows: [row('a', 2), row('b', 2)] })), ORDINARY);
    expect(plan.picks.map((pick) => pick.kind === 'stock' && [pick.position, pick.row.id])).toEqual([
      [0, 'b'],
      [1, 'a'],
    ]);
  });

  test('leaves to the next lines what a short one could not use', () => {
    const plan = planPicks([wanted(5), wanted(3, 1)], poolsOf(partOf({ rows: [row('a', 3)] })), ORDINARY);
    expect(plan.short).toMatchObject([{ want: { position: 0 }, asked: 5, free: 3 }]);
    expect(plan.picks).toMatchObject([{ position: 1, quantity: 3 }]);
  });

  test('takes ordinary pieces first, wherever they lie, and marks what only the reserve gives', () => {
    const part = partOf({
      headrooms: [{ locationId: 'z', pieces: 1 }],
      rows: [row('inside', 4, ['z']), row('outside', 2)],
    });
    const plan = planPicks([wanted(5)], poolsOf(part), EMERGENCY);
    expect(plan.picks.map((pick) => pick.kind === 'stock' && [pick.row.id, pick.quantity, pick.isFromReserve])).toEqual(
      [
        ['inside', 1, false],
        ['outside', 2, false],
        ['inside', 2, true],
      ],
    );
    expect(planPicks([wanted(4)], poolsOf(part), ORDINARY).short).toMatchObject([{ asked: 4, free: 3 }]);
  });

  test('never takes more than there is, and ordinary lines never touch a floor, whatever is asked', () => {
    const places = fc.array(fc.record({ free: fc.nat(6), zone: fc.constantFrom('', 'outer', 'inner') }), {
      maxLength: 5,
    });
    const asked = fc.array(fc.integer({ min: 1, max: 8 }), { maxLength: 5 });
    const room = fc.record({
      all: fc.integer({ min: -2, max: 12 }),
      outer: fc.integer({ min: -2, max: 8 }),
      inner: fc.integer({ min: -2, max: 6 }),
    });
    fc.assert(
      fc.property(places, asked, room, fc.boolean(), (rows, quantities, headroom, mayTakeReserve) => {
        const zonesOf = { '': [], outer: ['outer'], inner: ['outer', 'inner'] } as Record<string, string[]>;
        const part = partOf({
          headrooms: [
            { locationId: null, pieces: headroom.all },
            { locationId: 'outer', pieces: headroom.outer },
            { locationId: 'inner', pieces: headroom.inner },
          ],
          rows: rows.map(({ free, zone }, index) => row(`${index}`, free, zonesOf[zone])),
        });
        const wants = quantities.map((quantity, position) => wanted(quantity, position));
        const { picks, short } = planPicks(wants, poolsOf(part), { mayTakeReserve, isIssue: true });
        const sum = (of: (zones: readonly string[], id: string) => boolean, ordinary: boolean) =>
          picks.reduce((total, pick) => {
            if (pick.kind !== 'stock' || (ordinary && pick.isFromReserve) || !of(pick.row.zones, pick.row.id))
              return total;
            return total + pick.quantity;
          }, 0);
        for (const { id, free } of part.rows) expect(sum((_, rowId) => rowId === id, false)).toBeLessThanOrEqual(free);
        for (const { locationId, pieces } of part.headrooms) {
          const inside = sum((zones) => locationId === null || zones.includes(locationId), true);
          expect(inside).toBeLessThanOrEqual(Math.max(0, pieces));
        }
        for (const want of wants) {
          const got = picks
            .filter(({ position }) => position === want.position)
            .reduce((all, pick) => all + pick.quantity, 0);
          expect(got).toBe(short.some((one) => one.want === want) ? 0 : want.quantity);
        }
      }),
    );
  });
});

describe('what has to give way', () => {
  const held = (
    lineId: string,
    purpose: HeldLine['purpose'],
    [fromMs, untilMs, quantity]: [number, number, number],
  ): HeldLine => ({
    lineId,
    purpose,
    quantity,
    fromMs,
    untilMs,
    isFromReserve: false,
    partId: 'part',
    zones: [],
    isUsable: true,
    unit: null,
    row: { id: 'a', lot: '', expiresOn: null, quantity: 10 },
    place: PLACE,
    entitlementId: null,
  });
  const served = (quantity: number) => (pools: Pools) =>
    planPicks([wanted(quantity)], pools, EMERGENCY).short.length === 0;

  test('is never more than is needed, whatever is held', () => {
    const line = fc.record({
      purpose: fc.constantFrom<HeldLine['purpose']>('drill', 'loan', 'maintenance', 'incident'),
      fromMs: fc.nat(10),
      length: fc.integer({ min: 1, max: 5 }),
      quantity: fc.integer({ min: 1, max: 4 }),
    });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), fc.integer({ min: 1, max: 10 }), (lines, quantity) => {
        const all = lines.map(({ purpose, fromMs, length, quantity: pieces }, index) =>
          held(`${index}`, purpose, [fromMs, fromMs + length, pieces]),
        );
        fc.pre(peakWithin(ALWAYS, all) <= 10);
        const pools = poolsOf(partOf({ rows: [row('a', 10 - peakWithin(ALWAYS, all))] }));
        const chosen = chooseDisplaced(all, pools, ALWAYS, served(quantity));
        const without = (gone: readonly HeldLine[]) => poolsWithout(pools, all, gone, ALWAYS);
        const mayGo = all.filter(({ purpose }) => purpose !== 'incident');
        if (!chosen) {
          expect(served(quantity)(without(mayGo))).toBe(false);
          return;
        }
        expect(chosen.every(({ purpose }) => purpose !== 'incident')).toBe(true);
        expect(served(quantity)(without(chosen))).toBe(true);
        for (const one of chosen)
          expect(served(quantity)(without(chosen.filter((other) => other !== one)))).toBe(false);
      }),
    );
  });
});
