import type { Queryable } from '../../database/database.ts';

/** Ids of ladders that go on and have a firing that is due at an instant, in their order; `after` continues behind one. */
export async function dueLadders(db: Queryable, nowMs: number, after: string | null, limit: number): Promise<string[]> {
  const rows = await db.rows<{ id: string }>(
    `SELECT DISTINCT l.id FROM alert_firing f JOIN alert_ladder l ON l.id = f.ladder_id
     WHERE f.state = 'pending' AND f.due_at <= $1 AND l.ended_at IS NULL AND l.rests_since IS NULL
       AND ($2::uuid IS NULL OR l.id > $2)
     ORDER BY l.id LIMIT $3`,
    [new Date(nowMs), after, limit],
  );
  return rows.map(({ id }) => id);
}
