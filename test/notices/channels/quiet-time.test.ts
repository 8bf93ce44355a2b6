import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openUntilMs } from '../../../src/kernel/weekly-window.ts';
import { quietTimesSchema, sendableAtMs } from '../../../src/notices/channels/quiet-time.ts';
import { scaled } from '../../support/scale.ts';

const at = (text: string) => Date.parse(text);
const whenOf = (times: unknown, zone: string, urgency: 1 | 2 | 3 | 4, now: string) =>
  new Date(sendableAtMs(quietTimesSchema.parse(times), zone, urgency, at(now))).toISOString();

const day = (weekday: string) => ({ fromWeekday: weekday, untilWeekday: weekday });
/** Out of working hours: nights for what is no emergency, and the weekend. */
const NIGHTS = [
  { fromWeekday: 'monday', from: '18:00', untilWeekday: 'tuesday', until: '08:00', urgentFrom: 3 },
  { fromWeekday: 'tuesday', from: '18:00', untilWeekday: 'wednesday', until: '08:00', urgentFrom: 3 },
  { fromWeekday: 'friday', from: '18:00', untilWeekday: 'monday', until: '08:00', urgentFrom: 4 },
];

describe('quiet times', () => {
  test.each<[string, 1 | 2 | 3 | 4, string, string]>([
    ['by day everything goes', 1, '2026-12-01T01:00:00Z', '2026-12-01T01:00:00.000Z'],
    ['by night what is not urgent waits for the morning', 2, '2026-12-01T13:00:00Z', '2026-12-02T00:00:00.000Z'],
    ['and what is urgent does not', 3, '2026-12-01T13:00:00Z', '2026-12-01T13:00:00.000Z'],
    ['the weekend is one wait, over the end of the week', 3, '2026-12-05T12:00:00Z', '2026-12-07T00:00:00.000Z'],
    ['the beginning is in it', 1, '2026-12-01T10:00:00Z', '2026-12-02T00:00:00.000Z'],
    ['and the end is not', 1, '2026-12-02T00:00:00Z', '2026-12-02T00:00:00.000Z'],
    ['an emergency always goes', 4, '2026-12-05T12:00:00Z', '2026-12-05T12:00:00.000Z'],
  ])('%s', (_what, urgency, now, expected) => {
    expect(whenOf(NIGHTS, 'Asia/Shanghai', urgency, now)).toBe(expected);
  });

  test('that follow one another are one wait, and an hour that the clock skips is none', () => {
    const times = [
      { ...day('sunday'), from: '00:00', until: '02:00', urgentFrom: 2 },
      { ...day('sunday'), from: '02:00', until: '03:00', urgentFrom: 4 },
    ];
    // 2027-03-28: 02:00 is 03:00 in Berlin.
    expect(whenOf(times, 'Europe/Berlin', 1, '2027-03-27T23:30:00Z')).toBe('2027-03-28T01:00:00.000Z');
    expect(whenOf(times, 'Europe/Berlin', 1, '2027-04-03T22:30:00Z')).toBe('2027-04-04T01:00:00.000Z');
  });

  test.each([
    [[{ fromWeekday: 'monday', from: '00:00', untilWeekday: 'monday', until: '00:00', urgentFrom: 2 }]],
    [
      [
        { fromWeekday: 'monday', from: '00:00', untilWeekday: 'friday', until: '12:00', urgentFrom: 2 },
        { fromWeekday: 'friday', from: '11:00', untilWeekday: 'monday', until: '00:00', urgentFrom: 4 },
      ],
    ],
    [[{ ...day('monday'), from: '01:00', until: '02:00', urgentFrom: 1 }]],
    [[{ ...day('monday'), from: '25:00', until: '02:00', urgentFrom: 2 }]],
  ])('that leave nothing open, or are none, are refused: %j', (times) => {
    expect(quietTimesSchema.safeParse(times).success).toBe(false);
  });

  test('lose nothing: whatever they are, everything may be sent within some weeks, and not before', () => {
    const minute = fc.integer({ min: 0, max: 10_079 });
    const window = fc.record({ fromMinute: minute, untilMinute: minute }).filter((w) => w.fromMinute !== w.untilMinute);
    const quiet = fc.record({ window, urgentFrom: fc.constantFrom<2 | 3 | 4>(2, 3, 4) });
    const zone = fc.constantFrom('UTC', 'Asia/Shanghai', 'Europe/Berlin', 'America/New_York');
    const now = fc.integer({ min: at('2026-01-01T00:00:00Z'), max: at('2028-01-01T00:00:00Z') });
    const urgency = fc.constantFrom<1 | 2 | 3 | 4>(1, 2, 3, 4);
    fc.assert(
      fc.property(fc.array(quiet, { maxLength: 6 }), zone, urgency, now, (times, name, level, nowMs) => {
        const minutes = new Set(Array.from({ length: 10_080 }, (_, index) => index));
        for (const { window: each } of times) {
          const length = (each.untilMinute - each.fromMinute + 10_080) % 10_080;
          for (let index = 0; index < length; index += 1) minutes.delete((each.fromMinute + index) % 10_080);
        }
        // A few minutes of a week may be those that a change of the clock skips, once or twice a year.
        fc.pre(minutes.size > 180);
        const atMs = sendableAtMs(times, name, level, nowMs);
        const isHeld = (ms: number) =>
          times.some((each) => level < each.urgentFrom && openUntilMs(each.window, name, ms) !== undefined);
        expect(atMs).toBeGreaterThanOrEqual(nowMs);
        expect(atMs - nowMs).toBeLessThan(22 * 86_400_000);
        expect(isHeld(atMs)).toBe(false);
        if (atMs > nowMs) {
          expect(isHeld(nowMs)).toBe(true);
          expect(isHeld(atMs - 1)).toBe(true);
        }
      }),
      { numRuns: scaled(200) },
    );
  });
});
