import type { Queryable } from '../database/database.ts';
import { type ListDeclaration, type ListRequest, listRows } from '../database/declared-list.ts';
import { type LifecycleRecord, lifecycleColumns, lifecycleOf, noSuchRow } from '../database/retirable-row.ts';
import { LOCATION_TABLE } from './catalogue-row.store.ts';
import type { Location, LocationContents, LocationKind, LocationStep } from './location.ts';
import { type StateFilterName, stateConditions } from './state-filter.ts';

const COLUMNS = `l.id, l.code, l.name, l.kind, l.parent_id AS "parentId", ${lifecycleColumns('l')}`;

/**
 * One location, retired ones included.
 * @throws AppError `not-found` `no-such-location`.
 */
export async function locationById(db: Queryable, id: string): Promise<Location> {
  const [row] = await db.rows<LocationRecord>(`SELECT ${COLUMNS} FROM location l WHERE l.id = $1`, [id]);
  if (!row) throw noSuchRow(LOCATION_TABLE, id);
  return locationOf(row);
}

/** The way to a location: from its site down to itself. Empty when there is no such location. */
export async function pathToLocation(db: Queryable, id: string): Promise<LocationStep[]> {
  return db.rows<LocationStep>(
    `WITH RECURSIVE way AS (
       SELECT id, code, name, kind, parent_id, 0 AS up FROM location WHERE id = $1
       UNION ALL
       SELECT p.id, p.code, p.name, p.kind, p.parent_id, way.up + 1 FROM way JOIN location p ON p.id = way.parent_id
     )
     SELECT id, code, name, kind FROM way ORDER BY up DESC`,
    [id],
  );
}

/** The locations in use with these codes, whatever the case; each with the ids of everything below it, itself included. */
export async function locationsOfCodes(
  db: Queryable,
  codes: readonly string[],
): Promise<{ readonly id: string; readonly code: string; readonly subtree: readonly string[] }[]> {
  return db.rows(
    `SELECT l.id, l.code, ARRAY(SELECT location_subtree(l.id)) AS subtree FROM location l
     WHERE lower(l.code) = ANY ($1::text[]) AND l.retired_at IS NULL ORDER BY lower(l.code)`,
    [codes.map((code) => code.toLowerCase())],
  );
}

type LocationFilter = 'parentId' | 'kind' | StateFilterName | 'q';

/** Locations, by the code on their label. */
export const LOCATION_LIST: ListDeclaration<LocationFilter, 'code'> = {
  select: COLUMNS,
  from: 'location l',
  sorts: { code: { keys: [{ sql: 'lower(l.code)', type: 'text' }] } },
  filters: {
    parentId: (value) => `l.parent_id = ${value}::uuid`,
    kind: (value) => `l.kind = ${value}`,
    ...stateConditions('l'),
    q: (value) => `l.search LIKE ${value}`,
  },
  pairs: [
    { filters: ['q', 'parentId', 'active', 'retired'], sorts: ['code'] },
    { filters: ['q', 'kind', 'active', 'retired'], sorts: ['code'] },
  ],
};

/** A page of {@link LOCATION_LIST}; `q` is a pattern as `containing` makes it. */
export async function listLocations(db: Queryable, request: ListRequest<LocationFilter, 'code'>) {
  const rows = await listRows<LocationRecord, LocationFilter, 'code'>(db, LOCATION_LIST, request);
  return rows.map((row) => ({ location: locationOf(row), listCursor: row.listCursor }));
}

/** What lies in a location and everything in it, and in the location itself. */
export async function contentsOfSubtree(
  db: Queryable,
  id: string,
): Promise<{ readonly total: LocationContents; readonly here: LocationContents }> {
  const rows = await db.rows<ContentsRecord & { here: boolean }>(
    `${CONTENTS_OF(`SELECT t.id, (t.id = $1) AS here FROM location_subtree($1) AS t (id)`, 'here')}`,
    [id],
  );
  return { total: contentsFrom(rows), here: contentsFrom(rows.filter(({ here }) => here)) };
}

/** A location inside another one, with what lies in its whole subtree. */
export interface ChildContents extends LocationStep {
  readonly codeKey: string;
  readonly contents: LocationContents;
}

