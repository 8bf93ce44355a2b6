// What the arithmetic of business time costs: a due time over 250 working days, in hours and in days, with the Chinese calendar
// and one whose clocks change; reading a calendar's year, which happens once; reading clocks one by one, each with a pause and
// three marks, at three sizes; the pass that one worker makes over as many open clocks of a database; and the attainment of all of
// them once they are stopped. Medians of several rounds.
//
// node scripts/bench/sla.ts
import { addOpenTime, type OpenTimes, openTimesOf } from '../../src/sla/business-time.ts';
import { workingCalendarOf } from '../../src/sla/calendar.ts';
import type { Clock } from '../../src/sla/clock-due.ts';
import { readClock } from '../../src/sla/clock-reading.ts';
import { startedAt, withSegment } from '../../src/sla/clock-segment.ts';
import { openYearOf } from '../../src/sla/open-year.ts';
import type { Term } from '../../src/sla/term.ts';
import { addWorkingDays } from '../../src/sla/working-day.ts';
import { median } from './median.ts';
import { measurePasses } from './sla-passes.ts';

const ROUNDS = 7;
const DUE_TIMES_A_ROUND = 100_000;
const CLOCKS = [25_000, 50_000, 100_000];
const PERCENTS = [50, 75, 90];
const HOUR_MS = 3_600_000;
const pause = { state: 'paused', reason: 'waiting', by: 'one', approvedBy: 'another' } as const;
const START_MS = Date.UTC(2025, 0, 2, 1, 17);

const weekday = [
  { fromMinute: 540, untilMinute: 720 },
  { fromMinute: 780, untilMinute: 1080 },
];
const week = [weekday, weekday, weekday, weekday, weekday, [], []];
const rules = { weekly: week, makeUpWeekday: 1, completeYears: [] };
const chinese = workingCalendarOf({ ...rules, zone: 'Asia/Shanghai', holidays: 'chinese' }, []);
const berlin = workingCalendarOf({ ...rules, zone: 'Europe/Berlin', holidays: 'none' }, []);

measureDueTimes('Asia/Shanghai with Chinese holidays', openTimesOf(chinese));
measureDueTimes('Europe/Berlin', openTimesOf(berlin));
measureYears();
measureClocks(openTimesOf(chinese));
await measurePasses(CLOCKS);

/** Starts are spread over the hours of a year, so that no two searches are alike. */
function measureDueTimes(name: string, open: OpenTimes): void {
  const startOf = (index: number) => START_MS + (index % 8000) * HOUR_MS;
  const ways: readonly (readonly [string, (startMs: number) => number])[] = [
    ['2000 business hours', (startMs) => addOpenTime(open, startMs, 2000 * HOUR_MS)],
    ['250 working days, same time', (startMs) => addWorkingDays(open, startMs, 250, 'same-time')],
    ['250 working days, end of day', (startMs) => addWorkingDays(open, startMs, 250, 'end-of-day')],
  ];
  for (const [way, due] of ways) {
    const seconds = medianSeconds(() => {
      for (let index = 0; index < DUE_TIMES_A_ROUND; index += 1) due(startOf(index));
    });
    console.log(`${name}: ${way}: ${((seconds / DUE_TIMES_A_ROUND) * 1e6).toFixed(2)} microseconds`);
  }
}

function measureYears(): void {
  const seconds = medianSeconds(() => openYearOf(berlin, 2026));
  console.log(`Reading one year of a calendar: ${(seconds * 1000).toFixed(1)} ms`);
}

function measureClocks(open: OpenTimes): void {
  const term: Term = { unit: 'hours', amount: 40, counted: 'business' };
  for (const count of CLOCKS) {
    const clocks: Clock[] = Array.from({ length: count }, (_, index) => {
      const startMs = START_MS + (index % 8000) * HOUR_MS;
      const paused = withSegment(startedAt(startMs), { ...pause, fromMs: startMs + HOUR_MS });
      return { term, segments: withSegment(paused, { state: 'running', fromMs: startMs + 30 * HOUR_MS }) };
    });
    const seconds = medianSeconds(() => {
      for (const clock of clocks) readClock(clock, clock.segments[0].fromMs + 60 * HOUR_MS, open, PERCENTS);
    });
    console.log(
      `${count} clocks: ${seconds.toFixed(2)} s, ${((seconds / count) * 1e6).toFixed(2)} microseconds each with ${PERCENTS.length} marks`,
    );
  }
}

function medianSeconds(work: () => void): number {
  work();
  return median(
    Array.from({ length: ROUNDS }, () => {
      const begin = performance.now();
      work();
      return (performance.now() - begin) / 1000;
    }),
  );
}
