import { createHash } from 'node:crypto';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, test } from 'vitest';
import { lastSlots, nextSlots, slotsBetween, type Timing } from '../../src/scheduling/calculator.ts';
import { judgeDueSlots } from '../../src/scheduling/catch-up.ts';
import { scheduleById } from '../../src/scheduling/schedule.queries.ts';
import { ensureSchedule } from '../../src/scheduling/schedule.service.ts';
import { updateTiming } from '../../src/scheduling/schedule.store.ts';
import { scheduleView } from '../../src/scheduling/schedule.views.ts';
import type { Surprise } from '../../src/scheduling/surprise.ts';
import { useDatabase } from '../support/database.ts';

const WORKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri'] as const;
const keyOf = (word: string) => createHash('sha256').update(word).digest();
const timingOf = (surprise: Partial<Surprise>, zone = 'Europe/Berlin', key = keyOf('a')): Timing => ({
  ...{ cron: '0 8 * * *', zone, surpriseKey: key },
  surprise: { every: 'month', from: '08:00', until: '18:00', days: WORKDAYS, ...surprise },
});
const START = Temporal.Instant.from('2026-01-01T00:00:00Z');
const local = (slots: readonly Temporal.Instant[], zone = 'Europe/Berlin') =>
  slots.map((slot) => slot.toZonedDateTimeISO(zone));

describe('a surprise over 1,000 months', () => {
  const slots = local(nextSlots(timingOf({}), START, 1000));

  test('comes once in each, inside its window, on its days', () => {
    const months = slots.map(({ year, month }) => year * 12 + month);
    expect(months).toEqual(Array.from({ length: 1000 }, (_, at) => (months[0] ?? 0) + at));
    for (const { hour, dayOfWeek, second } of slots) {
      expect(hour >= 8 && hour < 18 && dayOfWeek <= 5 && second === 0).toBe(true);
    }
  });

  test('comes at every hour, day of the week and part of the month about as often', () => {
    // Ten equal classes of 1,000: outside of 60 to 140 is more than four standard deviations from 100.
    const counts = (classOf: (slot: Temporal.ZonedDateTime) => number, classes: number) =>
      Array.from({ length: classes }, (_, at) => slots.filter((slot) => classOf(slot) === at).length);
    for (const count of counts(({ hour }) => hour - 8, 10)) expect(Math.abs(count - 100)).toBeLessThan(40);
    for (const count of counts(({ dayOfWeek }) => dayOfWeek - 1, 5)) expect(Math.abs(count - 200)).toBeLessThan(55);
    for (const count of counts(({ minute }) => Math.floor(minute / 6), 10))
      expect(Math.abs(count - 100)).toBeLessThan(40);
    const thirds = counts(({ day, daysInMonth }) => Math.floor(((day - 1) / daysInMonth) * 3), 3);
    for (const count of thirds) expect(Math.abs(count - 333)).toBeLessThan(70);
  });

  test('follows from the key, not from the definition', () => {
    const again = nextSlots(timingOf({}), START, 1000).map(String);
    const other = nextSlots(timingOf({}, 'Europe/Berlin', keyOf('b')), START, 1000).map(String);
    expect(again).toEqual(slots.map((slot) => slot.toInstant().toString()));
    expect(other.filter((slot, at) => slot === again[at]).length).toBeLessThan(5);
  });

  test('is the same forwards, backwards and in between, and falls due like any slot', () => {
    const timing = timingOf({});
    const all = nextSlots(timing, START, 24);
    const last = all.at(-1) ?? START;
    expect(lastSlots(timing, last, 24).map(String)).toEqual(all.map(String).reverse());
    expect(slotsBetween(timing, START, last, 100).map(String)).toEqual(all.map(String));
    expect(slotsBetween(timing, START, last.subtract({ seconds: 1 }), 100)).toHaveLength(23);
    const question = { timing, catchUp: 'latest', paused: false, cursor: START, now: last, limit: 500 } as const;
    expect(judgeDueSlots(question).map(({ state }) => state)).toEqual([...Array(23).fill('missed'), 'fired']);
    expect(judgeDueSlots({ ...question, cursor: last })).toEqual([]);
  });
});

