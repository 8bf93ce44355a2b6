import { captureSource } from '../backups/capture-source.ts';
import { MUSTER_SET } from '../backups/muster-set.ts';
import { initialiseRepository } from '../backups/repository.identity.ts';
import type { ConnectionSettings } from '../database/connection.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Logger } from '../kernel/log.ts';
import { openKeyring } from '../secrets/keyring.ts';
import type { Directories } from './directories.ts';

/** What the schema is about to be changed from. */
export interface UpgradeBackup {
  readonly owner: ConnectionSettings;
  /** Where PostgreSQL's programs are looked for besides the usual places. */
  readonly binDirectories: readonly string[];
  readonly directories: Directories;
  readonly pending: readonly string[];
  readonly log: Logger;
  readonly clock: Clock;
}

/**
 * Takes a recovery point before the schema changes. It needs no table of ours, so it works whatever release the schema is
 * of; the next discovery enters it into the catalogue. A backup that fails stops the upgrade.
 */
export async function backUpBeforeUpgrade({
  owner,
  binDirectories,
  directories,
  pending,
  log,
  clock,
}: UpgradeBackup): Promise<void> {
  log.info({ pending }, 'taking a backup before the schema is changed');
  await initialiseRepository(directories.backups);
  const { signingKey } = await openKeyring(directories.keys);
  const destination = { repositoryRoot: directories.backups, setName: MUSTER_SET, signingKey, clock, log };
  const point = await captureSource({ database: owner, binDirectories }, destination, { excludedTables: [] });
  log.info({ point: point.name, sizeBytes: point.sizeBytes }, 'backup before the upgrade is on disk');
}
