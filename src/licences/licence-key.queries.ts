import type { Queryable } from '../database/database.ts';
import { type ListCursor, type ListDeclaration, type ListRequest, listRows } from '../database/declared-list.ts';
import { instantOf } from '../kernel/clock.ts';
import { noSuchLicenceKey } from './licence-key.store.ts';
import type { LicenceKey } from './licence-key.ts';

type KeyFilter = 'entitlementId' | 'valid';

// The sealed text is no column of any query that others read.
const COLUMNS = `k.id, k.entitlement_id AS "entitlementId", e.name AS "entitlementName", nullif(k.seat, '') AS seat,
  k.withdrawn_at AS "withdrawnAt", k.withdrawn_reason AS "withdrawnReason", k.version, k.created_at AS "createdAt"`;

const FROM = 'licence_key k JOIN entitlement e ON e.id = k.entitlement_id';

/** What the list of keys can be asked for. `valid`: whether it is not withdrawn. */
export const LICENCE_KEY_LIST: ListDeclaration<KeyFilter, 'created'> = {
  select: COLUMNS,
  from: FROM,
  sorts: { created: { keys: [{ sql: 'k.id', type: 'uuid' }] } },
  filters: {
    entitlementId: (value) => `k.entitlement_id = ${value}`,
    valid: (value) => `(k.withdrawn_at IS NULL) = ${value}`,
  },
  pairs: [{ filters: ['entitlementId', 'valid'], sorts: ['created'] }],
};

/** A page of keys, without the keys themselves. */
export async function listLicenceKeys(
  db: Queryable,
  request: ListRequest<KeyFilter, 'created'>,
): Promise<{ readonly licenceKey: LicenceKey; readonly listCursor: ListCursor }[]> {
  const rows = await listRows<KeyRecord, KeyFilter, 'created'>(db, LICENCE_KEY_LIST, request);
  return rows.map((row) => ({ licenceKey: licenceKeyOf(row), listCursor: row.listCursor }));
}

/**
 * What may be known of one key.
 * @throws AppError `not-found` `no-such-licence-key`.
 */
export async function licenceKeyById(db: Queryable, id: string): Promise<LicenceKey> {
  const [row] = await db.rows<KeyRecord>(`SELECT ${COLUMNS} FROM ${FROM} WHERE k.id = $1`, [id]);
  if (!row) throw noSuchLicenceKey(id);
  return licenceKeyOf(row);
}

interface KeyRecord {
  readonly id: string;
  readonly entitlementId: string;
  readonly entitlementName: string;
  readonly seat: string | null;
  readonly withdrawnAt: Date | null;
  readonly withdrawnReason: string | null;
  readonly version: number;
  readonly createdAt: Date;
}

function licenceKeyOf(row: KeyRecord): LicenceKey {
  return {
    id: row.id,
    entitlement: { id: row.entitlementId, name: row.entitlementName },
    seat: row.seat,
    withdrawn: row.withdrawnAt && { at: instantOf(row.withdrawnAt), reason: row.withdrawnReason ?? '' },
    version: row.version,
    createdAt: instantOf(row.createdAt),
  };
}
