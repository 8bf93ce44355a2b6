import { stringify } from 'csv-stringify/sync';
import type { Queryable } from '../database/database.ts';
import { guarded } from './formula.ts';
import type { ImportKind } from './import-kind.ts';

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
  const names = kind.fields.map(({ name }) => name);
  yield stringify([names], { bom: true });
  const sql = `SELECT id, ARRAY[${names.map((name) => `c."${name}"`).join(', ')}]::text[] AS cells FROM (${kind.current}) c
    WHERE ($1::uuid IS NULL OR c.id > $1) ${kind.exported === undefined ? '' : `AND ${kind.exported}`}
    ORDER BY c.id LIMIT ${BATCH_ROWS}`;
  let done = 0;
  for (let after: string | null = null; ; ) {
    const rows: { id: string; cells: (string | null)[] }[] = await db.rows(sql, [after]);
    done += rows.length;
    onRows?.(done);
    if (rows.length > 0)
      yield stringify(rows.map(({ cells }) => cells.map((cell) => (cell === null ? '' : guarded(cell)))));
    if (rows.length < BATCH_ROWS) return;
    after = rows.at(-1)?.id ?? null;
  }
}
