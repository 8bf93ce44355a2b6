import type { Queryable, Tx } from '../database/database.ts';
import type { Asserted } from './asserted.ts';

/** Keeps how the preflight of a run came out. */
export async function recordPreflight(tx: Tx, runId: string, asserted: readonly Asserted[]): Promise<void> {
  await tx.execute('UPDATE drill_run SET preflight = $2::jsonb, version = version + 1 WHERE id = $1', [
    runId,
    JSON.stringify(asserted),
  ]);
}

/** How the preflight of a run came out, in the order of the definition; empty for a drill without one. */
export async function preflightOf(db: Queryable, runId: string): Promise<readonly Asserted[]> {
  const rows = await db.rows<{ preflight: Asserted[] }>('SELECT preflight FROM drill_run WHERE id = $1', [runId]);
  return rows[0]?.preflight ?? [];
}
