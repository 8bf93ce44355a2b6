import { TAKE_JOB } from '../backups/backup-job-name.ts';
import { backupSetByName } from '../backups/backup-set.queries.ts';
import { dropArchiveSlot } from '../backups/log-archive/archive-slot.ts';
import { type LogArchiver, startLogArchiver } from '../backups/log-archive/log-archiver.ts';
import { MUSTER_SET } from '../backups/muster-set.ts';
import { ReplicationConnection } from '../backups/replication.connection.ts';
import type { ConnectionSettings } from '../database/connection.ts';
import type { JobQueue } from '../scheduling/queue.ts';
import type { Runtime } from './runtime.ts';

/**
 * Begins to archive the log of Muster's own database into the repository of its backups.
 * @returns undefined where the configuration has it off: the embedded server then keeps no log for it either. On another server
 * the slot may be that of a replica which is configured otherwise.
 */
export async function archiveOwnLog(
  { db, database, clock, log, config }: Runtime,
  queue: JobQueue,
): Promise<LogArchiver | undefined> {
  const setId = (await backupSetByName(db, MUSTER_SET))?.id;
  if (setId === undefined) return undefined;
  if (!config.walArchive) {
    if (database.kind === 'embedded') await releaseLog(database.access.owner, setId);
    return undefined;
  }
  return startLogArchiver({
    ...{ db, setId, clock, log },
    database: database.access.owner,
    orderBackup: (tx) => queue.enqueue(tx, TAKE_JOB, { setId }, { singletonKey: `log-archive/${setId}` }),
  });
}

async function releaseLog(owner: ConnectionSettings, setId: string): Promise<void> {
  const connection = await ReplicationConnection.open(owner);
  try {
    await dropArchiveSlot(connection, setId);
  } finally {
    await connection.close();
  }
}
