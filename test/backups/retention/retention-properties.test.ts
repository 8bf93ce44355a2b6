import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GENERATIONS } from '../../../src/backups/retention/generation.ts';
import {
  goneBy,
  histories,
  isAhead,
  isHeld,
  isSound,
  isUnjudged,
  judgedHistories,
  NOW,
  type NumberedPoint,
  planOf,
  pointAt,
  policies,
  policyOf,
  UNJUDGED,
  youngerFirst,
  zones,
} from './planning.ts';
import { placesOf } from './reference.ts';

const without = (list: readonly NumberedPoint[], gone: readonly NumberedPoint[]) =>
  list.filter((point) => !gone.includes(point));
const ids = (list: readonly NumberedPoint[]) => list.map(({ id }) => id).toSorted();
const isYounger = (one: NumberedPoint, other: NumberedPoint) => youngerFirst(one, other) < 0;

describe('whatever the history, the policy and the zone', () => {
  test('the last sound point survives, and with it as many of the youngest sound ones as are to be kept', () => {
    fc.assert(
      fc.property(histories, policies, zones, (list, policy, zone) => {
        const left = without(list, goneBy(list, policy, zone));
        const counted = list.filter((point) => isSound(point) && !isAhead(point) && !point.isElsewhere);
        for (const point of counted.toSorted(youngerFirst).slice(0, policy.minimumCopies)) {
          expect(left).toContain(point);
        }
        expect(left.some(isSound)).toBe(list.some(isSound));
      }),
    );
  });

  test('a held point is never dropped, nor advised to be', () => {
    fc.assert(
      fc.property(histories, policies, zones, (list, policy, zone) => {
        expect(goneBy(list, policy, zone).filter(isHeld)).toEqual([]);
      }),
    );
  });

  test('only what Muster took itself is dropped, once; for all else the same is advice', () => {
    fc.assert(
      fc.property(histories, policies, zones, (list, policy, zone) => {
        const plan = planOf(list, policy, zone);
        for (const { action, point } of plan) {
          if (action === 'drop') expect(point).toMatchObject({ own: true, isElsewhere: false });
          if (action === 'advise-drop') expect(point).toMatchObject({ own: false, isElsewhere: false });
          expect(action === 'deleting').toBe(point.state === 'deleting');
        }
        const strangers = list.map((point) => ({ ...point, own: false }));
        expect(ids(goneBy(strangers, policy, zone))).toEqual(ids(goneBy(list, policy, zone)));
      }),
    );
  });

  test('nothing goes while a younger point that is there was not checked, and what was not checked stays itself', () => {
    fc.assert(
      fc.property(histories, policies, zones, (list, policy, zone) => {
        for (const gone of goneBy(list, policy, zone)) {
          expect(isUnjudged(gone)).toBe(false);
          const waiting = list.filter((other) => isUnjudged(other) && !other.isElsewhere && isYounger(other, gone));
          expect(waiting).toEqual([]);
        }
      }),
    );
  });

  test('while no point is sound nothing goes', () => {
    fc.assert(
      fc.property(histories, policies, (list, policy) => {
        expect(
          goneBy(
            list.filter((point) => !isSound(point)),
            policy,
          ),
        ).toEqual([]);
      }),
    );
  });

  test('every point has one decision and one reason, youngest data first', () => {
    fc.assert(
      fc.property(histories, policies, zones, (list, policy, zone) => {
        const plan = planOf(list, policy, zone);
        expect(ids(plan.map(({ point }) => point))).toEqual(ids(list));
        for (const { reason } of plan) expect(reason).toMatch(/^[a-z0-9].*[^.\s]$/);
      }),
    );
  });
});

