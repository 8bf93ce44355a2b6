import { stringify } from 'csv-stringify/sync';
import type { Queryable } from '../database/database.ts';
import { guarded } from './formula.ts';
import { importLines } from './import.queries.ts';
import type { Import } from './import.ts';
import { headerOf } from './import.views.ts';

/** Lines that are read at once. */
const BATCH_LINES = 1000;

/** Everything that is wrong with a file as CSV, a batch of lines at a time. */
export async function* errorsCsv(db: Queryable, { id, columns }: Import): AsyncGenerator<string> {
  yield stringify([['line', 'column', 'problem']], { bom: true });
  for (let after = 0; ; ) {
    const lines = await importLines(db, id, { outcome: 'error', after, limit: BATCH_LINES });
    yield stringify(
      lines.flatMap(({ line, problems }) =>
        problems.map(({ field, message }) => [line, guarded(headerOf(columns, field) ?? ''), guarded(message)]),
      ),
    );
    if (lines.length < BATCH_LINES) return;
    after = lines.at(-1)?.line ?? 0;
  }
}
