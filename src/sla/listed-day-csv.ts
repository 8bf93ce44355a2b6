import { CsvError, parse } from 'csv-parse/sync';
import { messageOf } from '../kernel/errors.ts';
import type { ListedDay } from './calendar.ts';
import { calendarDateSchema, datedDayNameSchema } from './calendar-request.ts';
import { parseWindows } from './day-window.ts';

/** Lines of one import; some years of holidays are a hundred. */
const LINES_MAX = 2000;

const COLUMNS = ['date', 'windows', 'name'] as const;

/** What is wrong with a line of the file. */
export interface LineProblem {
  /** From 1, the line of the column names. */
  readonly line: number;
  readonly message: string;
}

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
  try {
    const [header, ...lines] = parse(csv, {
      bom: true,
      info: true,
      relaxColumnCount: true,
      skipEmptyLines: true,
      trim: true,
      to: LINES_MAX + 2,
    }) as unknown as CsvLine[];
    return readLines(header?.record ?? [], lines);
  } catch (thrown) {
    if (!(thrown instanceof CsvError)) throw thrown;
    const line = typeof thrown.lines === 'number' ? thrown.lines : 1;
    return { days: [], problems: [{ line, message: messageOf(thrown) }] };
  }
}

interface CsvLine {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

function readLines(header: readonly string[], lines: readonly CsvLine[]): ListedDaysFile {
  const names = header.map((name) => name.toLowerCase());
  if (names.toSorted().join() !== COLUMNS.toSorted().join()) {
    return refused(1, `must name the columns ${COLUMNS.join(', ')}, and no others`);
  }
  if (lines.length > LINES_MAX) return refused(LINES_MAX + 2, `at most ${LINES_MAX} days can be imported at once`);
  if (lines.length === 0) return refused(1, 'there is no line behind the column names');
  const days = new Map<string, ListedDay>();
  const problems: LineProblem[] = [];
  for (const { record, info } of lines) {
    const complain = (message: string) => problems.push({ line: info.lines, message });
    if (record.length !== COLUMNS.length) complain(`has ${record.length} values, not ${COLUMNS.length}`);
    else {
      const day = readLine(Object.fromEntries(names.map((name, index) => [name, record[index] ?? ''])), complain);
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

function refused(line: number, message: string): ListedDaysFile {
  return { days: [], problems: [{ line, message }] };
}
