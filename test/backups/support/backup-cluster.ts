import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, inject } from 'vitest';
import { type BaseBackupCapture, captureBaseBackup } from '../../../src/backups/capture.ts';
import { extractPoint } from '../../../src/backups/extract.ts';
import type { BaseBackupRecord } from '../../../src/backups/point-record.ts';
import type { CapturedPoint } from '../../../src/backups/point-writer.ts';
import { initialiseRepository } from '../../../src/backups/repository.identity.ts';
import type { RestoreServer } from '../../../src/backups/restore-server.ts';
import { startRestored } from '../../../src/backups/start-restored.ts';
import { type ConnectionSettings, driverSettings } from '../../../src/database/connection.ts';
import {
  DATABASE_NAME,
  type DatabaseAccess,
  ensureEmbeddedDatabase,
  SUPERUSER,
} from '../../../src/database/embedded-database.ts';
import { SERVICE_ROLE } from '../../../src/database/roles.ts';
import { findBinaries } from '../../../src/database/server/binaries.ts';
import { type RunningCluster, startCluster } from '../../../src/database/server/cluster.ts';
import { initCluster } from '../../../src/database/server/cluster-init.ts';
import { probeRunAs } from '../../../src/database/server/run-as.ts';
import { systemClock } from '../../../src/kernel/clock.ts';
import { testLog } from '../../support/log.ts';
import { type ScratchCluster, startScratchCluster } from '../../support/scratch-cluster.ts';
import { serverPrograms } from '../../support/server-programs.ts';

/** A cluster of the file's own to take backups of, a repository to put them in, and a way to start restored copies. */
export interface BackupCluster {
  readonly owner: ConnectionSettings;
  readonly service: ConnectionSettings;
  readonly superuser: ConnectionSettings;
  readonly repositoryRoot: string;
  readonly signingKey: KeyObject;
  readonly publicKeys: readonly KeyObject[];
  readonly server: RestoreServer;
  /** A new directory that is gone after the file's tests. */
  newDirectory(): Promise<string>;
  capture(options?: Partial<BaseBackupCapture>): Promise<CapturedPoint>;
  /** Extracts a point and recovers it in a server that is stopped after the test. */
  restore(point: CapturedPoint, record?: BaseBackupRecord): Promise<RunningCluster>;
}

/** As `startScratchCluster`, of the PostgreSQL in another directory. */
async function startClusterOf(binDirectory: string): Promise<ScratchCluster> {
  const directory = await mkdtemp(join(tmpdir(), 'muster-b-'));
  await mkdir(join(directory, 'run'));
  const { binaries, runAs } = await programsIn(binDirectory);
  const dataDirectory = join(directory, 'postgres');
  await initCluster({ binaries, runAs, dataDirectory, superuser: SUPERUSER, sync: false });
  const cluster = await startCluster({
    binaries,
    runAs,
    dataDirectory,
    runtimeDirectory: join(directory, 'run'),
    logDirectory: directory,
    superuser: SUPERUSER,
    settings: CARELESS,
    startTimeoutSeconds: 60,
    log: testLog,
  });
  const end = async () => {
    await cluster.stop('immediate');
    await rm(directory, { recursive: true, force: true });
  };
  return { cluster, end };
}

async function programsIn(binDirectory: string) {
  const binaries = await findBinaries(binDirectory);
  return { binaries, runAs: await probeRunAs({ binaries }) };
}

const CARELESS = { fsync: 'off', full_page_writes: 'off' };

export interface BackupClusterOptions {
  /** Runs once on the new database, before the tests. */
  readonly prepare?: (access: DatabaseAccess) => Promise<void>;
  /** With the schema of an installation in its database. */
  readonly isMigrated?: boolean;
  /** Of another PostgreSQL than the embedded one. */
  readonly binDirectory?: string | undefined;
}

export function useBackupCluster({ prepare, isMigrated, binDirectory }: BackupClusterOptions = {}): BackupCluster {
  let cluster: ScratchCluster | undefined;
  let server: RestoreServer | undefined;
  let directory = '';
  const running: RunningCluster[] = [];
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'muster-b-'));
    cluster =
      binDirectory === undefined
        ? await startScratchCluster({ template: inject(isMigrated ? 'migratedCluster' : 'clusterTemplate') })
        : await startClusterOf(binDirectory);
    const access = await ensureEmbeddedDatabase(cluster.cluster.connection);
    await prepare?.(access);
    for (const name of ['repository', 'run']) await mkdir(join(directory, name));
    await initialiseRepository(join(directory, 'repository'));
    server = {
      ...(binDirectory === undefined ? await serverPrograms() : await programsIn(binDirectory)),
      runtimeDirectory: join(directory, 'run'),
      logDirectory: directory,
      startTimeoutSeconds: 60,
      log: testLog,
    };
  });

  afterEach(async () => {
    for (const restored of running.splice(0)) await restored.stop('immediate');
  });

  afterAll(async () => {
    await cluster?.end();
    await rm(directory, { recursive: true, force: true });
  });

  const there = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('useBackupCluster: the cluster exists inside tests only');
    return value;
  };
  const as = (user: string) => there(cluster).cluster.connection(DATABASE_NAME, user);

  const self: BackupCluster = {
    get owner() {
      return as('muster_owner');
    },
    get service() {
      return as(SERVICE_ROLE);
    },
    get superuser() {
      return as(SUPERUSER);
    },
    get repositoryRoot() {
      return join(directory, 'repository');
    },
    get server() {
      return there(server);
    },
    signingKey: privateKey,
    publicKeys: [publicKey],
    newDirectory: () => mkdtemp(join(directory, 'd-')),
    capture: (options = {}) =>
      captureBaseBackup({
        database: self.owner,
        repositoryRoot: self.repositoryRoot,
        setName: 'muster',
        signingKey: privateKey,
        clock: systemClock,
        log: testLog,
        ...options,
      }),
    restore: async (point, record) => {
      const target = join(await self.newDirectory(), 'pgdata');
      const extracted = await extractPoint({
        pointDirectory: point.pointDirectory,
        target,
        publicKeys: self.publicKeys,
      });
      const restored = await startRestored({
        ...self.server,
        dataDirectory: extracted.dataDirectory,
        record: record ?? extracted.record,
        settings: CARELESS,
      });
      running.push(restored);
      return restored;
    },
  };
  return self;
}

/** Runs statements on a connection of their own. */
export async function runOn(settings: ConnectionSettings, ...statements: string[]): Promise<void> {
  const client = new Client(driverSettings(settings, 'test'));
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
