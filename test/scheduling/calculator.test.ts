import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../src/kernel/errors.ts';
import { checkTiming, lastSlots, nextSlots, slotsBetween } from '../../src/scheduling/calculator.ts';
import { judgeDueSlots } from '../../src/scheduling/catch-up.ts';

const at = (iso: string) => Temporal.Instant.from(iso);
const iso = (slots: readonly Temporal.Instant[]) => slots.map(String);

describe('where the clocks change', () => {
  const cases: [what: string, cron: string, zone: string, after: string, slots: string[]][] = [
    [
      'Berlin, spring: a time in the gap is due at its end',
      '30 2 * * *',
      'Europe/Berlin',
      '2026-03-28T12:00Z',
      ['2026-03-29T01:00:00Z', '2026-03-30T00:30:00Z'],
    ],
    [
      'Berlin, spring: a list of hours loses none',
      '30 2,14 * * *',
      'Europe/Berlin',
      '2026-03-28T20:00Z',
      ['2026-03-29T01:00:00Z', '2026-03-29T12:30:00Z'],
    ],
    [
      'Berlin, spring: half-hours follow the hours that pass',
      '*/30 * * * *',
      'Europe/Berlin',
      '2026-03-29T00:00Z',
      ['2026-03-29T00:30:00Z', '2026-03-29T01:00:00Z', '2026-03-29T01:30:00Z'],
    ],
    [
      'Berlin, autumn: a repeated time is due once, at its first pass',
      '30 2 * * *',
      'Europe/Berlin',
      '2026-10-24T12:00Z',
      ['2026-10-25T00:30:00Z', '2026-10-26T01:30:00Z'],
    ],
    [
      'Berlin, autumn: every hour is due on both passes',
      '0 * * * *',
      'Europe/Berlin',
      '2026-10-24T23:30Z',
      ['2026-10-25T00:00:00Z', '2026-10-25T01:00:00Z', '2026-10-25T02:00:00Z'],
    ],
    [
      'New York, spring',
      '30 2 * * *',
      'America/New_York',
      '2026-03-07T12:00Z',
      ['2026-03-08T07:00:00Z', '2026-03-09T06:30:00Z'],
    ],
    [
      'New York, autumn',
      '30 1 * * *',
      'America/New_York',
      '2026-10-31T12:00Z',
      ['2026-11-01T05:30:00Z', '2026-11-02T06:30:00Z'],
    ],
    [
      'Lord Howe, spring: a gap of half an hour',
      '15 2 * * *',
      'Australia/Lord_Howe',
      '2026-10-03T00:00Z',
      ['2026-10-03T15:30:00Z', '2026-10-04T15:15:00Z'],
    ],
    [
      'Lord Howe, autumn: half an hour repeated',
      '45 1 * * *',
      'Australia/Lord_Howe',
      '2026-04-04T00:00Z',
      ['2026-04-04T14:45:00Z', '2026-04-05T15:15:00Z'],
    ],
    [
      'Lord Howe, autumn: quarters on both passes',
      '*/15 * * * *',
      'Australia/Lord_Howe',
      '2026-04-04T14:30Z',
      ['2026-04-04T14:45:00Z', '2026-04-04T15:00:00Z', '2026-04-04T15:15:00Z', '2026-04-04T15:30:00Z'],
    ],
    [
      'Shanghai: no change',
      '30 2 * * *',
      'Asia/Shanghai',
      '2026-03-28T12:00Z',
      ['2026-03-28T18:30:00Z', '2026-03-29T18:30:00Z'],
    ],
  ];
  test.each(cases)('%s', (_what, cron, zone, after, slots) => {
    expect(iso(nextSlots({ cron, zone }, at(after), slots.length))).toEqual(slots);
    // Asked from the other end, and as an interval, the same slots are there.
    const last = at(slots.at(-1) ?? '');
    expect(iso(lastSlots({ cron, zone }, last, slots.length)).toReversed()).toEqual(slots);
    expect(iso(slotsBetween({ cron, zone }, at(after), last, 10))).toEqual(slots);
  });
});

test('when both day fields are restricted, either suffices; with + both are needed', () => {
  const after = at('2026-02-10T00:00Z');
  expect(iso(nextSlots({ cron: '0 12 15 * FRI', zone: 'UTC' }, after, 3))).toEqual([
    '2026-02-13T12:00:00Z',
    '2026-02-15T12:00:00Z',
    '2026-02-20T12:00:00Z',
  ]);
  expect(iso(nextSlots({ cron: '0 12 13 * +FRI', zone: 'UTC' }, after, 2))).toEqual([
    '2026-02-13T12:00:00Z',
    '2026-03-13T12:00:00Z',
  ]);
});

test('a slot belongs to the interval that ends with it, not to the one that begins with it', () => {
  const timing = { cron: '0 0 * * *', zone: 'UTC' };
  const midnight = at('2026-01-01T00:00Z');
  expect(slotsBetween(timing, midnight.subtract({ milliseconds: 1 }), midnight, 10)).toHaveLength(1);
  expect(slotsBetween(timing, midnight, midnight.add({ hours: 23 }), 10)).toHaveLength(0);
  expect(slotsBetween(timing, midnight.add({ hours: 1 }), midnight, 10)).toHaveLength(0);
});

