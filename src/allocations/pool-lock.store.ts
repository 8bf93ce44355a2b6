import type { Tx } from '../database/database.ts';

/**
 * Makes everybody who takes, moves or frees anything of these parts and entitlements take turns until the transaction ends,
 * and ends the holds in them whose time is over. The first lock of its transaction, and a statement of its own: what is
 * read after it sees what the others have committed.
 */
export async function lockPools(tx: Tx, parts: readonly string[], entitlements: readonly string[]): Promise<void> {
  await tx.execute('SELECT lock_pools($1::uuid[], $2::uuid[])', [parts, entitlements]);
}
