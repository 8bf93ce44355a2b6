import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { takeBackup } from '../../../src/backups/backup.service.ts';
import type { BackupSet, RecoveryPoint, Repository } from '../../../src/backups/backup-catalogue.ts';
import type { BackupJobsDeps, RunningJob } from '../../../src/backups/backup-deps.ts';
import { backupSetById } from '../../../src/backups/backup-set.queries.ts';
import { pointById } from '../../../src/backups/catalogue.queries.ts';
import { ensureMusterSet } from '../../../src/backups/muster-set.ts';
import { repositoryById } from '../../../src/backups/repository.queries.ts';
import { VerifyThread } from '../../../src/backups/verify-thread.ts';
import { Database } from '../../../src/database/database.ts';
import { createEgress } from '../../../src/egress/egress.ts';
import { systemClock } from '../../../src/kernel/clock.ts';
import { newId } from '../../../src/kernel/ids.ts';
import type { Keyring } from '../../../src/secrets/keyring.ts';
import { newKeyring } from '../../support/keyring.ts';
import { testLog } from '../../support/log.ts';
import { type BackupCluster, useBackupCluster } from './backup-cluster.ts';
import { NO_REMOTE } from './no-remote.ts';

/** An installation as far as its backups need one: live database, catalogue, keys, repository. */
export interface BackupWorld {
  readonly cluster: BackupCluster;
  readonly db: Database;
  readonly deps: BackupJobsDeps;
  /** As it is in the catalogue now. */
  set(): Promise<BackupSet>;
  repository(): Promise<Repository>;
  take(overrides?: Partial<BackupJobsDeps>): Promise<RecoveryPoint>;
  /** The point as it is in the catalogue now. */
  refreshed(point: RecoveryPoint): Promise<RecoveryPoint>;
  directoryOf(point: Pick<RecoveryPoint, 'name'>): string;
}

/** The first attempt of a job that nobody cancels. */
export function newJob(overrides: Partial<RunningJob> = {}): RunningJob {
  return { jobId: newId(), attempt: 1, signal: new AbortController().signal, ...overrides };
}

export function useBackupWorld(): BackupWorld {
  const cluster = useBackupCluster({ isMigrated: true });
  let db: Database | undefined;
  let setId = '';
  let keyring: Keyring;
  const verifier = new VerifyThread();

  beforeAll(async () => {
    keyring = await newKeyring();
    db = await Database.connect(cluster.service, [], { applicationName: 'test' });
    setId = (await ensureMusterSet(db, { root: cluster.repositoryRoot })).id;
  });
  afterAll(async () => {
    await verifier.close();
    await db?.close();
  });

  const self: BackupWorld = {
    cluster,
    get db() {
      if (!db) throw new Error('useBackupWorld: the world exists inside tests only');
      return db;
    },
    get deps() {
      return {
        db: self.db,
        clock: systemClock,
        log: testLog,
        source: { database: cluster.owner },
        signingKey: cluster.signingKey,
        publicKeys: cluster.publicKeys,
        verifier,
        sandboxRoot: join(cluster.repositoryRoot, '..', 'sandboxes'),
        dataDirectory: join(cluster.repositoryRoot, '..', 'data'),
        remote: NO_REMOTE,
        capture: { keyring, egress: createEgress({ allowList: [] }), commandDirectory: undefined },
      };
    },
    set: () => backupSetById(self.db, setId),
    repository: async () => repositoryById(self.db, (await self.set()).repositoryId),
    take: (overrides = {}) => takeBackup({ ...self.deps, ...overrides }, setId, newJob()),
    refreshed: ({ id }) => pointById(self.db, id),
    directoryOf: ({ name }) => join(cluster.repositoryRoot, 'muster-database', name),
  };
  return self;
}
