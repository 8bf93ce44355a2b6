import type { Queryable } from '../database/database.ts';
import { allocationCode, instantOrNull } from './allocation.ts';
import { HOLDER_NAME } from './holder-name.queries.ts';
import { type LockedLine, shown } from './lifecycle.ts';

/** From when to when; a null end is none. */
export interface Span {
  readonly from: Date;
  readonly until: Date | null;
}

/** What stands between a unit and its being handed out, in words; undefined when nothing does. */
export async function whyUnitIsNotUsable(db: Queryable, unitId: string): Promise<string | undefined> {
  const [unit] = await db.rows<UnitFacts>(
    `SELECT u.state, u.expires_on::text AS "expiresOn", u.test_due_on::text AS "testDueOn", loc.code AS location,
            u.expires_on < utc_today() AS "isExpired", unit_usable(u) AS "isUsable", a.number, ${HOLDER_NAME} AS holder,
            out.due_at AS "dueAt", out.due_at < clock_timestamp() AS "isOverdue"
     FROM unit u
     LEFT JOIN location loc ON loc.id = u.location_id
     LEFT JOIN allocation_line out ON out.unit_id = u.id AND out.state = 'issued'
     LEFT JOIN allocation a ON a.id = out.allocation_id
     
     WHERE u.id = $1`,
    [unitId],
  );
  if (!unit || unit.isUsable) return undefined;
  if (unit.state === 'issued' && unit.number !== null) {
    const due =
      unit.dueAt === null ? 'without a due date' : `${unit.isOverdue ? 'overdue since' : 'until'} ${shown(unit.dueAt)}`;
    return `it is handed out to ${unit.holder} by ${allocationCode(Number(unit.number))}, ${due}`;
  }
  if (unit.state !== 'in_stock')
    return `it is ${unit.state.replace('_', ' ')}${unit.location ? ` at ${unit.location}` : ''}`;
  if (unit.isExpired) return `its shelf life ended on ${unit.expiresOn}`;
  return `its test was due on ${unit.testDueOn}: test it first`;
}

/**
 * The unit of the same part that can be handed out, or kept, in place of a line's own for the whole span: at the same
 * location if possible, then the one whose test is longest ago. What would touch a reserve is left out.
 */
export async function freeUnitFor(
  db: Queryable,
  line: Pick<LockedLine, 'partId' | 'unitId' | 'isFromReserve'>,
  { from, until }: Span,
  { atSameSite = false } = {},
): Promise<string | undefined> {
  const [found] = await db.rows<{ id: string }>(
    `WITH RECURSIVE own AS (
       SELECT u AS unit, coalesce(u.location_id, (
         SELECT m.from_location_id FROM movement m WHERE m.unit_id = u.id AND m.kind = 'issue' ORDER BY m.id DESC LIMIT 1
       )) AS location_id FROM unit u WHERE u.id = $2
     ), up (id, parent_id) AS (
       SELECT l.id, l.parent_id FROM own JOIN location l ON l.id = own.location_id
       UNION ALL SELECT l.id, l.parent_id FROM up JOIN location l ON l.id = up.parent_id
     ), wanted AS (
       SELECT tstzrange($3, coalesce($4::timestamptz, 'infinity')) AS span
     ), beside AS (
       ${candidates('u.location_id = (SELECT location_id FROM own)', 0)}
     ), anywhere AS (
       ${candidates('(NOT $6 OR u.location_id IN (SELECT location_subtree(id) FROM up WHERE parent_id IS NULL))', 1)}
     )
     SELECT u.id
     FROM (SELECT * FROM beside UNION ALL SELECT * FROM anywhere ORDER BY preference, last_tested_at NULLS FIRST, id) u
     WHERE $5 OR (
       (SELECT ${leavesFloor('p.emergency_reserve', 'NULL::uuid', 'true')} FROM part p, own, wanted WHERE p.id = $1)
       AND NOT EXISTS (
         SELECT FROM part_reserve r, own, wanted
         WHERE r.part_id = $1 AND u.location_id IN (SELECT location_subtree(r.location_id))
           AND NOT ${leavesFloor('r.quantity', 'r.location_id', 'own.location_id IN (SELECT location_subtree(r.location_id))')}))
     LIMIT 1`,
    [line.partId, line.unitId, from, until, line.isFromReserve, atSameSite],
  );
  return found?.id;
}

/** As many candidates as are looked at: the first of them does, unless a reserve below its location is at its floor. */
const CANDIDATES_MAX = 100;

/** Units of the part that are free for the span, in the order of the index that they are picked by. */
const candidates = (where: string, preference: number) =>
  `SELECT u.id, u.location_id, u.last_tested_at, ${preference} AS preference FROM unit u
   WHERE u.part_id = $1 AND u.state = 'in_stock' AND unit_usable(u) AND u.id <> $2 AND ${where}
     AND NOT EXISTS (
       SELECT FROM allocation_line l
       WHERE l.unit_id = u.id AND l.state IN ('held', 'issued') AND l.during && (SELECT span FROM wanted))
   ORDER BY u.last_tested_at NULLS FIRST, u.id LIMIT ${CANDIDATES_MAX}`;

/** Whether a floor stays whole with one more unit taken. The line itself is among what is held while its own unit can be used. */
const leavesFloor = (floor: string, below: string, isOwnBelow: string) =>
  `(SELECT ${floor} = 0 OR part_usable($1, ${below}, pieces) >= pieces FROM (
      SELECT ${floor} + 1 + part_held_peak($1, ${below}, wanted.span)
        - CASE WHEN unit_usable(own.unit) AND ${isOwnBelow} THEN 1 ELSE 0 END AS pieces) needed)`;

