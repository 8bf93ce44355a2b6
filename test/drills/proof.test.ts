import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AssessedRun, bestProof, type ProofQuestion, proofOf } from '../../src/drills/proof.ts';
import { EXAMPLE_TARGETS } from '../../src/sla/policy.ts';

const TARGETS = EXAMPLE_TARGETS.emergency;
const FINISHED = new Date('2026-11-22T15:00:00Z');
const DAY_MS = 86_400_000;

const run: AssessedRun = {
  ...{ id: 'r', drill: 'd', status: 'completed', procedure: 'passed', procedureReason: '', availability: 'passed' },
  ...{ availabilityReason: '', definitionSha256: 'a'.repeat(64), finishedAt: FINISHED },
  ...{ technicalRtaSeconds: 60, recoveryPointId: null },
  targets: [
    { target: 'respond', targetSeconds: TARGETS.respondSeconds },
    { target: 'plan', targetSeconds: TARGETS.planSeconds },
    { target: 'recover', targetSeconds: TARGETS.recoverSeconds },
    { target: 'rpo', targetSeconds: TARGETS.rpoSeconds },
  ],
};

const question: ProofQuestion = {
  ...{ maxProofAgeDays: 90, definitionSha256: 'a'.repeat(64), targets: TARGETS, isExample: false },
  now: new Date('2026-12-01T00:00:00Z'),
};

describe('a drill', () => {
  test('proves its service while the definition and the targets stay as they were, for as many days as the service allows', () => {
    expect(proofOf(run, question)).toEqual({
      standing: 'proven',
      reason: 'proven on 2026-11-22, until 2027-02-20',
      until: new Date(FINISHED.getTime() + 90 * DAY_MS),
    });
  });

  test.each<[string, Partial<AssessedRun> | undefined, Partial<ProofQuestion>]>([
    ['never run', undefined, {}],
    ['cannot run', {}, { definitionSha256: null }],
    ['failed', { procedure: 'failed', procedureReason: 'x differs' }, {}],
    ['resources missing', { availability: 'failed' }, {}],
    ['resources missing', { availability: 'preempted' }, {}],
    ['resources not assessed', { availability: 'not assessed' }, {}],
    ['definition changed', { definitionSha256: 'b'.repeat(64) }, {}],
    ['definition changed', { definitionSha256: null }, {}],
    ['example targets', {}, { isExample: true }],
    ['targets changed', {}, { targets: { ...TARGETS, recoverSeconds: TARGETS.recoverSeconds + 1 } }],
    ['targets changed', {}, { targets: { ...TARGETS, respondSeconds: TARGETS.respondSeconds * 2 } }],
    ['too old', {}, { now: new Date(FINISHED.getTime() + 90 * DAY_MS) }],
  ])('proves nothing: %s', (standing, change, asked) => {
    const proof = proofOf(change && { ...run, ...change }, { ...question, ...asked });
    expect(proof).toMatchObject({ standing, until: null });
    expect(proof.reason.length).toBeGreaterThan(10);
  });

  test('is proven to the last millisecond of its age, and not after it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3660 }), fc.integer({ min: -5, max: 5 }), (days, offMs) => {
        const now = new Date(FINISHED.getTime() + days * DAY_MS + offMs);
        const { standing } = proofOf(run, { ...question, maxProofAgeDays: days, now });
        expect(standing).toBe(offMs < 0 ? 'proven' : 'too old');
      }),
    );
  });
});

test('of several drills one proof is enough, and the one that holds longest counts', () => {
  const older = proofOf({ ...run, finishedAt: new Date(FINISHED.getTime() - DAY_MS) }, question);
  const newer = proofOf(run, question);
  const failed = proofOf(undefined, question);
  expect(bestProof([older, failed, newer])).toBe(newer);
  expect(bestProof([failed])).toBeUndefined();
  expect(bestProof([])).toBeUndefined();
});
