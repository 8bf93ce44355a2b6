import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { PHASES, type Phase } from '../../src/drills/phase.ts';
import { isSoak, scaled } from '../support/scale.ts';
import { drillReport, drillRun, endOfDrill, type RunDetail, requestDrill, runDrill } from './drills.ts';
import { eventually } from './eventually.ts';
import { furnish } from './furnished.ts';
import { holdPhase, releasePhases } from './held-phase.ts';
import { type Installation, leftoversOf, processesBelow, useInstallations } from './installation.ts';
import { commandWithoutParentDeath, NO_MOUNT_NAMESPACE } from './mount-namespace.ts';
import { isRunning } from './running-process.ts';
import { type Service, startService } from './service.ts';

vi.setConfig({ testTimeout: 120_000 });
const newInstallation = useInstallations();
let installation: Installation;
let service: Service;

beforeAll(async () => {
  installation = await newInstallation();
  await furnish(installation);
  service = await startService(installation);
}, 120_000);

/** The phases that a worker carries out; the others are of people. */
const TECHNICAL: readonly Phase[] = ['provision', 'fetch', 'verify', 'restore', 'validate', 'cleanup'];

const sandboxes = () =>
  readdirSync(join(installation.data, 'sandboxes', 'drills')).filter((name) => name.startsWith('run-'));

/** The processes of a second PostgreSQL: all of the service's, without itself and its own server. */
async function scratchServers(): Promise<number> {
  const postmaster = await service.postmasterPid();
  const all = await processesBelow(join(installation.data, 'sandboxes'));
  return all.filter((pid) => pid !== postmaster && pid !== service.pid).length;
}

/**
 * One with a second PostgreSQL and one without a sandbox; `validate` is held below. A soak run adds the others, in each of which
 * `drills/killed.test.ts` kills the process that carries the run out every time.
 */
const KILLED_IN = isSoak ? TECHNICAL : TECHNICAL.filter((phase) => phase === 'restore' || phase === 'cleanup');

/** Where the server does not notice the death of the service: from the start after the last kill in a phase on. */
const unnoticing = commandWithoutParentDeath();

describe('kill -9 of the service while a drill runs', () => {
  for (const phase of KILLED_IN) {
    it(`in ${phase}: the run is interrupted with its timings, and nothing of it is left`, async () => {
      const held = await holdPhase(service, phase);
      const runId = await requestDrill(service.api);
      await held.reached();
      expect(sandboxes()).toEqual(phase === 'cleanup' ? [] : [`run-${runId}`]);
      expect((await scratchServers()) > 0).toBe(phase === 'restore' || phase === 'validate');
      expect((await drillRun(service.api, runId)).progress.phase).toBe(phase);
      await service.kill();
      await held.release();

      const isLast = phase === KILLED_IN.at(-1);
      service = await startService(installation, isLast && unnoticing ? { command: unnoticing } : {});
      await releasePhases(service);
      const run = await endOfDrill(service.api, runId, 20);
      expectInterruptedIn(run, phase);
      expect(sandboxes()).toEqual([]);
      expect(await scratchServers()).toBe(0);
      const report = await drillReport(service.api, runId);
      expect(report.run.status).toBe('interrupted');
      expect(report.verdicts.procedure.outcome).not.toBe('passed');
    });
  }

  it('with a scratch server that does not notice: the next start stops it and removes the sandbox', async (context) => {
    if (!unnoticing) return context.skip(NO_MOUNT_NAMESPACE);
    const held = await holdPhase(service, 'validate');
    const runId = await requestDrill(service.api);
    await held.reached();
    await service.kill();
    await held.release();
    const orphans = await processesBelow(join(installation.data, 'sandboxes'));
    expect(orphans.length).toBeGreaterThan(0);

    service = await startService(installation);
    await releasePhases(service);
    const run = await endOfDrill(service.api, runId, 20);
    expect([run.status, run.cleanup]).toEqual(['interrupted', 'done']);
    expect(sandboxes()).toEqual([]);
    for (const pid of orphans) expect(isRunning(pid)).toBe(false);
  });

  it('at any moment: no run is left half done, and none counts as passed that was not', async () => {
    for (let round = 0; round < scaled(1); round += 1) {
      const runId = await requestDrill(service.api);
      await delay(Math.random() * 3000);
      await service.kill();
      service = await startService(installation);
      const run = await endOfDrill(service.api, runId);
      // A run that no worker had taken yet may still be carried out.
      expect(['interrupted', 'completed']).toContain(run.status);
      expect(run.procedure.outcome === 'passed').toBe(run.status === 'completed');
      await eventually('its sandbox is gone', 20, () => sandboxes().length === 0 || undefined);
    }
    const whole = await runDrill(service.api);
    expect([whole.status, whole.procedure.outcome, whole.cleanup]).toEqual(['completed', 'passed', 'done']);
    expect((await service.stop()).code).toBe(0);
    expect(await leftoversOf(installation)).toEqual([]);
  }, 120_000);
});

function expectInterruptedIn(run: RunDetail, phase: Phase): void {
  expect([run.status, run.cleanup]).toEqual(['interrupted', 'done']);
  expect(run.statusReason).toContain(phase);
  const at = PHASES.indexOf(phase);
  for (const record of run.phases) {
    const place = PHASES.indexOf(record.phase);
    if (!TECHNICAL.includes(record.phase)) continue;
    const status = place < at ? 'done' : place === at ? 'interrupted' : 'not reached';
    expect([record.phase, record.status]).toEqual([record.phase, status]);
    if (place <= at) expect(record.seconds).toBeGreaterThanOrEqual(0);
    else expect(record.seconds).toBeNull();
  }
  if (phase !== 'cleanup') expect(run.technicalRtaSeconds).toBeNull();
}
