import { describe, expect, test } from 'vitest';
import type { OnCallGap } from '../../src/people/on-call-gap.ts';
import { gapNews, goesOn, type LookAhead, type ToldGap } from '../../src/people/on-call-gap-news.ts';

const ANNA = { id: 'anna', name: 'Anna' };
const look = (nowMs: number): LookAhead => ({ nowMs, tellUntilMs: nowMs + 100, seenUntilMs: nowMs + 150 });

/** A gap as a look at an instant sees it: nothing of what has passed, and nothing behind its end. */
function seen(fromMs: number, untilMs: number, at: LookAhead, more: Partial<OnCallGap> = {}): OnCallGap {
  const span = { fromMs: Math.max(fromMs, at.nowMs), untilMs: Math.min(untilMs, at.seenUntilMs) };
  return { ...span, person: null, why: 'nobody', ...more };
}

/** What is kept of the gaps that a look tells of. */
const keptOf = (gaps: readonly OnCallGap[], at: LookAhead): ToldGap[] =>
  gaps.map(({ fromMs, untilMs, person, why }, index) => ({
    ...{ id: `gap ${index}`, fromMs, untilMs, why },
    personId: person?.id ?? null,
    isOpenEnded: goesOn({ untilMs }, at),
  }));

const NOTHING = { told: [], extended: [], closedIds: [] };

describe('what is new about the gaps of a rota', () => {
  test('is what nobody was told of, and nothing the next time', () => {
    const gap = seen(20, 40, look(0));
    expect(gapNews([], [gap], look(0))).toEqual({ ...NOTHING, told: [gap] });
    expect(gapNews(keptOf([gap], look(0)), [gap], look(0))).toEqual(NOTHING);
  });

  test('is nothing while a gap comes nearer, goes on and passes; then it is closed', () => {
    const kept = keptOf([seen(20, 40, look(0))], look(0));
    for (const now of [1, 20, 30]) expect(gapNews(kept, [seen(20, 40, look(now))], look(now))).toEqual(NOTHING);
    expect(gapNews(kept, [], look(40))).toEqual({ ...NOTHING, closedIds: ['gap 0'] });
  });

  test('is nothing while more is seen of one that had no end, until it is filled', () => {
    const kept = keptOf([seen(20, 1000, look(0))], look(0));
    expect(gapNews(kept, [seen(20, 1000, look(10))], look(10))).toEqual({
      ...NOTHING,
      extended: [{ id: 'gap 0', untilMs: 160, isOpenEnded: true }],
    });
    expect(gapNews(kept, [seen(20, 155, look(10))], look(10))).toEqual({
      ...NOTHING,
      extended: [{ id: 'gap 0', untilMs: 155, isOpenEnded: false }],
    });
    expect(gapNews(kept, [seen(20, 1000, look(400))], look(400)).told).toEqual([]);
    expect(gapNews(kept, [], look(10)).closedIds).toEqual(['gap 0']);
  });

  test.each([
    ['ends earlier', 20, 39, {}],
    ['begins later', 21, 40, {}],
    ['ends later than was seen, though its end was seen', 20, 41, {}],
    ['has another reason', 20, 40, { person: ANNA, why: 'no contact' as const }],
  ])('is a gap that %s: the one that was told is closed', (_, fromMs, untilMs, more) => {
    const kept = keptOf([seen(20, 40, look(0))], look(0));
    const changed = seen(fromMs, untilMs, look(0), more);
    expect(gapNews(kept, [changed], look(0))).toEqual({ ...NOTHING, told: [changed], closedIds: ['gap 0'] });
  });

  test('is not what begins behind the days to tell of, nor what a shorter look cannot see any more', () => {
    expect(gapNews([], [seen(100, 140, look(0))], look(0)).told).toEqual([]);
    const kept = keptOf([seen(90, 120, look(0))], look(0));
    expect(gapNews(kept, [], { nowMs: 0, tellUntilMs: 10, seenUntilMs: 20 })).toEqual(NOTHING);
    const shorter = { nowMs: 0, tellUntilMs: 95, seenUntilMs: 100 };
    expect(gapNews(kept, [seen(90, 120, shorter)], shorter)).toEqual(NOTHING);
  });
});
