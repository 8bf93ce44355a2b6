import type { Tx } from '../database/database.ts';
import { mapConstraints } from '../database/sqlstate.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import type { RepairChange, RepairDetails, RepairOutcome } from './repair.ts';

/**
 * Opens a repair of a unit.
 * @returns the repair's id.
 * @throws AppError `conflict` `repair-open` when the unit has an open one.
 */
export async function insertRepair(tx: Tx, unitId: string, details: RepairDetails): Promise<string> {
  const id = newId();
  const alreadyOpen = () =>
    new AppError('conflict', 'repair-open', 'This unit has an open repair already: close that one');
  await mapConstraints({ repair_open_unique: alreadyOpen }, () =>
    tx.execute(
      'INSERT INTO repair (id, unit_id, vendor, vendor_case, fault, expected_back_on) VALUES ($1, $2, $3, $4, $5, $6)',
      [
        id,
        unitId,
        details.vendor ?? null,
        details.vendorCase ?? null,
        details.fault ?? null,
        details.expectedBackOn ?? null,
      ],
    ),
  );
  return id;
}

/** The unit and part of a repair, which never change; undefined when there is no such repair. */
export async function unitOfRepair(tx: Tx, id: string): Promise<{ unitId: string; partId: string } | undefined> {
  const [found] = await tx.rows<{ unitId: string; partId: string }>(
    'SELECT r.unit_id AS "unitId", u.part_id AS "partId" FROM repair r JOIN unit u ON u.id = r.unit_id WHERE r.id = $1',
    [id],
  );
  return found;
}

/**
 * Holds an open repair until the transaction ends.
 * @throws AppError `not-found` `no-such-repair`; `stale` `stale-repair`; `conflict` `repair-closed`.
 */
export async function lockRepair(tx: Tx, id: string, expectedVersion: number): Promise<void> {
  const [found] = await tx.rows<{ version: number; closed: boolean }>(
    'SELECT version, closed_at IS NOT NULL AS closed FROM repair WHERE id = $1 FOR NO KEY UPDATE',
    [id],
  );
  if (!found) throw new AppError('not-found', 'no-such-repair', `There is no repair ${id}`);
  if (found.version !== expectedVersion) {
    const message = `The repair is at version ${found.version}, not ${expectedVersion}: read it and decide again`;
    throw new AppError('stale', 'stale-repair', message);
  }
  if (found.closed) throw new AppError('conflict', 'repair-closed', 'The repair is closed and changes no more');
}

/** Changes an open repair, which the caller holds. */
export async function updateRepair(tx: Tx, id: string, change: RepairChange): Promise<void> {
  const columns = Object.entries(COLUMNS).filter(([key]) => change[key as keyof RepairChange] !== undefined);
  await tx.execute(
    `UPDATE repair SET ${columns.map(([, column], index) => `${column} = $${index + 2}`).join(', ')},
       version = version + 1, updated_at = now() WHERE id = $1`,
    [id, ...columns.map(([key]) => change[key as keyof RepairChange])],
  );
}

/** Closes a repair, which the caller holds. */
export async function closeRepairRow(tx: Tx, id: string, outcome: RepairOutcome): Promise<void> {
  await tx.execute(
    'UPDATE repair SET closed_at = now(), outcome = $2, version = version + 1, updated_at = now() WHERE id = $1',
    [id, outcome],
  );
}

const COLUMNS: Readonly<Record<keyof RepairChange, string>> = {
  vendor: 'vendor',
  vendorCase: 'vendor_case',
  fault: 'fault',
  expectedBackOn: 'expected_back_on',
};
