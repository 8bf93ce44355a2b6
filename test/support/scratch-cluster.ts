import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SUPERUSER } from '../../src/database/embedded-database.ts';
import { findBinaries } from '../../src/database/server/binaries.ts';
import { type RunningCluster, startCluster } from '../../src/database/server/cluster.ts';
import { initCluster } from '../../src/database/server/cluster-init.ts';
import { probeRunAs } from '../../src/database/server/run-as.ts';
import { testLog } from './log.ts';

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
  const runtimeDirectory = join(directory, 'run');
  await mkdir(runtimeDirectory);
  if (template === undefined) await makeCluster(dataDirectory);
  else await copyCluster(template, dataDirectory);
  const binaries = await findBinaries();
  const cluster = await startCluster({
    binaries,
    runAs: await probeRunAs({ binaries }),
    dataDirectory,
    runtimeDirectory,
    logDirectory: directory,
    superuser: SUPERUSER,
    settings: { max_connections: '300', ...(template === undefined ? {} : SMALL), ...settings },
    startTimeoutSeconds: 60,
    log: testLog,
  });
  const end = async () => {
    await cluster.stop('immediate');
    await rm(directory, { recursive: true, force: true });
  };
  return { cluster, end };
}

/** Makes a cluster that nobody has started yet. */
export async function makeCluster(dataDirectory: string): Promise<void> {
  const binaries = await findBinaries();
  const runAs = await probeRunAs({ binaries });
  await initCluster({ binaries, runAs, dataDirectory, superuser: SUPERUSER, sync: false });
}

/** Copies a cluster that does not run. */
export async function copyCluster(from: string, to: string): Promise<void> {
  await promisify(execFile)('cp', ['-a', from, to]);
}
