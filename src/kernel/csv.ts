import { CsvError, parse } from 'csv-parse/sync';
import { AppError, messageOf } from './errors.ts';

/** What is wrong with a line of a file. */
export interface LineProblem {
  /** From 1, the line of the column names. */
  readonly line: number;
  /** Absent where it concerns the line as a whole, or the message names it. */
  readonly column?: string;
  readonly message: string;
}

/** A line of a file as text: nothing is a number or a formula here. */
interface CsvLine {
  /** Where it begins; a quoted value may reach over several. */
  readonly line: number;
  readonly values: readonly string[];
}

/** A file as it was read: the column names as they are written, and the lines behind them. */
export interface CsvFile {
  readonly columns: readonly string[];
  readonly lines: readonly CsvLine[];
  /** What is wrong with the file as a whole; then there are no lines. */
  readonly problem?: LineProblem;
}

/**
 * Reads CSV (RFC 4180), with or without a byte order mark. The column names say what separates values: commas, semicolons or
 * tabs, as spreadsheets write them. Outer blanks are cut off; lines without any value are left out.
 * @param linesMax lines behind the column names that one file may have.
 */
export function readCsv(csv: string, linesMax: number): CsvFile {
  try {
    const [header, ...lines] = parse(csv, {
      bom: true,
      delimiter: delimiterOf(csv),
      info: true,
      relaxColumnCount: true,
      skipEmptyLines: true,
      skipRecordsWithEmptyValues: true,
      trim: true,
      to: linesMax + 2,
    }) as unknown as Parsed[];
    const columns = header?.record ?? [];
    if (lines.length > linesMax) return refused(linesMax + 2, `at most ${linesMax} lines can be imported at once`);
    return { columns, lines: lines.map(({ record, info }) => ({ line: beginOf(record, info.lines), values: record })) };
  } catch (thrown) {
    if (!(thrown instanceof CsvError)) throw thrown;
    return refused(typeof thrown.lines === 'number' ? thrown.lines : 1, messageOf(thrown));
  }
}

/** As many lines as an error names. */
const NAMED_MAX = 50;

/** The error for a file with problems that was to be applied. The caller found at least one. */
export function linesInvalid(code: string, problems: readonly LineProblem[]): AppError {
  const [first] = problems;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  return new AppError('unprocessable', code, `Nothing was imported: ${first ? inWords(first) : ''}${more}`, {
    fields: problems.slice(0, NAMED_MAX).map((problem) => ({ field: '#/csv', message: inWords(problem) })),
  });
}

interface Parsed {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

/** What can stand between the values of a line, the likeliest first. */
const CSV_DELIMITERS = [',', ';', '\t'] as const;
export type CsvDelimiter = (typeof CSV_DELIMITERS)[number];

/** What comes most often in the first line that is not empty. */
export function delimiterOf(csv: string): CsvDelimiter {
  const header = /[^\r\n]+/.exec(csv)?.[0] ?? '';
  const count = (delimiter: string) => header.split(delimiter).length;
  return CSV_DELIMITERS.toSorted((left, right) => count(right) - count(left))[0] ?? ',';
}

function beginOf(values: readonly string[], endLine: number): number {
  return values.reduce((line, value) => line - (value.match(/\r\n|\r|\n/g)?.length ?? 0), endLine);
}

const refused = (line: number, message: string): CsvFile => ({ columns: [], lines: [], problem: { line, message } });

const inWords = ({ line, column, message }: LineProblem) =>
  `line ${line}${column === undefined ? '' : `, ${column}`}: ${message}`;