/** A unit in stock as messages name it: `SN-0042 at NB-R2`. */
export async function unitInWords(db: Queryable, unitId: string): Promise<string> {
  const [unit] = await db.rows<{ serial: string; code: string | null }>(
    'SELECT u.serial, l.code FROM unit u LEFT JOIN location l ON l.id = u.location_id WHERE u.id = $1',
    [unitId],
  );
  return `${unit?.serial ?? unitId}${unit?.code ? ` at ${unit.code}` : ''}`;
}

/** Where else pieces of a stock row's part lie that can be used, the most first: `12 at NB-R2`. What is held there counts too. */
export async function stockElsewhere(db: Queryable, stockId: string): Promise<string[]> {
  const rows = await db.rows<{ quantity: number; code: string }>(
    `SELECT s.quantity, l.code FROM stock own JOIN stock s ON s.part_id = own.part_id AND s.id <> own.id
     JOIN location l ON l.id = s.location_id
     WHERE own.id = $1 AND s.condition = 'usable' AND s.quantity > 0 AND (s.expires_on IS NULL OR s.expires_on >= utc_today())
     ORDER BY s.quantity DESC, s.id LIMIT ${OTHERS_MAX}`,
    [stockId],
  );
  return rows.map(({ quantity, code }) => `${quantity} at ${code}`);
}

/** As many others as a message can name. */
const OTHERS_MAX = 5;

/**
 * Who else has, or is promised, the same unit, stock row or seats inside a span, for messages: `CO-000012 (Mail team, from
 * ... until ...)`. Live lines only; an issued one without a due date has no end. Pieces of bulk that are out are left out,
 * because they lie there no more.
 */
export async function othersOn(
  db: Queryable,
  line: LockedLine,
  { from, until }: Span,
  { promisesOnly = false } = {},
): Promise<string[]> {
  const [column, id] =
    line.kind === 'unit'
      ? ['unit_id', line.unitId]
      : line.kind === 'stock'
        ? ['stock_id', line.stockId]
        : ['entitlement_id', line.entitlementId];
  const rows = await db.rows<OtherRow>(
    `SELECT a.number, ${HOLDER_NAME} AS holder, l.quantity, l.state, lower(l.during) AS "from", upper(l.during) AS "until"
     FROM allocation_line l JOIN allocation a ON a.id = l.allocation_id 
     WHERE l.${column} = $1 AND l.id <> $2
       AND ((l.state = 'held' AND l.expires_at > clock_timestamp() AND l.during && tstzrange($3, coalesce($4::timestamptz, 'infinity')))
            OR (l.state = 'issued' AND l.kind <> 'stock' AND NOT $5))
     ORDER BY lower(l.during), l.id LIMIT ${OTHERS_MAX}`,
    [id, line.id, from, until, promisesOnly],
  );
  return rows.map((row) => {
    const end = instantOrNull(row.until) === null ? 'without an end' : `until ${shown(row.until as Date)}`;
    const what = line.kind === 'unit' ? '' : `${row.quantity} for `;
    return `${what}${row.holder} by ${allocationCode(Number(row.number))}, ${row.state} from ${shown(row.from)} ${end}`;
  });
}

/** How many pieces lie in a stock row, what is promised of them inside the span, and whether they can still be used. */
export async function stockFor(
  db: Queryable,
  stockId: string,
  { from, until }: Span,
): Promise<{
  readonly quantity: number;
  readonly heldPeak: number;
  readonly isUsable: boolean;
  readonly location: string;
}> {
  const [row] = await db.rows<{ quantity: number; heldPeak: string; isUsable: boolean; location: string }>(
    `SELECT s.quantity, stock_held_peak(s.id, tstzrange($2, greatest($2, coalesce($3::timestamptz, 'infinity')))) AS "heldPeak",
            s.condition = 'usable' AND (s.expires_on IS NULL OR s.expires_on >= utc_today()) AS "isUsable", loc.code AS location
     FROM stock s JOIN location loc ON loc.id = s.location_id WHERE s.id = $1`,
    [stockId, from, until],
  );
  return { quantity: 0, isUsable: false, location: '', ...row, heldPeak: Number(row?.heldPeak ?? 0) };
}

/** The seats of an entitlement that check-outs may reach, and the peak of those in use or promised inside the span. */
export async function seatsFor(
  db: Queryable,
  entitlementId: string,
  { from, until }: Span,
): Promise<{ readonly max: number; readonly reserve: number; readonly peak: number; readonly ordinaryPeak: number }> {
  const [row] = await db.rows<{ max: number; reserve: number; peak: string; ordinaryPeak: string }>(
    `SELECT entitlement_seats_max(e) AS max, e.emergency_reserve AS reserve,
            seats_used_peak(e.id, span, false) AS peak, seats_used_peak(e.id, span, true) AS "ordinaryPeak"
     FROM entitlement e, LATERAL (SELECT tstzrange($2, coalesce($3::timestamptz, 'infinity')) AS span) s WHERE e.id = $1`,
    [entitlementId, from, until],
  );
  return {
    max: row?.max ?? 0,
    reserve: row?.reserve ?? 0,
    peak: Number(row?.peak),
    ordinaryPeak: Number(row?.ordinaryPeak),
  };
}

interface UnitFacts {
  readonly state: string;
  readonly expiresOn: string | null;
  readonly testDueOn: string | null;
  readonly location: string | null;
  readonly isExpired: boolean | null;
  readonly isUsable: boolean;
  readonly number: string | null;
  readonly holder: string | null;
  readonly dueAt: Date | null;
  readonly isOverdue: boolean | null;
}

interface OtherRow {
  readonly number: string;
  readonly holder: string;
  readonly quantity: number;
  readonly state: string;
  readonly from: Date;
  readonly until: Date | number;
}
