import type { Queryable } from '../database/database.ts';
import { type ListDeclaration, type ListRequest, listRows } from '../database/declared-list.ts';
import { type LifecycleRecord, lifecycleColumns, lifecycleOf, noSuchRow } from '../database/retirable-row.ts';
import { PART_TABLE } from './catalogue-row.store.ts';
import type { Part, PartRef } from './part.ts';
import { idIn } from './reference.ts';
import { type StateFilterName, stateConditions } from './state-filter.ts';

const COLUMNS = `
  p.id, p.manufacturer, p.part_number AS "partNumber", p.name, p.tracking, p.unit_of_measure AS "unitOfMeasure", p.custom,
  jsonb_build_object('id', c.id, 'name', c.name) AS category,
  CASE WHEN o.id IS NOT NULL THEN jsonb_build_object('id', o.id, 'kind', o.kind, 'name', o.name) END AS owner,
  p.emergency_reserve AS "emergencyReserve",
  coalesce((SELECT jsonb_agg(jsonb_build_object('location', jsonb_build_object('id', l.id, 'code', l.code),
                                                'quantity', r.quantity) ORDER BY lower(l.code))
            FROM part_reserve r JOIN location l ON l.id = r.location_id WHERE r.part_id = p.id), '[]') AS "locationReserves",
  p.reorder_point AS "reorderPoint", p.reorder_quantity AS "reorderQuantity", p.lead_time_days AS "leadTimeDays",
  p.shelf_life_days AS "shelfLifeDays", p.test_interval_days AS "testIntervalDays", p.mtbf_hours AS "mtbfHours",
  p.annual_failure_rate AS "annualFailureRate", p.installed_base AS "installedBase", p.unit_cost AS "unitCost", p.currency,
  ${lifecycleColumns('p')}`;

const FROM = 'part p JOIN part_category c ON c.id = p.category_id LEFT JOIN principal o ON o.id = p.owner_id';

const REF_COLUMNS = `p.id, p.manufacturer, p.part_number AS "partNumber", p.name, p.tracking,
  p.unit_of_measure AS "unitOfMeasure", p.retired_at IS NOT NULL AS "isRetired"`;

/**
 * One part, retired ones included.
 * @throws AppError `not-found` `no-such-part`.
 */
export async function partById(db: Queryable, id: string): Promise<Part> {
  const [row] = await db.rows<PartRecord>(`SELECT ${COLUMNS} FROM ${FROM} WHERE p.id = $1`, [id]);
  if (!row) throw noSuchRow(PART_TABLE, id);
  return partOf(row);
}

/** Parts by their ids, in no order; those that are not there are left out. */
export async function partRefs(db: Queryable, ids: readonly string[]): Promise<Map<string, PartRef>> {
  const rows = await db.rows<PartRef>(`SELECT ${REF_COLUMNS} FROM part p WHERE p.id = ANY ($1::uuid[])`, [ids]);
  return new Map(rows.map((row) => [row.id, row]));
}

/** As many parts as an ambiguous name can have in an answer. */
const MATCHES_MAX = 20;

/**
 * The parts that a text means: by id, by part number, or by "manufacturer part-number"; case does not matter. Retired ones
 * only when no part in use is meant. At most 20, by manufacturer.
 */
export async function partsMatching(db: Queryable, text: string): Promise<PartRef[]> {
  return (await partsMatchingEach(db, [text])).get(text) ?? [];
}

/** As {@link partsMatching}, of many texts at once, by the text; one that means nothing is left out. */
export async function partsMatchingEach(db: Queryable, texts: readonly string[]): Promise<Map<string, PartRef[]>> {
  const asked = texts.map((text) => ({ text, name: text.trim(), id: idIn(text.trim())?.toLowerCase() ?? null }));
  const ids = asked.flatMap(({ id }) => id ?? []);
  const byId = ids.length === 0 ? new Map<string, PartRef>() : await partRefs(db, ids);
  const byName = await partsOfNames(
    db,
    asked.flatMap(({ name, id }) => (id === null ? name : [])),
  );
  const found = new Map<string, PartRef[]>();
  for (const { text, name, id } of asked) {
    const one = byId.get(id ?? '');
    const parts = id === null ? byName.get(name) : one && [one];
    if (parts) found.set(text, parts);
  }
  return found;
}

async function partsOfNames(db: Queryable, names: readonly string[]): Promise<Map<string, PartRef[]>> {
  if (names.length === 0) return new Map();
  const rows = await db.rows<PartRef & { readonly asked: string }>(
    `SELECT w.asked, found.* FROM unnest($1::text[]) AS w (asked) CROSS JOIN LATERAL (
       WITH meant AS (
         SELECT p.* FROM part p
         WHERE lower(p.part_number) = lower(w.asked) OR lower(p.manufacturer || ' ' || p.part_number) = lower(w.asked)
       )
       SELECT ${REF_COLUMNS} FROM meant p
       WHERE p.retired_at IS NULL OR NOT EXISTS (SELECT FROM meant used WHERE used.retired_at IS NULL)
       ORDER BY lower(p.manufacturer), p.id LIMIT ${MATCHES_MAX}
     ) found
     ORDER BY w.asked, lower(found.manufacturer), found.id`,
    [[...new Set(names)]],
  );
  const groups = Map.groupBy(rows, ({ asked }) => asked);
  return new Map([...groups].map(([asked, group]) => [asked, group.map(({ asked: _asked, ...part }) => part)]));
}

