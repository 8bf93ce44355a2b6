import type { Queryable } from '../database/database.ts';
import { containing, countRows, type ListDeclaration, type ListRequest, listRows } from '../database/declared-list.ts';
import { instantOf } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import type { Unit, UnitCondition } from './unit.ts';
import type { UnitState } from './unit-state.ts';

/** The codes from the site down to a location, as a join: a tree of four kinds is four deep at most. */
export const placePath = (location: string) => ({
  path: `concat_ws(' / ', ${location}3.code, ${location}2.code, ${location}1.code, ${location}.code)`,
  joins: `LEFT JOIN location ${location}1 ON ${location}1.id = ${location}.parent_id
    LEFT JOIN location ${location}2 ON ${location}2.id = ${location}1.parent_id
    LEFT JOIN location ${location}3 ON ${location}3.id = ${location}2.parent_id`,
});

const PLACE = placePath('l');

const SELECT = `u.id, u.part_id, p.part_number, p.name AS part_name, u.serial, u.asset_tag, u.state,
  unit_usable(u) AS usable, u.location_id, l.code AS location_code, ${PLACE.path} AS location_path,
  u.deployed_service_id, s.name AS service_name, u.condition, u.supplier, u.firmware,
  u.warranty_until::text AS warranty_until, u.expires_on::text AS expires_on, u.last_tested_at,
  u.test_due_on::text AS test_due_on, u.last_seen_at, u.note, u.version, u.created_at, u.updated_at`;

const FROM = `unit u JOIN part p ON p.id = u.part_id
  LEFT JOIN location l ON l.id = u.location_id ${PLACE.joins}
  LEFT JOIN service s ON s.id = u.deployed_service_id`;

const byId = { sql: 'u.id', type: 'uuid' } as const;

/** What units can be listed by. Every pair has its index, so that a million units make no difference. */
export const UNIT_LIST = {
  select: SELECT,
  from: FROM,
  sorts: {
    id: { keys: [byId] },
    serial: { keys: [{ sql: 'lower(u.serial)', type: 'text' }, byId] },
    assetTag: { keys: [{ sql: 'lower(u.asset_tag)', type: 'text' }], only: 'lower(u.asset_tag) IS NOT NULL' },
    state: { keys: [{ sql: 'u.state', type: 'text' }, byId] },
    place: {
      keys: [{ sql: 'u.location_id', type: 'uuid' }, { sql: 'u.part_id', type: 'uuid' }, byId],
      only: 'u.location_id IS NOT NULL',
    },
    testDue: {
      keys: [{ sql: 'u.test_due_on', type: 'date' }, byId],
      only: `u.state = 'in_stock' AND u.test_due_on IS NOT NULL`,
    },
    expiry: {
      keys: [{ sql: 'u.expires_on', type: 'date' }, byId],
      only: `u.state = 'in_stock' AND u.expires_on IS NOT NULL`,
    },
    warranty: {
      keys: [{ sql: 'u.warranty_until', type: 'date' }, byId],
      only: `u.state <> 'retired' AND u.warranty_until IS NOT NULL`,
    },
  },
  filters: {
    partId: (value) => `u.part_id = ${value}`,
    state: (value) => `u.state = ${value}`,
    locationId: (value) => `u.location_id = ${value}`,
    // An array, not a join: its index gives the rows in the order of the list then.
    below: (value) => `u.location_id = ANY (ARRAY(SELECT location_subtree(${value}::uuid)))`,
    serviceId: (value) => `u.deployed_service_id = ${value}`,
    testDueBy: (value) => `u.test_due_on <= ${value}::date`,
    expiresBy: (value) => `u.expires_on <= ${value}::date`,
    warrantyBy: (value) => `u.warranty_until <= ${value}::date`,
    q: (value) => `u.search LIKE ${value}`,
  },
  pairs: [
    { filters: [], sorts: ['id', 'assetTag'] },
    { filters: ['partId'], sorts: ['serial'] },
    { filters: ['partId', 'state'], sorts: ['state'] },
    { filters: ['state'], sorts: ['id'] },
    { filters: ['locationId', 'partId'], sorts: ['place'] },
    { filters: ['below', 'partId'], sorts: ['place'] },
    { filters: ['serviceId'], sorts: ['id'] },
    { filters: ['testDueBy'], sorts: ['testDue'] },
    { filters: ['expiresBy'], sorts: ['expiry'] },
    { filters: ['warrantyBy'], sorts: ['warranty'] },
    { filters: ['q'], sorts: ['id'] },
  ],
} as const satisfies ListDeclaration<
  'partId' | 'state' | 'locationId' | 'below' | 'serviceId' | 'testDueBy' | 'expiresBy' | 'warrantyBy' | 'q',
  'id' | 'serial' | 'assetTag' | 'state' | 'place' | 'testDue' | 'expiry' | 'warranty'
