import type { Tx } from '../../database/database.ts';
import type { Rung } from './ladder.ts';

/** @returns false when the route of the level is not at the expected version, or there is none. */
export async function setAlertRoute(
  tx: Tx,
  level: number,
  expectedVersion: number,
  rungs: readonly Rung[],
): Promise<boolean> {
  const set = `UPDATE alert_route SET rungs = $3::jsonb, version = version + 1, updated_at = now()
    WHERE level = $1 AND version = $2`;
  return (await tx.execute(set, [level, expectedVersion, JSON.stringify(rungs)])) > 0;
}
