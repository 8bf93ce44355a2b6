import { lsnOf } from '../log-position.ts';
import type { ReplicationConnection } from '../replication.connection.ts';

/** The slot that keeps the log of a server until it is archived. Names are the whole cluster's, so it carries the set's id. */
export function archiveSlotName(setId: string): string {
  return `muster_wal_${setId.replaceAll('-', '_')}`;
}

/** The slot, as it was found or made. */
export interface HeldSlot {
  /** The server keeps its log from here on. */
  readonly restartLsn: bigint;
  /** `lost`: it was there, but the server had to remove log that it should have kept; it was made anew. */
  readonly was: 'there' | 'absent' | 'lost';
}

/** Finds the slot, or makes it. It stays when the connection ends: that is what it is for. */
export async function holdSlot(connection: ReplicationConnection, slot: string): Promise<HeldSlot> {
  const found = await readSlot(connection, slot);
  if (found.exists && found.restartLsn !== undefined) return { restartLsn: found.restartLsn, was: 'there' };
  if (found.exists) await connection.rows(`DROP_REPLICATION_SLOT "${slot}"`);
  await connection.rows(`CREATE_REPLICATION_SLOT "${slot}" PHYSICAL (RESERVE_WAL true)`);
  const { restartLsn } = await readSlot(connection, slot);
  return { restartLsn: restartLsn ?? lsnOf(undefined), was: found.exists ? 'lost' : 'absent' };
}

/** Removes the slot of a set, if there is one: the server then keeps no log for an archive. */
export async function dropArchiveSlot(connection: ReplicationConnection, setId: string): Promise<void> {
  const slot = archiveSlotName(setId);
  if ((await readSlot(connection, slot)).exists) await connection.rows(`DROP_REPLICATION_SLOT "${slot}"`);
}

/** A slot that exists without a position has lost its log (max_slot_wal_keep_size). */
async function readSlot(
  connection: ReplicationConnection,
  slot: string,
): Promise<{ readonly exists: boolean; readonly restartLsn: bigint | undefined }> {
  const [type, restartLsn] = (await connection.rows(`READ_REPLICATION_SLOT "${slot}"`))[0] ?? [];
  return { exists: typeof type === 'string', restartLsn: restartLsn ? lsnOf(restartLsn) : undefined };
}
