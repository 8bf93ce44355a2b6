import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { SAMPLE_DRILLS, SAMPLE_SETS } from '../../src/composition/samples/sample-names.ts';
import { requireIsolatedPrograms } from '../../src/database/server/isolated-program.ts';
import { muster } from '../cli/cli.ts';
import { drillReport, runDrill } from './drills.ts';
import { eventually } from './eventually.ts';
import { furnish } from './furnished.ts';
import { type Installation, useInstallations } from './installation.ts';
import { type Service, startService } from './service.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 240_000 });
const newInstallation = useInstallations();
/** As where nobody has set anything. */
const UNSET = { environment: { MUSTER_SAMPLES: '' } };
let installation: Installation;
let service: Service;

const isMade = (of: Service) =>
  eventually('the samples are there', 180, () => of.stdout().includes('Samples') || undefined);

beforeAll(async () => {
  installation = await newInstallation();
  await furnish(installation);
  service = await startService(installation, UNSET);
  await isMade(service);
});

interface Items<Item> {
  readonly items: readonly Item[];
}

const setNames = async ({ api }: Service) =>
  (await api.get<Items<{ name: string; retired: unknown }>>('/backup-sets')).items
    .filter(({ retired }) => retired === null)
    .map(({ name }) => name)
    .sort();

const isolates = await requireIsolatedPrograms().then(
  () => true,
  () => false,
);

describe('the shipped drills', () => {
  it.for(SAMPLE_DRILLS)('%s passes on the generated data', async (name, { skip }) => {
    skip(name === 'postgres-dump' && !isolates, 'this machine has no namespaces, and a dump is code');
    const run = await runDrill(service.api, name);
    const { verdicts, cleanup, checks, holdings } = await drillReport(service.api, run.id);
    expect(run).toMatchObject({ status: 'completed', procedure: { outcome: 'passed' } });
    expect(verdicts.availability.outcome).toBe(name === 'damaged-backup' ? 'not assessed' : 'passed');
    expect(cleanup.status).toBe('done');
    expect(checks.map(({ result }) => result)).toEqual(checks.map(() => 'passed'));
    expect(run.technicalRtaSeconds === null).toBe(name === 'damaged-backup');
    const held = holdings.map(({ kind, state }) => `${kind} ${state}`).sort();
    expect(held).toEqual(name === 'reinstallation' ? ['seat released', 'unit released'] : []);
  });

  it('leave the figures of the real backups alone: every set is fresh, and no point of one is not sound', async () => {
    expect(await setNames(service)).toEqual(['muster-database', ...Object.values(SAMPLE_SETS)].sort());
    expect(await muster(installation, ['backup', 'sets'])).toMatchObject({ code: 0 });
  });
});

describe('samples that are removed', () => {
  it('are gone, and do not come back', async () => {
    const removed = await muster(installation, ['samples', 'remove', '--json']);
    expect(removed).toMatchObject({ code: 0 });
    expect(removed.json()).toEqual({ removed: 8 });
    expect(existsSync(join(installation.data, 'samples'))).toBe(false);
    expect(await setNames(service)).toEqual(['muster-database']);
    const services = await service.api.get<Items<{ name: string }>>('/services?state=active');
    expect(services.items.map(({ name }) => name)).toEqual(['Muster']);
    expect(await muster(installation, ['stock', 'verify'])).toMatchObject({ code: 0 });
    expect((await muster(installation, ['samples', 'remove'])).stdout).toBe('There are no samples here.\n');

    await service.stop();
    service = await startService(installation, { environment: { MUSTER_SAMPLES: 'on' }, until: 'card' });
    await service.stop();
    expect(service.stdout()).not.toContain('Samples');
    expect(existsSync(join(installation.data, 'samples'))).toBe(false);
  });
});
