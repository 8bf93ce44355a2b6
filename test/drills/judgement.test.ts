import { describe, expect, test } from 'vitest';
import { judgeTargets, type ProcedureFacts, procedureVerdict } from '../../src/drills/judgement.ts';
import { exitStatusOf, type TargetResult } from '../../src/drills/run.ts';
import { EXAMPLE_TARGETS } from '../../src/sla/policy.ts';

const TARGETS = EXAMPLE_TARGETS.emergency;
const UNATTENDED = { respondSeconds: null, planSeconds: null };
const judged = (technicalRtaSeconds: number | null, rpaSeconds: number | null, people = {}) =>
  judgeTargets(
    TARGETS,
    { ...UNATTENDED, technicalRtaSeconds, rpaSeconds, ...people },
    { required: ['recover', 'rpo'] },
  );
const resultOf = (targets: readonly TargetResult[]) => targets.map(({ target, result }) => `${target} ${result}`);

describe('targets', () => {
  test('of people are never met by an unattended run', () => {
    const [respond, plan] = judged(1, 1);
    expect([respond?.result, plan?.result]).toEqual(['not measured', 'not measured']);
    expect(respond?.note).toBe('no person took part');
  });

  test('of people are held against what they took, where they took part', () => {
    const people = { respondSeconds: TARGETS.respondSeconds, planSeconds: TARGETS.planSeconds + 1 };
    expect(resultOf(judged(1, 1, people)).slice(0, 2)).toEqual(['respond met', 'plan missed']);
  });

  test('are met exactly on the target and missed beyond it', () => {
    expect(resultOf(judged(14_400, 86_400)).slice(2)).toEqual(['recover met', 'rpo met']);
    expect(resultOf(judged(14_400.001, 86_400.001)).slice(2)).toEqual(['recover missed', 'rpo missed']);
  });

  test('are those of the drill where they are tighter, and the policy’s figure stands beside them', () => {
    const own = { recoverSeconds: 60, rpoSeconds: TARGETS.rpoSeconds + 1 };
    const measured = { ...UNATTENDED, technicalRtaSeconds: 61, rpaSeconds: 1 };
    const [, , recover, rpo] = judgeTargets(TARGETS, measured, { required: ['recover'], targets: own });
    expect(recover).toMatchObject({ targetSeconds: 60, result: 'missed' });
    expect(recover?.note).toBe(
      'technical RTA: from the trigger to validated; tighter than the policy, which promises 4 h 00 min',
    );
    expect(rpo).toMatchObject({ targetSeconds: TARGETS.rpoSeconds, result: 'met', note: null });
  });

  test('are never a pass without a measurement', () => {
    expect(resultOf(judged(null, null)).slice(2)).toEqual(['recover not measured', 'rpo not measured']);
  });
});

const facts = (more: Partial<ProcedureFacts>): ProcedureFacts => ({
  ...{
    mode: 'full',
    status: 'completed',
    reason: null,
    validation: 'passed',
    validationReason: null,
    targets: judged(10, 10),
    continued: [],
    unfilled: [],
    expectsDamage: false,
  },
  ...more,
});

describe('the procedure’s verdict', () => {
  test.each<[string, Partial<ProcedureFacts>, string, RegExp]>([
    ['passes inside the required targets', {}, 'passed', /inside the required targets \(recover, rpo\)/],
    ['fails with the step that failed', { status: 'failed', reason: 'no room' }, 'failed', /^no room$/],
    ['fails when nothing was validated', { validation: 'not reached' }, 'failed', /not validated/],
    ['fails with the first difference', { validation: 'failed', validationReason: 'x differs' }, 'failed', /x differs/],
    [
      'fails on a missed target, with the margin',
      { targets: judged(14_500, 1) },
      'failed',
      /1 min 40 s over the target/,
    ],
    [
      'fails on a required target without measurement',
      { targets: judged(null, 1) },
      'failed',
      /recover was not measured/,
    ],
    [
      'passes and tells the step that failed',
      { continued: ['run warm.sh: ended with status 4'] },
      'passed',
      /required targets \(recover, rpo\); failed on the way, and the run went on: run warm\.sh: ended with status 4$/,
    ],
    [
      'tells it beside another failure',
      { validation: 'failed', validationReason: 'x differs', continued: ['sqlite: no file'] },
      'failed',
      /^x differs; failed on the way, .*: sqlite: no file$/,
    ],
    [
      'fails without somebody whom the definition requires',
      { unfilled: ['verifier', 'coordinator'] },
      'failed',
      /^restored .*; nobody filled the required role verifier; nobody filled the required role coordinator$/,
    ],
    [
      'says so of a run that is not assessed as well',
      { mode: 'availability', unfilled: ['verifier'] },
      'not assessed',
      /; nobody filled the required role verifier$/,
    ],
    [
      'passes without a recovery where damage was to be found',
      { expectsDamage: true, targets: judged(null, null) },
      'passed',
      /no recovery is proven/,
    ],
    ['says nothing of a cancelled run', { status: 'aborted', reason: 'by X' }, 'not assessed', /aborted: by X/],
    ['says nothing when nothing was to be restored', { mode: 'availability' }, 'not assessed', /availability only/],
    ['says nothing of an interrupted run', { status: 'interrupted' }, 'not assessed', /interrupted/],
  ])('%s', (_, more, outcome, reason) => {
    const verdict = procedureVerdict(facts(more));
    expect(verdict.outcome).toBe(outcome);
    expect(verdict.reason).toMatch(reason);
  });
});

describe('the exit status', () => {
  const run = {
    mode: 'full',
    status: 'completed',
    procedure: 'passed',
    availability: 'not assessed',
    cleanup: 'done',
    expectsDamage: false,
  } as const;

  test('is 0 only when everything that is required was met and nothing was left behind', () => {
    expect(exitStatusOf(run, judged(1, 1))).toBe(0);
    expect(exitStatusOf(run, judged(1, null))).toBe(1);
    expect(exitStatusOf(run, judged(99_999, 1))).toBe(1);
    expect(exitStatusOf(run, [])).toBe(1);
    expect(exitStatusOf({ ...run, cleanup: 'failed' }, judged(1, 1))).toBe(1);
    expect(exitStatusOf({ ...run, availability: 'failed' }, judged(1, 1))).toBe(1);
    expect(exitStatusOf({ ...run, status: 'running' }, judged(1, 1))).toBe(1);
    expect(exitStatusOf({ ...run, procedure: 'failed' }, judged(1, 1))).toBe(1);
    expect(exitStatusOf({ ...run, availability: 'preempted' }, judged(1, 1))).toBe(1);
  });

  test('of a run that looks for damage needs no target, and all the rest', () => {
    const damage = { ...run, expectsDamage: true };
    expect(exitStatusOf(damage, judged(null, null))).toBe(0);
    expect(exitStatusOf({ ...damage, procedure: 'failed' }, [])).toBe(1);
    expect(exitStatusOf({ ...damage, cleanup: 'failed' }, [])).toBe(1);
  });

  test('of a run that only looks at the availability is that of the availability', () => {
    const only = { ...run, mode: 'availability', procedure: 'not assessed' } as const;
    expect(exitStatusOf({ ...only, availability: 'passed' }, judged(null, null))).toBe(0);
    expect(exitStatusOf(only, judged(null, null))).toBe(1);
    expect(exitStatusOf({ ...only, availability: 'failed' }, judged(null, null))).toBe(1);
  });
});
