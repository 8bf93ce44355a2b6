import type { Queryable } from '../database/database.ts';
import { type AllocationForm, allocationCode } from './allocation.ts';

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
