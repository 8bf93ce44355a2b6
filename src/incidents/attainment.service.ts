import type { Queryable } from '../database/database.ts';
import { databaseNowMs } from '../database/now.ts';
import { AppError } from '../kernel/errors.ts';
import { SEVERITIES } from '../kernel/severity.ts';
import { type ClockCalendars, clockCalendars } from '../sla/clock-calendar.queries.ts';
import { CLOCK_KINDS } from '../sla/clock-kind.ts';
import { type ClockReading, readClock } from '../sla/clock-reading.ts';
import { runsAlways } from '../sla/term.ts';
import { type CountedClock, countedClocks } from './attainment.queries.ts';
import {
  ATTAINMENT_DIMENSIONS,
  type Attainment,
  type AttainmentDimension,
  type AttainmentGroup,
  type AttainmentQuery,
} from './attainment.ts';
import { type Period, periodOf } from './attainment-month.ts';
import { AttainmentSum, type ReadClockOf } from './attainment-sum.ts';

/** Clocks that are read in one go. */
const PAGE_CLOCKS = 10_000;

/** What one answer reads and holds at most. */
const LIMITS = { clocks: 500_000, rows: 5000 } as const;

/**
 * The figures of all clocks that were started in a period, each clock read as it stands now: a clock that is stopped shows what
 * it showed then, as long as nobody changes its calendar.
 * @throws AppError `unprocessable` `too-many-clocks`, `too-many-rows`.
 */
export async function readAttainment(db: Queryable, query: AttainmentQuery): Promise<Attainment> {
  const period = periodOf(query);
  const readAtMs = await databaseNowMs(db);
  const calendars = clockCalendars(db);
  const total = new AttainmentSum();
  const sums = new Map<string, { readonly group: AttainmentGroup; readonly sum: AttainmentSum }>();
  let clocks = 0;
  let page: CountedClock[] = [];
  do {
    page = await countedClocks(db, query, period, { limit: PAGE_CLOCKS, after: page.at(-1) });
    clocks += page.length;
    if (clocks > LIMITS.clocks) throw tooMany('clocks', LIMITS.clocks, 'until', 'name a shorter period');
    for (const clock of page) {
      const read = await readOf(clock, readAtMs, calendars, period);
      total.add(read);
      sumOf(sums, query.by, read.group).add(read);
    }
  } while (page.length === PAGE_CLOCKS);
  const rows = [...sums.values()].map(({ group, sum }) => ({ group, figures: sum.figures() }));
  return { readAtMs, total: total.figures(), rows: rows.toSorted((left, right) => compared(left.group, right.group)) };
}

async function readOf(
  clock: CountedClock,
  atMs: number,
  calendars: ClockCalendars,
  period: Period,
): Promise<ReadClockOf> {
  const { kind, severity, serviceId, teamId, segments, cause } = clock;
  const pauses = segments.flatMap((segment) => (segment.state === 'paused' ? [segment.reason] : []));
  return {
    group: { kind, severity, serviceId, teamId, month: period.monthAt(segments[0].fromMs) },
    reading: await readingOf(clock, atMs, calendars),
    counted: runsAlways(clock.term) ? 'always' : 'business',
    cause,
    pauses: [...new Set(pauses)],
  };
}

/** One clock that nobody can read must not keep the figures of all others back. */
async function readingOf(
  clock: CountedClock,
  atMs: number,
  calendars: ClockCalendars,
): Promise<ClockReading | undefined> {
  const open = await calendars(clock.calendarId);
  try {
    return readClock(clock, atMs, open, []);
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === 'beyond-calendar') return undefined;
    throw thrown;
  }
}

const KEYS: Readonly<Record<AttainmentDimension, keyof AttainmentGroup>> = {
  severity: 'severity',
  kind: 'kind',
  service: 'serviceId',
  team: 'teamId',
  month: 'month',
};

function sumOf(
  sums: Map<string, { readonly group: AttainmentGroup; readonly sum: AttainmentSum }>,
  by: readonly AttainmentDimension[],
  clock: Required<AttainmentGroup>,
): AttainmentSum {
  const key = by.map((dimension) => clock[KEYS[dimension]] ?? '').join('|');
  const known = sums.get(key);
  if (known) return known.sum;
  if (sums.size >= LIMITS.rows) throw tooMany('rows', LIMITS.rows, 'by', 'tell them apart by less');
  const group = Object.fromEntries(by.map((dimension) => [KEYS[dimension], clock[KEYS[dimension]]]));
  const sum = new AttainmentSum();
  sums.set(key, { group, sum });
  return sum;
}

/** The worst severity first, kinds in the order of a case, then by service, team and month; what has none comes last. */
function compared(left: AttainmentGroup, right: AttainmentGroup): number {
  for (const dimension of ATTAINMENT_DIMENSIONS) {
    const [one, other] = [rankIn(left, dimension), rankIn(right, dimension)];
    if (one !== other) return one < other ? -1 : 1;
  }
  return 0;
}

function rankIn(group: AttainmentGroup, dimension: AttainmentDimension): string {
  const value = group[KEYS[dimension]] ?? '~';
  const order: readonly string[] = { severity: SEVERITIES, kind: CLOCK_KINDS }[dimension as string] ?? [];
  return order.length === 0 ? value : String(order.indexOf(value));
}

function tooMany(what: 'clocks' | 'rows', max: number, field: string, message: string): AppError {
  return new AppError('unprocessable', `too-many-${what}`, `More than ${max} ${what}: ${message}`, {
    fields: [{ field: `query.${field}`, message: `gives more than ${max} ${what}: ${message}` }],
  });
}
