import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import type { ConnectionSettings } from '../../src/database/connection.ts';
import { SUPERUSER } from '../../src/database/embedded-database.ts';
import { makeCluster, makeMigratedCluster, startScratchCluster } from './scratch-cluster.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** How the superuser reaches the cluster that all test files share. */
    cluster: ConnectionSettings;
    /** A cluster that was never started, to be copied. */
    clusterTemplate: string;
    /** The same with the database of an installation in it, migrated, by its usual names. */
    migratedCluster: string;
    /** A directory of this test run, for what several files share. Real path; gone after the run. */
    runDirectory: string;
  }
}

/** Starts the one cluster that the test files share, with a migrated database that each file clones. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const runDirectory = await realpath(await mkdtemp(join(tmpdir(), 'mtr-')));
  // Processes that end with their workers still write what they have compiled.
  const remove = () => rm(runDirectory, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
  const closers = [remove];
  const close = async () => {
    for (const closer of closers.reverse()) await closer();
  };
  try {
    const template = join(runDirectory, 'cluster');
    const migrated = join(runDirectory, 'migrated');
    await makeCluster(template);
    await makeMigratedCluster(template, migrated);
    const { cluster, end } = await startScratchCluster({ template: migrated });
    closers.push(end);
    project.provide('cluster', cluster.connection('postgres', SUPERUSER));
    project.provide('clusterTemplate', template);
    project.provide('migratedCluster', migrated);
    project.provide('runDirectory', runDirectory);
    return close;
  } catch (thrown) {
    await close();
    throw thrown;
  }
}