test('however an interval is cut, the parts hold the slots of the whole', () => {
  const patterns = ['*/7 * * * *', '30 2,14 * * *', '0 */6 * * *', '15 1 * * SUN'];
  const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Shanghai'];
  fc.assert(
    fc.property(
      fc.constantFrom(...patterns),
      fc.constantFrom(...zones),
      fc.integer({ min: 0, max: 364 * 24 * 60 }),
      fc.array(fc.integer({ min: 1, max: 36 * 60 }), { minLength: 1, maxLength: 4 }),
      (cron, zone, startMinutes, stepsMinutes) => {
        const timing = { cron, zone };
        const start = at('2026-01-01T00:00Z').add({ minutes: startMinutes });
        const cuts = [start];
        for (const minutes of stepsMinutes) cuts.push((cuts.at(-1) ?? start).add({ minutes }));
        const parts = cuts.slice(1).flatMap((cut, index) => slotsBetween(timing, cuts[index] ?? start, cut, 10_000));
        expect(iso(parts)).toEqual(iso(slotsBetween(timing, start, cuts.at(-1) ?? start, 10_000)));
      },
    ),
    { numRuns: 100 },
  );
});

test.each([
  ['* * * * * *', 'UTC', '#/cron'],
  ['@daily', 'UTC', '#/cron'],
  ['', 'UTC', '#/cron'],
  ['61 * * * *', 'UTC', '#/cron'],
  ['*/0 * * * *', 'UTC', '#/cron'],
  ['0 0 31 2 *', 'UTC', '#/cron'],
  [`0 0 ${'1,'.repeat(60)}1 * *`, 'UTC', '#/cron'],
  ['0 0 * * *', 'Mars/Base', '#/zone'],
  ['0 0 * * *', '+02:00', '#/zone'],
  ['0 0 * * *', '', '#/zone'],
  ['0 0 * * *', `Europe/${'x'.repeat(100)}`, '#/zone'],
])('the timing "%s" in "%s" is refused and names %s', (cron, zone, field) => {
  const thrown = refusal(() => checkTiming({ cron, zone }));
  expect(thrown).toMatchObject({ kind: 'invalid', code: 'invalid-timing', fields: [{ field }] });
  expect(thrown.fields[0]?.message).not.toMatch(/CronPattern|undefined/);
});

test('a timing is answered with single blanks, and 29 February is a date that comes', () => {
  expect(checkTiming({ cron: '  0   3 * * 1-5 ', zone: 'Asia/Shanghai' })).toEqual({
    cron: '0 3 * * 1-5',
    zone: 'Asia/Shanghai',
  });
  expect(checkTiming({ cron: '0 0 29 2 *', zone: 'UTC' }).cron).toBe('0 0 29 2 *');
});

describe('judging slots', () => {
  const hourly = { cron: '0 * * * *', zone: 'UTC' };
  const question = { timing: hourly, paused: false, cursor: at('2026-01-01T00:00Z'), limit: 500 };
  const states = (changes: Partial<Parameters<typeof judgeDueSlots>[0]>) =>
    judgeDueSlots({ ...question, catchUp: 'skip', now: at('2026-01-01T05:30Z'), ...changes }).map((one) => one.state);

  test('skip makes up for nothing, latest for one, all for each', () => {
    expect(states({ catchUp: 'skip' })).toEqual(['missed', 'missed', 'missed', 'missed', 'missed']);
    expect(states({ catchUp: 'latest' })).toEqual(['missed', 'missed', 'missed', 'missed', 'fired']);
    expect(states({ catchUp: 'all' })).toEqual(['fired', 'fired', 'fired', 'fired', 'fired']);
  });

  test('a slot seen within a minute fires under every policy, and latest makes up for nothing before it', () => {
    const now = at('2026-01-01T05:00:59Z');
    for (const catchUp of ['skip', 'latest'] as const) {
      expect(states({ catchUp, now })).toEqual(['missed', 'missed', 'missed', 'missed', 'fired']);
    }
  });

  test('all makes up for the latest hundred', () => {
    const judged = states({ catchUp: 'all', now: at('2026-01-06T00:30Z') });
    expect(judged).toHaveLength(120);
    expect(judged.filter((state) => state === 'fired')).toHaveLength(100);
    expect(judged.slice(0, 20).every((state) => state === 'missed')).toBe(true);
  });

  test('a paused schedule skips all', () => {
    expect(states({ catchUp: 'all', paused: true })).toEqual(Array(5).fill('skipped'));
  });

  test('nothing is due while the clock stands before the cursor', () => {
    expect(states({ catchUp: 'all', now: at('2025-12-31T05:30Z') })).toEqual([]);
  });

  test('a long outage is judged batch by batch with the same result', () => {
    const now = at('2026-01-06T00:30Z');
    const batches: string[] = [];
    let cursor = question.cursor;
    for (;;) {
      const judged = judgeDueSlots({ ...question, catchUp: 'all', now, cursor, limit: 50 });
      batches.push(...judged.map((one) => `${one.slot} ${one.state}`));
      if (judged.length < 50) break;
      cursor = judged.at(-1)?.slot ?? cursor;
    }
    const whole = judgeDueSlots({ ...question, catchUp: 'all', now });
    expect(batches).toEqual(whole.map((one) => `${one.slot} ${one.state}`));
  });
});

function refusal(work: () => unknown): AppError {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof AppError) return thrown;
    throw thrown;
  }
  throw new Error('it was not refused');
}
