import { type LineProblem, readCsv } from '../kernel/csv.ts';
import type { ListedDay } from './calendar.ts';
import { calendarDateSchema, datedDayNameSchema } from './calendar-request.ts';
import { parseWindows } from './day-window.ts';

/** Lines of one import; some years of holidays are a hundred. */
const LINES_MAX = 2000;

const COLUMNS = ['date', 'windows', 'name'] as const;

/** A file as it was understood: with a problem in any line nothing of it may be applied. */
export interface ListedDaysFile {
  readonly days: readonly ListedDay[];
  readonly problems: readonly LineProblem[];
}

/**
 * Reads days from CSV (RFC 4180) with the columns `date`, `windows` and `name` in any order. The windows are written
 * `09:00-12:00 13:00-18:00`, and left empty for a day that is closed.
 */
export function readListedDays(csv: string): ListedDaysFile {
  const { columns, lines, problem } = readCsv(csv, LINES_MAX);
  if (problem) return { days: [], problems: [problem] };
  const names = columns.map((name) => name.toLowerCase());
  if (names.toSorted().join() !== COLUMNS.toSorted().join()) {
    return refused(`must name the columns ${COLUMNS.join(', ')}, and no others`);
  }
  if (lines.length === 0) return refused('there is no line behind the column names');
  const days = new Map<string, ListedDay>();
  const problems: LineProblem[] = [];
  for (const { line, values } of lines) {
    const complain = (message: string) => problems.push({ line, message });
    if (values.length !== COLUMNS.length) complain(`has ${values.length} values, not ${COLUMNS.length}`);
    else {
      const day = readLine(Object.fromEntries(names.map((name, index) => [name, values[index] ?? ''])), complain);
      if (day && days.has(day.date)) complain(`${day.date} is there twice`);
      else if (day) days.set(day.date, day);
    }
  }
  return { days: [...days.values()], problems };
}

function readLine(
  values: Readonly<Record<string, string>>,
  complain: (message: string) => void,
): ListedDay | undefined {
  const date = calendarDateSchema.safeParse(values.date);
  const name = datedDayNameSchema.safeParse(values.name);
  const windows = parseWindows(values.windows ?? '');
  if (!date.success)
    complain(`date "${values.date?.slice(0, 40)}" must be a day such as 2026-10-01, from 1970 to 2200`);
  if (!name.success) complain(`name ${name.error.issues[0]?.message}`);
  if (typeof windows === 'string') complain(`windows: ${windows}`);
  if (!date.success || !name.success || typeof windows === 'string') return undefined;
  return { date: date.data, name: name.data, windows };
}

const refused = (message: string): ListedDaysFile => ({ days: [], problems: [{ line: 1, message }] });
