import { describe, expect, test, vi } from 'vitest';
import { useFileDrill } from './support/file-drill.ts';
import { NOTHING_LEFT } from './support/watching.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
const { drilling, treeAnd, script, reportOf } = useFileDrill();
const losing = (...data: string[]) => ({ scenario: { description: 'It is lost.', lost: { data } } });

describe('data that the scenario takes away', () => {
  test('is gone from the copy before any step, and must be brought back to be there', async () => {
    const look = await script('look.sh', 'ls "$RESTORED" "$RESTORED/etc"; echo new > "$RESTORED/readme"');
    const { run, log, checks } = await drilling.drill({
      ...treeAnd(look),
      ...losing('etc/pass*', 'readme'),
      validation: [{ check: 'files', required: ['etc/hosts', 'readme', 'etc/passwd'] }],
    });
    expect(run).toMatchObject({ status: 'completed', validation: 'failed', cleanup: 'done' });
    expect(log).toContain('scripts/look.sh: hosts');
    expect(log).not.toContain('scripts/look.sh: readme');
    expect(log).not.toContain('scripts/look.sh: passwd');
    expect(checks.map(({ subject, result }) => `${subject} ${result}`)).toEqual([
      ...['etc/hosts passed', 'readme passed', 'etc/passwd failed'],
    ]);
    expect((await reportOf(run)).lost).toEqual(['data etc/pass* (1 path)', 'data readme (1 path)']);
    expect(await drilling.leftovers()).toEqual(NOTHING_LEFT);
  });

  test('can be a directory with all below it', async () => {
    const { run, checks } = await drilling.drill({
      ...treeAnd(),
      ...losing('etc'),
      validation: [{ check: 'files', count: 1 }],
    });
    expect(run).toMatchObject({ validation: 'passed' });
    expect(checks[0]?.actual).toBe('1');
  });

  test.for([
    ['no-such/**', /no file of the recovery point is no-such\/\*\*$/],
    // Braces are how a pattern could lead out.
    ['{..,x}/*', /no file of the recovery point is \{\.\.,x\}\/\*$/],
  ] as const)('that is not there fails the run: %s', async ([pattern, reason]) => {
    const { run } = await drilling.drill({ ...treeAnd(), ...losing(pattern) });
    expect(run).toMatchObject({ status: 'failed', cleanup: 'done' });
    expect(run.statusReason).toMatch(reason);
  });
});
