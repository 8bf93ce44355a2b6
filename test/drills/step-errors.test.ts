import { readdir, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { requestCancel } from '../../src/drills/drill-run.store.ts';
import type { Phase } from '../../src/drills/phase.ts';
import type { DrillReport } from '../../src/drills/report.ts';
import { reportHtml } from '../../src/drills/report-html.ts';
import { junitOf } from '../../src/drills/report-junit.ts';
import { useFileDrill } from './support/file-drill.ts';
import { fillDisk, smallDisk } from './support/small-disk.ts';
import { eventually, NOTHING_LEFT } from './support/watching.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
const { drilling, treeAnd, script, reportOf, pointPath } = useFileDrill();

const tries = ({ steps }: DrillReport) => steps.map(({ step, attempt, outcome }) => `${step} ${attempt} ${outcome}`);
const UNPACKED = ['fetch 1 done', 'verify 1 done', 'extract 1 done'];

/** Waits until a try of a step has come to this; answers its run. */
const triedTo = (outcome: string, step: string) =>
  eventually(async () => {
    const sql = 'SELECT run_id FROM drill_step_attempt WHERE outcome = $1 AND step = $2';
    return (await drilling.db.rows<{ run_id: string }>(sql, [outcome, step]))[0]?.run_id;
  }, 60);

describe('a step that is tried again', () => {
  test('passes at a later try, and every try and wait counts as recovery time', async () => {
    const counting = 'n=$(cat "$RESTORED/n" 2>/dev/null || echo 0); echo $((n + 1)) > "$RESTORED/n"; test "$n" -ge 2';
    const step = await script('third.sh', counting);
    const { run, said } = await drilling.drill(
      treeAnd({ ...step, retry: { attempts: 4, delaySeconds: 1, backoff: 1.5 } }),
    );
    expect(run).toMatchObject({ status: 'completed', procedure: 'passed', validation: 'passed' });
    expect(said.restore).toMatch(/third\.sh was carried out \(at attempt 3\)$/);
    const report = await reportOf(run);
    const name = 'run scripts/third.sh';
    expect(tries(report)).toEqual([...UNPACKED, `${name} 1 retried`, `${name} 2 retried`, `${name} 3 done`]);
    expect(report.steps.find(({ outcome }) => outcome === 'retried')?.detail).toMatch(/ended with status 1$/);
    // A wait of 1 s and one of 1.5 s.
    expect(run.technicalRtaSeconds).toBeGreaterThan(2.4);
  });

  test('fails the run when no try is left, each one within a time of its own', async () => {
    const step = await script('slow.sh', 'sleep 1000');
    const { run } = await drilling.drill(
      treeAnd({ ...step, timeoutSeconds: 1, retry: { attempts: 2, delaySeconds: 0 } }),
    );
    expect(run).toMatchObject({ status: 'failed', statusReason: 'The step run took longer than its 1 seconds' });
    const { steps } = await reportOf(run);
    expect(steps.slice(3).map(({ outcome, detail }) => [outcome, detail])).toEqual([
      ['retried', 'The step run took longer than its 1 seconds'],
      ['failed', 'The step run took longer than its 1 seconds'],
    ]);
    expect(await drilling.leftovers()).toEqual(NOTHING_LEFT);
  });

  test('is not, once the run is cancelled', async () => {
    const step = await script('never.sh', 'exit 7');
    const running = drilling.drill(treeAnd({ ...step, retry: { attempts: 2, delaySeconds: 3600 } }));
    const runId = await triedTo('retried', 'run scripts/never.sh');
    await drilling.db.transaction((tx) => requestCancel(tx, runId, 'somebody'));
    const { run } = await running;
    expect(run).toMatchObject({ status: 'aborted', statusReason: 'cancelled by somebody', cleanup: 'done' });
    expect(tries(await reportOf(run)).slice(3)).toEqual(['run scripts/never.sh 1 retried']);
  });

  test('fetches again what was not there, and says nothing worse of the backup then', async () => {
    const parts = treeAnd();
    const [, ...rest] = parts.steps;
    const retry = { attempts: 3, delaySeconds: 1 };
    const root = dirname(pointPath());
    const aside = `${root}.aside`;
    const running = drilling.drill(
      { ...parts, steps: [{ step: 'fetch', retry }, ...rest] },
      {
        onPhase: async (phase) => {
          if (phase === 'fetch') await rename(root, aside);
        },
      },
    );
    await triedTo('retried', 'fetch');
    await rename(aside, root);
    const { run } = await running;
    expect(run).toMatchObject({ status: 'completed', procedure: 'passed', availability: 'not assessed' });
    expect(run.availabilityReason).toContain('the backup was there and sound');
  });
});

describe('a step that others can do without', () => {
  test('is told wherever the run is told, and the run goes on', async () => {
    const warm = await script('warm.sh', 'echo "no cache here" >&2; exit 3');
    const after = await script('after.sh', 'exit 0');
    const { run, log } = await drilling.drill(treeAnd({ ...warm, onError: 'continue' }, after));
    const why = 'The script scripts/warm.sh ended with status 3: no cache here';
    expect(run).toMatchObject({ status: 'completed', validation: 'passed', procedure: 'passed' });
    expect(run.procedureReason).toContain(`failed on the way, and the run went on: run scripts/warm.sh: ${why}`);
    expect(log).toContain(`run scripts/warm.sh failed, and the run goes on: ${why}`);
    const report = await reportOf(run);
    expect(tries(report).slice(3)).toEqual(['run scripts/warm.sh 1 continued', 'run scripts/after.sh 1 done']);
    expect(report.notProven.join('\n')).toContain(`The step run scripts/warm.sh: ${why}. It failed`);
    expect(await junitOf(report)).toContain(`<failure message="${why}" type="continued"/>`);
    const evidence = { report: '', reportSha256: '', statement: '', evidenceSha256: '', previousSha256: null };
    const page = reportHtml(report, { ...evidence, signature: '', keyId: '', publicKey: '' });
    expect(page).toContain('failed, the run went on');
  });

  test('fails what depends on it, for that reason', async () => {
    const { run, checks } = await drilling.drill({
      ...treeAnd({ step: 'sqlite', file: 'readme', onError: 'continue' }),
      validation: [
        { check: 'sql', query: 'SELECT 1', expect: { equals: 1 } },
        { check: 'files', required: ['readme'] },
      ],
    });
    expect(run).toMatchObject({ status: 'completed', validation: 'failed', procedure: 'failed' });
    expect(run.procedureReason).toMatch(/^sql check: nothing was restored that could be asked, .*went on: sqlite: /);
    expect(checks.map(({ subject, result }) => [subject, result])).toEqual([
      ['sql check', 'failed'],
      ['readme', 'passed'],
    ]);
  });
});

test('a disk that is full while the archive is unpacked fails the run, says so, and has nothing left on it', async (context) => {
  const disk = await smallDisk(context, 4);
  const fill = async (phase: Phase) => {
    if (phase === 'restore') await fillDisk(disk);
  };
  const { run } = await drilling.drill(treeAnd(), { sandboxRoot: disk, onPhase: fill });
  expect(run).toMatchObject({ status: 'failed', validation: 'not reached', cleanup: 'done' });
  expect(run.statusReason).toMatch(/ takes no more data: the disk is full \(0 B are free\)/);
  // The disk is at fault, not the backup, which was found sound on the way.
  expect(run.availability).toBe('not assessed');
  expect((await reportOf(run)).steps.map(({ step, outcome }) => [step, outcome])).toContainEqual(['extract', 'failed']);
  expect((await readdir(disk)).toSorted()).toEqual(['.muster-sandboxes', 'filler']);
});

test('how a try ended is not changed afterwards', async () => {
  await drilling.drill(treeAnd());
  for (const sql of [
    `UPDATE drill_step_attempt SET detail = 'nicer'`,
    'DELETE FROM drill_step_attempt',
    'TRUNCATE drill_step_attempt',
  ]) {
    await expect(drilling.db.execute(sql)).rejects.toThrow();
  }
});
