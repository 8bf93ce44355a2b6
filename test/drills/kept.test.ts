import { readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { openRun } from '../../src/drills/drill.service.ts';
import type { RunnerDeps } from '../../src/drills/drill-deps.ts';
import { runById } from '../../src/drills/drill-run.queries.ts';
import { requestCancel } from '../../src/drills/drill-run.store.ts';
import { findEvidence } from '../../src/drills/evidence.store.ts';
import { discardKept } from '../../src/drills/kept.service.ts';
import type { Phase } from '../../src/drills/phase.ts';
import { reapInterrupted } from '../../src/drills/reaper.ts';
import { reportHtml } from '../../src/drills/report-html.ts';
import { junitOf } from '../../src/drills/report-junit.ts';
import { exitStatusOf } from '../../src/drills/run.ts';
import { carryOutRun } from '../../src/drills/runner.ts';
import { sandboxDirectory } from '../../src/drills/sandbox.ts';
import { useFileDrill } from './support/file-drill.ts';
import { fillDisk, smallDisk } from './support/small-disk.ts';
import { NOTHING_LEFT } from './support/watching.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
const { drilling, treeAnd, script, reportOf } = useFileDrill();

const HOUR = { keep: 'onFailure', forMinutes: 60 } as const;
const OPERATOR = { actor: { principalId: null, name: 'Operations' } };

/** A drill that fails after it has unpacked its tree, and keeps that for an hour. */
async function failing(text = 'exit 1', overrides: Partial<RunnerDeps> = {}) {
  const { run, log, said } = await drilling.drill(
    { ...treeAnd(await script('fails.sh', text)), cleanup: HOUR },
    overrides,
  );
  const { sandboxRoot } = { ...(await drilling.deps()), ...overrides };
  return { run, log, said, directory: sandboxDirectory(sandboxRoot, run.id) };
}

const namesIn = async (directory: string) => (await readdir(directory)).filter((name) => name.startsWith('run-'));
const cleanupOf = async (runId: string) => (await runById(drilling.db, runId)).cleanup;
const endTime = (runId: string) =>
  drilling.db.execute(`UPDATE drill_run SET kept_until = clock_timestamp() WHERE id = $1`, [runId]);

/** As after a restart: whoever made it is gone. */
async function forgetMaker(runId: string, directory: string): Promise<void> {
  const owner = { runId, hostId: 'host-a', process: 'another-boot/0/1/1' };
  await writeFile(join(directory, '.muster-run.json'), JSON.stringify(owner));
}

afterEach(async () => {
  await drilling.db.execute(`UPDATE drill_run SET kept_until = clock_timestamp() WHERE cleanup = 'kept'`);
  await reapInterrupted(await drilling.deps());
  expect(await drilling.leftovers()).toEqual(NOTHING_LEFT);
});

describe('the sandbox of a run that failed', () => {
  test('stays for its time with its files alone, and run, report and log say where and until when', async () => {
    const { run, log, said, directory } = await failing('sleep 86399 & echo found > "$RESTORED/trace"; exit 1');
    expect(run).toMatchObject({ status: 'failed', procedure: 'failed', cleanup: 'kept' });
    const minutes = ((run.keptUntil?.getTime() ?? 0) - (run.finishedAt?.getTime() ?? 0)) / 60_000;
    expect(minutes).toBeGreaterThan(58);
    expect(minutes).toBeLessThanOrEqual(60);
    expect(run.keptSizeBytes).toBeGreaterThan(3 * 512);
    const where = `kept until ${run.keptUntil?.toISOString()} on host host-a in ${directory} (`;
    expect(run.cleanupReason).toContain(where);
    expect(said.cleanup).toContain(`server stopped, sandbox ${where}`);
    expect(log.join('\n')).toContain(where);
    expect(exitStatusOf(run, [])).toBe(1);
    const files = (await readdir(directory, { recursive: true })).filter((path) => /(^|\/)(trace|hosts)$/.test(path));
    expect(files.map((path) => basename(path)).toSorted()).toEqual(['hosts', 'trace']);
    expect(await processesWith('86399')).toEqual([]);

    const report = await reportOf(run);
    expect(report.cleanup).toMatchObject({ status: 'kept', keptUntil: run.keptUntil?.toISOString() });
    const evidence = await findEvidence(drilling.db, run.id);
    if (!evidence) throw new Error('the run has no evidence');
    expect(reportHtml(report, evidence, 'en')).toContain(where);
    expect(reportHtml(report, evidence, 'zh')).toContain(`中保留到 ${run.keptUntil?.toISOString()}`);
    expect(await junitOf(report)).toContain(where);
  });

  test('does not hinder the next run of the drill', async () => {
    const { run } = await failing();
    const again = await runAgain(run.drill);
    expect(again).toMatchObject({ status: 'failed', cleanup: 'kept' });
    expect(again.statusReason).toBe(run.statusReason);
    expect((await drilling.leftovers()).sandboxes).toHaveLength(2);
  });

  test('is there when the data did not validate, too', async () => {
    const validation = [{ check: 'files' as const, required: ['etc/never'] }];
    const { run } = await drilling.drill({ ...treeAnd(), validation, cleanup: HOUR });
    expect(run).toMatchObject({ status: 'completed', validation: 'failed', cleanup: 'kept' });
  });

  test('is gone after a run that passed, was cancelled, or was interrupted, and without the wish', async () => {
    const parts = { ...treeAnd(), cleanup: HOUR };
    const passed = await drilling.drill(parts);
    expect(passed.run).toMatchObject({ procedure: 'passed', cleanup: 'done', cleanupReason: null });
    const cancelled = await drilling.drill(
      { ...treeAnd({ step: 'wait', seconds: 3000 }), cleanup: HOUR },
      { onPhase: (phase) => (phase === 'restore' ? cancelAll() : Promise.resolve()) },
    );
    expect(cancelled.run).toMatchObject({ status: 'aborted', cleanup: 'done' });
    const stop = new AbortController();
    const interrupted = await runAgain(passed.run.drill, stop.signal, async (phase) => {
      if (phase === 'validate') stop.abort(new Error('drained'));
    });
    expect(interrupted).toMatchObject({ status: 'interrupted', cleanup: 'done' });
    const unasked = await drilling.drill(treeAnd(await script('fails.sh', 'exit 1')));
    expect(unasked.run).toMatchObject({ status: 'failed', cleanup: 'done' });
    expect(await drilling.leftovers()).toEqual(NOTHING_LEFT);
  });
});

describe('what is kept', () => {
  test('outlives a restart until its time is over, and then goes on its own host alone', async () => {
    const { run, directory } = await failing();
    await forgetMaker(run.id, directory);
    const deps = await drilling.deps();
    await reapInterrupted(deps);
    expect(await cleanupOf(run.id)).toBe('kept');
    expect(await namesIn(deps.sandboxRoot)).toEqual([`run-${run.id}`]);

    await endTime(run.id);
    await reapInterrupted({ ...deps, hostId: 'host-b' });
    expect(await cleanupOf(run.id)).toBe('kept');
    expect(await namesIn(deps.sandboxRoot)).toEqual([`run-${run.id}`]);

    await reapInterrupted(deps);
    const gone = await runById(drilling.db, run.id);
    expect(gone).toMatchObject({ cleanup: 'done', cleanupReason: 'kept after the failure, and removed since' });
    expect(await drilling.leftovers()).toEqual(NOTHING_LEFT);
    const left = 'SELECT path FROM drill_resource WHERE run_id = $1 AND removed_at IS NULL';
    expect(await drilling.db.rows(left, [run.id])).toEqual([]);
  });

  test('can be given up earlier, which is on the record', async () => {
    const { run } = await failing();
    const discard = () => drilling.db.transaction((tx) => discardKept(tx, OPERATOR, run.id));
    expect(await discard()).toMatchObject({ cleanup: 'kept' });
    await reapInterrupted(await drilling.deps());
    expect(await drilling.leftovers()).toEqual(NOTHING_LEFT);
    await expect(discard()).rejects.toMatchObject({ kind: 'conflict', code: 'nothing-kept' });
    const audit = `SELECT actor_name FROM audit_entry WHERE action = 'drill-run.discard' AND subject_id = $1`;
    expect(await drilling.db.rows(audit, [run.id])).toEqual([{ actor_name: 'Operations' }]);
  });

  test('gives way to a run that needs its room, and is not begun where that would find none', async (context) => {
    const disk = await smallDisk(context, 8);
    const { run } = await failing('dd if=/dev/zero of="$RESTORED/large" bs=1M count=3 2>/dev/null; exit 1', {
      sandboxRoot: disk,
    });
    expect(run.cleanup).toBe('kept');
    expect(run.keptSizeBytes).toBeGreaterThan(3 * 1024 * 1024);
    await fillDisk(disk);
    const fill = async (phase: Phase) => {
      if (phase === 'validate') await fillDisk(disk);
    };
    const validation = [{ check: 'files' as const, required: ['etc/never'] }];
    const next = await drilling.drill(
      { ...treeAnd(), validation, cleanup: HOUR },
      { sandboxRoot: disk, onPhase: fill },
    );
    expect(next.log).toContain(`what run ${run.id} had kept was removed: this run needs the room`);
    expect(await runById(drilling.db, run.id)).toMatchObject({
      ...{ cleanup: 'done', cleanupReason: 'kept after the failure, and removed when a run needed the room' },
    });
    expect(next.run).toMatchObject({ status: 'completed', validation: 'failed', cleanup: 'done' });
    expect(next.run.cleanupReason).toMatch(/^not kept: another run needs .* and 0 B are free$/);
    expect(await namesIn(disk)).toEqual([]);
  });

  test('is never of a run that passed, without an end, or there for more than a week, whoever writes the row', async () => {
    const { run } = await drilling.drill({ ...treeAnd(), cleanup: HOUR });
    const { run: failed } = await failing();
    const set = (runId: string, values: string) =>
      drilling.db.execute(`UPDATE drill_run SET ${values} WHERE id = $1`, [runId]);
    const soon = "kept_until = now(), kept_size_bytes = 1, cleanup = 'kept'";
    await expect(set(run.id, soon)).rejects.toThrow(/drill_run_kept_after_failure/);
    await expect(set(run.id, "cleanup = 'kept'")).rejects.toThrow(/drill_run_kept_has_an_end/);
    await expect(set(failed.id, "kept_until = now() + interval '8 days'")).rejects.toThrow(/kept_after_failure/);
  });
});

async function runAgain(
  drill: string,
  signal: AbortSignal = new AbortController().signal,
  onPhase: RunnerDeps['onPhase'] = async () => {},
) {
  const deps = { ...(await drilling.deps()), onPhase };
  const files = await deps.catalogue.refresh();
  const runId = await drilling.db.transaction((tx) => openRun(tx, files, drill, 'schedule'));
  if (runId === undefined) throw new Error('the run was skipped');
  expect(await carryOutRun(deps, runId, signal)).toBe(true);
  await deps.verifier.close();
  return runById(drilling.db, runId);
}

async function cancelAll(): Promise<void> {
  const [running] = await drilling.db.rows<{ id: string }>(`SELECT id FROM drill_run WHERE status = 'running'`);
  await drilling.db.transaction((tx) => requestCancel(tx, running?.id ?? '', 'somebody'));
}

/** The processes of this machine that were started with this argument. */
async function processesWith(argument: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return lines.filter((line) => line.split('\0').includes(argument));
}
