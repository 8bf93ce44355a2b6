import type { Queryable } from '../database/database.ts';
import { messageOf } from '../kernel/errors.ts';
import type { Signal, SignalReading } from '../signals/signal.ts';
import { listClocks } from './clock.queries.ts';
import { type ClockCalendars, clockCalendars } from './clock-calendar.queries.ts';
import { readClock } from './clock-reading.ts';
import type { ClockRecord } from './clock-record.ts';

/** Clocks that are read in one go. */
const PAGE_CLOCKS = 5000;

/** What SLA clocks have to say while they run. */
export const clockSignals = (): Signal[] => [
  {
    name: 'sla.clock-used',
    title: 'How much of the time that an open SLA clock allots is consumed',
    unit: 'percent',
    read: ({ db, nowMs }) => readOpenClocks(db, nowMs),
  },
];

async function readOpenClocks(db: Queryable, nowMs: number): Promise<SignalReading[]> {
  const calendars = clockCalendars(db);
  const readings: SignalReading[] = [];
  let after: string | undefined;
  do {
    const clocks: ClockRecord[] = await listClocks(db, { state: 'open' }, { limit: PAGE_CLOCKS, after });
    for (const clock of clocks) readings.push(await readingOf(clock, nowMs, calendars));
    after = clocks.length === PAGE_CLOCKS ? clocks.at(-1)?.id : undefined;
  } while (after !== undefined);
  return readings;
}

async function readingOf(clock: ClockRecord, nowMs: number, calendars: ClockCalendars): Promise<SignalReading> {
  const { id, kind, subject, serviceId } = clock;
  const about = { subject: { kind: 'sla-clock', id, name: `${kind} of ${subject}` }, serviceId };
  try {
    const { consumedPercent } = readClock(clock, nowMs, await calendars(clock.calendarId), []);
    return { ...about, value: consumedPercent };
  } catch (thrown) {
    // One that its calendar cannot count must not take the others along.
    return { ...about, value: null, reason: messageOf(thrown) };
  }
}
