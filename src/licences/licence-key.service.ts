import { recordAudit } from '../audit/audit.store.ts';
import { originOf } from '../auth/actor.ts';
import type { Caller } from '../auth/caller.ts';
import type { Tx } from '../database/database.ts';
import { newId } from '../kernel/ids.ts';
import type { Keyring } from '../secrets/keyring.ts';
import { openSecret, sealSecret } from '../secrets/sealed-secret.ts';
import { licenceKeyById } from './licence-key.queries.ts';
import { holdEntitlement, insertLicenceKey, lockLicenceKey, withdrawLicenceKeyRow } from './licence-key.store.ts';
import type { LicenceKey, NewLicenceKey } from './licence-key.ts';
import type { LicenceTarget } from './product.service.ts';

/**
 * Adds a key to an entitlement, or to one seat of it. The key is sealed for its own row and shown by {@link revealLicenceKey}
 * only.
 * @throws AppError `unprocessable` `unsuitable-entitlement`; `conflict` `licence-key-seat-taken`.
 */
export async function addLicenceKey(
  tx: Tx,
  caller: Caller,
  keyring: Keyring,
  { entitlementId, seat, key }: NewLicenceKey,
): Promise<LicenceKey> {
  const id = newId();
  await holdEntitlement(tx, entitlementId);
  await insertLicenceKey(tx, { id, entitlementId, seat: seat ?? '', sealed: sealSecret(keyring, id, key) });
  const details = { entitlementId, seat };
  await recordAudit(tx, { ...originOf(caller), action: 'licence-key.add', ...subject(id), details });
  return licenceKeyById(tx, id);
}

/**
 * Shows a key to somebody who says why; the reason goes into the audit trail with the same commit.
 * @throws AppError `not-found`; `conflict` `licence-key-withdrawn`; `unprocessable` `secret-altered`, `secret-foreign-key`,
 *   `secret-unreadable` when what is stored does not open.
 */
export async function revealLicenceKey(
  tx: Tx,
  caller: Caller,
  keyring: Keyring,
  id: string,
  reason: string,
): Promise<{ readonly licenceKey: LicenceKey; readonly key: string }> {
  const { entitlementId, seat, sealed } = await lockLicenceKey(tx, id);
  const key = openSecret(keyring, id, sealed);
  const details = { entitlementId, seat: seat || null, reason };
  await recordAudit(tx, { ...originOf(caller), action: 'licence-key.reveal', ...subject(id), details });
  return { licenceKey: await licenceKeyById(tx, id), key };
}

/**
 * Withdraws a key for good: it is shown no more, and its seat may get another one.
 * @throws AppError `not-found`, `stale`; `conflict` `licence-key-withdrawn`.
 */
export async function withdrawLicenceKey(
  tx: Tx,
  caller: Caller,
  { id, expectedVersion }: LicenceTarget,
  reason: string,
): Promise<LicenceKey> {
  const { entitlementId, seat } = await lockLicenceKey(tx, id, expectedVersion);
  await withdrawLicenceKeyRow(tx, id, reason);
  const details = { entitlementId, seat: seat || null, reason };
  await recordAudit(tx, { ...originOf(caller), action: 'licence-key.withdraw', ...subject(id), details });
  return licenceKeyById(tx, id);
}

const subject = (id: string) => ({ subjectKind: 'licence-key', subjectId: id });
