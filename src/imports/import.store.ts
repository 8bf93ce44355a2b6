import { copied, NO_VALUE } from '../database/copy-in.ts';
import type { Database, Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import type { FileForm } from './file-form.ts';
import type { FieldDefaults } from './headers.ts';
import type { FileColumn, ImportCounts, ImportProgress, ImportState } from './import.ts';
import { PLANNED } from './import-kind.ts';
import type { ReadLine } from './line-reader.ts';

/** A file that begins to be read. */
export interface NewImport extends FileForm {
  readonly id: string;
  readonly kind: string;
  readonly fileName: string;
  readonly columns: readonly FileColumn[];
  readonly mappingName: string | null;
  readonly defaults: FieldDefaults;
  readonly createdBy: string | null;
}

export async function insertImport(tx: Tx, wanted: NewImport): Promise<void> {
  await tx.execute(
    `INSERT INTO import (id, kind, file_name, encoding, delimiter, decimal_mark, columns, mapping_name, defaults, created_by)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      wanted.id,
      wanted.kind,
      wanted.fileName,
      wanted.encoding,
      wanted.delimiter,
      wanted.decimalMark,
      JSON.stringify(wanted.columns),
      wanted.mappingName,
      JSON.stringify(wanted.defaults),
      wanted.createdBy,
    ],
  );
}

/** Batches that one COPY takes: to the server each is a statement, and has a statement's time, however slowly a file comes in. */
const BATCHES_AT_ONCE = 10;

/** Keeps lines as they are read. @returns how many there were. */
export async function copyLines(
  tx: Tx,
  importId: string,
  batches: AsyncIterable<readonly ReadLine[]>,
): Promise<number> {
  const source = batches[Symbol.asyncIterator]();
  let isOver = false;
  async function* next(): AsyncGenerator<string> {
    for (let taken = 0; taken < BATCHES_AT_ONCE; taken += 1) {
      const { value, done } = await source.next();
      isOver = done === true;
      if (isOver) return;
      yield rowsOf(importId, value);
    }
  }
  let count = 0;
  while (!isOver) {
    count += await tx.copyIn('COPY import_line (import_id, line, read_problems, cells) FROM STDIN', next());
  }
  return count;
}

function rowsOf(importId: string, batch: readonly ReadLine[]): string {
  const rows = batch.map(({ line, troubles, cells }) => {
    const problems = troubles.length === 0 ? NO_VALUE : copied(JSON.stringify(troubles));
    return `${importId}\t${line}\t${problems}\t{${cells.map(elementOf).join()}}\n`;
  });
  return rows.join('');
}

/** A cell as an element of an array. */
function elementOf(cell: string | null): string {
  if (cell === null) return 'NULL';
  return `"${copied(/["\\]/.test(cell) ? cell.replaceAll(/["\\]/g, '\\$&') : cell)}"`;
}

/** Notes what the file was, once all of it has been read. */
export async function noteWholeFile(
  tx: Tx,
  importId: string,
  file: { readonly sha256: string; readonly sizeBytes: number; readonly lines: number },
): Promise<void> {
  await tx.execute('UPDATE import SET sha256 = $2, size_bytes = $3, lines = $4 WHERE id = $1', [
    importId,
    file.sha256,
    file.sizeBytes,
    file.lines,
  ]);
}

/** An import whose state nobody else changes until the transaction ends. */
export interface LockedImport {
  readonly id: string;
  readonly kind: string;
  readonly fileName: string;
  readonly sha256: string;
  readonly state: ImportState;
  readonly lines: number;
  readonly errors: number;
  readonly createdBy: string | null;
  readonly defaults: FieldDefaults;
  /** The highest number of a line. */
  readonly lastLine: number;
}

/** @throws AppError `not-found` `no-such-import`. */
export async function lockImport(tx: Tx, id: string): Promise<LockedImport> {
  // Progress that is noted meanwhile refers to the row, so its key stays free.
  const [found] = await tx.rows<Omit<LockedImport, 'lastLine'>>(
    `SELECT id, kind, file_name AS "fileName", sha256, state, lines, errors, created_by AS "createdBy", defaults
     FROM import WHERE id = $1 FOR NO KEY UPDATE`,
    [id],
  );
  if (!found) throw noSuchImport(id);
  const [last] = await tx.rows<{ line: number | null }>(
    'SELECT max(line) AS line FROM import_line WHERE import_id = $1',
    [id],
  );
  return { ...found, lastLine: last?.line ?? 0 };
}

/** Lines that one statement writes, so that none runs long. */
const NOTED_AT_ONCE = 20_000;

/** Keeps what was planned with the lines, and counts it. */
export async function notePlan(tx: Tx, { id, lastLine }: LockedImport): Promise<void> {
  for (let from = 1; from <= lastLine; from += NOTED_AT_ONCE) {
    await tx.execute(
      `UPDATE import_line l SET outcome = p.outcome, problems = p.problems, changes = p.changes, subject_id = p.known_id
       FROM (${PLAN}) p
       WHERE l.import_id = $1 AND l.line = p.line AND p.line BETWEEN $2 AND $3 AND ${DIFFERS}`,
      [id, from, from + NOTED_AT_ONCE - 1],
    );
  }
  const counts = await plannedCounts(tx);
  await tx.execute(
    `UPDATE import SET state = 'checked', failure = NULL, creates = $2, updates = $3, unchanged = $4, errors = $5,
       checked_at = clock_timestamp() WHERE id = $1`,
    [id, counts.creates, counts.updates, counts.unchanged, counts.errors],
  );
}

/** The lines whose plan is another than the one that was kept with them, first ones first. */
export async function changedPlans(tx: Tx, id: string, limit: number): Promise<readonly number[]> {
  const rows = await tx.rows<{ line: number }>(
    `SELECT l.line FROM import_line l JOIN (${PLAN}) p ON p.line = l.line
     WHERE l.import_id = $1 AND ${DIFFERS} ORDER BY l.line LIMIT $2`,
    [id, limit],
  );
  return rows.map(({ line }) => line);
}

const PLAN = `SELECT line, outcome, problems, changes,
    CASE WHEN outcome <> 'create' THEN subject_id END AS known_id
  FROM ${PLANNED}`;
const DIFFERS = `(l.outcome, l.problems, l.changes, l.subject_id)
  IS DISTINCT FROM (p.outcome, p.problems, p.changes, p.known_id)`;

export async function plannedCounts(tx: Tx): Promise<Omit<ImportCounts, 'lines'>> {
  const rows = await tx.rows<{ outcome: string; count: string }>(
    `SELECT outcome, count(*) FROM ${PLANNED} GROUP BY outcome`,
  );
  const count = (outcome: string) => Number(rows.find((row) => row.outcome === outcome)?.count ?? 0);
  return {
    creates: count('create'),
    updates: count('update'),
    unchanged: count('unchanged'),
    errors: count('error'),
  };
}

export async function noteApplied(tx: Tx, id: string, appliedBy: string | null): Promise<void> {
  await tx.execute(
    `UPDATE import SET state = 'applied', failure = NULL, applied_by = $2, applied_at = clock_timestamp() WHERE id = $1`,
    [id, appliedBy],
  );
}

/** Says why a step was not done. One that was never checked has failed; another can be tried again. */
export async function noteFailure(db: Database, id: string, failure: string): Promise<void> {
  await db.execute(
    `UPDATE import SET failure = left($2, 2000), state = CASE state WHEN 'read' THEN 'failed' ELSE state END
     WHERE id = $1 AND state <> 'applied'`,
    [id, failure],
  );
}

/** Says how far a step is; on a connection of its own, so that others see it before the step's transaction ends. */
export async function noteProgress(db: Database, id: string, { step, done, total }: ImportProgress): Promise<void> {
  await db.execute(
    `INSERT INTO import_progress (import_id, step, done, total) VALUES ($1, $2, $3, $4)
     ON CONFLICT (import_id) DO UPDATE SET step = $2, done = $3, total = $4, updated_at = clock_timestamp()`,
    [id, step, done, total],
  );
}

/** The step is over, one way or the other. */
export async function endProgress(db: Database, id: string): Promise<void> {
  await db.execute('DELETE FROM import_progress WHERE import_id = $1', [id]);
}

/** Days after which an import that nobody applied is forgotten. */
const KEPT_DAYS = 30;

/** Forgets imports that were never applied. For a job. @returns how many. */
export async function purgeOldImports(db: Database): Promise<number> {
  return db.execute(`DELETE FROM import WHERE state <> 'applied' AND created_at < now() - make_interval(days => $1)`, [
    KEPT_DAYS,
  ]);
}

export function noSuchImport(id: string): AppError {
  return new AppError('not-found', 'no-such-import', `There is no import ${id}`);
}
