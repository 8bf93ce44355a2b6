import { MUSTER_SET } from '../../backups/muster-set.ts';
import type { Queryable } from '../../database/database.ts';
import { SAMPLE_STOCK } from './sample-names.ts';

/** Nobody has entered anything of their own yet: no service, no backup set, no location. */
export async function isUntouched(db: Queryable): Promise<boolean> {
  const [row] = await db.rows<{ untouched: boolean }>(
    `SELECT NOT EXISTS (SELECT FROM service WHERE NOT system) AND NOT EXISTS (SELECT FROM location)
        AND NOT EXISTS (SELECT FROM backup_set WHERE name <> $1) AS untouched`,
    [MUSTER_SET],
  );
  return row?.untouched ?? false;
}

/** A row in use, as whoever retires it names it. */
interface SampleRow {
  readonly id: string;
  readonly expectedVersion: number;
}

/** What of the spare and the seats of the samples is in use. */
export interface SampleStock {
  readonly unitIds: readonly string[];
  readonly part: SampleRow | undefined;
  readonly category: SampleRow | undefined;
  readonly location: SampleRow | undefined;
  readonly entitlement: SampleRow | undefined;
  readonly product: SampleRow | undefined;
}

/** Looks the spare and the seats of the samples up, by their names. */
export async function sampleStock(db: Queryable): Promise<SampleStock> {
  const { maker, part, category, location, entitlement, product } = SAMPLE_STOCK;
  const one = async (from: string, names: readonly string[]) => {
    const [row] = await db.rows<SampleRow>(
      `SELECT s.id, s.version AS "expectedVersion" FROM ${from} AND s.retired_at IS NULL`,
      [...names],
    );
    return row;
  };
  const units = await db.rows<{ id: string }>(
    `SELECT u.id FROM unit u JOIN part p ON p.id = u.part_id
      WHERE p.manufacturer = $1 AND p.part_number = $2 AND u.state <> 'retired' ORDER BY u.id`,
    [maker, part],
  );
  return {
    unitIds: units.map(({ id }) => id),
    part: await one('part s WHERE s.manufacturer = $1 AND s.part_number = $2', [maker, part]),
    category: await one('part_category s WHERE s.name = $1', [category]),
    location: await one('location s WHERE s.code = $1', [location]),
    entitlement: await one('entitlement s WHERE s.name = $1', [entitlement]),
    product: await one('licence_product s WHERE s.vendor = $1 AND s.name = $2', [maker, product]),
  };
}
