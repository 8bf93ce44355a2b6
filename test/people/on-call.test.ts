import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, test } from 'vitest';
import { wallInWords } from '../../src/kernel/wall-time.ts';
import { type Layer, type OnCallPlan, onCallAt, onCallBetween } from '../../src/people/on-call.ts';

const wall = (iso: string) => Temporal.PlainDateTime.from(iso).toZonedDateTime('UTC').epochMilliseconds;
const at = (iso: string, zone: string) => Temporal.PlainDateTime.from(iso).toZonedDateTime(zone).epochMilliseconds;

const layer = (more: Partial<Layer> = {}): Layer => ({
  participants: ['a', 'b', 'c'],
  rotation: { unit: 'days', length: 1 },
  startsAtWallMs: wall('2026-01-01T09:00'),
  windows: [],
  ...more,
});

const plan = (more: Partial<OnCallPlan> = {}): OnCallPlan => ({
  zone: 'Europe/Berlin',
  layers: [layer()],
  overrides: [],
  ...more,
});

/** Segments in words: `a Sat 2026-03-28 09:00`. */
const told = (of: OnCallPlan, from: string, until: string) =>
  onCallBetween(of, at(from, of.zone), at(until, of.zone)).map(
    ({ personId, fromMs }) => `${personId ?? 'nobody'} ${wallInWords(fromMs, of.zone)}`,
  );

const MINUTE = { hour: 60, day: 1440 };
const minute = (weekday: number, hour: number) => (weekday - 1) * MINUTE.day + hour * MINUTE.hour;

describe('who is on call', () => {
  test('a handover at 09:00 stays at 09:00 when the clocks change, and the order stays too', () => {
    expect(told(plan(), '2026-03-28T09:00', '2026-03-31T09:00')).toEqual([
      'c Sat 2026-03-28 09:00',
      'a Sun 2026-03-29 09:00',
      'b Mon 2026-03-30 09:00',
    ]);
    expect(told(plan(), '2026-10-24T09:00', '2026-10-27T09:00')).toEqual([
      'c Sat 2026-10-24 09:00',
      'a Sun 2026-10-25 09:00',
      'b Mon 2026-10-26 09:00',
    ]);
  });

  test('a handover that there is not counts an hour later, and one that there is twice at its first pass', () => {
    const at0230 = plan({ layers: [layer({ startsAtWallMs: wall('2026-01-01T02:30') })] });
    expect(told(at0230, '2026-03-28T02:30', '2026-03-31T00:00')).toEqual([
      'c Sat 2026-03-28 02:30',
      'a Sun 2026-03-29 03:30',
      'b Mon 2026-03-30 02:30',
    ]);
    const firstPass = Temporal.Instant.from('2026-10-25T00:30:00Z').epochMilliseconds;
    const before = onCallAt(at0230, firstPass - 1).personId;
    const after = onCallAt(at0230, firstPass).personId;
    expect([before, after]).toEqual(['c', 'a']);
    expect(onCallAt(at0230, firstPass + 3_600_000).personId).toBe('a');
  });

  test('hours are hours of the wall clock: shifts of twelve begin at 08:00 and 20:00 all year', () => {
    const shifts = layer({
      participants: ['a', 'b'],
      rotation: { unit: 'hours', length: 12 },
      startsAtWallMs: wall('2026-01-01T08:00'),
    });
    expect(told(plan({ layers: [shifts] }), '2026-03-28T20:00', '2026-03-30T08:00')).toEqual([
      'b Sat 2026-03-28 20:00',
      'a Sun 2026-03-29 08:00',
      'b Sun 2026-03-29 20:00',
    ]);
  });

  test('weeks are handed over on the weekday of the start; nobody is on call before it', () => {
    const weekly = layer({ rotation: { unit: 'weeks', length: 1 }, startsAtWallMs: wall('2026-01-05T09:00') });
    expect(told(plan({ layers: [weekly] }), '2026-01-01T00:00', '2026-01-20T00:00')).toEqual([
      'nobody Thu 2026-01-01 00:00',
      'a Mon 2026-01-05 09:00',
      'b Mon 2026-01-12 09:00',
      'c Mon 2026-01-19 09:00',
    ]);
  });

  test.each([
    ['without layers', plan({ layers: [] }), ['nobody Thu 2026-01-01 09:00']],
    ['without participants', plan({ layers: [layer({ participants: [] })] }), ['nobody Thu 2026-01-01 09:00']],
    ['with one participant', plan({ layers: [layer({ participants: ['a'] })] }), ['a Thu 2026-01-01 09:00']],
    [
      'with one who has two turns of three',
      plan({ layers: [layer({ participants: ['a', 'a', 'b'] })] }),
      ['a Thu 2026-01-01 09:00', 'b Sat 2026-01-03 09:00'],
    ],
  ])('a rota %s', (_, of, segments) => {
    expect(told(of, '2026-01-01T09:00', '2026-01-04T09:00')).toEqual(segments);
  });

  test('a layer holds in its windows, also over the end of the week; the next one holds where it does not', () => {
    const weekend = layer({
      participants: ['w'],
      windows: [{ fromMinute: minute(5, 18), untilMinute: minute(1, 8) }],
    });
    const alone = plan({ layers: [weekend] });
    expect(told(alone, '2026-01-08T00:00', '2026-01-14T00:00')).toEqual([
      'nobody Thu 2026-01-08 00:00',
      'w Fri 2026-01-09 18:00',
      'nobody Mon 2026-01-12 08:00',
    ]);
    const both = plan({ layers: [weekend, layer({ participants: ['a'] })] });
    expect(told(both, '2026-01-08T00:00', '2026-01-14T00:00')).toEqual([
      'a Thu 2026-01-08 00:00',
      'w Fri 2026-01-09 18:00',
      'a Mon 2026-01-12 08:00',
    ]);
  });

  test('where overrides overlap, the one that was entered later wins', () => {
    const override = (id: string, kind: 'take over' | 'remove', personId: string, from: string, until: string) => ({
      ...{ id, kind, personId },
      fromMs: at(from, 'Europe/Berlin'),
      untilMs: at(until, 'Europe/Berlin'),
    });
    const x = override('1', 'take over', 'x', '2026-01-01T12:00', '2026-01-01T18:00');
    const y = override('2', 'take over', 'y', '2026-01-01T10:00', '2026-01-01T14:00');
    const of = (...overrides: (typeof x)[]) => told(plan({ overrides }), '2026-01-01T09:00', '2026-01-01T20:00');
    const a = ['a Thu 2026-01-01 09:00', 'y Thu 2026-01-01 10:00'];
    expect(of(x, y)).toEqual([...a, 'x Thu 2026-01-01 14:00', 'a Thu 2026-01-01 18:00']);
    expect(of(y, x)).toEqual([...a, 'x Thu 2026-01-01 12:00', 'a Thu 2026-01-01 18:00']);
    const gone = override('3', 'remove', 'a', '2026-01-01T11:00', '2026-01-01T19:00');
    expect(of(x, gone)).toEqual([
      'a Thu 2026-01-01 09:00',
      'nobody Thu 2026-01-01 11:00',
      'x Thu 2026-01-01 12:00',
      'nobody Thu 2026-01-01 18:00',
      'a Thu 2026-01-01 19:00',
    ]);
    expect(of(gone, x)).toEqual(of(x, gone));
    const goneX = override('4', 'remove', 'x', '2026-01-01T13:00', '2026-01-01T14:00');
    expect(of(goneX, x)).toEqual(of(x));
    expect(of(x, goneX)).toContain('nobody Thu 2026-01-01 13:00');
  });
});

