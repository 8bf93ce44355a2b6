/**
 * A process that holds a server, to be killed by the tests: `node holder.ts '{"dataDirectory": ...}'`. Prints one line of JSON
 * when the server answers, and then lives until it is killed or its standard input ends.
 */
import { pino } from 'pino';
import { SUPERUSER } from '../../src/database/embedded-database.ts';
import { findBinaries } from '../../src/database/server/binaries.ts';
import { startCluster } from '../../src/database/server/cluster.ts';
import { initCluster } from '../../src/database/server/cluster-init.ts';
import { openDataDirectory } from '../../src/database/server/data-directory.ts';
import type { LockMethod } from '../../src/database/server/directory-lock.ts';
import { probeRunAs } from '../../src/database/server/run-as.ts';
import { systemClock } from '../../src/kernel/clock.ts';

/** What the process shall do. */
export interface HolderTask {
  /** Hold this directory's lock. */
  readonly lock?: { readonly directory: string; readonly method?: LockMethod };
  /** Make a cluster here. */
  readonly init?: { readonly dataDirectory: string };
  /** Run a server on this cluster. */
  readonly start?: {
    readonly dataDirectory: string;
    readonly runtimeDirectory: string;
    readonly diesWithParent: boolean;
  };
}

const task: HolderTask = JSON.parse(process.argv[2] ?? '{}');
const log = pino({ level: 'silent' });
let answer: Record<string, unknown> = { pid: process.pid };

if (task.lock !== undefined) {
  const { directory, method } = task.lock;
  await openDataDirectory(directory, {
    clock: systemClock,
    log,
    ...(method === undefined ? {} : { lockMethod: method }),
  });
}
if (task.init !== undefined) {
  const binaries = await findBinaries();
  const runAs = await probeRunAs({ binaries });
  await initCluster({ binaries, runAs, dataDirectory: task.init.dataDirectory, superuser: SUPERUSER });
}
if (task.start !== undefined) {
  const { dataDirectory, runtimeDirectory, diesWithParent } = task.start;
  const binaries = await findBinaries();
  const runAs = await probeRunAs({ binaries, diesWithParent });
  const cluster = await startCluster({
    binaries,
    runAs,
    dataDirectory,
    runtimeDirectory,
    logDirectory: `${dataDirectory}-log`,
    superuser: SUPERUSER,
    startTimeoutSeconds: 20,
    log,
  });
  answer = {
    ...answer,
    postmasterPid: cluster.pid,
    connection: cluster.connection('postgres', SUPERUSER),
    method: runAs.method,
  };
}
process.stdout.write(`${JSON.stringify(answer)}\n`);
// Lives until it is killed, or the process that started it is gone.
process.stdin.on('end', () => process.exit());
process.stdin.resume();
