import type { Temporal } from 'temporal-polyfill';
import type { Tx } from '../database/database.ts';
import { dateOf } from '../kernel/clock.ts';
import { type Booking, findRoom, type Span, type UnitCalendar } from './reassign.ts';

/** Units of one part that somebody wants for one stretch of time. */
export interface RoomWish {
  readonly partId: string;
  readonly quantity: number;
  readonly from: Temporal.Instant;
  /** Null: without end. */
  readonly until: Temporal.Instant | null;
  /** The units that will do, the preferred ones first; without it, every usable one. */
  readonly unitIds?: readonly string[];
  /** The line that the room is for, when there is one already: it is in nobody's way, and its unit may be named. */
  readonly ownLineId?: string;
  /** What this transaction will take besides, and has not written yet. */
  readonly besides?: readonly {
    readonly unitId: string;
    readonly from: Temporal.Instant;
    readonly until: Temporal.Instant | null;
  }[];
}

/** A line that was moved to another unit, for the audit entry. */
export interface Reassignment {
  readonly lineId: string;
  readonly allocationId: string;
  readonly fromUnitId: string;
  readonly toUnitId: string;
}

/** Units in stock of one part, and lines on them, that are looked at. Beyond it nothing is moved, and a refusal stands. */
const LOADED_MAX = 500;

/**
 * Makes room for a wish where no unit is free for all of its time: moves held lines that are not pinned to other units of
 * the part. A line stays within its site and within the same floors, so no reserve is touched by a move. The caller holds
 * the pool's lock and then writes its own lines on the units that it is given.
 * @returns undefined, with nothing moved, when there is no way (or none was found within the bound of the search).
 */
export async function makeRoom(
  tx: Tx,
  wish: RoomWish,
): Promise<{ readonly unitIds: readonly string[]; readonly moved: readonly Reassignment[] } | undefined> {
  const units = await unitsOf(tx, wish);
  const lines = (await liveLines(tx, units)).filter(({ id }) => id !== wish.ownLineId);
  if (units.length > LOADED_MAX || lines.length > LOADED_MAX) return undefined;
  const kept = movableOf(units, lines);
  const span = { from: micros(wish.from), until: micros(wish.until) };
  const lasting = units.filter((unit) => lastsUntil(unit, span));
  const unitIds =
    wish.unitIds?.filter((wanted) => lasting.some(({ id }) => id === wanted)) ??
    lasting.filter(({ isUsable }) => isUsable).map(({ id }) => id);
  const wanted = Array.from({ length: wish.quantity }, (_, index) => ({
    ...span,
    id: `wanted ${index}`,
    unitId: null,
    unitIds,
  }));
  const found = findRoom(calendarsOf(units, lines, kept, wish.besides ?? []), kept, wanted);
  if (found.outcome !== 'assigned') return undefined;
  const moved = await move(tx, kept, lines, found.unitOf);
  return { unitIds: wanted.map(({ id }) => found.unitOf.get(id) ?? ''), moved };
}

interface UnitFacts {
  readonly id: string;
  /** False only for the unit of the wish's own line. */
  readonly isUsable: boolean;
  /** The site and the floors that it counts for; null while it lies nowhere. */
  readonly zone: string | null;
  /** When its shelf life is over; null when it has none. */
  readonly expiresAt: string | null;
}

/** Whether a unit can still be handed out when the span begins. */
function lastsUntil({ expiresAt }: UnitFacts, { from }: Pick<Span, 'from'>): boolean {
  return expiresAt === null || from < Number(expiresAt);
}

/** The usable units of the part, and the one of the wish's own line, which may be out already. */
async function unitsOf(tx: Tx, { partId, ownLineId }: RoomWish): Promise<UnitFacts[]> {
  return tx.rows<UnitFacts>(
    `WITH RECURSIVE found AS (
       (SELECT u.id, u.location_id, u.expires_on, true AS usable FROM unit u
        WHERE u.part_id = $1 AND u.state = 'in_stock' AND unit_usable(u) LIMIT $2)
       UNION ALL
       SELECT u.id, u.location_id, u.expires_on, false FROM allocation_line l JOIN unit u ON u.id = l.unit_id
       WHERE l.id = $3 AND NOT unit_usable(u)
     ), up (location_id, at) AS (
       SELECT DISTINCT location_id, location_id FROM found WHERE location_id IS NOT NULL
       UNION ALL
       SELECT up.location_id, l.parent_id FROM up JOIN location l ON l.id = up.at WHERE l.parent_id IS NOT NULL
     ), zones AS (
       SELECT up.location_id, string_agg(up.at::text, ' ' ORDER BY up.at) AS zone
       FROM up JOIN location l ON l.id = up.at
       WHERE l.kind = 'site' OR EXISTS (SELECT FROM part_reserve r WHERE r.part_id = $1 AND r.location_id = up.at)
       GROUP BY up.location_id
     )
     SELECT found.id, found.usable AS "isUsable", zones.zone,
            (extract(epoch FROM ((found.expires_on + 1)::timestamp AT TIME ZONE 'UTC')) * 1000000)::bigint AS "expiresAt"
     FROM found LEFT JOIN zones USING (location_id) ORDER BY found.id`,
    [partId, LOADED_MAX + 1, ownLineId ?? null],
  );
}

