import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { drillJobs } from '../../src/drills/drill.jobs.ts';
import { cancelRun, openRun, requestRun } from '../../src/drills/drill.service.ts';
import type { RunnerDeps } from '../../src/drills/drill-deps.ts';
import { runById } from '../../src/drills/drill-run.queries.ts';
import { drillRunProgress } from '../../src/drills/progress.ts';
import { reapInterrupted } from '../../src/drills/reaper.ts';
import { carryOutRun } from '../../src/drills/runner.ts';
import { createJobQueue } from '../../src/scheduling/queue.ts';
import { makeCaller } from '../people/cast.ts';
import { testLog } from '../support/log.ts';
import { useDrillWorld } from './support/drill-world.ts';
import { eventually } from './support/watching.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
const world = useDrillWorld();
const OPERATOR = { actor: { principalId: null, name: 'Operations' } };
const never = new AbortController().signal;

/** Drills that have no backup: they fail as soon as they are let go on. */
beforeAll(async () => {
  const named = (name: string) => (text: string) => text.replace('name: muster-database', `name: ${name}`);
  await world.define('same-service', named('same-service'));
  await world.define('other-service', (text) =>
    named('other-service')(text).replace('service: muster', 'service: shop'),
  );
  await world.define('patient', (text) =>
    named('patient')(text).replace('  catchUp: latest', '  catchUp: latest\n  overlap: wait\n  startWithinMinutes: 1'),
  );
});

/** Nothing goes on or waits when the next test begins, also after one that failed. */
const held: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of held.splice(0)) await end();
  const deps = await world.deps();
  for (const { id } of await world.db.rows<{ id: string }>(`SELECT id FROM drill_run WHERE status = 'queued'`)) {
    await world.db.transaction((tx) => cancelRun(tx, deps, OPERATOR, id));
  }
});

