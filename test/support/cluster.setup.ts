import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import type { ConnectionSettings } from '../../src/database/connection.ts';
import { ensureEmbeddedDatabase, SUPERUSER } from '../../src/database/embedded-database.ts';
import { findBinaries } from '../../src/database/server/binaries.ts';
import { startCluster } from '../../src/database/server/cluster.ts';
import { initCluster } from '../../src/database/server/cluster-init.ts';
import { probeRunAs } from '../../src/database/server/run-as.ts';
import { testLog } from './log.ts';
import { createSchema } from './schema.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** How the superuser reaches the cluster that all test files share. */
    cluster: ConnectionSettings;
  }
}

export const TEMPLATE_DATABASE = 'muster_template';

/** Starts the one cluster that the test files share, with a migrated database that each file clones. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'muster-t-'));
  const dataDirectory = join(directory, 'postgres');
  const runtimeDirectory = join(directory, 'run');
  await mkdir(runtimeDirectory);
  const binaries = await findBinaries();
  const runAs = await probeRunAs({ binaries });
  await initCluster({ binaries, runAs, dataDirectory, superuser: SUPERUSER, sync: false });
  const cluster = await startCluster({
    binaries,
    runAs,
    dataDirectory,
    runtimeDirectory,
    logDirectory: directory,
    superuser: SUPERUSER,
    // What a crash of the machine would lose does not matter here; tests of durability start clusters of their own.
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '300' },
    startTimeoutSeconds: 60,
    log: testLog,
  });
  try {
    await createSchema(await ensureEmbeddedDatabase(cluster.connection, TEMPLATE_DATABASE));
  } catch (thrown) {
    await cluster.stop('immediate');
    throw thrown;
  }
  project.provide('cluster', cluster.connection('postgres', SUPERUSER));
  return async () => {
    await cluster.stop('immediate');
    await rm(directory, { recursive: true, force: true });
  };
}
