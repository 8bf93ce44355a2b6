import { describe, expect, test } from 'vitest';
import { gapInWords, gapsOf, type OnCallPerson } from '../../src/people/on-call-gap.ts';

const HOUR = 3_600_000;
/** Saturday, 2026-12-05 00:00 in Shanghai. */
const SATURDAY = Date.parse('2026-12-04T16:00:00Z');

const segment = (personId: string | null, fromHour: number, untilHour: number) => ({
  personId,
  layer: null,
  overrideId: null,
  fromMs: SATURDAY + fromHour * HOUR,
  untilMs: SATURDAY + untilHour * HOUR,
});

const person = (more: Partial<OnCallPerson> = {}): OnCallPerson => ({
  personId: 'p',
  name: 'P',
  isDisabled: false,
  leavesAtMs: null,
  skill: { sinceMs: 0, validUntilMs: null },
  participations: [],
  hasContact: true,
  ...more,
});

/** Gaps of one day of `p` as hours and reasons. */
const gapsOfDay = (more: Partial<OnCallPerson>, needsSkill = true) =>
  gapsOf([segment('p', 0, 24)], new Map([['p', person(more)]]), needsSkill).map(({ fromMs, untilMs, why }) => [
    (fromMs - SATURDAY) / HOUR,
    (untilMs - SATURDAY) / HOUR,
    why,
  ]);

const noon = SATURDAY + 12 * HOUR;

describe('the gaps of a rota', () => {
  test('are told in local time', () => {
    const [gap] = gapsOf([segment(null, 0, 24)], new Map(), true);
    expect(gap && gapInWords(gap, 'database', 'Asia/Shanghai')).toBe(
      'Nobody with database is on call from Sat 2026-12-05 00:00 to Sun 2026-12-06 00:00, Asia/Shanghai',
    );
    const [missing] = gapsOf([segment('p', 0, 24)], new Map([['p', person({ isDisabled: true })]]), false);
    expect(missing && gapInWords(missing, null, 'Asia/Shanghai')).toBe(
      'Nobody is on call from Sat 2026-12-05 00:00 to Sun 2026-12-06 00:00, Asia/Shanghai: P would be, but is disabled',
    );
    const [mute] = gapsOf([segment('p', 0, 24)], new Map([['p', person({ hasContact: false })]]), false);
    expect(mute && gapInWords(mute, null, 'Asia/Shanghai')).toBe(
      'P is on call from Sat 2026-12-05 00:00 to Sun 2026-12-06 00:00, Asia/Shanghai, but has no way of contact',
    );
  });

  test.each([
    ['none for somebody who counts', {}, []],
    ['all of it for somebody who is disabled', { isDisabled: true }, [[0, 24, 'disabled']]],
    ['what comes after they leave', { leavesAtMs: noon }, [[12, 24, 'left']]],
    ['what comes after the skill runs out', { skill: { sinceMs: 0, validUntilMs: noon } }, [[12, 24, 'skill expired']]],
    ['what comes before the skill', { skill: { sinceMs: noon, validUntilMs: null } }, [[0, 12, 'skill not yet']]],
    ['all of it without the skill', { skill: null }, [[0, 24, 'no skill']]],
    [
      'what comes after a training runs out',
      { participations: [{ kind: 'training', sinceMs: 0, validUntilMs: noon }] },
      [[12, 24, 'training expired']],
    ],
    ['all of it without a way of contact', { hasContact: false }, [[0, 24, 'no contact']]],
    [
      'each by its own reason',
      { hasContact: false, leavesAtMs: noon },
      [
        [0, 12, 'no contact'],
        [12, 24, 'left'],
      ],
    ],
  ] as const)('are %s', (_, more, gaps) => {
    expect(gapsOfDay(more)).toEqual(gaps);
  });

  test('do not ask for a skill where the rota needs none', () => {
    expect(gapsOfDay({ skill: null }, false)).toEqual([]);
    expect(gapsOfDay({ skill: null, leavesAtMs: noon }, false)).toEqual([[12, 24, 'left']]);
  });

  test('that follow each other by the same reason are one', () => {
    const gaps = gapsOf([segment(null, 0, 5), segment(null, 5, 9), segment('p', 9, 10)], new Map(), false);
    expect(gaps).toHaveLength(1);
    const absent = new Map([['p', person({ isDisabled: true })]]);
    expect(gapsOf([segment('p', 0, 5), segment(null, 5, 9), segment('p', 9, 10)], absent, false)).toHaveLength(3);
  });
});
