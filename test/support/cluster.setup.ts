import type { TestProject } from 'vitest/node';
import type { ConnectionSettings } from '../../src/database/connection.ts';
import { ensureEmbeddedDatabase, SUPERUSER } from '../../src/database/embedded-database.ts';
import { createSchema } from './schema.ts';
import { startScratchCluster } from './scratch-cluster.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** How the superuser reaches the cluster that all test files share. */
    cluster: ConnectionSettings;
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
  project.provide('cluster', cluster.connection('postgres', SUPERUSER));
  return end;
}