describe('a surprise where the clocks change', () => {
  const days = ['sun'] as const;

  test('is never in the hour that is left out, and uses both of the hour that is repeated', () => {
    const surprise = { every: 'week', from: '01:00', until: '04:00', days } as const;
    const hours = new Set<string>();
    for (let at = 0; at < 300; at += 1) {
      const timing = timingOf(surprise, 'Europe/Berlin', keyOf(`k${at}`));
      const [spring] = local(nextSlots(timing, Temporal.Instant.from('2026-03-22T23:00:00Z'), 1));
      const [autumn] = local(nextSlots(timing, Temporal.Instant.from('2026-10-18T22:00:00Z'), 1));
      expect(spring?.toPlainDate().toString()).toBe('2026-03-29');
      expect([1, 3]).toContain(spring?.hour);
      expect([1, 2, 3]).toContain(autumn?.hour);
      hours.add(`${autumn?.hour}${autumn?.offset}`);
    }
    expect(hours.size).toBe(4);
  });

  test('leaves a day out whose window does not come', () => {
    const surprise = { every: 'week', from: '02:00', until: '03:00', days } as const;
    const [next] = local(nextSlots(timingOf(surprise), Temporal.Instant.from('2026-03-22T23:00:00Z'), 1));
    expect(next?.toPlainDate().toString()).toBe('2026-04-05');
  });

  test('may last until midnight, in quarters, anywhere', () => {
    const surprise = { every: 'quarter', from: '23:00', until: '24:00', days: WORKDAYS } as const;
    const slots = local(nextSlots(timingOf(surprise, 'Asia/Shanghai'), START, 40), 'Asia/Shanghai');
    expect(slots.map(({ month }) => Math.floor((month - 1) / 3))).toEqual(
      Array.from({ length: 40 }, (_, at) => at % 4),
    );
    expect(new Set(slots.map(({ hour }) => hour))).toEqual(new Set([23]));
  });
});

describe('a surprise in the database', () => {
  const database = useDatabase();
  const spec = (name: string) => ({
    ...({ name, cron: '0 8 * * MON,FRI', zone: 'UTC', catchUp: 'skip', job: 'drill.run', payload: {} } as const),
    surprise: { every: 'month', from: '08:00', until: '18:00', days: WORKDAYS } as const,
  });

  test('has a key of its own, which nothing shows, nor when it is due', async () => {
    const { db } = database;
    const [one, other] = await db.transaction(async (tx) => [
      await ensureSchedule(tx, spec('one.drill')),
      await ensureSchedule(tx, spec('other.drill')),
    ]);
    if (!one || !other) throw new Error('no schedule');
    const secrets = nextSlots(one, START, 24).flatMap((slot) => [`${slot}`, `${slot}`.slice(0, 16)]);
    expect(nextSlots(other, START, 24).map(String)).not.toEqual(nextSlots(one, START, 24).map(String));
    // Whoever reads it again, in whatever process, draws the same.
    expect(nextSlots(await scheduleById(db, one.id), START, 24)).toEqual(nextSlots(one, START, 24));
    const view = JSON.stringify(scheduleView(one, START));
    const audit = JSON.stringify(await db.rows('SELECT details FROM audit_entry'));
    const key = Buffer.from(one.surpriseKey ?? []);
    expect(key).toHaveLength(32);
    for (const text of [view, audit]) {
      expect(text).toContain('"every":"month"');
      for (const secret of [...secrets, key.toString('hex'), key.toString('base64'), 'urpriseKey']) {
        expect(text).not.toContain(secret);
      }
    }
    expect(scheduleView(one, START).nextSlots).toEqual([]);
  });

  test('ends when somebody states a pattern, and stays when only the zone is changed', async () => {
    const { db } = database;
    const made = await db.transaction((tx) => ensureSchedule(tx, spec('third.drill')));
    const timing = { cron: '0 9 * * *', zone: 'Asia/Tokyo', catchUp: 'skip' } as const;
    await db.transaction((tx) => updateTiming(tx, made.id, 1, { ...timing, keepsSurprise: true }));
    expect((await scheduleById(db, made.id)).surprise).toEqual(spec('x').surprise);
    await db.transaction((tx) => updateTiming(tx, made.id, 2, { ...timing, keepsSurprise: false }));
    const after = await scheduleById(db, made.id);
    expect(after.surprise ?? after.surpriseKey).toBeUndefined();
  });
});
