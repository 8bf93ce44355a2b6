import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  broughtForward,
  dueFirings,
  type Firing,
  firingsOf,
  inOrder,
  isLate,
  resumed,
  rungsSchema,
} from '../../../src/alerts/routing/ladder.ts';
import { scaled } from '../../support/scale.ts';

const MINUTE = 60_000;
const rung = (afterMinutes: number, repeats = 0, everyMinutes = 10) => ({
  afterSeconds: afterMinutes * 60,
  repeats,
  repeatEverySeconds: everyMinutes * 60,
});
const shown = (firings: readonly Firing[]) => firings.map((one) => `${one.rung}.${one.repeat}@${one.dueMs / MINUTE}`);

describe('a ladder', () => {
  test('is every rung with its repeats, in the order of time', () => {
    expect(shown(firingsOf([rung(0, 2, 10), rung(10, 1, 5), rung(30)], 0))).toEqual([
      '1.0@0',
      '1.1@10',
      '2.0@10',
      '2.1@15',
      '1.2@20',
      '3.0@30',
    ]);
    expect(firingsOf([], 0)).toEqual([]);
  });

  test.each([
    ['a first rung that waits', [{ afterSeconds: 1 }], [0, 'afterSeconds']],
    ['a rung that is not later than the one before', [{ afterSeconds: 0 }, { afterSeconds: 0 }], [1, 'afterSeconds']],
  ])('is refused with %s', (_, rungs, path) => {
    const roles = [{ kind: 'on-duty' }];
    const { error } = rungsSchema.safeParse(rungs.map((one) => ({ ...one, roles })));
    expect(error?.issues.map((issue) => issue.path)).toEqual([path]);
  });

  test('tells of what was missed once each, in order, and of repeats the last only', () => {
    const firings = firingsOf([rung(0, 3, 1), rung(2, 0), rung(60)], 0);
    const { told, skipped } = dueFirings(firings, 10 * MINUTE);
    expect(shown(told)).toEqual(['2.0@2', '1.3@3']);
    expect(shown(skipped)).toEqual(['1.0@0', '1.1@1', '1.2@2']);
    expect(told.map((one) => isLate(one, 5 * MINUTE))).toEqual([true, false]);
  });

  test('goes on as much later as it rested', () => {
    expect(shown(resumed(firingsOf([rung(20), rung(40)], 0), 5 * MINUTE, 65 * MINUTE))).toEqual(['1.0@80', '2.0@100']);
  });

  test('brings the next rung forward where nobody was found, with its repeats, and no other', () => {
    const pending = firingsOf([rung(0, 1, 5), rung(15, 1, 10), rung(30)], 0).slice(1);
    expect(shown(broughtForward(pending, 1, 0))).toEqual(['2.0@0', '2.1@10']);
    expect(broughtForward(pending, 3, 0)).toEqual([]);
  });
});

const rungs = fc
  .array(
    fc.record({
      gap: fc.integer({ min: 1, max: 30 }),
      repeats: fc.integer({ min: 0, max: 4 }),
      every: fc.integer({ min: 1, max: 20 }),
    }),
    { minLength: 1, maxLength: 5 },
  )
  .map((all) => {
    let at = 0;
    return all.map(({ gap, repeats, every }, index) => {
      at += index === 0 ? 0 : gap;
      return rung(at, repeats, every);
    });
  });

/** What happens around a ladder, minute by minute: whether somebody has acknowledged, and whether a pass looks. */
const minutes = fc.array(fc.record({ acknowledged: fc.boolean(), looks: fc.boolean() }), { maxLength: 200 });

describe('whatever rungs, acknowledgements and passes', () => {
  test('each firing is told, or stood for, exactly once, in order, when the ladder has run for its time', () => {
    fc.assert(
      fc.property(rungs, minutes, (ladder, story) => {
        const all = firingsOf(ladder, 0);
        let pending: Firing[] = all;
        let restsSince: number | null = null;
        let ranMinutes = 0;
        const told: string[] = [];
        const gone: string[] = [];
        for (const [minute, { acknowledged, looks }] of story.entries()) {
          const nowMs = minute * MINUTE;
          if (acknowledged && restsSince === null) restsSince = nowMs;
          if (!acknowledged && restsSince !== null) {
            pending = resumed(pending, restsSince, nowMs);
            restsSince = null;
          }
          if (looks && restsSince === null) {
            const due = dueFirings(pending, nowMs);
            // The oracle knows no due dates: a firing is due when the ladder has run for as long as its rung says.
            const expected = all
              .filter(({ dueMs }) => dueMs <= ranMinutes * MINUTE)
              .map((one) => `${one.rung}.${one.repeat}`);
            const now = [...due.told, ...due.skipped].map((one) => `${one.rung}.${one.repeat}`);
            expect([...gone, ...now].toSorted()).toEqual(expected.toSorted());
            expect(due.told).toEqual(inOrder(due.told));
            expect(new Set(due.told.map((one) => one.rung)).size).toBe(due.told.length);
            told.push(...due.told.map((one) => `${one.rung}.${one.repeat}`));
            gone.push(...now);
            pending = pending.filter((one) => !due.told.includes(one) && !due.skipped.includes(one));
          }
          if (restsSince === null) ranMinutes += 1;
        }
        expect(new Set(gone).size).toBe(gone.length);
        expect(new Set(told).size).toBe(told.length);
        // Every repeat that was skipped has a later one of its rung that was told.
        for (const one of gone.filter((each) => !told.includes(each))) {
          const [of = '', repeat = ''] = one.split('.');
          expect(told.some((each) => each.startsWith(`${of}.`) && Number(each.split('.')[1]) > Number(repeat))).toBe(
            true,
          );
        }
      }),
      { numRuns: scaled(200) },
    );
  });
});
