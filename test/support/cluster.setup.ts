import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import type { ConnectionSettings } from '../../src/database/connection.ts';
import { ensureEmbeddedDatabase, SUPERUSER } from '../../src/database/embedded-database.ts';
import { createSchema } from './schema.ts';
import { startScratchCluster } from './scratch-cluster.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** How the superuser reaches the cluster that all test files share. */
    cluster: ConnectionSettings;
    /** A directory of this test run, for what several files share. Real path; gone after the run. */
    runDirectory: string;
  }
}

export const TEMPLATE_DATABASE = 'muster_template';

/** Starts the one cluster that the test files share, with a migrated database that each file clones. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { cluster, end } = await startScratchCluster();
  try {
    await createSchema(await ensureEmbeddedDatabase(cluster.connection, TEMPLATE_DATABASE));
  } catch (thrown) {
    await end();
    throw thrown;
  }
  const runDirectory = await realpath(await mkdtemp(join(tmpdir(), 'mtr-')));
  project.provide('cluster', cluster.connection('postgres', SUPERUSER));
  project.provide('runDirectory', runDirectory);
  return async () => {
    await end();
    // Processes that end with their workers still write what they have compiled.
    await rm(runDirectory, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
  };
}