interface LiveLine {
  readonly id: string;
  readonly allocationId: string;
  readonly unitId: string;
  readonly canMove: boolean;
  readonly from: string;
  /** Null: without end. */
  readonly until: string | null;
}

/** Live lines on these units; what is issued or pinned, or dead in a moment, cannot move. */
async function liveLines(tx: Tx, units: readonly UnitFacts[]): Promise<LiveLine[]> {
  return tx.rows<LiveLine>(
    `SELECT id, allocation_id AS "allocationId", unit_id AS "unitId",
            state = 'held' AND NOT pinned AND expires_at > clock_timestamp() + interval '1 second' AS "canMove",
            (extract(epoch FROM lower(during)) * 1000000)::bigint AS "from",
            CASE WHEN isfinite(upper(during)) THEN (extract(epoch FROM upper(during)) * 1000000)::bigint END AS "until"
     FROM allocation_line
     WHERE unit_id = ANY ($1::uuid[]) AND state IN ('held', 'issued')
     ORDER BY id LIMIT $2`,
    [units.map(({ id }) => id), LOADED_MAX + 1],
  );
}

/**
 * Lines whose unit is not usable any more stay where they are: whoever collects them finds that out. What is promised of a
 * unit that is out now can go to any other one.
 */
function movableOf(units: readonly UnitFacts[], lines: readonly LiveLine[]): Booking[] {
  const unitById = new Map(units.map((unit) => [unit.id, unit]));
  return lines.flatMap((line) => {
    const own = unitById.get(line.unitId);
    if (!line.canMove || !own) return [];
    const span = spanOf(line);
    const isSuitable = (unit: UnitFacts) =>
      unit.isUsable && (own.zone === null || unit.zone === own.zone) && lastsUntil(unit, span);
    const others = units.filter((unit) => unit === own || isSuitable(unit));
    return [{ ...span, id: line.id, unitId: line.unitId, unitIds: others.map(({ id }) => id) }];
  });
}

function calendarsOf(
  units: readonly UnitFacts[],
  lines: readonly LiveLine[],
  kept: readonly Booking[],
  besides: NonNullable<RoomWish['besides']>,
): UnitCalendar[] {
  const movable = new Set(kept.map(({ id }) => id));
  const fixed = Map.groupBy(
    [
      ...lines.filter(({ id }) => !movable.has(id)).map((line) => ({ unitId: line.unitId, ...spanOf(line) })),
      ...besides.map(({ unitId, from, until }) => ({ unitId, from: micros(from), until: micros(until) })),
    ],
    ({ unitId }) => unitId,
  );
  return units.map(({ id }) => ({ id, fixed: fixed.get(id) ?? [] }));
}

/**
 * Carries the moves out. Two lines that change places would meet on a unit half-way, and that constraint is checked row by
 * row: so all of them are parked first, each in an hour of the year 1 of its own, and then set down where they go.
 */
async function move(
  tx: Tx,
  kept: readonly Booking[],
  lines: readonly LiveLine[],
  unitOf: ReadonlyMap<string, string>,
): Promise<Reassignment[]> {
  const allocationOf = new Map(lines.map(({ id, allocationId }) => [id, allocationId]));
  const moved = kept.flatMap(({ id, unitId }): Reassignment[] => {
    const toUnitId = unitOf.get(id);
    if (unitId === null || toUnitId === undefined || toUnitId === unitId) return [];
    return [{ lineId: id, allocationId: allocationOf.get(id) ?? '', fromUnitId: unitId, toUnitId }];
  });
  if (moved.length === 0) return moved;
  const lineIds = moved.map(({ lineId }) => lineId);
  const windows = await tx.rows<{ id: string; during: string }>(
    'SELECT id, during::text FROM allocation_line WHERE id = ANY ($1::uuid[])',
    [lineIds],
  );
  await tx.execute(
    `UPDATE allocation_line l
     SET during = tstzrange(timestamptz '0001-01-01 00:00Z' + m.n * interval '1 hour',
                            timestamptz '0001-01-01 00:00Z' + (m.n + 1) * interval '1 hour')
     FROM unnest($1::uuid[]) WITH ORDINALITY AS m (id, n) WHERE l.id = m.id`,
    [lineIds],
  );
  const duringOf = new Map(windows.map(({ id, during }) => [id, during]));
  await tx.execute(
    `UPDATE allocation_line l SET unit_id = m.unit_id, during = m.during
     FROM unnest($1::uuid[], $2::uuid[], $3::tstzrange[]) AS m (id, unit_id, during) WHERE l.id = m.id`,
    [lineIds, moved.map(({ toUnitId }) => toUnitId), lineIds.map((id) => duringOf.get(id) ?? '')],
  );
  // Whoever has read one of these allocations has read another unit.
  await tx.execute(
    `UPDATE allocation a SET version = version + 1, updated_at = now()
     FROM (SELECT id FROM allocation WHERE id = ANY ($1::uuid[]) ORDER BY id FOR NO KEY UPDATE) held WHERE a.id = held.id`,
    [moved.map(({ allocationId }) => allocationId)],
  );
  return moved;
}

function spanOf(line: Pick<LiveLine, 'from' | 'until'>) {
  return { from: Number(line.from), until: line.until === null ? Number.POSITIVE_INFINITY : Number(line.until) };
}

function micros(instant: Temporal.Instant | null): number {
  return instant === null ? Number.POSITIVE_INFINITY : dateOf(instant).getTime() * 1000;
}
