import type { Tx } from '../database/database.ts';
import { mapConstraints } from '../database/sqlstate.ts';
import { AppError } from '../kernel/errors.ts';
import { LicenceKeyEntity, type LicenceKeyRow } from './licence.entity.ts';

/** A licence key as it is before something is done with it. */
export interface LicenceKeyState {
  readonly entitlementId: string;
  readonly seat: string;
  readonly sealed: string;
}

/**
 * Reads a key that nobody can withdraw until the transaction ends.
 * @throws AppError `not-found`; `conflict` `licence-key-withdrawn`; `stale` when its version is not the expected one.
 */
export async function lockLicenceKey(tx: Tx, id: string, expectedVersion?: number): Promise<LicenceKeyState> {
  const [found] = await tx.rows<LicenceKeyState & { version: number; withdrawn: boolean }>(
    `SELECT entitlement_id AS "entitlementId", seat, sealed, version, withdrawn_at IS NOT NULL AS withdrawn
     FROM licence_key WHERE id = $1 FOR NO KEY UPDATE`,
    [id],
  );
  if (!found) throw noSuchLicenceKey(id);
  if (expectedVersion !== undefined && found.version !== expectedVersion) {
    throw new AppError(
      'stale',
      'stale-licence-key',
      `The licence key ${id} is at version ${found.version}, not ${expectedVersion}: read it and decide again`,
    );
  }
  if (found.withdrawn) {
    throw new AppError('conflict', 'licence-key-withdrawn', `The licence key ${id} is withdrawn: it is shown no more`);
  }
  return { entitlementId: found.entitlementId, seat: found.seat, sealed: found.sealed };
}

/**
 * Keeps an entitlement in use until the transaction ends.
 * @throws AppError `unprocessable` `unsuitable-entitlement` when there is none, or it is retired.
 */
export async function holdEntitlement(tx: Tx, id: string): Promise<void> {
  const [found] = await tx.rows<{ retired: boolean }>(
    'SELECT retired_at IS NOT NULL AS retired FROM entitlement WHERE id = $1 FOR SHARE',
    [id],
  );
  if (found && !found.retired) return;
  const reason = found ? `the entitlement ${id} is retired` : `there is no entitlement ${id}`;
  throw new AppError('unprocessable', 'unsuitable-entitlement', `A key belongs to an entitlement in use: ${reason}`, {
    fields: [{ field: '#/entitlementId', message: `must be the id of an entitlement in use: ${reason}` }],
  });
}

/** @throws AppError `conflict` `licence-key-seat-taken`. */
export async function insertLicenceKey(
  tx: Tx,
  row: Pick<LicenceKeyRow, 'id' | 'entitlementId' | 'seat' | 'sealed'>,
): Promise<void> {
  await mapConstraints({ licence_key_seat_unique: seatTaken }, () => tx.repository(LicenceKeyEntity).insert(row));
}

/** Marks a key as withdrawn. The caller holds it by {@link lockLicenceKey}. */
export async function withdrawLicenceKeyRow(tx: Tx, id: string, reason: string): Promise<void> {
  await tx
    .repository(LicenceKeyEntity)
    .update({ id }, { withdrawnAt: () => 'now()', withdrawnReason: reason, version: () => 'version + 1' });
}

/** The error for an id that names no key. */
export function noSuchLicenceKey(id: string): AppError {
  return new AppError('not-found', 'no-such-licence-key', `There is no licence key ${id}`);
}

function seatTaken(): AppError {
  return new AppError(
    'conflict',
    'licence-key-seat-taken',
    'This seat, or the entitlement as a whole, has a key already: withdraw that one first',
    { fields: [{ field: '#/seat', message: 'has a key already' }] },
  );
}
