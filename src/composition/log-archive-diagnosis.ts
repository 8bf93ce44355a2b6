import { backupSetByName } from '../backups/backup-set.queries.ts';
import { logArchiveOf } from '../backups/log-archive/log-archive.queries.ts';
import type { LogArchive } from '../backups/log-archive/log-archive.ts';
import { MUSTER_SET } from '../backups/muster-set.ts';
import { ReplicationConnection } from '../backups/replication.connection.ts';
import type { Config } from '../config.ts';
import type { ConnectionSettings } from '../database/connection.ts';
import { Database } from '../database/database.ts';
import { sqlFailureOf } from '../database/sqlstate.ts';
import { AppError } from '../kernel/errors.ts';
import { formatBytes } from '../kernel/units.ts';
import type { Directories } from './directories.ts';
import { attachToRunning } from './open-database.ts';

/**
 * Looks at the archive of the log of Muster's own database. Changes nothing.
 * @returns how it stands.
 * @throws what is wrong with it, or why there is none.
 */
export async function diagnoseLogArchive(config: Config, directories: Directories): Promise<string> {
  if (!config.walArchive) throw new Error('switched off (MUSTER_WAL_ARCHIVE)');
  const owner = config.database ?? (await runningDatabase(directories));
  if (owner === undefined) return 'on, while Muster runs';
  const connection = await ReplicationConnection.open(owner);
  await connection.close();
  const archive = await readArchive(owner);
  if (archive === undefined) return 'on; nothing is archived yet';
  const { failure, check, state, behindBytes } = archive;
  if (failure !== undefined)
    throw new Error(`since ${failure.since.toString({ smallestUnit: 'second' })}: ${failure.message}`);
  if (check !== undefined && check.verdict !== 'sound') {
    throw new Error(
      `the archived log is ${check.verdict}: ${check.findings[0]?.message ?? 'nothing could be checked'}`,
    );
  }
  return `${state}, ${formatBytes(behindBytes ?? 0)} behind`;
}

async function runningDatabase(directories: Directories): Promise<ConnectionSettings | undefined> {
  try {
    return (await attachToRunning(directories)).access.owner;
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === 'not-running') return undefined;
    throw thrown;
  }
}

/** The server's word for a table that is not there. */
const UNDEFINED_TABLE = '42P01';

/** Undefined also for a database that Muster has not set up, or not brought up to date. */
async function readArchive(owner: ConnectionSettings): Promise<LogArchive | undefined> {
  const db = await Database.connect(owner, [], { applicationName: 'muster doctor', poolSize: 1 });
  try {
    const set = await backupSetByName(db, MUSTER_SET);
    return set && (await logArchiveOf(db, set.id));
  } catch (thrown) {
    if (sqlFailureOf(thrown)?.code === UNDEFINED_TABLE) return undefined;
    throw thrown;
  } finally {
    await db.close();
  }
}
