import { describe, expect, test } from 'vitest';
import { addOpenTime, isProvisional, openTimeBetween, openTimesOf } from '../../src/sla/business-time.ts';
import { type CalendarRules, workingCalendarOf } from '../../src/sla/calendar.ts';
import { CHINESE_NOTICE_DAYS, CHINESE_NOTICES } from '../../src/sla/chinese-holidays.ts';
import { HOUR_MS, local, ms, windows } from './calendars.ts';

const ZONE = 'Asia/Shanghai';
const weekdays = windows('09:00-12:00 13:00-18:00');
const RULES: CalendarRules = {
  zone: ZONE,
  weekly: [weekdays, weekdays, weekdays, weekdays, windows('09:00-12:00'), [], []],
  holidays: 'chinese',
  makeUpWeekday: 1,
  completeYears: [],
};

const hoursOn = (rules: CalendarRules, date: string, listed: Parameters<typeof workingCalendarOf>[1] = []) => {
  const startMs = ms(`${date}T00:00`, ZONE);
  return openTimeBetween(openTimesOf(workingCalendarOf(rules, listed)), startMs, startMs + 24 * HOUR_MS) / HOUR_MS;
};

describe('the Chinese calendar', () => {
  test('closes on holidays, and works the weekend days that make up for them like the weekday that is chosen', () => {
    expect(hoursOn(RULES, '2026-10-01')).toBe(0);
    expect(hoursOn(RULES, '2026-10-08')).toBe(8);
    expect(hoursOn(RULES, '2026-10-10')).toBe(8);
    expect(hoursOn({ ...RULES, makeUpWeekday: 5 }, '2026-10-10')).toBe(3);
    expect(hoursOn(RULES, '2026-10-17')).toBe(0);
    expect(hoursOn({ ...RULES, holidays: 'listed' }, '2026-10-01')).toBe(8);
  });

  test('gives way to a day that is listed', () => {
    const listed = [{ date: '2026-10-01', windows: windows('20:00-24:00'), name: 'Cut-over' }];
    expect(hoursOn(RULES, '2026-10-01', listed)).toBe(4);
  });

  test('names the holiday in both languages', () => {
    const names = CHINESE_NOTICE_DAYS.filter(({ date }) => ['2026-10-01', '2026-10-10'].includes(date));
    expect(names.map(({ name }) => name)).toEqual(['国庆节 National Day', '国庆节 National Day, make-up working day']);
  });

  test('knows the years whose notice its package has, and no gap between them', () => {
    const years = [...CHINESE_NOTICES.years].toSorted((left, right) => left - right);
    expect(years[0]).toBe(2004);
    expect(years.at(-1)).toBeGreaterThanOrEqual(2026);
    expect(years).toHaveLength((years.at(-1) ?? 0) - 2004 + 1);
  });

  test('no notice has ever moved a day of the year before by more than the days that are left for that', () => {
    const december = CHINESE_NOTICE_DAYS.map(({ date }) => date).filter((date) => date.slice(5, 7) === '12');
    expect(december).not.toHaveLength(0);
    for (const date of december) expect(Number(date.slice(8))).toBeGreaterThan(31 - CHINESE_NOTICES.leadDays);
  });

  test('a due time beyond the last notice is provisional until the days are listed and the year is declared complete', () => {
    const next = Math.max(...CHINESE_NOTICES.years) + 1;
    const startMs = ms(`${next - 1}-12-22T09:00`, ZONE);
    const open = openTimesOf(workingCalendarOf(RULES, []));
    const dueMs = addOpenTime(open, startMs, 100 * HOUR_MS);
    expect(local(dueMs, ZONE).slice(0, 4)).toBe(String(next));
    expect(isProvisional(open, startMs, dueMs)).toBe(true);
    const complete = openTimesOf(workingCalendarOf({ ...RULES, completeYears: [next] }, []));
    expect(isProvisional(complete, startMs, dueMs)).toBe(false);
  });
});
