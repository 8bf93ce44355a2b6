import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { runById } from '../../src/drills/drill-run.queries.ts';
import { reapInterrupted } from '../../src/drills/reaper.ts';
import { newId } from '../../src/kernel/ids.ts';
import { useChildren } from './support/children.ts';
import { useDrillWorld } from './support/drill-world.ts';
import { eventually, leftovers, NOTHING_LEFT } from './support/watching.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });
const world = useDrillWorld();
const startChild = useChildren();

beforeAll(async () => {
  await world.capture();
});

const sandboxOf = (runId: string) => `run-${runId}`;

async function expireLease(runId: string): Promise<void> {
  await world.db.execute(
    `UPDATE drill_run SET lease_expires_at = clock_timestamp() - interval '1 second' WHERE id = $1`,
    [runId],
  );
}

describe('what a reaper leaves alone', () => {
  test('a run of another live process on the same host, whose lease is live', async () => {
    const runId = await world.open();
    const child = startChild({ places: world.places, runId, holdAt: 'validate' });
    await child.reached('validate');
    expect(await reapInterrupted(await world.reaperDeps())).toEqual([]);
    expect((await runById(world.db, runId)).status).toBe('running');
    const left = await leftovers(world.db, world.places);
    expect(left.sandboxes).toEqual([sandboxOf(runId)]);
    expect(left.processes.length).toBeGreaterThan(0);
    await child.kill();
    await reapInterrupted(await world.reaperDeps());
    expect(await leftovers(world.db, world.places)).toEqual(NOTHING_LEFT);
  });

  test('the sandbox of another host: the run ends, and that host cleans up when it is back', async () => {
    const runId = await world.open();
    const elsewhere = { ...world.places, hostId: 'host-b' };
    const child = startChild({ places: elsewhere, runId, holdAt: 'validate' });
    await child.reached('validate');
    await child.kill();
    expect(await reapInterrupted(await world.reaperDeps())).toEqual([]);

    await expireLease(runId);
    expect(await reapInterrupted(await world.reaperDeps())).toEqual([runId]);
    const ended = await runById(world.db, runId);
    expect(ended).toMatchObject({ status: 'interrupted', cleanup: 'pending', hostId: 'host-b' });
    expect((await leftovers(world.db, world.places)).sandboxes).toEqual([sandboxOf(runId)]);

    await reapInterrupted(await world.reaperDeps({ hostId: 'host-b' }));
    expect((await runById(world.db, runId)).cleanup).toBe('done');
    expect(await leftovers(world.db, world.places)).toEqual(NOTHING_LEFT);
  });

  test('directories without a marker of this host, and runs that another database knows while their process lives', async () => {
    const root = world.places.sandboxes;
    const [unmarked, foreign, unknown, dead] = [newId(), newId(), newId(), newId()];
    for (const id of [unmarked, foreign, unknown, dead]) await mkdir(join(root, sandboxOf(id)), { recursive: true });
    const { processIdentity } = await import('../../src/drills/process-identity.ts');
    const mark = (runId: string, hostId: string, process: string) =>
      writeFile(join(root, sandboxOf(runId), '.muster-run.json'), JSON.stringify({ runId, hostId, process }));
    await mark(foreign, 'host-b', 'gone/0/1/1');
    await mark(unknown, 'host-a', processIdentity());
    await mark(dead, 'host-a', 'another-boot/0/1/1');
    await reapInterrupted(await world.reaperDeps());
    const left = (await readdir(root)).filter((name) => name.startsWith('run-'));
    expect(left.sort()).toEqual([unmarked, foreign, unknown].map(sandboxOf).sort());
    for (const name of left) await rm(join(root, name), { recursive: true });
  });
});

describe('a worker that comes back from the dead', () => {
  test('changes nothing, and removes what it made', async () => {
    const runId = await world.open();
    const lease = { leaseSeconds: 1, heartbeatSeconds: 0.2 };
    const child = startChild({ places: world.places, runId, lease });
    await child.reached('verify');
    child.signal('SIGSTOP');
    const reaped = await eventually(async () => {
      const runs = await reapInterrupted(await world.reaperDeps());
      return runs.length > 0 && runs;
    });
    expect(reaped).toEqual([runId]);
    const ended = await runById(world.db, runId);
    expect(ended).toMatchObject({ status: 'interrupted', cleanup: 'done' });

    child.signal('SIGCONT');
    await child.ended;
    expect(await runById(world.db, runId)).toEqual(ended);
    expect(await leftovers(world.db, world.places)).toEqual(NOTHING_LEFT);
  });
});

describe('a run that no worker takes', () => {
  test('is given up after an hour, and a worker that comes later leaves it alone', async () => {
    const runId = await world.open();
    await reapInterrupted(await world.reaperDeps());
    expect((await runById(world.db, runId)).status).toBe('queued');
    await world.db.execute(`UPDATE drill_run SET triggered_at = now() - interval '61 minutes' WHERE id = $1`, [runId]);
    await reapInterrupted(await world.reaperDeps());
    const run = await runById(world.db, runId);
    expect(run).toMatchObject({ status: 'interrupted', cleanup: 'not needed' });
    expect(run.statusReason).toContain('no worker took the run');
    const child = startChild({ places: world.places, runId });
    await child.reached('not queued');
  });
});