const ZONES = ['UTC', 'Asia/Shanghai', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'America/Santiago'];
const anyHourMs = fc.integer({ min: 0, max: 24 * 500 }).map((hours) => wall('2026-01-01T00:00') + hours * 3_600_000);
const anyWindow = fc.record({
  fromMinute: fc.integer({ min: 0, max: 10_079 }),
  untilMinute: fc.integer({ min: 0, max: 10_079 }),
});
const anyLayer: fc.Arbitrary<Layer> = fc.record({
  participants: fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 5 }),
  rotation: fc.record({
    unit: fc.constantFrom('hours', 'days', 'weeks'),
    length: fc.integer({ min: 1, max: 30 }),
  }),
  startsAtWallMs: anyHourMs.map((ms) => ms + 30 * 60_000),
  windows: fc.array(anyWindow, { maxLength: 3 }),
});
const anyPlan: fc.Arbitrary<OnCallPlan> = fc.record({
  zone: fc.constantFrom(...ZONES),
  layers: fc.array(anyLayer, { maxLength: 3 }),
  overrides: fc.array(
    fc.record({
      id: fc.uuid(),
      kind: fc.constantFrom('take over' as const, 'remove' as const),
      personId: fc.constantFrom('a', 'b', 'x'),
      fromMs: anyHourMs,
      untilMs: anyHourMs,
    }),
    { maxLength: 4 },
  ),
});

describe('for any rota', () => {
  test('segments tile the span, differ from their neighbours, and say what onCallAt says at any instant', () => {
    fc.assert(
      fc.property(
        anyPlan,
        anyHourMs,
        fc.integer({ min: 1, max: 24 * 20 }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), { minLength: 5, maxLength: 20 }),
        (of, fromMs, hours, places) => {
          const untilMs = fromMs + hours * 3_600_000;
          const segments = onCallBetween(of, fromMs, untilMs);
          expect([segments[0]?.fromMs, segments.at(-1)?.untilMs]).toEqual([fromMs, untilMs]);
          for (const [index, segment] of segments.entries()) {
            expect(segment.fromMs).toBeLessThan(segment.untilMs);
            const next = segments[index + 1];
            if (!next) continue;
            expect(next.fromMs).toBe(segment.untilMs);
            const saying = ({ personId, layer, overrideId }: typeof segment) => ({ personId, layer, overrideId });
            expect(saying(next)).not.toEqual(saying(segment));
          }
          for (const place of places) {
            const atMs = fromMs + Math.floor(place * (untilMs - fromMs));
            const segment = segments.find((one) => one.fromMs <= atMs && atMs < one.untilMs);
            expect(segment).toMatchObject(onCallAt(of, atMs));
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test('participants follow each other in their order, whatever the clocks do', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES),
        anyHourMs,
        fc.integer({ min: 2, max: 5 }),
        (zone, startsAtWallMs, count) => {
          const participants = ['a', 'b', 'c', 'd', 'e'].slice(0, count);
          const rotating = plan({ zone, layers: [layer({ participants, startsAtWallMs })] });
          const fromMs = startsAtWallMs + 200 * 86_400_000;
          const order = onCallBetween(rotating, fromMs, fromMs + 180 * 86_400_000).map(({ personId }) => personId);
          for (const [index, person] of order.slice(1).entries()) {
            expect(participants.indexOf(person ?? '')).toBe((participants.indexOf(order[index] ?? '') + 1) % count);
          }
          expect(order.length).toBeGreaterThan(178);
        },
      ),
      { numRuns: 30 },
    );
  });
});
