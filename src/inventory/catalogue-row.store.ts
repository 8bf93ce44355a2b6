import type { Tx } from '../database/database.ts';
import type { RetirableTable } from '../database/retirable-row.ts';
import { statedColumns } from '../database/stated-columns.ts';

// The tables of the catalogue. To lock a part is to lock its pool.
export const LOCATION_TABLE: RetirableTable = { table: 'location', words: 'location', title: 'code' };
export const CATEGORY_TABLE: RetirableTable = { table: 'part_category', words: 'part category', title: 'name' };
export const PART_TABLE: RetirableTable = {
  table: 'part',
  words: 'part',
  title: `manufacturer || ' ' || part_number`,
};
export const DEVICE_MODEL_TABLE: RetirableTable = {
  table: 'device_model',
  words: 'device model',
  title: `manufacturer || ' ' || model`,
};

/** Which row is to change, and the version of it that the caller has read. */
export interface CatalogueTarget {
  readonly id: string;
  readonly expectedVersion: number;
}

/** Sets columns (undefined leaves one as it is; JSON goes as text) and counts the version up, also without columns. */
export async function updateCatalogueRow(
  tx: Tx,
  { table }: RetirableTable,
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
