import { cp, open, rename, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { checkPoint, ownPoints, takeBackup } from './backups.ts';
import { drillReport, type RunDetail, runDrill } from './drills.ts';
import { furnish } from './furnished.ts';
import { type Installation, leftoversOf, useInstallations } from './installation.ts';
import { type Service, startService } from './service.ts';

vi.setConfig({ testTimeout: 120_000 });
const newInstallation = useInstallations();
let installation: Installation;
let service: Service;
let pointId: string;
let pointDirectory: string;

beforeAll(async () => {
  installation = await newInstallation();
  await furnish(installation);
  service = await startService(installation);
  const [point] = await ownPoints(service.api);
  pointId = point?.id ?? '';
  pointDirectory = join(installation.data, 'backups', 'muster-database', point?.name ?? '');
  await cp(pointDirectory, `${installation.root}/sound`, { recursive: true });
}, 150_000);

afterEach(async () => {
  await rm(pointDirectory, { recursive: true, force: true });
  await cp(`${installation.root}/sound`, pointDirectory, { recursive: true });
});

async function flipBit(file: string, offset: number): Promise<void> {
  await using handle = await open(file, 'r+');
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, offset);
  await handle.write(Buffer.from([(buffer[0] ?? 0) ^ 0x10]), 0, 1, offset);
}

const FLIPPED_AT = 1_234_567;

interface Damage {
  readonly what: string;
  readonly harm: (directory: string) => Promise<void>;
  readonly verdict: string;
  readonly finding: { readonly kind: string; readonly file: string };
}

const DAMAGES: readonly Damage[] = [
  {
    what: 'one flipped bit',
    harm: (directory) => flipBit(join(directory, 'base.tar.zst'), FLIPPED_AT),
    verdict: 'damaged',
    finding: { kind: 'corrupt', file: 'base.tar.zst' },
  },
  {
    what: 'a truncated archive',
    harm: (directory) => truncate(join(directory, 'base.tar.zst'), 1_000_000),
    verdict: 'damaged',
    finding: { kind: 'truncated', file: 'base.tar.zst' },
  },
  {
    what: 'an emptied log',
    harm: (directory) => truncate(join(directory, 'wal.tar.zst'), 0),
    verdict: 'damaged',
    finding: { kind: 'empty', file: 'wal.tar.zst' },
  },
  {
    what: 'a missing file',
    harm: (directory) => rm(join(directory, 'wal.tar.zst')),
    verdict: 'missing',
    finding: { kind: 'missing', file: 'wal.tar.zst' },
  },
  {
    what: 'a missing directory',
    harm: (directory) => rm(directory, { recursive: true }),
    verdict: 'missing',
    finding: { kind: 'missing', file: '.' },
  },
];

describe('damage in the stored backup', () => {
  it.each(DAMAGES)('$what: the check says what and where, and the drill stops at verify', async (damage) => {
    await damage.harm(pointDirectory);
    // The drill first: it must find out for itself.
    const run = await runDrill(service.api);
    expectStopped(run, damage);
    const check = await checkPoint(service.api, pointId);
    expect([check.state, check.verdict]).toEqual(['done', damage.verdict]);
    expect(check.findings[0]).toMatchObject(damage.finding);
    if (damage.what === 'one flipped bit') {
      const { offset, endOffset } = check.findings[0] as unknown as { offset: number; endOffset: number };
      expect(offset).toBeLessThanOrEqual(FLIPPED_AT);
      expect(endOffset).toBeGreaterThan(FLIPPED_AT);
    }
    const point = await service.api.get<{ verdict: string }>(`/recovery-points/${pointId}`);
    expect(point.verdict).toBe(damage.verdict);

    const report = await drillReport(service.api, run.id);
    expect(report.actions).toContainEqual(expect.objectContaining({ subject: 'run', owner: 'administrators' }));
    const page = await service.api.request('GET', `/api/v1/drill-runs/${run.id}/report.html`);
    expect(page.text).toContain(damage.finding.file === '.' ? 'is not there' : damage.finding.file);
  });

  it('an unmounted backup disk is unverifiable, never missing', async () => {
    expect((await checkPoint(service.api, pointId)).verdict).toBe('sound');
    const repository = join(installation.data, 'backups');
    await rename(repository, `${repository}-away`);
    try {
      const run = await runDrill(service.api);
      expect([run.status, run.procedure.outcome, run.availability.outcome]).toEqual(['failed', 'failed', 'failed']);
      expect(run.availability.reason).toMatch(/unavailable/);
      const check = await checkPoint(service.api, pointId);
      expect(check).toMatchObject({ state: 'failed', verdict: 'unverifiable', findings: [] });
      expect(check.failure?.message).toMatch(/repository unavailable/);
      const [point] = await ownPoints(service.api);
      expect([point?.state, point?.verdict]).toEqual(['present', 'sound']);
    } finally {
      await rename(`${repository}-away`, repository);
    }
  });

  it('is put right by the next good backup: its drill passes and closes the action', async () => {
    const point = await takeBackup(service.api);
    expect([point.verdict, point.id === pointId]).toEqual(['sound', false]);
    const run = await runDrill(service.api);
    expect([run.status, run.procedure.outcome]).toEqual(['completed', 'passed']);
    const { actions } = await drillReport(service.api, run.id);
    expect(actions.map(({ subject, state }) => [subject, state])).toContainEqual(['run', 'closed']);
    expect(actions.filter(({ state }) => state !== 'closed')).toEqual([]);
    // The point that was made whole again is sound again, too.
    expect((await checkPoint(service.api, pointId)).verdict).toBe('sound');
    expect((await service.stop()).code).toBe(0);
    expect(await leftoversOf(installation)).toEqual([]);
  });
});

function expectStopped(run: RunDetail, { verdict, finding }: Damage): void {
  expect([run.status, run.validation, run.cleanup]).toEqual(['failed', 'not reached', 'done']);
  const status = Object.fromEntries(run.phases.map((record) => [record.phase, record.status]));
  expect(status).toMatchObject({
    provision: 'done',
    fetch: 'done',
    verify: 'failed',
    restore: 'not reached',
    cleanup: 'done',
  });
  expect([run.procedure.outcome, run.availability.outcome]).toEqual(['failed', 'failed']);
  const reasons = `${run.procedure.reason} ${run.availability.reason}`;
  expect(reasons).toMatch(new RegExp(`the backup is ${verdict}: .* the backup is ${verdict}: `));
  expect(run.procedure.reason).toContain(finding.file === '.' ? 'is not there' : finding.file);
  expect(run.technicalRtaSeconds).toBeNull();
  expect(run.targets.filter((target) => target.result === 'met')).toEqual([]);
}
