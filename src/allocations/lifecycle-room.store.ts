import type { Tx } from '../database/database.ts';
import { freeUnitFor, type Span } from './lifecycle.queries.ts';
import type { LockedLine } from './lifecycle.ts';

/** Somebody else's line that was moved to another unit of the part, for the audit entry. */
export interface MovedLine {
  readonly lineId: string;
  readonly allocationId: string;
  readonly fromUnitId: string;
  readonly toUnitId: string;
}

/**
 * Clears a line's unit for a span: what others hold of it inside is moved to other units of the part at the same site,
 * where it is not pinned. The caller holds the pool's lock.
 * @returns undefined when something cannot be moved; the caller then gives up, so that nothing has moved.
 */
export async function clearUnitFor(tx: Tx, line: LockedLine, { from, until }: Span): Promise<MovedLine[] | undefined> {
  const inTheWay = await tx.rows<OtherLine>(
    `SELECT l.id, l.allocation_id AS "allocationId", l.part_id AS "partId", l.unit_id AS "unitId",
            l.from_reserve AS "isFromReserve", lower(l.during) AS "beginsAt",
            CASE WHEN isfinite(upper(l.during)) THEN upper(l.during) END AS "endsAt",
            l.state = 'held' AND NOT l.pinned AS "canMove"
     FROM allocation_line l
     WHERE l.unit_id = $1 AND l.id <> $2 AND l.state IN ('held', 'issued')
       AND l.during && tstzrange($3, coalesce($4::timestamptz, 'infinity'))
     ORDER BY lower(l.during)`,
    [line.unitId, line.id, from, until],
  );
  if (inTheWay.some(({ canMove }) => !canMove)) return undefined;
  const moved: MovedLine[] = [];
  for (const other of inTheWay) {
    const span = { from: other.beginsAt, until: other.endsAt };
    const toUnitId = await freeUnitFor(tx, other, span, { atSameSite: true });
    if (toUnitId === undefined) return undefined;
    await tx.execute('UPDATE allocation_line SET unit_id = $2 WHERE id = $1', [other.id, toUnitId]);
    moved.push({ lineId: other.id, allocationId: other.allocationId, fromUnitId: other.unitId, toUnitId });
  }
  // Whoever has read one of these allocations has read another unit.
  await tx.execute(
    `UPDATE allocation a SET version = version + 1, updated_at = now()
     FROM (SELECT id FROM allocation WHERE id = ANY ($1::uuid[]) AND id <> (SELECT allocation_id FROM allocation_line WHERE id = $2)
           ORDER BY id FOR NO KEY UPDATE) held
     WHERE a.id = held.id`,
    [moved.map(({ allocationId }) => allocationId), line.id],
  );
  return moved;
}

interface OtherLine {
  readonly id: string;
  readonly allocationId: string;
  readonly partId: string;
  readonly unitId: string;
  readonly isFromReserve: boolean;
  readonly beginsAt: Date;
  readonly endsAt: Date | null;
  readonly canMove: boolean;
}
