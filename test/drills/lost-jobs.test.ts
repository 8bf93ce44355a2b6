import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { drillJobs } from '../../src/drills/drill.jobs.ts';
import { openRun, requestRun } from '../../src/drills/drill.service.ts';
import { runById } from '../../src/drills/drill-run.queries.ts';
import { replaceLostJobs } from '../../src/drills/lost-job.ts';
import { createJobQueue, type JobQueue } from '../../src/scheduling/queue.ts';
import { testLog } from '../support/log.ts';
import { useFileDrill } from './support/file-drill.ts';
import { eventually } from './support/watching.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
const { drilling, world, treeAnd } = useFileDrill();
const OPERATOR = { actor: { principalId: null, name: 'Operations' } };
let queue: JobQueue;
let deps: Awaited<ReturnType<typeof drilling.deps>>;

beforeAll(async () => {
  deps = await drilling.deps();
  queue = await createJobQueue({
    service: world.database.service,
    jobs: () => drillJobs({ ...deps, queue }),
    log: testLog,
  });
});
afterAll(async () => {
  await queue.close();
  await deps.verifier.close();
});

/** A drill of its own that somebody asked for. */
async function requested(): Promise<{ readonly runId: string; readonly drill: string }> {
  const drill = await drilling.define(treeAnd());
  await deps.catalogue.refresh();
  const wish = { drill, mode: 'full' as const };
  const { runId } = await drilling.db.transaction((tx) => requestRun(tx, { ...deps, queue }, OPERATOR, wish));
  return { runId, drill };
}

const replaced = () => replaceLostJobs({ ...deps, queue });
const jobsOf = (runId: string) =>
  drilling.db.rows<{ state: string }>(
    `SELECT state FROM pgboss.job WHERE name = 'drill.run' AND data->>'runId' = $1 ORDER BY created_on`,
    [runId],
  );
const taken = (heartbeat: string, where: string, parameter: string) =>
  drilling.db.execute(
    `UPDATE pgboss.job SET state = 'active', started_on = now(), heartbeat_on = now() - $1::interval
      WHERE name = 'drill.run' AND state = 'created' AND ${where} = $2`,
    [heartbeat, parameter],
  );

describe('a run that waits for a worker', () => {
  test('gets a new job when its own was deleted: one, however many look', async () => {
    const { runId } = await requested();
    expect(await replaced()).toEqual([]);
    await drilling.db.execute(`DELETE FROM pgboss.job WHERE name = 'drill.run' AND data->>'runId' = $1`, [runId]);
    const found = await Promise.all([replaced(), replaced(), replaced()]);
    expect(found.flat()).toEqual([runId]);
    expect(await jobsOf(runId)).toEqual([{ state: 'created' }]);
    expect(await replaced()).toEqual([]);
  });

  test('gets none when its time to begin is over: it is missed', async () => {
    const { runId } = await requested();
    await drilling.db.execute(`DELETE FROM pgboss.job WHERE name = 'drill.run' AND data->>'runId' = $1`, [runId]);
    await drilling.db.execute(`UPDATE drill_run SET triggered_at = now() - interval '61 minutes' WHERE id = $1`, [
      runId,
    ]);
    expect(await replaced()).toEqual([]);
  });

  test('of a slot has the job of the slot while that is worked, and a new one when its worker has died', async () => {
    const drill = await drilling.define(treeAnd());
    const files = await deps.catalogue.refresh();
    await drilling.db.transaction((tx) => queue.enqueue(tx, 'drill.run', { drill, trigger: 'schedule' }));
    await taken('0 s', "data->>'drill'", drill);
    const runId = await drilling.db.transaction((tx) => openRun(tx, files, drill, 'schedule'));
    expect(await replaced()).toEqual([]);
    await drilling.db.execute(
      `UPDATE pgboss.job SET state = 'failed' WHERE name = 'drill.run' AND data->>'drill' = $1`,
      [drill],
    );
    expect(await replaced()).toEqual([runId]);
  });

  test('begins within its time when whoever took its job has died before the run was theirs', async () => {
    const { runId } = await requested();
    await taken('1 hour', "data->>'runId'", runId);
    // A worker that is silent may still be at work: the queue decides when it is dead.
    expect(await replaced()).toEqual([]);
    const stop = new AbortController();
    await queue.startWorkers({ tags: ['default'], signal: stop.signal });
    try {
      await eventually(async () => (await replaced()).includes(runId), 60);
      await eventually(async () => (await runById(drilling.db, runId)).status === 'completed', 60);
      expect((await jobsOf(runId)).map(({ state }) => state)[0]).toBe('failed');
    } finally {
      stop.abort();
    }
  });
});