>;

type UnitFilter = keyof typeof UNIT_LIST.filters;
type UnitSort = keyof typeof UNIT_LIST.sorts;
/** A page of units that is asked for; `q` is the text to be found in serials and asset tags. */
export type UnitListRequest = ListRequest<UnitFilter, UnitSort>;

/** A page of units. @throws AppError as {@link listRows}. */
export async function listUnits(db: Queryable, request: UnitListRequest) {
  const rows = await listRows<UnitRecord, UnitFilter, UnitSort>(db, UNIT_LIST, searching(request));
  return rows.map((row) => ({ unit: unitOf(row), listCursor: row.listCursor }));
}

/** How many units the filters let pass: a number, or `10,000+`. */
export function countUnits(db: Queryable, request: UnitListRequest): Promise<string> {
  return countRows<UnitFilter, UnitSort>(db, { ...UNIT_LIST, from: 'unit u' }, searching(request));
}

/** One unit. @throws AppError `not-found` `no-such-unit`. */
export async function unitById(db: Queryable, id: string): Promise<Unit> {
  const [row] = await db.rows<UnitRecord>(`SELECT ${SELECT} FROM ${FROM} WHERE u.id = $1`, [id]);
  if (!row) throw new AppError('not-found', 'no-such-unit', `There is no unit ${id}`);
  return unitOf(row);
}

function searching(request: UnitListRequest): UnitListRequest {
  const { q } = request.filters;
  return typeof q === 'string' ? { ...request, filters: { ...request.filters, q: containing(q) } } : request;
}

interface UnitRecord {
  readonly id: string;
  readonly part_id: string;
  readonly part_number: string;
  readonly part_name: string;
  readonly serial: string;
  readonly asset_tag: string | null;
  readonly state: UnitState;
  readonly usable: boolean;
  readonly location_id: string | null;
  readonly location_code: string;
  readonly location_path: string;
  readonly deployed_service_id: string | null;
  readonly service_name: string;
  readonly condition: UnitCondition;
  readonly supplier: string | null;
  readonly firmware: string | null;
  readonly warranty_until: string | null;
  readonly expires_on: string | null;
  readonly last_tested_at: Date | null;
  readonly test_due_on: string | null;
  readonly last_seen_at: Date | null;
  readonly note: string | null;
  readonly version: number;
  readonly created_at: Date;
  readonly updated_at: Date;
}

function unitOf(row: UnitRecord): Unit {
  const { location_id: locationId, deployed_service_id: serviceId } = row;
  return {
    id: row.id,
    part: { id: row.part_id, partNumber: row.part_number, name: row.part_name },
    serial: row.serial,
    assetTag: row.asset_tag,
    state: row.state,
    isUsable: row.usable,
    location: locationId === null ? null : { id: locationId, code: row.location_code, path: row.location_path },
    deployedService: serviceId === null ? null : { id: serviceId, name: row.service_name },
    condition: row.condition,
    supplier: row.supplier,
    firmware: row.firmware,
    warrantyUntil: row.warranty_until,
    expiresOn: row.expires_on,
    lastTestedAt: row.last_tested_at && instantOf(row.last_tested_at),
    testDueOn: row.test_due_on,
    lastSeenAt: row.last_seen_at && instantOf(row.last_seen_at),
    note: row.note,
    version: row.version,
    createdAt: instantOf(row.created_at),
    updatedAt: instantOf(row.updated_at),
  };
}
