import type { Queryable } from '../database/database.ts';
import { countRows, type ListDeclaration, type ListRequest, listRows } from '../database/declared-list.ts';
import { instantOf } from '../kernel/clock.ts';
import type { Installation } from './installation.ts';

type InstallationFilter = 'productId' | 'source' | 'host' | 'isThere';

/** What the list of installations can be asked for. */
export const INSTALLATION_LIST: ListDeclaration<InstallationFilter, 'id'> = {
  select: `i.id, json_build_object('id', p.id, 'vendor', p.vendor, 'name', p.name) AS product, i.source,
    i.source_key AS key, i.host, i.quantity, i.discovered_at, i.last_seen_at, i.removed_at`,
  from: 'installation i JOIN licence_product p ON p.id = i.product_id',
  sorts: { id: { keys: [{ sql: 'i.id', type: 'uuid' }] } },
  filters: {
    productId: (value) => `i.product_id = ${value}::uuid`,
    source: (value) => `lower(i.source) = lower(${value})`,
    host: (value) => `lower(i.host) = lower(${value})`,
    isThere: (value) => `(i.removed_at IS NULL) = ${value}`,
  },
  pairs: [
    { filters: ['productId', 'isThere'], sorts: ['id'] },
    { filters: ['source', 'isThere'], sorts: ['id'] },
    { filters: ['host', 'isThere'], sorts: ['id'] },
  ],
};

/** A page of installations. @throws AppError as {@link listRows}. */
export async function listInstallations(db: Queryable, request: ListRequest<InstallationFilter, 'id'>) {
  const rows = await listRows<InstallationRecord, InstallationFilter, 'id'>(db, INSTALLATION_LIST, request);
  return rows.map((row) => ({ installation: installationOf(row), listCursor: row.listCursor }));
}

/** How many installations the filters let pass: a number, or `10,000+`. */
export function countInstallations(db: Queryable, request: ListRequest<InstallationFilter, 'id'>): Promise<string> {
  return countRows<InstallationFilter, 'id'>(db, { ...INSTALLATION_LIST, from: 'installation i' }, request);
}

type InstallationRecord = Omit<Installation, 'discoveredAt' | 'lastSeenAt' | 'removedAt'> & {
  readonly discovered_at: Date;
  readonly last_seen_at: Date;
  readonly removed_at: Date | null;
};

function installationOf(row: InstallationRecord): Installation {
  const { id, product, source, key, host, quantity } = row;
  return {
    ...{ id, product, source, key, host, quantity },
    discoveredAt: instantOf(row.discovered_at),
    lastSeenAt: instantOf(row.last_seen_at),
    removedAt: row.removed_at && instantOf(row.removed_at),
  };
}
