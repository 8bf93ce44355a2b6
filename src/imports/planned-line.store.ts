import type { Tx } from '../database/database.ts';
import type { FieldChange, FieldTrouble, Outcome } from './import.ts';
import { PLANNED, STAGED } from './import-kind.ts';

/** What one line would do. */
export interface PlannedLine {
  readonly line: number;
  readonly outcome: Outcome;
  /** The thing that is meant; null for a new one, and where none is. */
  readonly subjectId: string | null;
  readonly problems: readonly FieldTrouble[];
  /** Of an update. */
  readonly changes: readonly FieldChange[];
}

/** A line that could be read, with its cells by their fields: null where a cell says nothing, empty where it takes away. */
export type StagedLine = { readonly line: number } & { readonly [field: string]: string | null };

/** Lines that one statement writes. */
const NOTED_AT_ONCE = 2000;

/** Notes the lines that could not be read as wrong. */
export async function noteUnread(tx: Tx): Promise<void> {
  await tx.execute(
    `INSERT INTO ${PLANNED} (line, outcome, problems)
     SELECT line, 'error', read_problems FROM ${STAGED} WHERE read_problems IS NOT NULL`,
  );
}

/** The lines that could be read, in their order, behind a line and at most so many. */
export async function stagedLines(tx: Tx, limit: number, after = 0): Promise<StagedLine[]> {
  return tx.rows<StagedLine>(
    `SELECT * FROM ${STAGED} WHERE read_problems IS NULL AND line > $1 ORDER BY line LIMIT $2`,
    [after, limit],
  );
}

/** Notes what lines would do. */
export async function notePlanned(tx: Tx, lines: readonly PlannedLine[]): Promise<void> {
  for (let from = 0; from < lines.length; from += NOTED_AT_ONCE) {
    await tx.execute(
      `INSERT INTO ${PLANNED} (line, outcome, subject_id, problems, changes)
       SELECT line, outcome, "subjectId", nullif(problems, '[]'), nullif(changes, '[]')
       FROM jsonb_to_recordset($1::jsonb) AS p (line integer, outcome text, "subjectId" uuid, problems jsonb, changes jsonb)`,
      [JSON.stringify(lines.slice(from, from + NOTED_AT_ONCE))],
    );
  }
}
