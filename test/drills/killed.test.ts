import { beforeAll, describe, expect, test, vi } from 'vitest';
import { phasesOf, runById, targetsOf } from '../../src/drills/drill-run.queries.ts';
import { findEvidence } from '../../src/drills/evidence.store.ts';
import { evidenceProblems } from '../../src/drills/evidence.ts';
import type { Phase } from '../../src/drills/phase.ts';
import { PHASES } from '../../src/drills/phase.ts';
import { reapInterrupted } from '../../src/drills/reaper.ts';
import { reportSchema } from '../../src/drills/report.ts';
import { exitStatusOf } from '../../src/drills/run.ts';
import { useChildren } from './support/children.ts';
import { useDrillWorld } from './support/drill-world.ts';
import { eventually, leftovers, NOTHING_LEFT } from './support/watching.ts';

const world = useDrillWorld();
const startChild = useChildren();

vi.setConfig({ testTimeout: 180_000 });

/** Muster's drill with a scratch server that nothing keeps from outliving its worker. */
const OUTLIVING = 'outliving-server';

beforeAll(async () => {
  await world.capture();
  await world.define(OUTLIVING, (text) =>
    text
      .replace('name: muster-database', `name: ${OUTLIVING}`)
      .replace('- step: postgres', '- step: postgres\n    isolation: none'),
  );
});

/** What the run must show after it was killed in `phase`. */
async function expectInterruptedIn(runId: string, phase: Phase | undefined): Promise<void> {
  const run = await runById(world.db, runId);
  expect(run).toMatchObject({ status: 'interrupted', cleanup: 'done', procedure: 'not assessed' });
  expect(run.statusReason).toContain('went away');
  const phases = await phasesOf(world.db, runId);
  for (const record of phases) {
    const position = PHASES.indexOf(record.phase);
    const human = record.phase === 'respond' || record.phase === 'plan';
    if (human) expect(record.status).toBe('not measured');
    else if (phase === undefined) continue;
    else if (record.phase === phase) expect(record.status).toBe('interrupted');
    else if (position < PHASES.indexOf(phase)) {
      expect(record.status).toBe(record.phase === 'handover' ? 'not measured' : 'done');
    } else expect(record.status).toBe('not reached');
    if (record.status === 'done' || record.status === 'interrupted') {
      expect(record.seconds).toBeGreaterThanOrEqual(0);
      expect(record.startedAt).toBeInstanceOf(Date);
      expect(record.endedAt).toBeInstanceOf(Date);
    }
  }
  expect(exitStatusOf(run, await targetsOf(world.db, runId))).toBe(1);
  const evidence = await findEvidence(world.db, runId);
  if (!evidence) throw new Error('an interrupted run has evidence too');
  expect(evidenceProblems(evidence)).toEqual([]);
  expect(reportSchema.parse(JSON.parse(evidence.report)).run.status).toBe('interrupted');
  const notices = await world.db.rows<{ kind: string }>('SELECT kind FROM notice WHERE subject_id = $1 ORDER BY id', [
    runId,
  ]);
  expect(notices.map(({ kind }) => kind)).toEqual(['drill-run.started', 'drill-run.finished']);
  expect(await leftovers(world.db, world.places)).toEqual(NOTHING_LEFT);
}

/** In the order of a run: each run gets past the phase in which the one before it was killed, and the last is a whole one. */
describe('kill -9 of the process that carries a drill out', () => {
  const held: readonly Phase[] = ['provision', 'fetch', 'verify', 'restore', 'validate', 'handover', 'cleanup'];
  test.each(held)('in phase %s: interrupted with partial timings, and all gone', async (phase) => {
    const runId = await world.open(phase === 'validate' ? OUTLIVING : undefined);
    const child = startChild({ places: world.places, runId, holdAt: phase });
    await child.reached(phase);
    await child.kill();
    // An isolated server ends with its worker, before anybody cleans up.
    const processes = async () => (await leftovers(world.db, world.places)).processes;
    if (phase === 'cleanup') await eventually(async () => (await processes()).length === 0);
    const before = await leftovers(world.db, world.places);
    if (phase === 'validate') expect(before.processes.length).toBeGreaterThan(0);
    if (phase !== 'provision') expect(before.sandboxes).toHaveLength(1);

    expect(await reapInterrupted(await world.reaperDeps())).toEqual([runId]);
    // Nobody takes a handover over, so that phase is never under way: what was under way is past, and nothing is running.
    await expectInterruptedIn(runId, phase === 'handover' ? undefined : phase);
    const { validation, technicalRtaSeconds } = await runById(world.db, runId);
    const validated = phase === 'handover' || phase === 'cleanup';
    expect(validation).toBe(validated ? 'passed' : 'not reached');
    expect(technicalRtaSeconds !== null).toBe(validated);
    expect(await reapInterrupted(await world.reaperDeps())).toEqual([]);
  });

  test('while the scratch server is starting; the next run passes', async () => {
    const runId = await world.open();
    const child = startChild({ places: world.places, runId });
    await eventually(async () => {
      const rows = await world.db.rows(`SELECT FROM drill_resource WHERE run_id = $1 AND kind = 'postgres'`, [runId]);
      return rows.length === 1;
    });
    await child.kill();
    expect(await reapInterrupted(await world.reaperDeps())).toEqual([runId]);
    await expectInterruptedIn(runId, 'restore');
    expect(await world.drill()).toMatchObject({ status: 'completed', procedure: 'passed', cleanup: 'done' });
  });
});
