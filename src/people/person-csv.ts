import { type LineProblem, readCsv } from '../kernel/csv.ts';
import { nearestOf } from '../kernel/nearest.ts';
import { newPersonSchema } from './person.ts';
import { IMPORT_COLUMNS, type ImportColumn, type PersonLine } from './person-import.ts';

/** Lines of one import: the whole of it is one transaction, and fits into the time of a request on a busy machine. */
const LINES_MAX = 500;

/** A file as it was understood: with any problem nothing of it may be applied. */
export interface PersonsFile {
  readonly lines: readonly PersonLine[];
  readonly problems: readonly LineProblem[];
}

/** Reads persons from CSV with the column `email` and any of the others, in any order, whatever the case of their names. */
export function readPersons(csv: string): PersonsFile {
  const { columns, lines, problem } = readCsv(csv, LINES_MAX);
  if (problem) return refused([problem]);
  const names = columns.map((name) => name.toLowerCase());
  const wrong = columnProblems(columns, names);
  if (wrong.length > 0) return refused(wrong);
  if (lines.length === 0) return refused([{ line: 1, message: 'there is no line behind the column names' }]);
  const seen = new Map<string, number>();
  const problems: LineProblem[] = [];
  const read: PersonLine[] = [];
  for (const { line, values } of lines) {
    if (values.length !== names.length) {
      problems.push({ line, message: `has ${values.length} values, not ${names.length}` });
      continue;
    }
    const cells = new Map(names.map((name, index) => [name as ImportColumn, values[index] ?? '']));
    const email = cells.get('email') ?? '';
    const message = emailProblem(email, seen);
    if (message !== undefined) {
      problems.push({ line, column: 'email', message });
      continue;
    }
    seen.set(email.toLowerCase(), line);
    const stated = [...cells].filter(([column, text]) => text !== '' && column !== 'email');
    read.push({ line, email, cells: new Map(stated) });
  }
  return { lines: read, problems };
}

const refused = (problems: readonly LineProblem[]): PersonsFile => ({ lines: [], problems });

function columnProblems(columns: readonly string[], names: readonly string[]): LineProblem[] {
  const known: readonly string[] = IMPORT_COLUMNS;
  const problems = names.flatMap((name, index) => {
    const column = columns[index]?.slice(0, 40) ?? '';
    if (known.includes(name)) return names.indexOf(name) === index ? [] : [{ column, message: 'is there twice' }];
    const nearest = nearestOf(name.slice(0, 40), known);
    const meant = nearest === undefined ? `known are ${known.join(', ')}` : `did you mean ${nearest}?`;
    return [{ column, message: `is no column of persons: ${meant}` }];
  });
  const isMissing = problems.length === 0 && !names.includes('email');
  if (isMissing) problems.push({ column: 'email', message: 'is missing: it says who is meant' });
  return problems.map((problem) => ({ line: 1, ...problem }));
}

function emailProblem(email: string, seen: ReadonlyMap<string, number>): string | undefined {
  if (email === '') return 'must not be empty: it says who is meant';
  if (!newPersonSchema.shape.email.safeParse(email).success) return `"${email.slice(0, 60)}" is no e-mail address`;
  const before = seen.get(email.toLowerCase());
  return before === undefined ? undefined : `${email} is there twice, first in line ${before}`;
}
