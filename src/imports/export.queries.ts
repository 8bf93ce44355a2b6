import { stringify } from 'csv-stringify/sync';
import type { Queryable } from '../database/database.ts';
import { guarded } from './formula.ts';
import type { ComparedKind, ExportedRow, ImportKind, PlannedKind } from './import-kind.ts';

/** Rows that are read at once. */
const BATCH_ROWS = 2000;

/**
 * Everything of a kind as CSV (UTF-8 with a byte order mark, by which spreadsheets know it), in the order of ids, a batch of rows
 * at a time. Each row is as it is when it is read. An import of it changes nothing.
 */
export async function* exportCsv(
  db: Queryable,
  kind: ImportKind,
  onRows?: (done: number) => void,
): AsyncGenerator<string> {
  yield stringify([kind.fields.map(({ name }) => name)], { bom: true });
  const rowsBehind = 'plan' in kind ? kind.exportRows : comparedRows(kind);
  let done = 0;
  for (let after: string | null = null; ; ) {
    const rows: readonly ExportedRow[] = await rowsBehind(db, after, BATCH_ROWS);
    done += rows.length;
    onRows?.(done);
    if (rows.length > 0)
      yield stringify(rows.map(({ cells }) => cells.map((cell) => (cell === null ? '' : guarded(cell)))));
    if (rows.length < BATCH_ROWS) return;
    after = rows.at(-1)?.id ?? null;
  }
}

function comparedRows({ fields, current, exported }: ComparedKind): PlannedKind['exportRows'] {
  const sql = `SELECT id, ARRAY[${fields.map(({ name }) => `c."${name}"`).join(', ')}]::text[] AS cells FROM (${current}) c
    WHERE ($1::uuid IS NULL OR c.id > $1) ${exported === undefined ? '' : `AND ${exported}`} ORDER BY c.id LIMIT $2`;
  return (db, after, limit) => db.rows<ExportedRow>(sql, [after, limit]);
}