describe('a plan is monotone', () => {
  const more = fc.record(
    Object.fromEntries(['minimumCopies', ...GENERATIONS].map((name) => [name, fc.integer({ min: 0, max: 3 })])),
  );

  test('a larger policy never drops more', () => {
    fc.assert(
      fc.property(judgedHistories, policies, more, zones, (list, policy, added, zone) => {
        const names = ['minimumCopies', ...GENERATIONS] as const;
        const larger = policyOf(Object.fromEntries(names.map((name) => [name, policy[name] + (added[name] ?? 0)])));
        expect(goneBy(list, policy, zone)).toEqual(expect.arrayContaining(goneBy(list, larger, zone)));
      }),
    );
  });

  test('planning again after the removal drops nothing more', () => {
    fc.assert(
      fc.property(histories, policies, zones, (list, policy, zone) => {
        const dropped = planOf(list, policy, zone).filter(({ action }) => action === 'drop');
        const left = without(
          list,
          dropped.map(({ point }) => point),
        );
        expect(planOf(left, policy, zone).filter(({ action }) => action === 'drop')).toEqual([]);
        const gone = goneBy(list, policy, zone);
        expect(goneBy(without(list, gone), policy, zone)).toEqual([]);
      }),
    );
  });

  test('a younger point that was not checked, and one that was found wanting, make no sound point go', () => {
    const verdicts = fc.constantFrom('damaged', 'altered', 'hostile', 'missing', 'suspect', 'unverifiable', undefined);
    fc.assert(
      fc.property(judgedHistories, policies, zones, verdicts, (list, policy, zone, verdict) => {
        const fresh = pointAt(NOW.toString(), verdict === undefined ? UNJUDGED : { verdict });
        const before = goneBy(list, policy, zone);
        const after = goneBy([...list, fresh], policy, zone);
        if (verdict === undefined || verdict === 'suspect' || verdict === 'unverifiable') {
          expect(before).toEqual(expect.arrayContaining(after));
        }
        expect(before).toEqual(expect.arrayContaining(after.filter(isSound)));
      }),
    );
  });

  test('a point that turns out to be sound makes no younger one go', () => {
    fc.assert(
      fc.property(judgedHistories, policies, zones, fc.nat(), (list, policy, zone, pick) => {
        const turned = list[pick % Math.max(1, list.length)];
        fc.pre(turned !== undefined && list.some((point) => isSound(point) && !isAhead(point) && !point.isElsewhere));
        const sound = { ...turned, state: 'present', verdict: 'sound', verdictAt: NOW } as const;
        const changed = list.map((point) => (point === turned ? sound : point));
        const younger = (gone: readonly NumberedPoint[]) => ids(gone.filter((point) => isYounger(point, turned)));
        const before = younger(goneBy(list, policy, zone));
        for (const id of younger(goneBy(changed, policy, zone))) expect(before).toContain(id);
      }),
    );
  });

  test('points from the future push nothing out, and stay', () => {
    fc.assert(
      fc.property(judgedHistories, policies, zones, (list, policy, zone) => {
        const gone = goneBy(list, policy, zone);
        expect(gone.filter(isAhead)).toEqual([]);
        const past = list.filter((point) => !isAhead(point));
        expect(ids(gone)).toEqual(ids(goneBy(past, policy, zone)));
      }),
    );
  });
});

describe('what is kept', () => {
  test('is, of the sound points, exactly what a calculation on the calendar keeps, held ones besides', () => {
    fc.assert(
      fc.property(judgedHistories, policies, zones, (list, policy, zone) => {
        const counted = list.filter((point) => isSound(point) && !isAhead(point) && !point.isElsewhere);
        const kept = placesOf(counted.toSorted(youngerFirst), policy, zone);
        const gone = goneBy(list, policy, zone);
        const left = counted.filter((point) => !gone.includes(point));
        expect(ids(left)).toEqual(ids(counted.filter((point) => kept.has(point) || isHeld(point))));
        // And each says for which places it stays.
        for (const { point, reason } of planOf(list, policy, zone)) {
          for (const place of kept.get(point) ?? []) expect(reason).toContain(place);
        }
      }),
    );
  });

  test('without generations is what a number of points to keep has always kept', () => {
    const plain = judgedHistories.map((list) =>
      list.map((point) => ({ ...point, hold: undefined, isElsewhere: false })).filter((point) => !isAhead(point)),
    );
    fc.assert(
      fc.property(plain, fc.integer({ min: 1, max: 6 }), (list, minimumCopies) => {
        expect(ids(goneBy(list, policyOf({ minimumCopies })))).toEqual(ids(goneByNumber(list, minimumCopies)));
      }),
    );
  });
});

/** The rule before there were generations. */
function goneByNumber(list: readonly NumberedPoint[], keepPoints: number): NumberedPoint[] {
  const wanting = ({ state, verdict }: NumberedPoint) =>
    state === 'present' && ['damaged', 'altered', 'hostile', 'missing'].includes(verdict ?? '');
  const younger = (point: NumberedPoint) => list.filter((other) => isYounger(other, point));
  return list.filter((point) => {
    if (point.state === 'deleting') return false;
    if (younger(point).filter(isSound).length >= keepPoints) return true;
    return wanting(point) && list.some(isSound) && younger(point).filter(wanting).length >= keepPoints;
  });
}

test('the histories of these tests have what they are about', () => {
  const drawn = fc.sample(histories, 200).flat();
  for (const has of [isSound, isUnjudged, isHeld, isAhead]) expect(drawn.some(has)).toBe(true);
  const berlin = drawn.map(({ takenAt }) => takenAt.toZonedDateTimeISO('Europe/Berlin'));
  const twice = berlin.filter((local) => local.toPlainDate().toString() === '2026-10-25' && local.hour === 2);
  expect(new Set(twice.map(({ offset }) => offset))).toEqual(new Set(['+01:00', '+02:00']));
});
