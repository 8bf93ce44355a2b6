import type { Queryable } from '../database/database.ts';
import { allocationCode } from './allocation.ts';
import { HOLDER_NAME } from './holder-name.queries.ts';
import type { PoolHolder } from './refusal.ts';

/** Holders of one pool that an answer can name. */
const HOLDERS_MAX = 10;

/** Who has what of some parts and entitlements at this moment, by the id of the pool: of each, those who give back first. */
export async function poolHolders(
  db: Queryable,
  partIds: readonly string[],
  entitlementIds: readonly string[],
): Promise<Map<string, PoolHolder[]>> {
  const rows = await db.rows<PoolHolder & { readonly poolId: string; readonly number: string }>(
    `SELECT pool.id AS "poolId", live.* FROM unnest($1::uuid[] || $2::uuid[]) AS pool (id) CROSS JOIN LATERAL (
       SELECT a.number, ${HOLDER_NAME} AS holder, l.quantity, l.state, ${UNTIL} AS until,
         coalesce(l.state = 'issued' AND l.due_at < clock_timestamp(), false) AS "isOverdue"
       FROM allocation_line l JOIN allocation a ON a.id = l.allocation_id
       WHERE (l.part_id = pool.id OR l.entitlement_id = pool.id)
         AND (l.state = 'issued' OR l.state = 'held' AND l.expires_at > clock_timestamp())
       ORDER BY ${ENDS_AT} NULLS LAST, l.id LIMIT ${HOLDERS_MAX}) live`,
    [partIds, entitlementIds],
  );
  const ofPool = Map.groupBy(rows, ({ poolId }) => poolId);
  return new Map([...ofPool].map(([poolId, holders]) => [poolId, holders.map(holderOf)]));
}

const ENDS_AT = `CASE l.state WHEN 'held' THEN least(l.expires_at, upper(l.during)) ELSE l.due_at END`;
const UNTIL = `CASE WHEN isfinite(${ENDS_AT}) THEN to_char(${ENDS_AT} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') END`;

function holderOf({ number, holder, quantity, state, until, isOverdue }: PoolHolder & { readonly number: string }) {
  return { code: allocationCode(Number(number)), holder, quantity, state, until, isOverdue };
}
