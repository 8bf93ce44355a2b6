import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { cancelRun, openRun } from '../../src/drills/drill.service.ts';
import { logOf, phasesOf, runById, targetsOf } from '../../src/drills/drill-run.queries.ts';
import { findEvidence } from '../../src/drills/evidence.store.ts';
import type { Phase } from '../../src/drills/phase.ts';
import { drillRunProgress } from '../../src/drills/progress.ts';
import { reapInterrupted } from '../../src/drills/reaper.ts';
import { reportSchema } from '../../src/drills/report.ts';
import { exitStatusOf } from '../../src/drills/run.ts';
import { carryOutRun } from '../../src/drills/runner.ts';
import { AppError } from '../../src/kernel/errors.ts';
import { EXAMPLE_TARGETS } from '../../src/sla/policy.ts';
import { approveProposal, proposePolicy } from '../../src/sla/policy-proposal.service.ts';
import { auditOf, makeCaller } from '../people/cast.ts';
import { runAs } from '../support/database.ts';
import { useDrillWorld } from './support/drill-world.ts';
import { eventually, leftovers, NOTHING_LEFT } from './support/watching.ts';

const world = useDrillWorld();
const OPERATOR = { actor: { principalId: null, name: 'night shift' } };

vi.setConfig({ testTimeout: 180_000 });

beforeAll(async () => {
  await world.capture();
});

/** Does something when the run reaches a phase, before the phase's work. */
function at(phase: Phase, work: () => Promise<unknown>) {
  return {
    onPhase: async (reached: Phase) => {
      if (reached === phase) await work();
    },
  };
}

async function statusOf(runId: string, phase: Phase) {
  return (await phasesOf(world.db, runId)).find((record) => record.phase === phase)?.status;
}

describe('a cancelled run', () => {
  test.each<Phase>(['verify', 'restore', 'validate'])(
    'stops in phase %s, cleans up, and ends as aborted',
    async (phase) => {
      const runId = await world.open();
      const cancel = async () => {
        // Read while the cancel still holds the row: every later sign of life has seen it, and there may be one only.
        const { heartbeatAt } = await world.db.transaction(async (tx) =>
          cancelRun(tx, await world.deps(), OPERATOR, runId),
        );
        await eventually(async () => {
          const now = await runById(world.db, runId);
          return (now.heartbeatAt?.getTime() ?? 0) > (heartbeatAt?.getTime() ?? 0);
        });
      };
      await carryOutRun(await world.deps(at(phase, cancel)), runId, new AbortController().signal);
      const run = await runById(world.db, runId);
      expect(run).toMatchObject({ status: 'aborted', cleanup: 'done', procedure: 'not assessed' });
      expect(run.statusReason).toBe('cancelled by night shift');
      expect(await statusOf(runId, phase)).toBe('interrupted');
      expect(exitStatusOf(run, await targetsOf(world.db, runId))).toBe(1);
      expect(await leftovers(world.db, world.places)).toEqual(NOTHING_LEFT);
      expect(await findEvidence(world.db, runId)).toBeDefined();
      const actions = (await auditOf(world.db, 'drill-run', runId)).map((line) => line.action);
      expect(actions).toEqual(['drill-run.request', 'drill-run.cancel', 'drill-run.aborted']);
    },
  );

  test('is over at once while it waits, and cannot be cancelled a second time', async () => {
    const runId = await world.open();
    const deps = await world.deps();
    const run = await world.db.transaction((tx) => cancelRun(tx, deps, OPERATOR, runId));
    expect(run).toMatchObject({ status: 'aborted', cleanup: 'not needed' });
    await expect(world.db.transaction((tx) => cancelRun(tx, deps, OPERATOR, runId))).rejects.toMatchObject({
      kind: 'conflict',
      code: 'run-ended',
    });
    expect(await carryOutRun(deps, runId, new AbortController().signal)).toBe(false);
  });
});

describe('a service that stops', () => {
  test('ends its run as interrupted, with nothing left behind', async () => {
    const stop = new AbortController();
    const stopping = at('validate', async () => stop.abort(new AppError('unavailable', 'worker-stopped', 'stopping')));
    const run = await world.drill(stopping, stop.signal);
    expect(run).toMatchObject({ status: 'interrupted', cleanup: 'done', procedure: 'not assessed' });
    expect(run.statusReason).toBe('stopped from outside: stopping');
    expect(await leftovers(world.db, world.places)).toEqual(NOTHING_LEFT);
  });
});

