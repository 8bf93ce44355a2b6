import { beforeAll, describe, expect, test, vi } from 'vitest';
import { targetsOf } from '../../src/drills/drill-run.queries.ts';
import { reportHtml } from '../../src/drills/report-html.ts';
import { exitStatusOf } from '../../src/drills/run.ts';
import { createService } from '../../src/services/services.service.ts';
import { counterOf } from '../allocations/support.ts';
import { makeCaller } from '../people/cast.ts';
import { useFileDrill } from './support/file-drill.ts';
import { NOTHING_LEFT } from './support/watching.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
const { drilling, world, treeAnd, reportOf, repositoryName } = useFileDrill();
const counter = counterOf(world.database);

beforeAll(async () => {
  const caller = await makeCaller(drilling.db);
  await drilling.db.transaction((tx) =>
    createService(tx, caller, {
      ...{ name: 'shop', criticality: 'emergency', ownerId: caller.principal.id, customer: '', dependencies: [] },
      ...{ backupSets: [], requirements: { spares: [], seats: [], skills: [] }, maxProofAgeDays: 30 },
    }),
  );
  const part = await counter.part({ part_number: 'DISK-1' });
  await counter.unit(part, await counter.site('SITE-P'), { serial: 'D-1', last_seen_at: new Date() });
});

const allocations = async () =>
  (await drilling.db.rows<{ count: string }>('SELECT count(*) FROM allocation'))[0]?.count ?? '';

describe('the preflight', () => {
  test('lets a run begin that has what it asserts, and holds nothing for the answer', async () => {
    const { run, log } = await drilling.drill({
      ...treeAnd(),
      service: 'shop',
      resources: { spares: [{ part: 'DISK-1' }] },
      preflight: [
        { assert: 'freeSpace', minBytes: 1 },
        { assert: 'pointAge', maxSeconds: 86_400, name: 'a backup of today' },
        { assert: 'repository' },
        { assert: 'resources' },
      ],
    });
    expect(run).toMatchObject({ status: 'completed', procedure: 'passed', availability: 'passed' });
    expect(await allocations()).toBe('1');
    expect(log).toContain('preflight: 4 of 4 assertions hold');
    const report = await reportOf(run);
    expect(report.preflight.map(({ name, result }) => `${name} ${result}`)).toEqual([
      ...['freeSpace passed', 'a backup of today passed', 'repository passed', 'resources passed'],
    ]);
    const evidence = { report: '', reportSha256: '', statement: '', evidenceSha256: '', previousSha256: null };
    expect(reportHtml(report, { ...evidence, signature: '', keyId: '', publicKey: '' })).toContain('a backup of today');
  });

  test('ends a run before anything is held or fetched, with every reason', async () => {
    const before = await allocations();
    const { run, said } = await drilling.drill({
      ...treeAnd(),
      service: 'shop',
      scenario: { description: 'The site is gone.', lost: { repositories: [repositoryName()] } },
      resources: { spares: [{ part: 'DISK-1', quantity: 2 }] },
      preflight: [
        { assert: 'pgRestore', minMajor: 99 },
        { assert: 'freeSpace', minBytes: Number.MAX_SAFE_INTEGER, name: 'room for it' },
        { assert: 'pointAge', maxSeconds: 600 },
        { assert: 'repository' },
        { assert: 'resources' },
      ],
    });
    expect(run).toMatchObject({ status: 'failed', procedure: 'failed', recoveryPointId: null, cleanup: 'done' });
    for (const reason of [
      /needs pg_restore 99 or newer/,
      /room for it: .* free, expected 8\.0 PiB free/,
      /tree\.tar is 1 h 00 min old, expected a recovery point of 10 min 00 s at most/,
      /repository: the scenario takes .* away/,
      /resources: short of 2 of DISK-1/,
    ]) {
      expect(run.statusReason).toMatch(reason);
    }
    expect(run.procedureReason).toBe(run.statusReason);
    expect(exitStatusOf(run, await targetsOf(drilling.db, run.id))).toBe(1);
    expect(said).toMatchObject({ provision: run.statusReason, fetch: null });
    expect(await allocations()).toBe(before);
    const { preflight } = await reportOf(run);
    expect(preflight.map(({ result }) => result)).toEqual(Array.from({ length: 5 }, () => 'failed'));
    expect(await drilling.leftovers()).toEqual(NOTHING_LEFT);
  });

  test('tells what cannot even be asked', async () => {
    const { run } = await drilling.drill({
      ...treeAnd(),
      recoveryPoint: { set: 'no-such-set' },
      preflight: [{ assert: 'repository' }, { assert: 'pointAge', maxSeconds: 9 }],
    });
    expect(run.statusReason).toContain('repository: there is no backup set no-such-set, expected');
    expect(run.statusReason).toContain('pointAge: There is no backup set no-such-set, expected');
  });
});
