import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ensureEmbeddedDatabase, SUPERUSER } from '../../src/database/embedded-database.ts';
import { type RunningCluster, startCluster } from '../../src/database/server/cluster.ts';
import { initCluster } from '../../src/database/server/cluster-init.ts';
import { testLog } from './log.ts';
import { createSchema } from './schema.ts';
import { serverPrograms } from './server-programs.ts';

/** A new cluster in a temporary directory that is gone after `end`. */
export interface ScratchCluster {
  readonly cluster: RunningCluster;
  end(): Promise<void>;
}

/** As careless about crashes of the machine as a test may be. */
const CARELESS = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' } as const;

/** Of a server for few rows: starting it takes two thirds of the CPU time. */
const SMALL = { shared_buffers: '32MB', io_method: 'sync' } as const;

export interface ScratchClusterOptions {
  /** A cluster to copy: initdb takes a second of CPU time. Both have the same system identifier; the new one is small. */
  readonly template?: string;
  readonly settings?: Readonly<Record<string, string>>;
}

/** Makes and starts a cluster. */
export async function startScratchCluster({
  template,
  settings = CARELESS,
}: ScratchClusterOptions = {}): Promise<ScratchCluster> {
  const directory = await mkdtemp(join(tmpdir(), 'muster-t-'));
  const dataDirectory = join(directory, 'postgres');
  if (template === undefined) await makeCluster(dataDirectory);
  else await copyCluster(template, dataDirectory);
  const cluster = await start(directory, dataDirectory, { ...(template === undefined ? {} : SMALL), ...settings });
  const end = async () => {
    await cluster.stop('immediate');
    await rm(directory, { recursive: true, force: true });
  };
  return { cluster, end };
}

async function start(
  directory: string,
  dataDirectory: string,
  settings: Readonly<Record<string, string>>,
): Promise<RunningCluster> {
  const runtimeDirectory = join(directory, 'run');
  await mkdir(runtimeDirectory);
  return startCluster({
    ...(await serverPrograms()),
    dataDirectory,
    runtimeDirectory,
    logDirectory: directory,
    superuser: SUPERUSER,
    settings: { max_connections: '300', ...settings },
    startTimeoutSeconds: 60,
    log: testLog,
  });
}

/** Makes a cluster that nobody has started yet. */
export async function makeCluster(dataDirectory: string): Promise<void> {
  await initCluster({ ...(await serverPrograms()), dataDirectory, superuser: SUPERUSER, sync: false });
}

/**
 * Makes a copy of a cluster that nobody has started, with the database of an installation in it, migrated: who copies that
 * one spares itself two seconds of CPU time. It does not run.
 */
export async function makeMigratedCluster(template: string, dataDirectory: string): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'muster-t-'));
  await copyCluster(template, dataDirectory);
  const cluster = await start(directory, dataDirectory, { ...SMALL, ...CARELESS });
  await createSchema(await ensureEmbeddedDatabase(cluster.connection));
  await cluster.stop('fast');
  await rm(directory, { recursive: true, force: true });
}

/** Copies a cluster that does not run. */
export async function copyCluster(from: string, to: string): Promise<void> {
  await promisify(execFile)('cp', ['-a', from, to]);
}
