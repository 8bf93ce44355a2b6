import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { scaled } from '../support/scale.ts';
import { endOfDrill, requestDrill, runDrill } from './drills.ts';
import { eventually } from './eventually.ts';
import { furnish } from './furnished.ts';
import { endProcessesBelow, type Installation, leftoversOf, useInstallations } from './installation.ts';
import { commandWithoutParentDeath, NO_MOUNT_NAMESPACE } from './mount-namespace.ts';
import { isRunning } from './running-process.ts';
import { type LaunchOptions, type Service, startService } from './service.ts';
import { startWriters, teamsNamed } from './writers.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });
const newInstallation = useInstallations();
let installation: Installation;
let service: Service;
let isSpoilt = false;

const CLIENTS = 4;
const WRITES_BEFORE = 40;
const RESTART_SECONDS_MAX = 120;

const start = (options: LaunchOptions = {}) =>
  startService(installation, { ...options, environment: { MUSTER_REQUESTS_PER_MINUTE: '1000000' } });

beforeAll(async () => {
  installation = await newInstallation();
  await furnish(installation);
  service = await start();
}, 120_000);

// What a failed test has left, dead or half alive, says nothing about the next promise.
afterEach(({ task }) => {
  isSpoilt = task.result?.state === 'fail';
});
beforeEach(async () => {
  if (!isSpoilt) return;
  await endProcessesBelow(installation.root);
  service = await start();
});

async function expectKept(acknowledged: ReadonlySet<string>, prefix: string): Promise<void> {
  const kept = await teamsNamed(service.api, prefix);
  expect([...acknowledged].filter((name) => !kept.has(name))).toEqual([]);
}

/** Kills the server, and waits for the next: its children answer for a moment longer, until they notice. */
async function replacePostmaster(): Promise<void> {
  const killed = await service.postmasterPid();
  process.kill(killed, 'SIGKILL');
  // Recovery waits for the disk and for the processor: how long is not what this is about.
  await eventually('another postmaster serves', RESTART_SECONDS_MAX, async () => {
    if ((await service.postmasterPid()) === killed) return undefined;
    const { status } = await service.api.request('GET', '/api/v1/teams?limit=1');
    return status === 200 || undefined;
  }).catch((thrown) => {
    const said = service.stderr().split('\n');
    throw new Error(`${thrown.message}. It said: ${said.filter((line) => line.includes('PostgreSQL')).join('\n')}`);
  });
}

/** Writes under way, the first of them acknowledged. */
async function writing(prefix: string) {
  const writers = startWriters(service.api, CLIENTS, prefix);
  await eventually('writes are acknowledged', 30, () => writers.acknowledged.size >= WRITES_BEFORE || undefined);
  return writers;
}

describe('kill -9 of the postmaster under writes', () => {
  it('loses nothing that was acknowledged, and the service recovers by itself, answering 503 meanwhile', async () => {
    for (let round = 0; round < scaled(2); round += 1) {
      const writers = await writing(`postmaster-${round}`);
      await replacePostmaster();
      const before = writers.acknowledged.size;
      await eventually('more is acknowledged', 20, () => writers.acknowledged.size > before + CLIENTS || undefined);
      await writers.stop();
      expect([...writers.refused.keys()].filter((status) => status !== '503')).toEqual([]);
      await expectKept(writers.acknowledged, `postmaster-${round}`);
    }
    expect(service.child.exitCode).toBeNull();
    await eventually(
      'it is ready',
      20,
      async () => (await service.api.request('GET', '/readyz')).status === 200 || undefined,
    );
    const audit = await service.api.get<{ sound: boolean; findings: unknown[] }>('/audit/verification');
    expect(audit).toMatchObject({ sound: true, findings: [] });
  });

  it('in the middle of a drill ends the drill with a verdict, and the next one passes', async () => {
    const runId = await requestDrill(service.api);
    await eventually('it runs', 20, async () => {
      const run = await service.api.get<{ status: string }>(`/drill-runs/${runId}`);
      return run.status === 'running' || undefined;
    });
    await replacePostmaster();
    const ended = await endOfDrill(service.api, runId);
    expect(['completed', 'failed', 'interrupted']).toContain(ended.status);
    const next = await runDrill(service.api);
    expect([next.status, next.procedure.outcome]).toEqual(['completed', 'passed']);
  });
});

describe('kill -9 of the service under writes', () => {
  it('loses nothing that was acknowledged: PostgreSQL ends with it, and the next start serves it all', async () => {
    const writers = await writing('service');
    const postmaster = await service.postmasterPid();
    await service.kill();
    await writers.stop();
    service = await start();
    expect(await service.postmasterPid()).not.toBe(postmaster);
    await expectKept(writers.acknowledged, 'service');
  });

  it('also where PostgreSQL does not notice: the next start finds and stops the orphan', async (context) => {
    const command = commandWithoutParentDeath();
    if (!command) return context.skip(NO_MOUNT_NAMESPACE);
    await service.stop();
    service = await start({ command });
    const writers = await writing('orphan');
    const orphan = await service.postmasterPid();
    await service.kill();
    await writers.stop();
    // It has not noticed anything: it is alive, and still serves.
    expect(isRunning(orphan)).toBe(true);

    service = await start();
    expect(service.stderr()).toContain('An earlier PostgreSQL still runs on the data directory');
    expect(await service.postmasterPid()).not.toBe(orphan);
    expect(isRunning(orphan)).toBe(false);
    await expectKept(writers.acknowledged, 'orphan');
    expect((await service.stop()).code).toBe(0);
    expect(await leftoversOf(installation)).toEqual([]);
  });
});
