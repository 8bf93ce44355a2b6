/**
 * The life of an embedded server under the user and the rights of this process: `node life.ts DIRECTORY [METHOD]`. Prints how
 * it ran, and whether all its processes were recognised.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { findBinaries } from '../../src/database/server/binaries.ts';
import { initCluster } from '../../src/database/server/cluster-init.ts';
import { openDataDirectory } from '../../src/database/server/data-directory.ts';
import { probeRunAs, type RunAsMethod } from '../../src/database/server/run-as.ts';
import { serverProcessesOf } from '../../src/database/server/server-processes.ts';
import { superviseCluster } from '../../src/database/server/supervisor.ts';
import { systemClock } from '../../src/kernel/clock.ts';

const [directory = '', method] = process.argv.slice(2);
const log = pino({ level: 'silent' });
const held = await openDataDirectory(`${directory}/data`, { clock: systemClock, log });
const binaries = await findBinaries();
const runAs = await probeRunAs({ binaries, ...(method === undefined ? {} : { method: method as RunAsMethod }) });
const dataDirectory = `${held.path}/pg`;
await initCluster({ binaries, runAs, dataDirectory, superuser: 'muster', sync: false });
const cluster = await superviseCluster({
  binaries,
  runAs,
  dataDirectory,
  runtimeDirectory: held.path,
  logDirectory: `${held.path}/log`,
  superuser: 'muster',
  startTimeoutSeconds: 20,
  log,
});
const victim = cluster.pid() ?? 0;
process.kill(victim, 'SIGKILL');
while (cluster.pid() === undefined || cluster.pid() === victim) await delay(20);
// The postmaster and at least its checkpointer, writer and WAL writer.
const recognised = (await serverProcessesOf(dataDirectory)).length >= 4;
await cluster.stop();
await held.release();
process.stdout.write(`${runAs.method}, ${recognised ? 'recognised' : 'not recognised'}\n`);
