// How long `muster serve` takes until it listens: cold (a new data directory: initdb, schema, keys) and warm (the second
// start on it), and warm as a share of starting the same PostgreSQL alone. Medians of several starts.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { SUPERUSER } from '../../src/database/embedded-database.ts';
import { findBinaries } from '../../src/database/server/binaries.ts';
import { startCluster } from '../../src/database/server/cluster.ts';
import { probeRunAs } from '../../src/database/server/run-as.ts';
import { testLog } from '../../test/support/log.ts';
import { median } from './median.ts';

const COLD_STARTS = 3;
const WARM_STARTS = 5;

/** Starts the service, and stops it once it has printed where it listens; answers the seconds until then. */
async function startOnce(data: string): Promise<number> {
  const begin = performance.now();
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../src/main.ts')], {
    env: { ...process.env, MUSTER_DATA: data, MUSTER_PORT: '0', MUSTER_SAMPLES: 'off', MUSTER_LOG_LEVEL: 'error' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.includes('listens on')) continue;
    const seconds = (performance.now() - begin) / 1000;
    child.kill('SIGTERM');
    await ended;
    return seconds;
  }
  throw new Error('the service ended before it listened');
}

async function startPostgresAlone(data: string): Promise<number> {
  const binaries = await findBinaries();
  const runAs = await probeRunAs({ binaries });
  const begin = performance.now();
  const cluster = await startCluster({
    binaries,
    runAs,
    dataDirectory: join(data, 'postgres'),
    runtimeDirectory: tmpdir(),
    logDirectory: data,
    superuser: SUPERUSER,
    startTimeoutSeconds: 60,
    log: testLog,
  });
  const seconds = (performance.now() - begin) / 1000;
  await cluster.stop('fast');
  return seconds;
}

const cold: number[] = [];
const warm: number[] = [];
const alone: number[] = [];
let data = '';
for (let start = 0; start < COLD_STARTS; start += 1) {
  if (data) await rm(data, { recursive: true });
  data = await mkdtemp(join(tmpdir(), 'muster-bench-'));
  cold.push(await startOnce(data));
}
for (let start = 0; start < WARM_STARTS; start += 1) {
  alone.push(await startPostgresAlone(data));
  warm.push(await startOnce(data));
}
await rm(data, { recursive: true });
console.log(`cold start: ${median(cold).toFixed(1)} s (median of ${COLD_STARTS})`);
console.log(`warm start: ${median(warm).toFixed(1)} s (median of ${WARM_STARTS})`);
console.log(
  `PostgreSQL alone, warm: ${median(alone).toFixed(2)} s; the service takes ${(median(warm) / median(alone)).toFixed(1)}x`,
);
