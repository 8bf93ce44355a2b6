import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { Database } from '../../src/database/database.ts';
import { type DatabaseAccess, ensureEmbeddedDatabase, SUPERUSER } from '../../src/database/embedded-database.ts';
import { findBinaries } from '../../src/database/server/binaries.ts';
import { probeRunAs } from '../../src/database/server/run-as.ts';
import { type SupervisedCluster, superviseCluster } from '../../src/database/server/supervisor.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { jobStatus } from '../../src/scheduling/job-status.queries.ts';
import { createJobQueue } from '../../src/scheduling/queue.ts';
import { ensureSchedule } from '../../src/scheduling/schedule.service.ts';
import { startTicker } from '../../src/scheduling/ticker.ts';
import { testLog } from '../support/log.ts';
import { copyCluster } from '../support/scratch-cluster.ts';
import { noteJob } from './note-job.ts';
import { deferred, eventually } from './support.ts';

let directory: string;
let cluster: SupervisedCluster;
let access: DatabaseAccess;
let db: Database;
const unhandled: unknown[] = [];
const remember = (thrown: unknown) => unhandled.push(thrown);

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'muster-t-'));
  const [binaries, runtimeDirectory] = [await findBinaries(), join(directory, 'run')];
  await mkdir(runtimeDirectory);
  const runAs = await probeRunAs({ binaries });
  const common = { binaries, runAs, dataDirectory: join(directory, 'postgres'), superuser: SUPERUSER };
  await copyCluster(inject('migratedCluster'), common.dataDirectory);
  cluster = await superviseCluster({
    ...common,
    runtimeDirectory,
    logDirectory: directory,
    startTimeoutSeconds: 60,
    log: testLog,
  });
  access = await ensureEmbeddedDatabase(cluster.connection);
  db = await Database.connect(access.service, [], { applicationName: 'test' });
  process.on('unhandledRejection', remember);
});

afterAll(async () => {
  process.off('unhandledRejection', remember);
  await db.close();
  await cluster.stop('immediate');
  await rm(directory, { recursive: true, force: true });
});

test('workers and schedules outlive kill -9 of the postmaster: nothing enqueued is lost, no restart is needed', async () => {
  const [started, release] = [deferred(), deferred()];
  const done = new Map<string, number>();
  const job = noteJob(
    async ({ payload, attempt }) => {
      if (payload.note === 'long') {
        started.resolve();
        await release.promise;
      }
      done.set(payload.note, attempt);
    },
    { retry: { limit: 3, backoffSeconds: 1 }, concurrency: 2 },
  );
  const queue = await createJobQueue({ service: access.service, jobs: () => [job], log: testLog, drainSeconds: 2 });
  const workers = await queue.startWorkers({ tags: ['default'], signal: new AbortController().signal });
  const put = (note: string) => db.transaction((tx) => queue.enqueue(tx, 'note.take', { note }));
  const ticker = startTicker({ db, queue, clock: systemClock, log: testLog });
  try {
    const long = await put('long');
    await started.promise;
    const before = await Promise.all(['a', 'b', 'c'].map(put));
    const victim = cluster.pid();
    process.kill(victim ?? 0, 'SIGKILL');
    // The long run ends while nobody can hear of it.
    release.resolve();
    await expect(eventually(async () => (await put('meanwhile')) === '', 1)).rejects.toMatchObject({
      kind: 'unavailable',
    });
    const after = deferred<string>();
    expect(
      await eventually(async () => {
        if (cluster.pid() === victim) return false;
        await put('afterwards').then(after.resolve, () => {});
        return done.has('afterwards');
      }, 30),
    ).toBe(true);

    for (const id of [long, await after.promise, ...before]) {
      expect(await eventually(async () => (await jobStatus(db, id)).state === 'completed', 30)).toBe(true);
    }
    expect(await jobStatus(db, long)).toMatchObject({ attempt: 1, failure: null });
    expect(done.get('long')).toBe(1);
    await db.transaction((tx) =>
      ensureSchedule(tx, {
        ...{ name: 'note.minutely', cron: '* * * * *', zone: 'UTC', catchUp: 'latest' },
        ...{ job: 'note.take', payload: { note: 'by schedule' } },
      }),
    );
    await db.execute(`UPDATE schedule SET cursor_at = clock_timestamp() - interval '1 minute'`);
    expect(await eventually(() => done.has('by schedule'), 15)).toBe(true);
    expect(ticker.health().ok).toBe(true);
    expect(await eventually(() => workers.running() === 0, 5)).toBe(true);
    expect(unhandled).toEqual([]);
  } finally {
    release.resolve();
    await ticker.stop();
    await queue.close();
  }
});

test('stopping ends while the database is away', async () => {
  const started = deferred();
  const job = noteJob(async ({ signal }) => {
    started.resolve();
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  });
  const queue = await createJobQueue({ service: access.service, jobs: () => [job], log: testLog, drainSeconds: 2 });
  await queue.startWorkers({ tags: ['default'], signal: new AbortController().signal });
  await db.transaction((tx) => queue.enqueue(tx, 'note.take', { note: 'cut off' }));
  await started.promise;
  await cluster.stop('immediate');
  await queue.close();
  expect(unhandled).toEqual([]);
});
