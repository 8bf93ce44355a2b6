import { describe, expect, test, vi } from 'vitest';
import { readDefinition } from '../../src/drills/definition-file.ts';
import { findEvidence } from '../../src/drills/evidence.store.ts';
import { reportHtml } from '../../src/drills/report-html.ts';
import { junitOf } from '../../src/drills/report-junit.ts';
import { useFileDrill } from './support/file-drill.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
const { drilling, treeAnd, script, reportOf } = useFileDrill();

/** The steps of the tree, the first three in one group. */
function grouped(...more: Parameters<typeof treeAnd>) {
  const { steps, ...rest } = treeAnd(...more);
  return { ...rest, steps: steps.map((step, at) => (at < 3 ? { ...step, group: 'back' } : step)) };
}

describe('steps in groups', () => {
  test('are shown with the time of their group, and do as it says', async () => {
    const fails = await script('fails.sh', 'exit 3');
    const { run } = await drilling.drill({
      ...grouped({ ...fails, group: 'extras' }, { ...fails, group: 'extras', args: ['again'] }),
      groups: { back: { title: 'Bring the files back' }, extras: { title: 'What others miss', onError: 'continue' } },
    });
    expect(run).toMatchObject({ status: 'completed', validation: 'passed' });
    expect(run.procedureReason).toContain('failed on the way, and the run went on: run scripts/fails.sh');
    const report = await reportOf(run);
    expect(report.groups).toMatchObject([
      { name: 'back', positions: [0, 1, 2], outcome: 'done', startedAt: report.steps[0]?.startedAt },
      { name: 'extras', positions: [3, 4], outcome: 'failed' },
    ]);
    const inSteps = report.steps.slice(0, 3).reduce((sum, { seconds }) => sum + (seconds ?? 0), 0);
    expect(report.groups[0]?.seconds).toBeGreaterThanOrEqual(inSteps - 0.01);

    const evidence = await findEvidence(drilling.db, run.id);
    if (!evidence) throw new Error('no evidence');
    expect(reportHtml(report, evidence)).toContain('Group: Bring the files back');
    expect(reportHtml(report, evidence, 'zh')).toContain('步骤组：Bring the files back');
    const xml = await junitOf(report);
    expect(xml).toMatch(new RegExp(`name="${run.drill}: steps: Bring the files back"[^>]* time="[0-9.]+"`));
    expect(xml).toMatch(/steps: What others miss"[^>]* failures="2"/);
  });

  test('take what their group says of all of them, unless they say it themselves', () => {
    const definition = {
      ...{ apiVersion: 'muster/v1', kind: 'Drill', name: 'grouped', title: 'x', service: 'x' },
      ...{ scenario: { description: 'x' }, objectives: { severity: 'general' }, recoveryPoint: { set: 'x' } },
      groups: { after: { title: 'After', appliesTo: ['recovery'], onError: 'continue' } },
      steps: [
        { step: 'wait', seconds: 1 },
        { step: 'manual', name: 'tell', instructions: 'x', group: 'after' },
        { step: 'http', url: 'https://status.example/', group: 'after', onError: 'fail', appliesTo: ['drill'] },
        { step: 'http', url: 'https://status.example/', group: 'after' },
      ],
      validation: [{ check: 'http', url: 'https://status.example/' }],
    };
    const read = (text: object) => readDefinition('grouped', Buffer.from(JSON.stringify(text)));
    expect(read(definition).problems).toEqual([]);
    expect(read(definition).definition?.steps).toMatchObject([
      { step: 'wait' },
      { appliesTo: ['recovery'] },
      { onError: 'fail', appliesTo: ['drill'] },
      { onError: 'continue', appliesTo: ['recovery'] },
    ]);
    expect(read(definition).definition?.steps[1]).not.toHaveProperty('onError');
    const [first, ...others] = definition.steps;
    const fetched = { ...definition, steps: [first, { step: 'fetch', group: 'after' }, ...others] };
    expect(read(fetched).problems.map(({ message }) => message)).toEqual([
      'fetch is carried out on every occasion: take it out of the group after',
    ]);
    const waiting = { ...definition, steps: [{ ...first, group: 'after' }] };
    expect(read(waiting).problems.map(({ message }) => message)).toEqual([
      'no step of the group after can be passed over',
    ]);
  });
});
