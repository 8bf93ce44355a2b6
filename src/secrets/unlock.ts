import type { Database, Queryable } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { openCanary } from './canary.ts';
import { createKeyring, type Keyring, openKeyring } from './keyring.ts';
import { readCanary, registeredKeys, registerKeys } from './secret-key.store.ts';

/** A keyring that fits its database, and whether this call set the two up together. */
export interface UnlockedKeyring {
  readonly keyring: Keyring;
  readonly firstStart: boolean;
}

/**
 * The keyring of a database, for start-up. Keys are made only for a database that knows none; for any other, a missing or
 * wrong key refuses.
 *
 * @throws AppError with one clear line: `key-missing`, `key-exposed`, `key-damaged`, `wrong-key`.
 */
export async function unlockKeyring(db: Database, keyDirectory: string): Promise<UnlockedKeyring> {
  let firstStart = false;
  if (!(await registeredKeys(db))) {
    const made = await createKeyring(keyDirectory);
    firstStart = await db.transaction((tx) => registerKeys(tx, made));
  }
  const keyring = await openKeyring(keyDirectory);
  await checkKey(db, keyring);
  return { keyring, firstStart };
}

/**
 * Compares a keyring with the fingerprints in the database and opens the canary with it.
 *
 * @throws AppError `unprocessable` `wrong-key` when another key belongs to this database; `secret-altered` and the like
 * when the fingerprint fits and the canary does not open.
 */
export async function checkKey(db: Queryable, keyring: Keyring): Promise<void> {
  const registered = await registeredKeys(db);
  const canary = await readCanary(db);
  if (!registered || !canary) {
    throw new AppError('unprocessable', 'no-key-registered', 'This database knows no key yet: start Muster on it once');
  }
  requireSame('master', registered.masterKeyId, keyring.masterKeyId);
  requireSame('signing', registered.signingKeyId, keyring.signingKeyId);
  openCanary(keyring, canary);
}

function requireSame(kind: string, expected: string, actual: string): void {
  if (expected === actual) return;
  throw new AppError(
    'unprocessable',
    'wrong-key',
    `The ${kind} key at hand (${actual}) is not the one of this database (${expected}): put back the right key files from your sealed copy`,
  );
}
