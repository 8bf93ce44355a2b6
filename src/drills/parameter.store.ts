import type { Queryable, Tx } from '../database/database.ts';
import type { GivenParameters } from './parameter-value.ts';

/** Keeps the values that a run is given. */
export async function recordParameters(tx: Tx, runId: string, given: GivenParameters): Promise<void> {
  if (Object.keys(given).length === 0) return;
  await tx.execute('UPDATE drill_run SET parameters = $2::jsonb WHERE id = $1', [runId, JSON.stringify(given)]);
}

/** The values that a run was given; empty when it has the defaults of its definition. */
export async function givenParameters(db: Queryable, runId: string): Promise<GivenParameters> {
  const rows = await db.rows<{ parameters: GivenParameters }>('SELECT parameters FROM drill_run WHERE id = $1', [
    runId,
  ]);
  return rows[0]?.parameters ?? {};
}

/** Keeps which parameters keep a run from proving anything of its service. */
export async function recordVaried(tx: Tx, runId: string, names: readonly string[]): Promise<void> {
  if (names.length === 0) return;
  await tx.execute('UPDATE drill_run SET varied_parameters = $2 WHERE id = $1', [runId, names]);
}