/** A run that has begun and goes no further until it is let go. */
async function holdRun(drill?: string, overrides: Partial<RunnerDeps> = {}) {
  const [begun, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const runId = await world.open(drill);
  const onPhase = () => {
    begun.resolve();
    return gate.promise;
  };
  const ended = carryOutRun(await world.deps({ onPhase, ...overrides }), runId, never);
  held.push(() => {
    gate.resolve();
    return ended;
  });
  await begun.promise;
  const letGo = async () => {
    gate.resolve();
    expect(await ended).toBe(true);
  };
  return { runId, letGo };
}

const carryOut = async (runId: string, overrides: Partial<RunnerDeps> = {}) =>
  carryOutRun(await world.deps(overrides), runId, never);
const statusOf = async (runId: string) => (await runById(world.db, runId)).status;
const slotOf = async (drill: string) => {
  const files = await (await world.deps()).catalogue.refresh();
  return world.db.transaction((tx) => openRun(tx, files, drill, 'schedule'));
};

describe('a run waits for its turn', () => {
  test('while another one goes on for the same service, on whatever machine, and begins by itself after it', async () => {
    const first = await holdRun();
    const deps = await world.deps({ hostId: 'host-b' });
    const jobs = () => drillJobs({ ...deps, queue });
    const queue = await createJobQueue({ service: world.service, jobs, log: testLog });
    const stop = new AbortController();
    try {
      await queue.startWorkers({ tags: ['default'], signal: stop.signal });
      const { runId } = await world.db.transaction((tx) =>
        requestRun(tx, { ...deps, queue }, OPERATOR, { drill: 'same-service', mode: 'full' }),
      );
      expect(await carryOut(runId, { hostId: 'host-b' })).toBe(false);
      const { waitsFor } = await drillRunProgress(world.db, runId);
      expect(waitsFor).toBe(`the end of run ${first.runId} of muster-database, for the same service`);
      const take = `UPDATE drill_run SET status = 'running', attempt = 1, claimed_service = 'muster', host_id = 'host-b', worker_process = 'x',
                           started_at = now(), heartbeat_at = now(), lease_expires_at = now() WHERE id = $1`;
      await expect(world.db.execute(take, [runId])).rejects.toThrow(/drill_run_one_of_service/);
      await first.letGo();
      await eventually(async () => (await statusOf(runId)) === 'failed', 60);
    } finally {
      stop.abort();
      await queue.close();
    }
  });

  test('while its machine has no place free, and another machine takes it', async () => {
    const first = await holdRun();
    const runId = await world.open('other-service');
    expect(await carryOut(runId, { drillsAtOnce: 1 })).toBe(false);
    const { waitsFor } = await drillRunProgress(world.db, runId);
    expect(waitsFor).toBe(`a free worker, while run ${first.runId} of muster-database goes on`);
    expect(await carryOut(runId, { drillsAtOnce: 1, hostId: 'host-b' })).toBe(true);
    await first.letGo();
    expect((await drillRunProgress(world.db, runId)).waitsFor).toBeNull();
  });

  test('behind those that asked earlier, and a recovery comes before every drill', async () => {
    const older = await world.open('other-service');
    const younger = await world.open('same-service');
    expect(await carryOut(younger, { drillsAtOnce: 1 })).toBe(false);
    const { waitsFor } = await drillRunProgress(world.db, younger);
    expect(waitsFor).toBe(`a worker, after run ${older} of other-service, which comes first`);
    const meant = `UPDATE drill_run SET mode = 'recovery', trigger = 'manual', requested_by_id = $2, recovery_reason = 'it is down'
                    WHERE id = $1`;
    await world.db.execute(meant, [younger, (await makeCaller(world.db)).principal.id]);
    expect((await drillRunProgress(world.db, younger)).waitsFor).toBe('a worker');
    expect(await carryOut(older, { drillsAtOnce: 1 })).toBe(false);
    // With a second place nobody who comes first loses theirs.
    expect(await carryOut(older, { drillsAtOnce: 2 })).toBe(true);
  });

  test('behind an earlier one for the same service, however many places are free', async () => {
    const older = await world.open('same-service');
    const younger = await world.open('patient');
    expect(await carryOut(younger, { drillsAtOnce: 5 })).toBe(false);
    expect(await carryOut(older, { drillsAtOnce: 5 })).toBe(true);
    expect(await carryOut(younger, { drillsAtOnce: 5 })).toBe(true);
  });

  test('of many that ask at once for one place exactly one begins', async () => {
    const drills = ['muster-database', 'same-service', 'other-service', 'patient'];
    const runIds = await Promise.all(drills.map((drill) => world.open(drill)));
    const gate = Promise.withResolvers<void>();
    const deps = await world.deps({ drillsAtOnce: 1, onPhase: () => gate.promise });
    let refused = 0;
    const asked = runIds.map(async (runId) => {
      const began = await carryOutRun(deps, runId, never);
      if (!began) refused += 1;
      return began;
    });
    await eventually(async () => refused === 3);
    expect(await world.db.rows(`SELECT FROM drill_run WHERE status = 'running'`)).toHaveLength(1);
    gate.resolve();
    expect((await Promise.all(asked)).filter(Boolean)).toHaveLength(1);
  });
});

describe('a slot that falls due while a run of its drill goes on', () => {
  test('waits when the definition says so, and one behind a waiting one is left out; a waiting one can be cancelled', async () => {
    const first = await holdRun('patient');
    const second = await slotOf('patient');
    if (second === undefined) throw new Error('it was left out');
    expect(await carryOut(second)).toBe(false);
    expect(await slotOf('patient')).toBeUndefined();
    const [left] = await world.db.rows<{ status_reason: string }>(
      `SELECT status_reason FROM drill_run WHERE drill = 'patient' AND status = 'skipped'`,
    );
    expect(left?.status_reason).toBe(`skipped: run ${second} of the same drill was still waiting`);
    await world.db.transaction(async (tx) => cancelRun(tx, await world.deps(), OPERATOR, second));
    expect(await statusOf(second)).toBe('aborted');
    await first.letGo();
  });

  test('is missed when its turn has not come within the time that the definition gives it, with a row that says so', async () => {
    const first = await holdRun('patient');
    const second = await slotOf('patient');
    if (second === undefined) throw new Error('it was left out');
    await world.db.execute(`UPDATE drill_run SET triggered_at = now() - interval '61 seconds' WHERE id = $1`, [second]);
    expect(await reapInterrupted(await world.reaperDeps())).toEqual([]);
    const missed = await runById(world.db, second);
    expect(missed).toMatchObject({ status: 'interrupted', cleanup: 'not needed' });
    expect(missed.statusReason).toMatch(/^missed: no worker took the run within 1 min/);
    expect(await carryOut(second)).toBe(false);
    await first.letGo();
  });
});
