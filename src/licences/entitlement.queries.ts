import type { Queryable } from '../database/database.ts';
import { type ListCursor, type ListDeclaration, type ListRequest, listRows } from '../database/declared-list.ts';
import { instantOf } from '../kernel/clock.ts';
import { isId } from '../kernel/ids.ts';
import { noSuchEntitlement } from './entitlement.store.ts';
import type { Entitlement, LicenceMetric } from './entitlement.ts';
import type { SeatUsage } from './seat-usage.ts';

type EntitlementFilter =
  | 'q'
  | 'productId'
  | 'metric'
  | 'ownerId'
  | 'inUse'
  | 'endsFrom'
  | 'endsUntil'
  | 'supportEndsFrom'
  | 'supportEndsUntil';

type EntitlementSort = 'name' | 'endsOn' | 'supportEndsOn';

const COLUMNS = `e.id, e.product_id AS "productId", p.vendor AS "productVendor", p.name AS "productName",
  nullif(p.product_version, '') AS "productVersion", e.name, e.metric, e.quantity, e.term,
  e.starts_on::text AS "startsOn", e.ends_on::text AS "endsOn", e.support_ends_on::text AS "supportEndsOn", e.contract,
  e.cost::text AS cost, e.currency, e.owner_id AS "ownerId", e.owner_kind AS "ownerKind", o.name AS "ownerName",
  e.emergency_reserve AS "emergencyReserve", e.overuse, e.overuse_percent_max AS "overusePercentMax", e.note,
  e.retired_at AS "retiredAt", e.retired_reason AS "retiredReason", e.version, e.created_at AS "createdAt",
  e.updated_at AS "updatedAt"`;

const FROM = `entitlement e JOIN licence_product p ON p.id = e.product_id LEFT JOIN principal o ON o.id = e.owner_id`;

/** What the list of entitlements can be asked for. `q` takes a pattern, `inUse` whether it is not retired. */
export const ENTITLEMENT_LIST: ListDeclaration<EntitlementFilter, EntitlementSort> = {
  select: COLUMNS,
  from: FROM,
  sorts: {
    name: {
      keys: [
        { sql: 'lower(e.name)', type: 'text' },
        { sql: 'e.id', type: 'uuid' },
      ],
    },
    endsOn: {
      keys: [
        { sql: 'e.ends_on', type: 'date' },
        { sql: 'e.id', type: 'uuid' },
      ],
      only: 'e.ends_on IS NOT NULL',
    },
    supportEndsOn: {
      keys: [
        { sql: 'e.support_ends_on', type: 'date' },
        { sql: 'e.id', type: 'uuid' },
      ],
      only: 'e.support_ends_on IS NOT NULL',
    },
  },
  filters: {
    q: (value) => `e.search LIKE ${value}`,
    productId: (value) => `e.product_id = ${value}`,
    metric: (value) => `e.metric = ${value}`,
    ownerId: (value) => `e.owner_id = ${value}`,
    inUse: (value) => `(e.retired_at IS NULL) = ${value}`,
    endsFrom: (value) => `e.ends_on >= ${value}`,
    endsUntil: (value) => `e.ends_on <= ${value}`,
    supportEndsFrom: (value) => `e.support_ends_on >= ${value}`,
    supportEndsUntil: (value) => `e.support_ends_on <= ${value}`,
  },
  pairs: [
    { filters: ['q', 'inUse'], sorts: ['name'] },
    { filters: ['productId', 'inUse'], sorts: ['name'] },
    { filters: ['metric', 'inUse'], sorts: ['name'] },
    { filters: ['ownerId', 'inUse'], sorts: ['name'] },
    { filters: ['endsFrom', 'endsUntil', 'inUse'], sorts: ['endsOn'] },
    { filters: ['productId', 'endsFrom', 'endsUntil', 'inUse'], sorts: ['endsOn'] },
    { filters: ['supportEndsFrom', 'supportEndsUntil', 'inUse'], sorts: ['supportEndsOn'] },
  ],
};

/** A page of entitlements; each row carries the cursor that continues behind it. */
export async function listEntitlements(
  db: Queryable,
  request: ListRequest<EntitlementFilter, EntitlementSort>,
): Promise<{ readonly entitlement: Entitlement; readonly listCursor: ListCursor }[]> {
  const rows = await listRows<EntitlementRecord, EntitlementFilter, EntitlementSort>(db, ENTITLEMENT_LIST, request);
  return rows.map((row) => ({ entitlement: entitlementOf(row), listCursor: row.listCursor }));
}

/**
 * One entitlement by its id, retired ones included.
 * @throws AppError `not-found` `no-such-entitlement`.
 */