type PartFilter = 'categoryId' | 'manufacturer' | 'tracking' | 'ownerId' | StateFilterName | 'q';
type PartSort = 'number' | 'manufacturer';

const PART_NUMBER = { sql: 'lower(p.part_number)', type: 'text' } as const;

/** The catalogue of parts. */
export const PART_LIST: ListDeclaration<PartFilter, PartSort> = {
  select: COLUMNS,
  from: FROM,
  sorts: {
    number: { keys: [PART_NUMBER, { sql: 'p.id', type: 'uuid' }] },
    manufacturer: { keys: [{ sql: 'lower(p.manufacturer)', type: 'text' }, PART_NUMBER] },
  },
  filters: {
    categoryId: (value) => `p.category_id = ${value}::uuid`,
    manufacturer: (value) => `lower(p.manufacturer) = lower(${value})`,
    tracking: (value) => `p.tracking = ${value}`,
    ownerId: (value) => `p.owner_id = ${value}::uuid`,
    ...stateConditions('p'),
    q: (value) => `p.search LIKE ${value}`,
  },
  pairs: [
    { filters: ['active', 'retired'], sorts: ['number', 'manufacturer'] },
    { filters: ['manufacturer', 'active', 'retired'], sorts: ['number', 'manufacturer'] },
    { filters: ['q', 'categoryId', 'active', 'retired'], sorts: ['number'] },
    { filters: ['q', 'tracking', 'active', 'retired'], sorts: ['number'] },
    { filters: ['q', 'ownerId', 'active', 'retired'], sorts: ['number'] },
    { filters: ['q', 'manufacturer', 'active', 'retired'], sorts: ['number'] },
  ],
};

/** A page of {@link PART_LIST}; `q` is a pattern as `containing` makes it. */
export async function listParts(db: Queryable, request: ListRequest<PartFilter, PartSort>) {
  const rows = await listRows<PartRecord, PartFilter, PartSort>(db, PART_LIST, request);
  return rows.map((row) => ({ part: partOf(row), listCursor: row.listCursor }));
}

/** Why a part cannot be retired: pieces that lie somewhere, are out, or are being repaired. */
export interface PartHoldings {
  /** At most `limit` units, with where each is. */
  readonly units: { readonly serial: string; readonly state: string; readonly place: string | null }[];
  /** At most `limit` stock rows with pieces. */
  readonly stock: { readonly quantity: number; readonly place: string }[];
  /** Pieces of a bulk part that somebody has. */
  readonly issuedQuantity: number;
}

/** What there is of a part. The caller holds its pool. */
export async function holdingsOfPart(db: Queryable, id: string, limit: number): Promise<PartHoldings> {
  const units = await db.rows<PartHoldings['units'][number]>(
    `SELECT u.serial, u.state, l.code AS place FROM unit u LEFT JOIN location l ON l.id = u.location_id
     WHERE u.part_id = $1 AND u.state IN ('in_stock', 'quarantined', 'issued', 'in_repair') LIMIT $2`,
    [id, limit],
  );
  const stock = await db.rows<PartHoldings['stock'][number]>(
    `SELECT s.quantity, l.code AS place FROM stock s JOIN location l ON l.id = s.location_id
     WHERE s.part_id = $1 AND s.quantity > 0 LIMIT $2`,
    [id, limit],
  );
  const [issued] = await db.rows<{ quantity: string }>(
    `SELECT coalesce(sum(quantity), 0) AS quantity FROM allocation_line
     WHERE part_id = $1 AND stock_id IS NOT NULL AND state = 'issued'`,
    [id],
  );
  return { units, stock, issuedQuantity: Number(issued?.quantity) };
}

type PartRecord = Omit<Part, 'mtbfHours' | 'retired' | 'createdAt' | 'updatedAt'> &
  LifecycleRecord & { readonly mtbfHours: string | null };

function partOf(row: PartRecord): Part {
  const { retiredAt, retiredReason, version, createdAt, updatedAt, mtbfHours, ...rest } = row;
  const { listCursor: _, listKey: __, ...columns } = rest as typeof rest & { listCursor?: unknown; listKey?: unknown };
  return {
    ...columns,
    mtbfHours: mtbfHours === null ? null : Number(mtbfHours),
    ...lifecycleOf({ retiredAt, retiredReason, version, createdAt, updatedAt }),
  };
}