describe('a drill that cannot be carried out', () => {
  test('says that a step took too long', async () => {
    await world.define('muster-database', (text) => text.replace(/(step: postgres[\s\S]*?timeoutSeconds: )\d+/, '$11'));
    const { scratchServer } = await world.deps();
    const slow = async (major: number) => {
      await delay(1100);
      return scratchServer(major, false);
    };
    const run = await world.drill({ scratchServer: slow });
    await world.define('muster-database', (text) => text);
    expect(run).toMatchObject({ status: 'failed', cleanup: 'done', procedure: 'failed', availability: 'passed' });
    expect(run.statusReason).toBe('The step postgres took longer than its 1 seconds');
    expect(await statusOf(run.id, 'restore')).toBe('failed');
    expect(await leftovers(world.db, world.places)).toEqual(NOTHING_LEFT);
  });

  test('says that the programs are missing, while the backup was there', async () => {
    const missing = new AppError('unavailable', 'postgres-missing', 'There is no PostgreSQL 18 on this machine');
    const run = await world.drill({ scratchServer: () => Promise.reject(missing) });
    expect(run).toMatchObject({ status: 'failed', statusReason: missing.message, availability: 'passed' });
    expect(run.availabilityReason).toContain('the backup was there and sound');
  });

  test('says before it fetches that there is no room for it', async () => {
    await world.db.execute('UPDATE recovery_point SET size_bytes = 1000000000000000');
    const run = await world.drill();
    await world.db.execute('UPDATE recovery_point SET size_bytes = 4000000');
    expect(run).toMatchObject({ status: 'failed', cleanup: 'done' });
    expect(run.statusReason).toMatch(/^The drill needs 9\d\d\.\d TiB in .* are free: make room/);
    expect(await statusOf(run.id, 'fetch')).toBe('not reached');
  });

  test('has a row also when its definition cannot be read', async () => {
    await world.define('broken', (text) => text.replace('severity: emergency', 'severity: terrible'));
    const runId = await world.open('broken');
    await carryOutRun(await world.deps(), runId, new AbortController().signal);
    const run = await runById(world.db, runId);
    expect(run).toMatchObject({ status: 'failed', procedure: 'failed', cleanup: 'done', definitionText: null });
    expect(run.statusReason).toMatch(
      /^drills\/broken\.yaml cannot be run: line \d+, column \d+: must be one of emergency/,
    );
  });
});

describe('a clean-up that fails', () => {
  test('is a status of its own: the verdicts stand, the exit status is 1, and the next reaper finishes it', async () => {
    const marker = join(world.places.sandboxes, '.muster-sandboxes');
    const run = await world.drill(at('cleanup', () => rm(marker)));
    expect(run).toMatchObject({ status: 'completed', procedure: 'passed', validation: 'passed', cleanup: 'failed' });
    expect(run.cleanupReason).toContain('was not made for drills');
    expect(await statusOf(run.id, 'cleanup')).toBe('failed');
    expect(exitStatusOf(run, await targetsOf(world.db, run.id))).toBe(1);
    const open = `SELECT subject FROM drill_action WHERE closed_at IS NULL`;
    expect(await world.db.rows(open)).toContainEqual({ subject: 'cleanup' });

    await writeFile(marker, '');
    await reapInterrupted(await world.reaperDeps());
    expect((await runById(world.db, run.id)).cleanup).toBe('done');
    expect(await leftovers(world.db, world.places)).toEqual(NOTHING_LEFT);
    await world.drill();
    expect(await world.db.rows(open)).not.toContainEqual({ subject: 'cleanup' });
  });
});

describe('restored data that is not what it was', () => {
  test('fails the validation, not the run, and names the table', async () => {
    const tamper = async () => {
      const [directory] = await readdir(world.places.runtime);
      const host = join(world.places.runtime, directory ?? '');
      await runAs({ ...world.superuser, host }, `UPDATE backup_set SET keep_points = keep_points + 1`);
    };
    const run = await world.drill(at('validate', tamper));
    expect(run).toMatchObject({ status: 'completed', validation: 'failed', procedure: 'failed', cleanup: 'done' });
    expect(run.procedureReason).toContain('public.backup_set');
    expect(run.technicalRtaSeconds).toBeNull();
    const targets = await targetsOf(world.db, run.id);
    expect(targets.find(({ target }) => target === 'recover')?.result).toBe('not measured');
    expect(exitStatusOf(run, targets)).toBe(1);
  });

  test('fails when the exported key is not there, though every table is equal', async () => {
    const run = await world.drill({
      exportedKey: async () => ({ exportFile: '/nowhere/key-export.age', identityFile: world.places.identityFile }),
    });
    expect(run).toMatchObject({ status: 'completed', validation: 'failed', procedure: 'failed' });
    expect(run.procedureReason).toMatch(/^secret canary: .*\/nowhere\/key-export\.age cannot be read/);
  });
});

