import { describe, expect, test, vi } from 'vitest';
import { readDefinition } from '../../src/drills/definition-file.ts';
import { runById } from '../../src/drills/drill-run.queries.ts';
import { requestCancel } from '../../src/drills/drill-run.store.ts';
import { reapInterrupted } from '../../src/drills/reaper.ts';
import type { DrillReport } from '../../src/drills/report.ts';
import { useFileDrill } from './support/file-drill.ts';
import { eventually, NOTHING_LEFT } from './support/watching.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
const { drilling, treeAnd, script, reportOf } = useFileDrill();

const tries = ({ steps }: DrillReport) =>
  steps.filter(({ phase }) => phase === 'cleanup').map(({ step, outcome }) => `${step} ${outcome}`);

describe('the clean-up steps of a definition', () => {
  test('find what was restored, after a success as after a failure', async () => {
    const look = { ...(await script('look.sh', 'echo "sees $(cat "$RESTORED/etc/hosts") $1"')), args: [`\${word}`] };
    const parameters = { word: { type: 'string' as const, default: 'too' } };
    const passed = await drilling.drill({ ...treeAnd(), parameters, cleanup: { steps: [look] } });
    expect(passed.run).toMatchObject({ status: 'completed', procedure: 'passed', cleanup: 'done' });
    expect(passed.log).toContain('scripts/look.sh: sees here too');
    const report = await reportOf(passed.run);
    expect(tries(report)).toEqual(['run scripts/look.sh done']);
    expect(report.notExecuted.filter(({ kind }) => kind === 'step')).toEqual([]);

    const broken = await script('broken.sh', 'exit 3');
    const failed = await drilling.drill({ ...treeAnd(broken), parameters, cleanup: { steps: [look] } });
    expect(failed.run).toMatchObject({ status: 'failed', cleanup: 'done' });
    expect(tries(await reportOf(failed.run))).toEqual(['run scripts/look.sh done']);
    expect(await drilling.leftovers()).toEqual(NOTHING_LEFT);
  });

  test('are carried out when the run is cancelled', async () => {
    const look = await script('after.sh', 'echo after');
    const wait = { step: 'wait' as const, seconds: 600 };
    const running = drilling.drill({ ...treeAnd(wait), cleanup: { steps: [look] } });
    const runId = await eventually(async () => {
      const sql = `SELECT run_id FROM drill_step_attempt WHERE step = 'wait' AND outcome = 'running'`;
      return (await drilling.db.rows<{ run_id: string }>(sql))[0]?.run_id;
    }, 60);
    await drilling.db.transaction((tx) => requestCancel(tx, runId, 'somebody'));
    const { run, log } = await running;
    expect(run).toMatchObject({ status: 'aborted', cleanup: 'done' });
    expect(log).toContain('scripts/after.sh: after');
  });

  test('that fail or hang fail the clean-up, and nothing else: the others and the runner do theirs', async () => {
    const bad = await script('bad.sh', 'echo "no way"; exit 4');
    const slow = { ...(await script('slow.sh', 'sleep 1000')), timeoutSeconds: 1 };
    const good = await script('good.sh', 'exit 0');
    const { run } = await drilling.drill({ ...treeAnd(), cleanup: { steps: [bad, slow, good] } });
    const said = [
      'the clean-up step run scripts/bad.sh failed: The script scripts/bad.sh ended with status 4: no way',
      'the clean-up step run scripts/slow.sh failed: it took longer than its 1 seconds',
      'server stopped, sandbox removed',
    ];
    const cleanup = { cleanup: 'failed', cleanupReason: said.join('; ') };
    expect(run).toMatchObject({ status: 'completed', procedure: 'passed', ...cleanup });
    const report = await reportOf(run);
    expect(tries(report)).toEqual([
      'run scripts/bad.sh failed',
      'run scripts/slow.sh failed',
      'run scripts/good.sh done',
    ]);
    expect(report.actions).toMatchObject([{ subject: 'cleanup', state: 'opened' }]);
    expect(await drilling.leftovers()).toEqual(NOTHING_LEFT);
    // Whoever looks for leftovers later has none to remove, and mends nothing by that.
    await reapInterrupted({ ...(await drilling.deps()) });
    expect(await runById(drilling.db, run.id)).toMatchObject(cleanup);
  });

  test('that were left out are named', async () => {
    const look = await script('never.sh', 'exit 0');
    const parts = { ...treeAnd(), recoveryPoint: { set: 'not-there' }, cleanup: { steps: [look] } };
    const { run } = await drilling.drill(parts);
    expect(run).toMatchObject({ status: 'failed', cleanup: 'done' });
    const report = await reportOf(run);
    expect(tries(report)).toEqual([]);
    expect(report.notExecuted.at(-1)).toEqual({
      kind: 'step',
      name: 'run scripts/never.sh',
      reason: 'it was left out: the log says why',
    });
    expect(report.log.map(({ message }) => message)).toContain(
      'the clean-up step run scripts/never.sh is left out: nothing had been made',
    );
  });

  test('are scripts, and nothing else', () => {
    const text = JSON.stringify({ ...treeAnd(), cleanup: { steps: [{ step: 'wait', seconds: 1 }] } });
    const problems = readDefinition('d', Buffer.from(text)).problems.map(({ path }) => path);
    expect(problems).toContain('cleanup/steps/0/step');
  });
});
