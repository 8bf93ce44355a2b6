import type { CsvFile } from '../../kernel/csv.ts';
import { AppError, type FieldProblem } from '../../kernel/errors.ts';
import { type CountLine, countLineSchema } from './stocktake.ts';

const COLUMNS = ['scan', 'quantity', 'location', 'lot', 'condition', 'absent', 'counted_at'] as const;

/** A counted file: its lines, and the number of each in the file. */
export interface CountFile {
  readonly lines: readonly CountLine[];
  readonly numbers: readonly number[];
}

/**
 * The lines of a counted file.
 * @throws AppError `unprocessable` `count-refused`, naming the lines that are wrong.
 */
export function countFileLines({ columns, lines, problem }: CsvFile): CountFile {
  const names = columns.map((name) => name.toLowerCase().replaceAll(/[\s-]+/g, '_'));
  const wrong = problem ? [`line ${problem.line}: ${problem.message}`] : headerProblems(names);
  if (wrong.length === 0 && lines.length === 0) wrong.push('there is no line behind the column names');
  if (wrong.length > 0) throw refused(wrong);
  const read = lines.map(({ line, values }) => ({ line, ...countLineSchema.safeParse(inputOf(names, values)) }));
  const problems = read.flatMap(({ line, error }) =>
    (error?.issues ?? []).map(({ path, message }) => `line ${line}, ${path.join('.')}: ${message}`),
  );
  if (problems.length > 0) throw refused(problems);
  return { lines: read.flatMap(({ data }) => (data ? [data] : [])), numbers: read.map(({ line }) => line) };
}

function headerProblems(names: readonly string[]): string[] {
  const known: readonly string[] = COLUMNS;
  const unknown = names
    .filter((name) => !known.includes(name))
    .map((name) => `there is no column "${name.slice(0, 60)}"`);
  return [
    ...(names.includes('scan') ? [] : [`line 1: the column scan is missing; the columns are ${COLUMNS.join(', ')}`]),
    ...unknown.map((message) => `line 1: ${message}; the columns are ${COLUMNS.join(', ')}`),
  ];
}

function inputOf(names: readonly string[], values: readonly string[]) {
  const cell = (name: (typeof COLUMNS)[number]) => values[names.indexOf(name)] || undefined;
  const quantity = cell('quantity');
  return {
    scan: cell('scan') ?? '',
    quantity: quantity === undefined || !/^\d{1,15}$/.test(quantity) ? quantity : Number(quantity),
    location: cell('location'),
    lot: cell('lot'),
    condition: cell('condition')?.toLowerCase(),
    isAbsent: /^(yes|true|1)$/i.test(cell('absent') ?? ''),
    countedAt: cell('counted_at'),
  };
}

function refused(problems: readonly string[]): AppError {
  const fields = problems.slice(0, 50).map((message): FieldProblem => ({ field: '#/csv', message }));
  return new AppError('unprocessable', 'count-refused', `Nothing was taken down: ${problems[0]}`, { fields });
}
