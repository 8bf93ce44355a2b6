import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type AlertCondition,
  CALM,
  isCalm,
  type KeyState,
  NO_DATA_ACTS,
  nextState,
  standingLevel,
  type Threshold,
} from '../../src/alerts/alert-machine.ts';
import { scaled } from '../support/scale.ts';

/** A value at a second. */
type Reading = readonly [value: number | null, atSeconds: number];

const base: AlertCondition = {
  direction: 'above',
  thresholds: [
    { level: 1, raise: 80, clear: 75 },
    { level: 2, raise: 100, clear: 90 },
  ],
  raiseForSeconds: 120,
  clearForSeconds: 60,
  noData: { afterSeconds: 300, does: 'alert', level: 2 },
};
const AT_ONCE = { raiseForSeconds: 0, clearForSeconds: 0 };

/** The states after each reading. */
function statesOf(condition: AlertCondition, readings: readonly Reading[], from: KeyState = CALM): KeyState[] {
  let state = from;
  return readings.map(([value, atSeconds]) => {
    state = nextState(condition, state, value, atSeconds * 1000);
    return state;
  });
}

const levelsOf = (condition: AlertCondition, readings: readonly Reading[]) =>
  statesOf(condition, readings).map((state) => standingLevel(condition, state));

/** Values a minute apart. */
const minutely = (...values: (number | null)[]): Reading[] => values.map((value, index) => [value, index * 60]);

describe('a level', () => {
  test('is raised once it was reached for long enough, and lowered once it was left for long enough', () => {
    expect(levelsOf(base, minutely(85, 85, 85, 74, 74, 85))).toEqual([0, 0, 1, 1, 0, 0]);
  });

  test('waits anew when one reading falls short of it', () => {
    expect(levelsOf(base, minutely(85, 85, 79, 85, 85, 85))).toEqual([0, 0, 0, 0, 0, 1]);
  });

  test('does not make a higher one wait again, nor the higher one it', () => {
    expect(levelsOf(base, minutely(85, 101, 101, 101))).toEqual([0, 0, 1, 2]);
  });

  test('is held in the dead band, and between two levels the lower one is', () => {
    expect(levelsOf({ ...base, ...AT_ONCE }, minutely(101, 90, 89, 76, 75, 99, 74))).toEqual([2, 2, 1, 1, 1, 1, 0]);
  });

  test('looks downwards where low values are bad', () => {
    const thresholds: Threshold[] = [
      { level: 1, raise: 2, clear: 3 },
      { level: 3, raise: 0, clear: 0 },
    ];
    const below = { ...base, ...AT_ONCE, direction: 'below', thresholds } as const;
    expect(levelsOf(below, minutely(4, 2, 3, 0, 1, 4))).toEqual([0, 1, 1, 3, 1, 0]);
  });

  test('that a rule has no more is lowered to the next one that it has', () => {
    const [calmer] = statesOf({ ...base, ...AT_ONCE }, [[95, 0]], { ...CALM, level: 4 });
    expect(calmer?.level).toBe(2);
  });
});

describe('no data', () => {
  const silence = minutely(85, 85, 85, null, null, null, null, null, null, 85);

  test('is a state of its own after its time, which ends with the first value', () => {
    expect(levelsOf(base, silence)).toEqual([0, 0, 1, 1, 1, 1, 1, 1, 2, 1]);
    expect(
      statesOf(base, silence)
        .map(({ noData }) => noData)
        .lastIndexOf(true),
    ).toBe(8);
  });

  test('keeps the level, or clears it, where the rule says so', () => {
    const doing = (does: 'keep' | 'clear') => ({ ...base, noData: { afterSeconds: 300, does, level: null } });
    expect(levelsOf(doing('keep'), silence)).toEqual([0, 0, 1, 1, 1, 1, 1, 1, 1, 1]);
    expect(levelsOf(doing('clear'), silence)).toEqual([0, 0, 1, 1, 1, 1, 1, 1, 0, 0]);
  });

  test('for a shorter time changes nothing', () => {
    expect(levelsOf(base, minutely(85, null, 85))).toEqual([0, 0, 1]);
  });
});

const cases = (numRuns: number) => ({ numRuns: scaled(numRuns) });

const levels = fc.subarray([1, 2, 3, 4] as const, { minLength: 1 });

const conditions = fc
  .record({
    levels,
    raises: fc.uniqueArray(fc.integer({ min: -50, max: 50 }), { minLength: 4, maxLength: 4 }),
    bands: fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 4, maxLength: 4 }),
    raiseForSeconds: fc.constantFrom(0, 60, 150),
    clearForSeconds: fc.constantFrom(0, 60, 150),
    does: fc.constantFrom(...NO_DATA_ACTS),
    afterSeconds: fc.constantFrom(0, 100, 400),
    noDataLevel: fc.constantFrom(...([1, 2, 3, 4] as const)),
  })
  .map(({ raises, bands, does, afterSeconds, noDataLevel, ...drawn }): AlertCondition => {
    const rising = raises.toSorted((left, right) => left - right);
    let least = Number.NEGATIVE_INFINITY;
    const thresholds = drawn.levels.map((level, index): Threshold => {
      const raise = rising[index] as number;
      least = Math.max(least, raise - (bands[index] as number));
      return { level, raise, clear: least };
    });
    const { raiseForSeconds, clearForSeconds } = drawn;
    const noData = { afterSeconds, does, level: does === 'alert' ? noDataLevel : null };
    return { direction: 'above', thresholds, raiseForSeconds, clearForSeconds, noData };
  });

