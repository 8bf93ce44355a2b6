import type { Owner } from '../auth/owner.store.ts';
import type { Tx } from '../database/database.ts';
import { mapConstraints } from '../database/sqlstate.ts';
import { AppError } from '../kernel/errors.ts';
import { PART_TABLE, updateCatalogueRow } from './catalogue-row.store.ts';
import type { NewPart, PartChange } from './part.ts';

/** @throws AppError `conflict` `part-number-taken`. */
export async function insertPart(tx: Tx, id: string, wanted: NewPart, owner: Owner | null): Promise<void> {
  const columns = { ...columnsOf(wanted, owner), id, tracking: wanted.tracking };
  const names = Object.keys(columns);
  await mapConstraints(numberErrors(wanted), () =>
    tx.execute(
      `INSERT INTO part (${names.join(', ')}) VALUES (${names.map((_, index) => `$${index + 1}`).join(', ')})`,
      Object.values(columns),
    ),
  );
}

/**
 * Sets what a change states and counts the version up. The caller holds the part's row.
 * @param owner undefined leaves the owner as it is.
 * @throws AppError `conflict` `part-number-taken`.
 */
export async function updatePartRow(
  tx: Tx,
  id: string,
  change: PartChange,
  owner: Owner | null | undefined,
): Promise<void> {
  await mapConstraints(numberErrors(change), () => updateCatalogueRow(tx, PART_TABLE, id, columnsOf(change, owner)));
}

/** Makes these, and no others, the reserves of a part below single locations. The caller holds the part's row. */
export async function setLocationReserves(tx: Tx, id: string, reserves: NewPart['locationReserves']): Promise<void> {
  await tx.execute('DELETE FROM part_reserve WHERE part_id = $1', [id]);
  await tx.execute(
    `INSERT INTO part_reserve (part_id, location_id, quantity) SELECT $1, * FROM unnest($2::uuid[], $3::integer[])`,
    [id, reserves.map(({ locationId }) => locationId), reserves.map(({ quantity }) => quantity)],
  );
}

/** Counts the due date of the next test of every unit of a part anew. The caller holds the part's row. */
export async function setTestDueDates(tx: Tx, id: string, testIntervalDays: number | null): Promise<void> {
  await tx.execute(
    `UPDATE unit SET test_due_on = (coalesce(last_tested_at, created_at) AT TIME ZONE 'UTC')::date + $2::integer,
       version = version + 1, updated_at = now()
     WHERE part_id = $1 AND test_due_on IS DISTINCT FROM
       (coalesce(last_tested_at, created_at) AT TIME ZONE 'UTC')::date + $2::integer`,
    [id, testIntervalDays],
  );
}

function columnsOf(part: PartChange, owner: Owner | null | undefined): Record<string, unknown> {
  return {
    manufacturer: part.manufacturer,
    part_number: part.partNumber,
    name: part.name,
    category_id: part.categoryId,
    unit_of_measure: part.unitOfMeasure,
    custom: part.custom && JSON.stringify(part.custom),
    owner_id: owner === null ? null : owner?.id,
    owner_kind: owner === null ? null : owner?.kind,
    emergency_reserve: part.emergencyReserve,
    reorder_point: part.reorderPoint,
    reorder_quantity: part.reorderQuantity,
    lead_time_days: part.leadTimeDays,
    shelf_life_days: part.shelfLifeDays,
    test_interval_days: part.testIntervalDays,
    mtbf_hours: part.mtbfHours,
    annual_failure_rate: part.annualFailureRate,
    installed_base: part.installedBase,
    unit_cost: part.unitCost,
    currency: part.currency,
  };
}

const numberErrors = ({ manufacturer, partNumber }: PartChange) => ({
  part_number_unique: () =>
    new AppError(
      'conflict',
      'part-number-taken',
      `This manufacturer${manufacturer ? `, ${manufacturer},` : ''} has a part with the number ${partNumber ?? 'of this one'} already, perhaps retired`,
      { fields: [{ field: '#/partNumber', message: 'is taken' }] },
    ),
});
