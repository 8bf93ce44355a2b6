import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assignUnits, type Booking, findRoom, type Span, type UnitCalendar } from '../../src/allocations/reassign.ts';
import { scaled } from '../support/scale.ts';

const overlap = (a: Span, b: Span) => a.from < b.until && b.from < a.until;

const booking = (
  id: string,
  from: number,
  until: number,
  unitIds: string[],
  unitId: string | null = null,
): Booking => ({
  id,
  from,
  until,
  unitIds,
  unitId,
});

/** Tries every way there is. */
function possible(units: readonly UnitCalendar[], bookings: readonly Booking[]): boolean {
  const given: { unit: string; span: Span }[] = units.flatMap(({ id, fixed }) =>
    fixed.map((span) => ({ unit: id, span })),
  );
  const place = (index: number): boolean => {
    const next = bookings[index];
    if (!next) return true;
    return next.unitIds.some((unit) => {
      if (given.some((taken) => taken.unit === unit && overlap(taken.span, next))) return false;
      given.push({ unit, span: next });
      const done = place(index + 1);
      given.pop();
      return done;
    });
  };
  return place(0);
}

function expectValid(
  units: readonly UnitCalendar[],
  bookings: readonly Booking[],
  unitOf: ReadonlyMap<string, string>,
) {
  for (const [index, one] of bookings.entries()) {
    const unit = unitOf.get(one.id) ?? '';
    expect(one.unitIds).toContain(unit);
    for (const span of units.find(({ id }) => id === unit)?.fixed ?? []) expect(overlap(span, one)).toBe(false);
    for (const other of bookings.slice(index + 1)) {
      expect(overlap(one, other) && unitOf.get(other.id) === unit).toBe(false);
    }
  }
}

const span = fc
  .tuple(fc.nat(9), fc.integer({ min: 1, max: 5 }))
  .map(([from, length]) => ({ from, until: from + length }));

const cases = fc.integer({ min: 1, max: 4 }).chain((count) => {
  const ids = Array.from({ length: count }, (_, index) => `u${index}`);
  return fc.record({
    units: fc.tuple(
      ...ids.map((id) =>
        fc.array(span, { maxLength: 2 }).map((spans) => ({
          id,
          fixed: spans.filter((one, index) => spans.slice(0, index).every((before) => !overlap(one, before))),
        })),
      ),
    ),
    bookings: fc
      .array(fc.tuple(span, fc.subarray(ids, { minLength: 1 })), { minLength: 1, maxLength: 7 })
      .map((all) => all.map(([{ from, until }, unitIds], index) => booking(`b${index}`, from, until, unitIds))),
  });
});