describe('a missed target', () => {
  test('fails the procedure, opens an action, and a later run that meets it closes the action', async () => {
    const caller = await makeCaller(world.db);
    const second = await makeCaller(world.db, { kind: 'person' });
    const setRto = async (recoverSeconds: number) => {
      const emergency = { respondSeconds: 1, planSeconds: 1, recoverSeconds, rpoSeconds: 86_400 };
      await world.db.transaction(async (tx) => {
        const [current] = await tx.rows<{ version: number }>('SELECT max(version) AS version FROM sla_policy_version');
        const targets = { ...EXAMPLE_TARGETS, emergency };
        const draft = { expectedVersion: current?.version ?? 0, targets, note: 'for this test' };
        const proposal = await proposePolicy(tx, caller, draft);
        await approveProposal(tx, second, proposal.id, '');
      });
    };
    await setRto(1);
    const missed = await world.drill(at('restore', () => delay(1000)));
    expect(missed).toMatchObject({
      status: 'completed',
      validation: 'passed',
      procedure: 'failed',
      policyExample: false,
    });
    expect(missed.procedureReason).toMatch(/^restored and validated, but recover took .* over the target of 1\.00 s$/);
    expect(exitStatusOf(missed, await targetsOf(world.db, missed.id))).toBe(1);
    const action = `SELECT opened_by_run, closed_by_run FROM drill_action WHERE subject = 'recover'`;
    expect(await world.db.rows(action)).toEqual([{ opened_by_run: missed.id, closed_by_run: null }]);

    await setRto(600);
    const met = await world.drill();
    expect(met.procedure).toBe('passed');
    const evidence = await findEvidence(world.db, met.id);
    expect(reportSchema.parse(JSON.parse(evidence?.report ?? '')).notProven.at(-1)).toMatch(
      /loosened recoverSeconds of emergency from 1 s to 600 s, approved by .*\. What was proven before that/,
    );
    expect(await world.db.rows(action)).toEqual([{ opened_by_run: missed.id, closed_by_run: met.id }]);
  });

  test('that must be measured and was not fails the procedure too', async () => {
    await world.define('muster-database', (text) => text.replace('[recover, rpo]', '[recover, rpo, respond]'));
    const run = await world.drill();
    await world.define('muster-database', (text) => text);
    expect(run).toMatchObject({ status: 'completed', procedure: 'failed' });
    expect(run.procedureReason).toContain('respond was not measured');
  });
});

describe('two runs of one drill', () => {
  test('the second is skipped, with a row that names the first', async () => {
    const first = await world.open();
    const files = await (await world.deps()).catalogue.refresh();
    const second = await world.db.transaction((tx) => openRun(tx, files, 'muster-database', 'schedule'));
    expect(second).toBeUndefined();
    const [row] = await world.db.rows<{ status_reason: string }>(
      `SELECT status_reason FROM drill_run WHERE status = 'skipped' ORDER BY id DESC LIMIT 1`,
    );
    expect(row?.status_reason).toContain(first);
    await world.db.transaction(async (tx) => cancelRun(tx, await world.deps(), OPERATOR, first));
  });

  test('of many that start at once exactly one runs, and each of the others has its row', async () => {
    const files = await (await world.deps()).catalogue.refresh();
    const starts = Array.from({ length: 8 }, () =>
      world.db.transaction((tx) => openRun(tx, files, 'muster-database', 'schedule')),
    );
    const opened = (await Promise.all(starts)).filter((runId) => runId !== undefined);
    expect(opened).toHaveLength(1);
    await world.db.transaction(async (tx) => cancelRun(tx, await world.deps(), OPERATOR, opened[0] ?? ''));
  });
});

describe('progress', () => {
  test('shows the phase, its bytes and rate, and the time that is left by an earlier run', async () => {
    await world.drill();
    const seen: Awaited<ReturnType<typeof drillRunProgress>>[] = [];
    const runId = await world.open();
    const look = async () => {
      await delay(300);
      seen.push(await drillRunProgress(world.db, runId));
    };
    await carryOutRun(await world.deps(at('restore', look)), runId, new AbortController().signal);
    expect(seen[0]).toMatchObject({ status: 'running', ended: false, phase: 'restore' });
    expect(seen[0]?.phaseSeconds).toBeGreaterThan(0.2);
    expect(seen[0]?.etaSeconds).toBeGreaterThan(0);
    const ended = await drillRunProgress(world.db, runId);
    expect(ended).toMatchObject({ status: 'completed', ended: true, phase: null, etaSeconds: null });
    expect((await logOf(world.db, runId)).map((line) => line.phase)).toContain('restore');
  });
});
