import { beforeAll, describe, expect, it, vi } from 'vitest';
import { findPrincipalByName } from '../../src/auth/principal.store.ts';
import { withRuntimeOf } from '../cli/runtime.ts';
import { drillRun, requestDrill, runDrill } from './drills.ts';
import { eventually } from './eventually.ts';
import { furnish } from './furnished.ts';
import { connectTo, holdPhase, releasePhases } from './held-phase.ts';
import { type Installation, leftoversOf, useInstallations } from './installation.ts';
import { launch, type Service, startService } from './service.ts';

vi.setConfig({ testTimeout: 120_000 });
const newInstallation = useInstallations();
let installation: Installation;
let service: Service;

beforeAll(async () => {
  installation = await newInstallation();
  await furnish(installation);
}, 150_000);

/** A write that waits inside its transaction until `let go` is called. */
async function heldWrite() {
  const client = await connectTo(service);
  await client.query('BEGIN');
  await client.query('LOCK TABLE idempotency_record IN ACCESS EXCLUSIVE MODE');
  const answer = service.api.request<{ name: string }>('POST', '/api/v1/teams', {
    body: { name: `held ${performance.now()}`, roles: [], members: [] },
    headers: { 'idempotency-key': `held-${performance.now()}` },
  });
  await eventually('the write waits', 20, async () => {
    const waiting = await client.query(`SELECT FROM pg_locks WHERE NOT granted AND locktype = 'relation'`);
    return (waiting.rowCount ?? 0) > 0 || undefined;
  });
  const letGo = async () => {
    await client.query('ROLLBACK');
    await client.end();
  };
  return { answer, letGo };
}

async function refusesRequests(): Promise<void> {
  await eventually('it takes no new requests', 20, async () => {
    const outcome = await service.api.request('GET', '/livez').catch(() => 'refused');
    return outcome === 'refused' || undefined;
  });
}

describe('npm start', () => {
  // Without `prestart`: a test must not install packages.
  const command = ['npm', 'start', '--ignore-scripts'];
  const ways = [
    ['SIGTERM, which npm passes on', () => service.child.kill('SIGTERM')],
    ['one Ctrl-C, which the terminal and npm both pass on', () => process.kill(-service.pid, 'SIGINT')],
  ] as const;

  it.each(ways)(
    'at %s: lets a request in flight finish, takes no new ones, ends with 0 and leaves nothing',
    async (_, stop) => {
      service = await startService(installation, { command, ownGroup: true });
      const { answer, letGo } = await heldWrite();
      stop();
      await refusesRequests();
      await letGo();
      const { status, body } = await answer;
      expect(status).toBe(201);
      expect(await service.exited).toEqual({ code: 0, signal: null });
      expect(service.stderr()).toContain('stopped working jobs');
      expect(await leftoversOf(installation)).toEqual([]);

      await withRuntimeOf(installation, async ({ db }) => {
        expect(await findPrincipalByName(db, body.name)).toMatchObject({ kind: 'team' });
      });
    },
  );
});

describe('a stop while a drill runs', () => {
  it('interrupts the drill, removes what it made, and the next run passes', async () => {
    service = await startService(installation);
    const held = await holdPhase(service, 'fetch');
    const runId = await requestDrill(service.api);
    await held.reached();
    const stopped = service.stop('SIGINT');
    await refusesRequests();
    // Seconds of work are left in the drill: it does not come to its end by itself.
    await held.release();
    expect(await stopped).toEqual({ code: 0, signal: null });
    expect(await leftoversOf(installation)).toEqual([]);

    service = await startService(installation);
    await releasePhases(service);
    const run = await drillRun(service.api, runId);
    expect([run.status, run.cleanup]).toEqual(['interrupted', 'done']);
    expect(run.statusReason).toMatch(/stop/i);
    expect((await runDrill(service.api)).procedure.outcome).toBe('passed');
    expect((await service.stop()).code).toBe(0);
    expect(await leftoversOf(installation)).toEqual([]);
  });
});

describe('a stop during the first start', () => {
  it('ends with status 0, leaves nothing, and the next start goes on where it was', async () => {
    const fresh = await newInstallation();
    const launched = launch(fresh);
    await eventually('the first backup has begun', 60, () => launched.stderr().includes('First backup') || undefined);
    launched.child.kill('SIGTERM');
    expect(await launched.exited).toEqual({ code: 0, signal: null });
    expect(await leftoversOf(fresh)).toEqual([]);

    service = await startService(fresh, { until: 'card' });
    const runs = await service.api.get<{ items: { status: string; trigger: string }[] }>('/drill-runs');
    expect(runs.items.filter(({ status }) => status === 'completed')).toHaveLength(1);
    expect((await service.stop()).code).toBe(0);
  }, 120_000);
});
