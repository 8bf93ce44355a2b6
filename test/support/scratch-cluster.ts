import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

/** Makes and starts a cluster. Without `settings` it is as careless about crashes of the machine as a test may be. */
export async function startScratchCluster(
  settings: Readonly<Record<string, string>> = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' },
): Promise<ScratchCluster> {
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
    settings: { max_connections: '300', ...settings },
    startTimeoutSeconds: 60,
    log: testLog,
  });
  const end = async () => {
    await cluster.stop('immediate');
    await rm(directory, { recursive: true, force: true });
  };
  return { cluster, end };
}
