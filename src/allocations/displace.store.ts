import type { Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import type { Span } from './allocate-span.ts';
import { allocationCode } from './allocation.ts';
import type { Displaced, HeldLine } from './displace.ts';

/** More holds on the pools of one wish than an emergency should have to wait for. */
const HELD_MAX = 5000;

/** The live holds on these pools that meet the span, read under the pools' locks. */
export async function heldLines(
  tx: Tx,
  { parts, entitlements }: { readonly parts: readonly string[]; readonly entitlements: readonly string[] },
  span: Span,
): Promise<HeldLine[]> {
  const rows = await tx.rows<Omit<HeldLine, 'untilMs'> & { readonly untilMs: number | null }>(
    `SELECT l.id AS "lineId", a.purpose, l.quantity, l.from_reserve AS "isFromReserve", l.part_id AS "partId",
            l.entitlement_id AS "entitlementId",
            (extract(epoch FROM lower(l.during)) * 1000)::double precision AS "fromMs",
            CASE WHEN isfinite(upper(l.during)) THEN (extract(epoch FROM upper(l.during)) * 1000)::double precision END AS "untilMs",
            CASE WHEN u.id IS NOT NULL THEN json_build_object('id', u.id, 'serial', u.serial, 'assetTag', u.asset_tag) END AS unit,
            CASE WHEN s.id IS NOT NULL THEN
              json_build_object('id', s.id, 'lot', s.lot, 'expiresOn', s.expires_on, 'quantity', s.quantity) END AS row,
            CASE WHEN loc.id IS NOT NULL THEN json_build_object('id', loc.id, 'code', loc.code) END AS place,
            ARRAY(SELECT r.location_id FROM part_reserve r
                  WHERE r.part_id = l.part_id AND loc.id IN (SELECT location_subtree(r.location_id))) AS zones,
            CASE WHEN u.id IS NOT NULL THEN unit_usable(u) AND (u.expires_on IS NULL OR u.expires_on >= $4::date)
                 WHEN s.id IS NOT NULL THEN s.condition = 'usable' AND (s.expires_on IS NULL OR s.expires_on >= $4::date)
                 ELSE true END AS "isUsable"
     FROM allocation_line l JOIN allocation a ON a.id = l.allocation_id
     LEFT JOIN unit u ON u.id = l.unit_id LEFT JOIN stock s ON s.id = l.stock_id
     LEFT JOIN location loc ON loc.id = coalesce(u.location_id, s.location_id)
     WHERE (l.part_id = ANY ($1::uuid[]) OR l.entitlement_id = ANY ($2::uuid[]))
       AND l.state = 'held' AND l.expires_at > clock_timestamp() AND l.during && $3::tstzrange
     ORDER BY l.id DESC LIMIT ${HELD_MAX}`,
    [parts, entitlements, span.range, span.firstDay],
  );
  return rows.map((row) => ({ ...row, untilMs: row.untilMs ?? Number.POSITIVE_INFINITY }));
}

/** A displaced line, and who is to be told. */
export type Taken = Displaced & { readonly recipients: readonly string[] };

/**
 * Ends held lines because an emergency needs what they hold.
 * @param note why, for those who had it.
 */
export async function preemptLines(tx: Tx, lineIds: readonly string[], note: string): Promise<Taken[]> {
  const ended = await tx.rows<{ id: string; allocation_id: string }>(
    `UPDATE allocation_line SET state = 'preempted', ended_at = clock_timestamp(), end_note = $2
     WHERE id = ANY ($1::uuid[]) AND state = 'held' RETURNING id, allocation_id`,
    [lineIds, note],
  );
  if (ended.length < lineIds.length) {
    throw new AppError('internal', 'hold-gone', 'A hold changed although its pool is locked');
  }
  await tx.execute(
    `UPDATE allocation a SET version = version + 1, updated_at = now()
     FROM (SELECT id FROM allocation WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE) held WHERE a.id = held.id`,
    [ended.map((line) => line.allocation_id)],
  );
  const taken = await tx.rows<Omit<Taken, 'code'> & { readonly number: string }>(TAKEN, [lineIds]);
  return taken.map(({ number, ...line }) => ({ ...line, code: allocationCode(Number(number)) }));
}

const TAKEN = `
  SELECT l.id AS "lineId", a.id AS "allocationId", a.number, a.purpose, l.quantity,
         coalesce(hp.name, hs.name, hj.name) AS holder,
         coalesce(u.serial || ' of ' || p.part_number, p.part_number, e.name) AS what,
         array_remove(ARRAY[coalesce(hp.id, hs.owner_id, hj.owner_id), a.created_by], NULL) AS recipients
  FROM allocation_line l JOIN allocation a ON a.id = l.allocation_id
  LEFT JOIN principal hp ON hp.id = a.holder_principal_id
  LEFT JOIN service hs ON hs.id = a.holder_service_id
  LEFT JOIN project hj ON hj.id = a.holder_project_id
  LEFT JOIN part p ON p.id = l.part_id LEFT JOIN unit u ON u.id = l.unit_id LEFT JOIN entitlement e ON e.id = l.entitlement_id
  WHERE l.id = ANY ($1::uuid[])
  ORDER BY array_position($1::uuid[], l.id)`;
