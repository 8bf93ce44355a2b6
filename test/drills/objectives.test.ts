import { describe, expect, test, vi } from 'vitest';
import { requestRun } from '../../src/drills/drill.service.ts';
import { targetsOf } from '../../src/drills/drill-run.queries.ts';
import { serviceProofs } from '../../src/drills/service-proof.ts';
import { serviceByName } from '../../src/services/service.queries.ts';
import { createService } from '../../src/services/services.service.ts';
import { confirmPolicy } from '../../src/sla/policy.service.ts';
import { EXAMPLE_TARGETS } from '../../src/sla/policy.ts';
import { makeCaller } from '../people/cast.ts';
import { useFileDrill } from './support/file-drill.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
const { drilling, treeAnd, reportOf } = useFileDrill();
const OPERATOR = { actor: { principalId: null, name: 'Operations' } };
const PROMISED = EXAMPLE_TARGETS.emergency;

describe('the objectives of a drill', () => {
  const objectives = (targets: object) => ({
    objectives: { severity: 'emergency' as const, required: ['recover' as const, 'rpo' as const], targets },
  });

  test('tighten the policy: the run is judged, and the service proven, against the tighter', async () => {
    const caller = await makeCaller(drilling.db);
    await drilling.db.transaction((tx) => confirmPolicy(tx, caller, { expectedVersion: 1, note: 'ours' }));
    await drilling.db.transaction((tx) =>
      createService(tx, caller, {
        ...{ name: 'tight', criticality: 'emergency', ownerId: caller.principal.id, customer: '', dependencies: [] },
        ...{ backupSets: [], requirements: { spares: [], seats: [], skills: [] }, maxProofAgeDays: 30 },
      }),
    );
    const own = { service: 'tight', resources: { ofService: true } };
    // The point is an hour old.
    const missed = await drilling.drill({ ...treeAnd(), ...own, ...objectives({ rpoSeconds: 600 }) });
    expect(missed.run).toMatchObject({ status: 'completed', validation: 'passed', procedure: 'failed' });
    expect(missed.run.procedureReason).toMatch(/over the target of 10 min 00 s$/);
    const { run } = await drilling.drill({ ...treeAnd(), ...own, ...objectives({ rpoSeconds: 7200 }) });
    expect(run.procedure).toBe('passed');
    const rpo = (await targetsOf(drilling.db, run.id)).at(-1);
    expect(rpo).toMatchObject({ targetSeconds: 7200, result: 'met' });
    expect((await reportOf(run)).targets.at(-1)?.note).toBe('tighter than the policy, which promises 1 d 0 h');

    const service = await serviceByName(drilling.db, 'tight');
    const files = await (await drilling.deps()).catalogue.refresh();
    const [proof] = await serviceProofs(drilling.db, service ? [service] : [], files);
    expect(proof?.drills.map(({ drill, standing }) => [drill, standing]).toSorted()).toEqual(
      [
        [missed.run.drill, 'failed'],
        [run.drill, 'proven'],
      ].toSorted(),
    );
    expect(proof?.isProven).toBe(true);
  });

  test('never loosen it: both figures are told, and nothing is restored', async () => {
    const looser = objectives({ recoverSeconds: PROMISED.recoverSeconds + 1, rpoSeconds: PROMISED.rpoSeconds });
    const { run } = await drilling.drill({ ...treeAnd(), ...looser });
    const deps = await drilling.deps();
    const asked = drilling.db.transaction((tx) =>
      requestRun(tx, { ...deps, queue: {} as never }, OPERATOR, { drill: run.drill, mode: 'full' }),
    );
    await expect(asked).rejects.toMatchObject({ code: 'looser-objectives', kind: 'unprocessable' });
    expect(run).toMatchObject({ status: 'failed', procedure: 'failed', recoveryPointId: null });
    expect(run.statusReason).toBe(
      'The objectives of a drill may tighten the policy, never loosen it: recoverSeconds 14401 (4 h 00 min) against 14400 (4 h 00 min)',
    );
  });
});
