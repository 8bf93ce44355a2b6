import type { Queryable } from '../database/database.ts';

/** How the connections of workers name themselves. */
export const WORKERS_APPLICATION = 'muster jobs';

/** Whether any process, wherever it runs, works jobs of this database now. It does not tell of which tags. */
export async function someoneWorks(db: Queryable): Promise<boolean> {
  const [row] = await db.rows<{ works: boolean }>(
    `SELECT EXISTS (
       SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1) AS works`,
    [WORKERS_APPLICATION],
  );
  return row?.works ?? false;
}
