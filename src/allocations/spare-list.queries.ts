import type { Queryable } from '../database/database.ts';
import { type AllocationForm, allocationCode } from './allocation.ts';

/** How many pieces of a part there are for people, now. */
export interface PartCounts {
  /** What lies there and can be used, held pieces included. Counted up to {@link USABLE_MAX}. */
  readonly usable: number;
  /** Of those, held for somebody now. */
  readonly held: number;
  /** Handed out. */
  readonly issued: number;
  /** What only an emergency may take. */
  readonly reserve: number;
}

/** Nobody reads a larger number off a list. */
export const USABLE_MAX = 10_000;

/** The counts of each of these parts. */
export async function countsOfParts(db: Queryable, ids: readonly string[]): Promise<ReadonlyMap<string, PartCounts>> {
  const lines = (state: string) => `(SELECT coalesce(sum(l.quantity), 0)::integer FROM allocation_line l
    WHERE l.part_id = p.id AND ${state})`;
  const rows = await db.rows<PartCounts & { id: string }>(
    `SELECT p.id, least(part_usable(p.id, NULL, $2), $2)::integer AS usable, p.emergency_reserve AS reserve,
       ${lines(`l.state = 'issued'`)} AS issued,
       ${lines(`l.state = 'held' AND l.expires_at > clock_timestamp() AND l.during @> clock_timestamp()`)} AS held
     FROM part p WHERE p.id = ANY ($1::uuid[])`,
    [ids, USABLE_MAX],
  );
  return new Map(rows.map(({ id, ...counts }) => [id, counts]));
}

/** Pieces that anybody may take now, as far as nobody has reserved them for later. */
export function freeOf({ usable, held, reserve }: PartCounts): number {
  return Math.max(0, usable - held - reserve);
}

/** Who has a unit or is promised it next. */
export interface UnitHolder {
  readonly unitId: string;
  readonly code: string;
  readonly form: AllocationForm;
  readonly state: 'held' | 'issued';
  readonly holder: string;
  /** When it is due or free again; null when nobody said. */
  readonly until: string | null;
}

/** Of each of these units the line that has it, or holds it next. */
export async function holdersOfUnits(
  db: Queryable,
  unitIds: readonly string[],
): Promise<ReadonlyMap<string, UnitHolder>> {
  const rows = await db.rows<Omit<UnitHolder, 'code'> & { number: string }>(
    `SELECT DISTINCT ON (l.unit_id) l.unit_id AS "unitId", a.number, a.form, l.state,
       coalesce(hp.name, hs.name, hj.name) AS holder,
       to_char((CASE l.state WHEN 'issued' THEN l.due_at ELSE nullif(upper(l.during), 'infinity') END) AT TIME ZONE 'UTC',
         'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS until
     FROM allocation_line l JOIN allocation a ON a.id = l.allocation_id
     LEFT JOIN principal hp ON hp.id = a.holder_principal_id
     LEFT JOIN service hs ON hs.id = a.holder_service_id
     LEFT JOIN project hj ON hj.id = a.holder_project_id
     WHERE l.unit_id = ANY ($1::uuid[]) AND (l.state = 'issued' OR (l.state = 'held' AND l.expires_at > clock_timestamp()))
     ORDER BY l.unit_id, l.state = 'issued' DESC, lower(l.during)`,
    [unitIds],
  );
  return new Map(
    rows.map(({ number, ...row }) => [row.unitId, { ...row, code: allocationCode(Number(number)) }] as const),
  );
}

/** Where each of these lines was issued from: the code of the location. Seats lie nowhere. */
export async function issuePlaces(db: Queryable, lineIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const rows = await db.rows<{ lineId: string; code: string }>(
    `SELECT m.line_id AS "lineId", l.code FROM movement m LEFT JOIN stock k ON k.id = m.from_stock_id
     JOIN location l ON l.id = coalesce(k.location_id, m.from_location_id)
     WHERE m.line_id = ANY ($1::uuid[]) AND m.kind = 'issue'`,
    [lineIds],
  );
  return new Map(rows.map((row) => [row.lineId, row.code]));
}
