import type { Queryable } from '../database/database.ts';

/** Ids of the parts in use of which pieces are kept for emergencies, from behind one on. */
export async function partsWithReserve(db: Queryable, after: string | null, limit: number): Promise<string[]> {
  const rows = await db.rows<{ readonly id: string }>(
    `SELECT id FROM part WHERE emergency_reserve > 0 AND retired_at IS NULL AND ($1::uuid IS NULL OR id > $1)
     ORDER BY id LIMIT $2`,
    [after, limit],
  );
  return rows.map(({ id }) => id);
}

/** Ids of the entitlements in use, from behind one on. */
export async function entitlementsInUse(db: Queryable, after: string | null, limit: number): Promise<string[]> {
  const rows = await db.rows<{ readonly id: string }>(
    'SELECT id FROM entitlement WHERE retired_at IS NULL AND ($1::uuid IS NULL OR id > $1) ORDER BY id LIMIT $2',
    [after, limit],
  );
  return rows.map(({ id }) => id);
}
