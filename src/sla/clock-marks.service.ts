import type { Database } from '../database/database.ts';
import { databaseNowMs } from '../database/now.ts';
import { openClocks, openClocksOf } from './clock.queries.ts';
import { insertMarks, keepClocks } from './clock.store.ts';
import { type ClockCalendars, clockCalendars } from './clock-calendar.queries.ts';
import { unrecordedMarks } from './clock-mark.ts';
import type { ClockRecord } from './clock-record.ts';

/** Clocks that are read in one go. */
const PAGE_CLOCKS = 5000;

/** What a pass over the open clocks did. */
export interface MarksPass {
  readonly clocks: number;
  readonly marks: number;
}

/**
 * Records the marks and breaches that open clocks have reached, each at the instant at which it was reached, however much later
 * that is. Passes may run at the same time and end anywhere: a mark is recorded once.
 */
export async function recordReachedMarks(db: Database, signal: AbortSignal): Promise<MarksPass> {
  const calendars = clockCalendars(db);
  let clocks = 0;
  let marks = 0;
  let after: string | null = null;
  for (;;) {
    signal.throwIfAborted();
    const page: ClockRecord[] = await openClocks(db, after, PAGE_CLOCKS);
    marks += await recordOfPage(db, page, calendars);
    clocks += page.length;
    after = page.at(-1)?.id ?? null;
    if (page.length < PAGE_CLOCKS) return { clocks, marks };
  }
}

async function recordOfPage(db: Database, page: readonly ClockRecord[], calendars: ClockCalendars): Promise<number> {
  const nowMs = await databaseNowMs(db);
  const reached = await marksOf(page, nowMs, calendars);
  if (reached.length === 0) return 0;
  const ids = [...new Set(reached.map(({ clockId }) => clockId))];
  return db.transaction(async (tx) => {
    // Somebody may have stopped or paused one since it was read: what is recorded is what holds once nobody can any more.
    await keepClocks(tx, ids);
    return insertMarks(tx, await marksOf(await openClocksOf(tx, ids), nowMs, calendars));
  });
}

async function marksOf(clocks: readonly ClockRecord[], nowMs: number, calendars: ClockCalendars) {
  const marks = [];
  for (const clock of clocks) {
    const open = await calendars(clock.calendarId);
    for (const mark of unrecordedMarks(clock, nowMs, open)) marks.push({ clockId: clock.id, ...mark });
  }
  return marks;
}
