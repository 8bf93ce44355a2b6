import type { Tx } from '../database/database.ts';
import { mapConstraints } from '../database/sqlstate.ts';
import { type ColumnChanges, statedColumns } from '../database/stated-columns.ts';
import { AppError } from '../kernel/errors.ts';
import { EntitlementEntity, type EntitlementRow } from './licence.entity.ts';

/** The columns that people decide on. */
export type EntitlementColumns = Omit<
  EntitlementRow,
  'id' | 'productId' | 'retiredAt' | 'retiredReason' | 'version' | 'createdAt' | 'updatedAt'
>;

/**
 * Reads an entitlement in use, which nobody else can change, and of which nobody else can take or free a seat, until the
 * transaction ends.
 * @throws AppError `not-found`; `conflict` `entitlement-retired`; `stale` when its version is not the expected one.
 */
export async function lockEntitlement(
  tx: Tx,
  id: string,
  expectedVersion: number,
): Promise<{ readonly name: string; readonly quantity: number }> {
  const [found] = await tx.rows<{ name: string; quantity: number; version: number; retired: boolean }>(
    `SELECT name, quantity, version, retired_at IS NOT NULL AS retired FROM entitlement WHERE id = $1
     FOR NO KEY UPDATE`,
    [id],
  );
  if (!found) throw noSuchEntitlement(id);
  if (found.version !== expectedVersion) {
    throw new AppError(
      'stale',
      'stale-entitlement',
      `${found.name} is at version ${found.version}, not ${expectedVersion}: read it and decide again`,
    );
  }
  if (found.retired) {
    throw new AppError('conflict', 'entitlement-retired', `${found.name} is retired and changes no more`);
  }
  return found;
}

/** @throws AppError `unprocessable` `term-ends-before-start`. */
export async function insertEntitlement(
  tx: Tx,
  row: EntitlementColumns & Pick<EntitlementRow, 'id' | 'productId'>,
): Promise<void> {
  await mapConstraints({ entitlement_ends_after_start: endsBeforeStart }, () =>
    tx.repository(EntitlementEntity).insert(row),
  );
}

/** Sets columns and counts the version up. @throws AppError `unprocessable` `term-ends-before-start`. */
export async function updateEntitlementRow(
  tx: Tx,
  id: string,
  change: ColumnChanges<EntitlementColumns>,
): Promise<void> {
  await mapConstraints({ entitlement_ends_after_start: endsBeforeStart }, () =>
    tx
      .repository(EntitlementEntity)
      .update({ id }, { ...statedColumns(change), version: () => 'version + 1', updatedAt: () => 'now()' }),
  );
}

/** Marks an entitlement as retired. The caller holds it by {@link lockEntitlement}. */
export async function retireEntitlementRow(tx: Tx, id: string, reason: string): Promise<void> {
  await tx
    .repository(EntitlementEntity)
    .update(
      { id },
      { retiredAt: () => 'now()', retiredReason: reason, version: () => 'version + 1', updatedAt: () => 'now()' },
    );
}

/** The error for an id that names no entitlement. */
export function noSuchEntitlement(id: string): AppError {
  return new AppError('not-found', 'no-such-entitlement', `There is no entitlement ${id}`);
}

function endsBeforeStart(): AppError {
  return new AppError('unprocessable', 'term-ends-before-start', 'The last day must not lie before the first one', {
    fields: [{ field: '#/endsOn', message: 'must not lie before startsOn' }],
  });
}
