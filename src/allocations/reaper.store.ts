import type { Queryable } from '../database/database.ts';

/** Dead holds whose end nobody has noted, the longest dead first, with their pools. */
export interface DeadHold {
  readonly lineId: string;
  readonly partId: string | null;
  readonly entitlementId: string | null;
}

/** @param limit how many at most. */
export async function deadHolds(db: Queryable, limit: number): Promise<DeadHold[]> {
  return db.rows<DeadHold>(
    `SELECT id AS "lineId", part_id AS "partId", entitlement_id AS "entitlementId"
     FROM allocation_line WHERE state = 'held' AND expires_at <= now() ORDER BY expires_at LIMIT $1`,
    [limit],
  );
}