export async function entitlementById(db: Queryable, id: string): Promise<Entitlement> {
  const [row] = await db.rows<EntitlementRecord>(`SELECT ${COLUMNS} FROM ${FROM} WHERE e.id = $1`, [id]);
  if (!row) throw noSuchEntitlement(id);
  return entitlementOf(row);
}

const MATCHES_MAX = 20;

/** The entitlements that a text may mean: the one of this id, else those in use of this name, whatever the case (20 at most). */
export async function entitlementsMatching(db: Queryable, text: string): Promise<Entitlement[]> {
  const wanted = text.trim();
  const rows = await db.rows<EntitlementRecord>(
    `SELECT ${COLUMNS} FROM ${FROM} WHERE ${isId(wanted) ? 'e.id = $1' : 'lower(e.name) = lower($1) AND e.retired_at IS NULL'}
     ORDER BY lower(e.name), e.id LIMIT $2`,
    [wanted, MATCHES_MAX],
  );
  return rows.map(entitlementOf);
}

/**
 * How the seats of each of these entitlements stand now. Bounded by the live lines of each, so ask for few at a time.
 * Under the lock of the entitlement the answer stays true until the transaction ends.
 */
export async function seatUsageOf(db: Queryable, ids: readonly string[]): Promise<ReadonlyMap<string, SeatUsage>> {
  const rows = await db.rows<Record<keyof Omit<SeatUsage, 'isInForce'>, string> & { id: string; isInForce: boolean }>(
    `SELECT e.id, entitlement_seats(e) AS seats, entitlement_seats_max(e) AS "seatsMax",
       e.retired_at IS NULL AND e.starts_on <= utc_today() AND coalesce(e.ends_on >= utc_today(), true) AS "isInForce",
       (SELECT coalesce(sum(l.quantity), 0) FROM allocation_line l
        WHERE l.entitlement_id = e.id AND l.state = 'issued') AS issued,
       seats_used_peak(e.id, tstzrange(clock_timestamp(), 'infinity'), false) AS "usedPeak",
       seats_used_peak(e.id, tstzrange(clock_timestamp(), 'infinity'), true) AS "ordinaryPeak",
       e.emergency_reserve AS reserve
     FROM entitlement e WHERE e.id = ANY ($1::uuid[])`,
    [ids],
  );
  return new Map(rows.map(({ id, isInForce, ...counts }) => [id, { isInForce, ...numbersOf(counts) }]));
}

function numbersOf<Name extends string>(counts: Readonly<Record<Name, string>>): Record<Name, number> {
  // Sound: the keys are the same.
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, Number(count)])) as Record<
    Name,
    number
  >;
}

interface EntitlementRecord {
  readonly id: string;
  readonly productId: string;
  readonly productVendor: string;
  readonly productName: string;
  readonly productVersion: string | null;
  readonly name: string;
  readonly metric: LicenceMetric;
  readonly quantity: number;
  readonly term: 'perpetual' | 'term';
  readonly startsOn: string;
  readonly endsOn: string | null;
  readonly supportEndsOn: string | null;
  readonly contract: string | null;
  readonly cost: string | null;
  readonly currency: string | null;
  readonly ownerId: string | null;
  readonly ownerKind: 'person' | 'team' | null;
  readonly ownerName: string | null;
  readonly emergencyReserve: number;
  readonly overuse: 'deny' | 'allow';
  readonly overusePercentMax: number;
  readonly note: string | null;
  readonly retiredAt: Date | null;
  readonly retiredReason: string | null;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

function entitlementOf(row: EntitlementRecord): Entitlement {
  const { id, name, metric, quantity, term, startsOn, endsOn, supportEndsOn, contract, note, version } = row;
  const { ownerId, ownerKind, ownerName } = row;
  return {
    id,
    product: {
      id: row.productId,
      vendor: row.productVendor,
      name: row.productName,
      productVersion: row.productVersion,
    },
    name,
    metric,
    quantity,
    term,
    startsOn,
    endsOn,
    supportEndsOn,
    contract,
    cost: row.cost === null ? null : { amount: row.cost, currency: row.currency ?? '' },
    owner: ownerId && ownerKind ? { id: ownerId, kind: ownerKind, name: ownerName ?? '' } : null,
    emergencyReserve: row.emergencyReserve,
    overuse: row.overuse === 'allow' ? { policy: 'allow', percentMax: row.overusePercentMax } : { policy: 'deny' },
    note,
    retired: row.retiredAt && { at: instantOf(row.retiredAt), reason: row.retiredReason ?? '' },
    version,
    createdAt: instantOf(row.createdAt),
    updatedAt: instantOf(row.updatedAt),
  };
}
