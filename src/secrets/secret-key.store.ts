import type { Queryable, Tx } from '../database/database.ts';
import { type CanaryRow, sealCanary } from './canary.ts';
import type { Keyring } from './keyring.ts';

/** The fingerprints of the keys that a database was set up with. */
export interface RegisteredKeys {
  readonly masterKeyId: string;
  readonly signingKeyId: string;
}

/** The keys that this database belongs to; undefined before the first start. */
export async function registeredKeys(db: Queryable): Promise<RegisteredKeys | undefined> {
  const rows = await db.rows<{ kind: 'master' | 'signing'; fingerprint: string }>(
    `SELECT kind, fingerprint FROM secret_key WHERE state = 'current'`,
  );
  const master = rows.find((row) => row.kind === 'master');
  const signing = rows.find((row) => row.kind === 'signing');
  return master && signing ? { masterKeyId: master.fingerprint, signingKeyId: signing.fingerprint } : undefined;
}

/**
 * Registers a keyring with a database that knows none, and seals its canary. When another process was first, nothing
 * changes and the answer is false; the caller compares afterwards.
 */
export async function registerKeys(tx: Tx, keyring: Keyring): Promise<boolean> {
  const publicKey = keyring.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const inserted = await tx.execute(
    `INSERT INTO secret_key (fingerprint, kind, public_key) VALUES ($1, 'master', NULL), ($2, 'signing', $3)
     ON CONFLICT DO NOTHING`,
    [keyring.masterKeyId, keyring.signingKeyId, publicKey],
  );
  if (inserted === 0) return false;
  const canary = sealCanary(keyring);
  await tx.execute('INSERT INTO secret_canary (id, sealed) VALUES ($1, $2)', [canary.id, canary.sealed]);
  return true;
}

/** The canary; undefined before the first start. A restored copy is asked with the same statement. */
export async function readCanary(db: Pick<Queryable, 'rows'>): Promise<CanaryRow | undefined> {
  const rows = await db.rows<CanaryRow>('SELECT id, sealed FROM secret_canary');
  return rows[0];
}
