import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test, vi } from 'vitest';
import type { BackupSet } from '../../src/backups/backup-catalogue.ts';
import { repositoryById } from '../../src/backups/repository.queries.ts';
import { targetsOf } from '../../src/drills/drill-run.queries.ts';
import { findEvidence } from '../../src/drills/evidence.store.ts';
import { reportSchema } from '../../src/drills/report.ts';
import { exitStatusOf } from '../../src/drills/run.ts';
import { serviceProofs } from '../../src/drills/service-proof.ts';
import type { Service } from '../../src/services/service.ts';
import { useVerificationWorld } from '../backups/external/support/verification-world.ts';
import { tarOf } from '../verification/support/tar-making.ts';
import { useDrilling } from './support/drilling.ts';
import { NOTHING_LEFT } from './support/watching.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
const world = useVerificationWorld();
const drilling = useDrilling(() => world.database.service);

const whole = gzipSync(tarOf({ path: 'a.txt', data: 'what was kept' }));
/** The checksum at the end is another one. */
const damaged = Buffer.from(whole.map((byte, offset) => (offset === whole.length - 8 ? byte ^ 1 : byte)));

async function pointOf(bytes: Buffer): Promise<BackupSet> {
  const set = await world.newSet(await world.newRepository());
  const { root } = await repositoryById(drilling.db, set.repositoryId);
  writeFileSync(join(root, 'files.tar.gz'), bytes);
  await world.register(set, 'files.tar.gz');
  return set;
}

const drill = ({ name }: BackupSet, kinds?: ['corrupt'] | ['truncated']) =>
  drilling.drill({
    recoveryPoint: { set: name, select: 'latest' },
    steps: [{ step: 'fetch' }, { step: 'verify', expect: 'damaged' }],
    validation: [{ check: 'damage', ...(kinds === undefined ? {} : { kinds }) }],
  });

describe('a drill that expects damage', () => {
  test('passes when it is found, restores nothing, meets no target and proves nothing', async () => {
    const set = await pointOf(damaged);
    const { run, checks, said } = await drill(set, ['corrupt']);
    expect(run).toMatchObject({
      ...{ status: 'completed', validation: 'passed', procedure: 'passed', cleanup: 'done', expectsDamage: true },
      ...{ availability: 'not assessed', technicalRtaSeconds: null, rpaSeconds: null },
    });
    expect(run.procedureReason).toMatch(/^the damage was found, as expected; nothing was restored/);
    expect(run.availabilityReason).toMatch(/^as the drill expects, the backup is damaged: /);
    expect(said.verify).toMatch(/^as expected at level \w+: the backup is damaged: /);
    expect(checks).toMatchObject([{ kind: 'damage', result: 'passed' }]);
    const targets = await targetsOf(drilling.db, run.id);
    expect(targets.map(({ result, required }) => `${result} ${required}`)).toEqual(Array(4).fill('not measured false'));
    expect(exitStatusOf(run, targets)).toBe(0);
    expect(await drilling.leftovers()).toEqual(NOTHING_LEFT);

    const report = reportSchema.parse(JSON.parse((await findEvidence(drilling.db, run.id))?.report ?? ''));
    expect(report.notProven.join(' ')).toContain('whether known damage is found, and nothing was restored');
    const verdicts = await drilling.db.rows('SELECT verdict FROM recovery_point WHERE set_id = $1', [set.id]);
    expect(verdicts).toEqual([{ verdict: 'damaged' }]);

    const { catalogue } = await drilling.deps();
    const service = { id: run.id, name: run.service, criticality: 'emergency', maxProofAgeDays: 30 } as Service;
    const files = (await catalogue.refresh()).filter(({ name }) => name === run.drill);
    expect(files).toHaveLength(1);
    const [proof] = await serviceProofs(drilling.db, [service], files);
    expect(proof).toMatchObject({ isProven: false, reason: expect.stringMatching(/^no drill recovers it/) });
  });

  test('fails when a check calls the backup sound', async () => {
    const { run, said } = await drill(await pointOf(whole));
    expect(run).toMatchObject({ status: 'failed', procedure: 'failed', validation: 'not reached', cleanup: 'done' });
    expect(run.procedureReason).toMatch(/^The backup is known to be damaged, and .* calls it sound/);
    expect(said.validate).toBeNull();
    expect(exitStatusOf(run, await targetsOf(drilling.db, run.id))).toBe(1);
  });

  test('fails when the damage is of another kind than the one that is known', async () => {
    const { run } = await drill(await pointOf(damaged), ['truncated']);
    expect(run).toMatchObject({ status: 'completed', validation: 'failed', procedure: 'failed' });
    expect(run.procedureReason).toMatch(/^damage in .*: corrupt: .*, expected found, of the kind truncated$/);
    expect(exitStatusOf(run, await targetsOf(drilling.db, run.id))).toBe(1);
  });

  test('fails when the backup is not there: that is no damage that a check has found', async () => {
    const set = await pointOf(damaged);
    await drilling.db.execute(`UPDATE recovery_point SET name = 'gone.tar.gz' WHERE set_id = $1`, [set.id]);
    const { run } = await drill(set);
    expect(run).toMatchObject({ status: 'failed', procedure: 'failed', availability: 'failed' });
    expect(run.procedureReason).toMatch(/missing|not there/);
  });

  test('never gets a recovery time, whoever writes it', async () => {
    const write = `UPDATE drill_run SET technical_rta_seconds = 1 WHERE expects_damage`;
    await expect(drilling.db.execute(write)).rejects.toThrow(/drill_run_damage_proves_nothing/);
  });
});