/** The locations in use directly inside one, by code, each with what lies in it and everything in it. */
export async function contentsOfChildren(
  db: Queryable,
  parentId: string,
  page: { readonly limit: number; readonly after?: string | undefined },
): Promise<ChildContents[]> {
  const children = await db.rows<LocationStep & { codeKey: string }>(
    `SELECT id, code, name, kind, lower(code) AS "codeKey" FROM location
     WHERE parent_id = $1 AND retired_at IS NULL AND ($2::text IS NULL OR lower(code) > $2)
     ORDER BY lower(code) LIMIT $3`,
    [parentId, page.after ?? null, page.limit],
  );
  const rows = await db.rows<ContentsRecord & { child: string }>(
    CONTENTS_OF(
      'SELECT t.id, c.child FROM unnest($1::uuid[]) AS c (child), location_subtree(c.child) AS t (id)',
      'child',
    ),
    [children.map((child) => child.id)],
  );
  const ofChild = Map.groupBy(rows, (row) => row.child);
  return children.map((child) => ({ ...child, contents: contentsFrom(ofChild.get(child.id) ?? []) }));
}

/** The kinds of the locations directly inside one, retired ones included. */
export async function kindsInside(db: Queryable, id: string): Promise<LocationKind[]> {
  const rows = await db.rows<{ kind: LocationKind }>('SELECT DISTINCT kind FROM location WHERE parent_id = $1', [id]);
  return rows.map(({ kind }) => kind);
}

/** Why a location cannot be retired: what lies in it, at most `limit` of each. */
export interface LocationHoldings {
  /** Codes of the locations in use directly inside. */
  readonly children: string[];
  readonly units: { readonly serial: string; readonly partNumber: string }[];
  readonly stock: { readonly quantity: number; readonly partNumber: string }[];
  /** Part numbers of the parts whose reserve is kept there. */
  readonly reserves: string[];
}

/** What would have to leave a location before it can be retired. */
export async function holdingsOfLocation(db: Queryable, id: string, limit: number): Promise<LocationHoldings> {
  const children = await db.rows<{ code: string }>(
    'SELECT code FROM location WHERE parent_id = $1 AND retired_at IS NULL ORDER BY lower(code) LIMIT $2',
    [id, limit],
  );
  const units = await db.rows<LocationHoldings['units'][number]>(
    `SELECT u.serial, p.part_number AS "partNumber" FROM unit u JOIN part p ON p.id = u.part_id
     WHERE u.location_id = $1 ORDER BY u.id LIMIT $2`,
    [id, limit],
  );
  const stock = await db.rows<LocationHoldings['stock'][number]>(
    `SELECT s.quantity, p.part_number AS "partNumber" FROM stock s JOIN part p ON p.id = s.part_id
     WHERE s.location_id = $1 AND s.quantity > 0 ORDER BY s.id LIMIT $2`,
    [id, limit],
  );
  const reserves = await db.rows<{ partNumber: string }>(
    `SELECT p.part_number AS "partNumber" FROM part_reserve r JOIN part p ON p.id = r.part_id
     WHERE r.location_id = $1 AND p.retired_at IS NULL ORDER BY p.id LIMIT $2`,
    [id, limit],
  );
  return {
    children: children.map(({ code }) => code),
    units,
    stock,
    reserves: reserves.map(({ partNumber }) => partNumber),
  };
}

type LocationRecord = Omit<Location, 'retired' | 'createdAt' | 'updatedAt'> & LifecycleRecord;

function locationOf(row: LocationRecord): Location {
  const { id, code, name, kind, parentId } = row;
  return { id, code, name, kind: kind satisfies LocationKind, parentId, ...lifecycleOf(row) };
}

/** Units by state and pieces by condition in the places of `tree`, summed for each value of its column `by`. */
const CONTENTS_OF = (tree: string, by: string) => `
  WITH tree AS (${tree})
  SELECT tree.${by}, 'unit' AS what, u.state AS kind, count(*) AS count
  FROM tree JOIN unit u ON u.location_id = tree.id GROUP BY 1, u.state
  UNION ALL
  SELECT tree.${by}, 'stock', s.condition, sum(s.quantity)
  FROM tree JOIN stock s ON s.location_id = tree.id WHERE s.quantity > 0 GROUP BY 1, s.condition`;

interface ContentsRecord {
  readonly what: 'unit' | 'stock';
  readonly kind: string;
  readonly count: string;
}

function contentsFrom(rows: readonly ContentsRecord[]): LocationContents {
  const sum = (what: string, kind: string) =>
    rows.filter((row) => row.what === what && row.kind === kind).reduce((total, row) => total + Number(row.count), 0);
  return {
    units: { inStock: sum('unit', 'in_stock'), quarantined: sum('unit', 'quarantined') },
    stock: { usable: sum('stock', 'usable'), quarantined: sum('stock', 'quarantined') },
  };
}
