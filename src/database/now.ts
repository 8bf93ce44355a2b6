import type { Queryable } from './database.ts';

/**
 * The database's clock, in whole milliseconds since 1970: the moment that an answer speaks of. Whoever writes reads it behind the
 * lock that decides who comes first.
 */
export async function databaseNowMs(db: Queryable): Promise<number> {
  const [row] = await db.rows<{ readonly now: Date }>('SELECT clock_timestamp() AS now');
  if (!row) throw new Error('SELECT clock_timestamp() answered no row');
  return row.now.getTime();
}
