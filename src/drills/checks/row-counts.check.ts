import { AppError } from '../../kernel/errors.ts';
import type { CheckOf, CountExpectation } from '../definition-checks.ts';
import { rangeWords } from '../expectation.ts';
import type { Recovery } from '../recovery.ts';
import type { DrillCheck } from '../run.ts';
import { ask } from './ask.ts';

/** A table that rows can be counted of, and the tables that hold its rows. */
interface CountedTable {
  readonly schema: string;
  readonly name: string;
  /** Itself, or the partitions of a partitioned table. Empty for a materialised view, which is no table. */
  readonly leaves: readonly string[];
}

/** Counts the rows of the named tables; the coverage says of how many there are in all. */
export async function checkRowCounts(recovery: Recovery, check: CheckOf<'rowCounts'>): Promise<DrillCheck[]> {
  const tables = await tablesOf(recovery, check);
  const wanted = Object.entries(check.tables);
  const checks: DrillCheck[] = [];
  const covered = new Set<string>();
  for (const [name, expected] of wanted) {
    const table = tables.find((one) => name === `${one.schema}.${one.name}`) ?? tables.find((one) => name === one.name);
    const actual = table === undefined ? 'no such table' : await countOf(recovery, check, table);
    for (const leaf of table?.leaves ?? []) covered.add(leaf);
    const passed = typeof actual === 'number' && isExpected(expected, actual, check.tolerancePercent);
    checks.push({
      ...{ kind: 'rowCount', subject: name, expected: countWords(expected, check.tolerancePercent) },
      ...{ actual: typeof actual === 'number' ? `${actual} rows` : actual, result: passed ? 'passed' : 'failed' },
    });
  }
  return [coverage(checks, covered.size, new Set(tables.flatMap(({ leaves }) => leaves)).size), ...checks];
}

function coverage(checks: readonly DrillCheck[], covered: number, all: number): DrillCheck {
  const passed = checks.filter(({ result }) => result === 'passed').length;
  return {
    kind: 'coverage',
    subject: 'row counts',
    expected: `${checks.length} of ${checks.length} counts`,
    actual: `${passed} of ${checks.length} counts, over ${covered} of ${all} tables`,
    result: passed === checks.length && covered > 0 ? 'passed' : 'failed',
  };
}

/** Whether a count is as stated; the tolerance is for a count that is stated as one number. */
export function isExpected(expected: CountExpectation, actual: number, tolerancePercent = 0): boolean {
  if (typeof expected === 'number') return Math.abs(actual - expected) <= (expected * tolerancePercent) / 100;
  const { min = 0, max = Number.POSITIVE_INFINITY } = expected;
  return actual >= min && actual <= max;
}

/** An expected count in words. */
export function countWords(expected: CountExpectation, tolerancePercent = 0): string {
  if (typeof expected !== 'number') return rangeWords(expected);
  return tolerancePercent === 0 ? String(expected) : `${expected}, ${tolerancePercent} % more or less`;
}

/** Leaf tables hold rows; a partitioned parent would count its leaves again. */
const POSTGRES_TABLES = `
  SELECT n.nspname, c.relname,
         CASE c.relkind WHEN 'm' THEN '' WHEN 'r' THEN c.oid::text
           ELSE (SELECT string_agg(t.relid::oid::text, ' ') FROM pg_catalog.pg_partition_tree(c.oid) t WHERE t.isleaf) END
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p', 'm') AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   ORDER BY 1, 2`;

const SQLITE_TABLES = `SELECT 'main', name, name FROM sqlite_schema
   WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY 2`;

/** The catalogue is read in pages, as any answer is. */
async function tablesOf(recovery: Recovery, { on, timeoutSeconds }: CheckOf<'rowCounts'>): Promise<CountedTable[]> {
  const isSqlite = recovery.database === undefined || on === 'sqlite';
  const tables: CountedTable[] = [];
  for (let known = -1; known < tables.length; ) {
    known = tables.length;
    const query = `${isSqlite ? SQLITE_TABLES : POSTGRES_TABLES} LIMIT 100 OFFSET ${known}`;
    const answer = await ask(recovery, { on, query, timeoutSeconds });
    if (answer.problem !== undefined) throw new AppError('unavailable', 'tables-unlisted', answer.problem);
    for (const [schema, name, leaves] of answer.rows) {
      const split = isSqlite ? [leaves ?? ''] : (leaves ?? '').split(' ').filter((oid) => oid !== '');
      tables.push({ schema: schema ?? '', name: name ?? '', leaves: split });
    }
  }
  return tables;
}

/** The count, or why there is none. */
async function countOf(
  recovery: Recovery,
  { on, timeoutSeconds }: CheckOf<'rowCounts'>,
  { schema, name }: CountedTable,
): Promise<number | string> {
  const query = `SELECT count(*) FROM ${quoted(schema)}.${quoted(name)}`;
  const answer = await ask(recovery, { on, query, timeoutSeconds });
  if (answer.problem !== undefined) return `not counted: ${answer.problem}`;
  return Number(answer.rows[0]?.[0] ?? Number.NaN);
}

/** SQLite and PostgreSQL quote names alike. */
function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
