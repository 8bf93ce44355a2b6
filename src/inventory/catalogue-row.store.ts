import type { Tx } from '../database/database.ts';
import { statedColumns } from '../database/stated-columns.ts';
import { AppError } from '../kernel/errors.ts';

/** A table of the catalogue. All have a version, are retired for good and never deleted. */
export interface CatalogueTable {
  readonly table: 'location' | 'part_category' | 'part' | 'device_model';
  /** How error codes name a row: `no-such-part`, `stale-part`, `part-retired`. */
  readonly noun: 'location' | 'part-category' | 'part' | 'device-model';
  /** How messages name a row: an SQL expression over the table. */
  readonly title: string;
}

export const LOCATION_TABLE: CatalogueTable = { table: 'location', noun: 'location', title: 'code' };
export const CATEGORY_TABLE: CatalogueTable = { table: 'part_category', noun: 'part-category', title: 'name' };
export const PART_TABLE: CatalogueTable = {
  table: 'part',
  noun: 'part',
  title: `manufacturer || ' ' || part_number`,
};
export const DEVICE_MODEL_TABLE: CatalogueTable = {
  table: 'device_model',
  noun: 'device-model',
  title: `manufacturer || ' ' || model`,
};

/** Which row is to change, and the version of it that the caller has read. */
export interface CatalogueTarget {
  readonly id: string;
  readonly expectedVersion: number;
}

/**
 * Locks a row in use, which nobody else can change until the transaction ends. For a part this is the lock of its pool.
 * @returns how messages name it.
 * @throws AppError `not-found`; `conflict` when it is retired; `stale` when its version is not the expected one.
 */
export async function lockCatalogueRow(
  tx: Tx,
  { table, noun, title }: CatalogueTable,
  { id, expectedVersion }: { readonly id: string; readonly expectedVersion?: number },
): Promise<string> {
  const [found] = await tx.rows<{ title: string; version: number; retired: boolean }>(
    `SELECT ${title} AS title, version, retired_at IS NOT NULL AS retired FROM ${table} WHERE id = $1 FOR NO KEY UPDATE`,
    [id],
  );
  if (!found) throw noSuchRow(noun, id);
  if (expectedVersion !== undefined && found.version !== expectedVersion) {
    throw new AppError(
      'stale',
      `stale-${noun}`,
      `${found.title} is at version ${found.version}, not ${expectedVersion}: read it and decide again`,
    );
  }
  if (found.retired) throw new AppError('conflict', `${noun}-retired`, `${found.title} is retired and changes no more`);
  return found.title;
}

/** Sets columns (undefined leaves one as it is; JSON goes as text) and counts the version up, also without columns. */
export async function updateCatalogueRow(
  tx: Tx,
  { table }: CatalogueTable,
  id: string,
  change: Readonly<Record<string, unknown>>,
): Promise<void> {
  const stated = Object.entries(statedColumns(change) ?? {});
  const assignments = stated.map(([column], index) => `${column} = $${index + 2}, `).join('');
  await tx.execute(`UPDATE ${table} SET ${assignments}version = version + 1, updated_at = now() WHERE id = $1`, [
    id,
    ...stated.map(([, value]) => value),
  ]);
}

/** Marks a row as retired for good and counts its version up. The caller holds it by {@link lockCatalogueRow}. */
export async function retireCatalogueRow(tx: Tx, { table }: CatalogueTable, id: string, reason: string): Promise<void> {
  await tx.execute(
    `UPDATE ${table} SET retired_at = now(), retired_reason = $2, version = version + 1, updated_at = now() WHERE id = $1`,
    [id, reason],
  );
}

/** The error for a row that is not there. */
export function noSuchRow(noun: CatalogueTable['noun'], id: string): AppError {
  return new AppError('not-found', `no-such-${noun}`, `There is no ${noun.replace('-', ' ')} ${id}`);
}