describe('giving units to bookings', () => {
  test('finds a way whenever there is one, and it holds; says impossible exactly when there is none', () => {
    let found = 0;
    let refused = 0;
    fc.assert(
      fc.property(cases, ({ units, bookings }) => {
        const answer = assignUnits(units, bookings);
        expect(answer.outcome).toBe(possible(units, bookings) ? 'assigned' : 'impossible');
        if (answer.outcome === 'assigned') expectValid(units, bookings, answer.unitOf);
        if (answer.outcome === 'assigned') found += 1;
        else refused += 1;
      }),
      { numRuns: scaled(2000) },
    );
    expect(found).toBeGreaterThan(100);
    expect(refused).toBeGreaterThan(100);
  });

  test('what can stay on its unit stays there', () => {
    const units = ['a', 'b', 'c'].map((id) => ({ id, fixed: [] }));
    const all = ['a', 'b', 'c'];
    const kept = [booking('x', 0, 2, all, 'b'), booking('y', 1, 3, all, 'c')];
    const answer = findRoom(units, kept, [booking('new', 0, 3, all)]);
    expect(answer).toEqual({
      outcome: 'assigned',
      unitOf: new Map([
        ['new', 'a'],
        ['x', 'b'],
        ['y', 'c'],
      ]),
    });
  });

  test('A busy [0,1), B busy [1,2): a request for [0,2) is met by moving one of them to the other unit', () => {
    const units = ['a', 'b'].map((id) => ({ id, fixed: [] }));
    const kept = [booking('x', 0, 1, ['a', 'b'], 'a'), booking('y', 1, 2, ['a', 'b'], 'b')];
    const answer = findRoom(units, kept, [booking('new', 0, 2, ['a', 'b'])]);
    expect(answer.outcome).toBe('assigned');
    if (answer.outcome === 'assigned') {
      expect(answer.unitOf.get('x')).toBe(answer.unitOf.get('y'));
      expect(answer.unitOf.get('new')).not.toBe(answer.unitOf.get('x'));
    }
  });

  test('A busy [0,1), B busy [1,2), both pinned: a request for [0,2) is refused', () => {
    const units = [
      { id: 'a', fixed: [{ from: 0, until: 1 }] },
      { id: 'b', fixed: [{ from: 1, until: 2 }] },
    ];
    expect(findRoom(units, [], [booking('new', 0, 2, ['a', 'b'])])).toEqual({ outcome: 'impossible' });
    expect(findRoom(units, [], [booking('new', 0, 1, ['a', 'b'])]).outcome).toBe('assigned');
  });

  test('an instant with more bookings than units needs no search, however many there are', () => {
    const ids = Array.from({ length: 40 }, (_, index) => `u${index}`);
    const units = ids.map((id) => ({ id, fixed: [] }));
    const kept = ids.map((id, index) => booking(`k${index}`, index, 100 + index, ids, id));
    expect(findRoom(units, kept, [booking('new', 50, 60, ids)], 0)).toEqual({ outcome: 'impossible' });
    expect(findRoom(units, kept, [booking('new', 0, 30, ids)]).outcome).toBe('assigned');
  });

  test('gives up at its bound and says so', () => {
    const units = ['a', 'b'].map((id) => ({ id, fixed: [] }));
    expect(findRoom(units, [], [booking('new', 0, 1, ['a', 'b'])], 0)).toEqual({ outcome: 'undecided' });
  });

  test('bookings out of reach are not moved, whatever they are', () => {
    const units = ['a', 'b'].map((id) => ({ id, fixed: [] }));
    const answer = findRoom(units, [booking('far', 50, 60, ['a', 'b'], 'b')], [booking('new', 0, 2, ['a', 'b'])]);
    expect(answer).toEqual({ outcome: 'assigned', unitOf: new Map([['new', 'a']]) });
  });

  test('a pool of 2000 busy units is answered at once: no by counting, yes by searching where it is easiest', () => {
    const ids = Array.from({ length: 2000 }, (_, index) => `u${index}`);
    const units = ids.map((id) => ({ id, fixed: [] }));
    const kept = ids.map((id, index) => booking(`k${index}`, index % 7, 100, ids, id));
    const began = performance.now();
    expect(findRoom(units, kept, [booking('new', 50, 60, ids)])).toEqual({ outcome: 'impossible' });
    const early = ids.slice(0, 1000).map((id, index) => booking(`e${index}`, 0, 10 + (index % 5), ids, id));
    const late = ids.slice(1000).map((id, index) => booking(`l${index}`, 20 - (index % 5), 30, ids, id));
    const answer = findRoom(units, [...early, ...late], [booking('new', 0, 30, ids)]);
    expect(answer.outcome).toBe('assigned');
    // A tenth of that on a machine with time for it; a search without a plan takes hours.
    expect(performance.now() - began).toBeLessThan(20_000);
    if (answer.outcome !== 'assigned') return;
    const { unitOf } = answer;
    const newUnit = unitOf.get('new');
    const after = [...early, ...late].map((one) => ({ ...one, unitId: unitOf.get(one.id) ?? one.unitId }));
    expect(after.filter(({ unitId }) => unitId === newUnit)).toEqual([]);
    for (const shared of Map.groupBy(after, ({ unitId }) => unitId).values()) {
      expect(shared.some((a, index) => shared.slice(index + 1).some((b) => overlap(a, b)))).toBe(false);
    }
  });

  test('what a part of a large pool cannot do is not said to be impossible', () => {
    const ids = Array.from({ length: 100 }, (_, index) => `u${index}`);
    const units = ids.map((id, index) => ({
      id,
      fixed: [{ from: index % 2 === 0 ? 0 : 5, until: index % 2 === 0 ? 5 : 10 }],
    }));
    expect(findRoom(units, [], [booking('new', 0, 10, ids)])).toEqual({ outcome: 'undecided' });
  });

  test('hundreds of reservations on dozens of units with pinned windows are decided within the bound', () => {
    const ids = Array.from({ length: 24 }, (_, index) => `u${index}`);
    const units = ids.map((id, index) => ({ id, fixed: [{ from: index * 7, until: index * 7 + 5 }] }));
    const kept: Booking[] = [];
    for (const [index, id] of ids.entries()) {
      for (let at = (index * 3) % 11; at < 170; at += 12) {
        const one = booking(`k${index}-${at}`, at, at + 10, ids, id);
        if (!units[index]?.fixed.some((fixed) => overlap(fixed, one))) kept.push(one);
      }
    }
    expect(kept.length).toBeGreaterThan(250);
    const answer = findRoom(units, kept, [booking('new', 40, 55, ids)]);
    expect(answer.outcome).not.toBe('undecided');
  });
});