const value = fc.integer({ min: -60, max: 60 });
const historyOf = (values: fc.Arbitrary<number | null>) =>
  fc
    .array(fc.tuple(values, fc.integer({ min: 1, max: 90 })), { minLength: 1, maxLength: 40 })
    .map((steps): Reading[] => {
      let atSeconds = 0;
      return steps.map(([one, gap]) => {
        atSeconds += gap;
        return [one, atSeconds];
      });
    });
const histories = historyOf(fc.option(value, { freq: 4 }));

describe('whatever the readings', () => {
  test('inside the dead band of its level nothing flaps', () => {
    fc.assert(
      fc.property(conditions, historyOf(value), fc.array(value), (condition, before, wander) => {
        const state = statesOf(condition, before).at(-1) as KeyState;
        const present = condition.thresholds.find(({ level }) => level === state.level);
        const next = condition.thresholds.find(({ level }) => level > state.level);
        const band = wander.filter((one) => one >= (present?.clear ?? -Infinity) && one < (next?.raise ?? Infinity));
        const from = (before.at(-1)?.[1] ?? 0) + 1;
        const after = statesOf(
          condition,
          band.map((one, index) => [one, from + index * 1000]),
          state,
        );
        expect(after.every(({ level }) => level === state.level)).toBe(true);
      }),
      cases(300),
    );
  });

  test('a level is raised or lowered only when every reading of its time said so', () => {
    fc.assert(
      fc.property(conditions, historyOf(value), (condition, readings) => {
        const reached = statesOf(condition, readings).map(({ level }) => level);
        for (const [index, level] of reached.entries()) {
          const before = reached[index - 1] ?? 0;
          if (level === before) continue;
          const rises = level > before;
          const crossed = condition.thresholds.filter(
            (one) => one.level > Math.min(level, before) && one.level <= Math.max(level, before),
          );
          const forSeconds = rises ? condition.raiseForSeconds : condition.clearForSeconds;
          const now = readings[index]?.[1] as number;
          // The newest reading at or before the beginning of the time, and all since.
          const begin = readings.findLastIndex(([, at]) => at <= now - forSeconds);
          expect(begin).toBeGreaterThanOrEqual(0);
          for (const [one] of readings.slice(begin, index + 1)) {
            for (const { raise, clear } of crossed)
              expect(rises ? (one as number) >= raise : (one as number) < clear).toBe(true);
          }
        }
      }),
      cases(300),
    );
  });

  test('a rule that looks downwards does the same with everything turned round', () => {
    fc.assert(
      fc.property(conditions, histories, (condition, readings) => {
        const turned: AlertCondition = {
          ...condition,
          direction: 'below',
          thresholds: condition.thresholds.map(({ level, raise, clear }) => ({ level, raise: -raise, clear: -clear })),
        };
        const negated = readings.map(([one, at]): Reading => [one === null ? null : -one, at]);
        expect(statesOf(turned, negated)).toEqual(statesOf(condition, readings));
      }),
      cases(200),
    );
  });

  test('silence alone neither raises nor lowers what values have raised, unless the rule says so', () => {
    fc.assert(
      fc.property(conditions, historyOf(value), historyOf(fc.constant(null)), (condition, before, silence) => {
        const state = statesOf(condition, before).at(-1) as KeyState;
        const from = before.at(-1)?.[1] ?? 0;
        const quiet = silence.map(([, at]): Reading => [null, from + at]);
        const first = quiet[0]?.[1] as number;
        const { noData } = condition;
        for (const [index, after] of statesOf(condition, quiet, state).entries()) {
          const isOver = (quiet[index]?.[1] as number) - first >= noData.afterSeconds;
          expect(after.noData).toBe(isOver);
          expect(after.level).toBe(isOver && noData.does === 'clear' ? 0 : state.level);
          const raised = isOver ? (noData.level ?? 0) : 0;
          expect(standingLevel(condition, after)).toBe(Math.max(after.level, raised));
        }
      }),
      cases(200),
    );
  });

  test('a subject whose value is on the calm side of everything for long enough is calm', () => {
    fc.assert(
      fc.property(conditions, histories, (condition, readings) => {
        const from = readings.at(-1)?.[1] ?? 0;
        const end = statesOf(condition, [...readings, [-100, from + 1], [-100, from + 1000]]).at(-1) as KeyState;
        expect(isCalm(end)).toBe(true);
      }),
      cases(200),
    );
  });
});
