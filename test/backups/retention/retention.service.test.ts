import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import type { RecoveryPoint } from '../../../src/backups/backup-catalogue.ts';
import { changePointState } from '../../../src/backups/catalogue.store.ts';
import { pointDirectoryOf } from '../../../src/backups/check.ts';
import type { ExternalDefinition } from '../../../src/backups/external/external-set.ts';
import { insertHold } from '../../../src/backups/retention/hold.store.ts';
import type { Tx } from '../../../src/database/database.ts';
import { newId } from '../../../src/kernel/ids.ts';
import { scaled } from '../../support/scale.ts';
import { UNCHECKED, useKeptWorld } from './kept-world.ts';

const world = useKeptWorld();

const days = async (count: number) => {
  const points: RecoveryPoint[] = [];
  for (let day = 0; day < count; day += 1) points.push(await world.point(day));
  return points as [RecoveryPoint, RecoveryPoint, RecoveryPoint, RecoveryPoint];
};
const auditOf = ({ id }: RecoveryPoint) =>
  world.database.db.rows<{ action: string; details: Record<string, unknown> }>(
    'SELECT action, details FROM audit_entry WHERE subject_id = $1 ORDER BY id',
    [id],
  );
/** Resolves once a transaction waits for a lock of another one. */
const someoneWaits = () =>
  expect
    .poll(
      () =>
        world.database.db.rows(
          `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        ),
      { interval: 5, timeout: 10_000 },
    )
    .toHaveLength(1);

const HOLD = { reason: 'evidence', until: '2027-11-29T00:00:00Z' };

/** A transaction that has done its work and waits for the word to commit. */
async function paused(work: (tx: Tx) => Promise<unknown>): Promise<{ commit(): Promise<void> }> {
  const [worked, word] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const ended = world.database.db.transaction(async (tx) => {
    await work(tx);
    worked.resolve();
    await word.promise;
  });
  await Promise.race([worked.promise, ended]);
  const commit = async () => {
    word.resolve();
    await ended;
  };
  return { commit };
}

describe('applying retention', () => {
  test('removes what has no place, whole, and records for each why', async () => {
    await world.keep({ points: 1, daily: 2 });
    const [newest, yesterday, third] = await days(3);
    expect(await world.apply()).toEqual([third.name]);
    expect([newest, yesterday, third].map(world.isThere)).toEqual([true, true, false]);
    expect(await world.refreshed(third)).toMatchObject({ state: 'deleted' });
    expect(await auditOf(third)).toEqual([
      {
        action: 'recovery-point.delete',
        details: expect.objectContaining({
          name: third.name,
          reason: '2 younger points are sound, 1 is kept; the 2 daily ones are younger',
        }),
      },
    ]);
    expect(await world.apply()).toEqual([]);
  });

  test('goes by the policy that the set has now, not by the one it had when a long backup began', async () => {
    await world.keep({ points: 1 });
    const points = await days(3);
    const read = await world.set();
    await world.keep({ points: 3 });
    expect(read.retention.minimumCopies).toBe(1);
    expect(await world.apply()).toEqual([]);
    expect(points.every(world.isThere)).toBe(true);
  });

  test('never removes the last sound point, whatever younger ones turned out to be', async () => {
    await world.keep({ points: 1 });
    await world.point(0, { verdict: 'suspect' });
    await world.point(1, { verdict: 'damaged' });
    await world.point(2, { verdict: 'unverifiable' });
    const lastSound = await world.point(3);
    const older = await world.point(4);
    expect(await world.apply()).toEqual([older.name]);
    expect(world.isThere(lastSound)).toBe(true);
  });

  test('removes nothing while a younger point was not checked, and goes on once it was', async () => {
    await world.keep({ points: 1 });
    const unchecked = await world.point(1, UNCHECKED);
    const [, , old] = [await world.point(0), unchecked, await world.point(2)];
    expect(await world.apply()).toEqual([]);
    await world.database.db.execute(
      `UPDATE recovery_point SET verdict = 'sound', verdict_at = now(), read_in_full_at = now() WHERE id = $1`,
      [unchecked.id],
    );
    expect((await world.apply()).toSorted()).toEqual([unchecked.name, old.name].toSorted());
  });

  test('touches neither what Muster did not take nor what lies in a repository that the set has left', async () => {
    await world.keep({ points: 1 });
    const [newest, second] = await days(2);
    const stranger = await world.point(2, { own: false });
    const elsewhere = newId();
    await world.database.db.execute(
      `INSERT INTO repository (id, name, kind, root, writable, worker_tag, identity) VALUES ($1::uuid, $1::uuid::text, 'local', '/gone', true, 'default', $1::uuid::text)`,
      [elsewhere],
    );
    const left = await world.point(3, { repository_id: elsewhere });
    expect(await world.apply()).toEqual([second.name]);
    for (const point of [newest, stranger, left]) {
      expect(await world.refreshed(point)).toMatchObject({ state: 'present' });
      expect(world.isThere(point)).toBe(true);
    }
  });

  test('decides nothing while a sound point that it would rely on is not where it should be', async () => {
    await world.keep({ points: 1 });
    const [newest, old] = await days(2);
    const trash = world.directoryOf({ name: 'moved-by-somebody' });
    await rename(world.directoryOf(newest), trash);
    expect(await world.apply()).toEqual([]);
    expect([await world.refreshed(old), world.isThere(old)]).toEqual([old, true]);
    await rename(trash, world.directoryOf(newest));
    expect(await world.apply()).toEqual([old.name]);
  });

  test('does nothing while the repository is away', async () => {
    await world.keep({ points: 1 });
    const [, old] = await days(2);
    await rename(world.root, `${world.root}-away`);
    await mkdir(world.root);
    await expect(world.apply()).rejects.toMatchObject({ kind: 'unavailable', code: 'repository-unavailable' });
    await rm(world.root, { recursive: true });
    await rename(`${world.root}-away`, world.root);
    expect(await world.refreshed(old)).toMatchObject({ state: 'present' });
  });
});

describe('a removal that was cut short', () => {
  test('is finished by the next run, from every point on its way, and what others left there stays', async () => {
    await world.keep({ points: 1 });
    const [, decided, renamed, emptied] = await days(4);
    for (const point of [decided, renamed, emptied]) {
      await world.database.db.transaction((tx) => changePointState(tx, point.id, 'present', 'deleting'));
    }
    const trashOf = (point: RecoveryPoint) => world.directoryOf({ name: `.deleting-${point.name}` });
    await rename(world.directoryOf(renamed), trashOf(renamed));
    await rm(world.directoryOf(emptied), { recursive: true });
    // One that no catalogue knows of any more, and something that is not Muster's.
    await mkdir(world.directoryOf({ name: '.deleting-20250101T000000Z-00000000' }));
    await writeFile(world.directoryOf({ name: '.deleting-notes' }), 'mine');
    expect((await world.apply()).toSorted()).toEqual([decided.name, renamed.name, emptied.name].toSorted());
    for (const point of [decided, renamed, emptied]) {
      expect(await world.refreshed(point)).toMatchObject({ state: 'deleted' });
    }
    const left = await readdir(world.directoryOf({ name: '' }));
    expect(left.filter((name) => name.startsWith('.'))).toEqual(['.deleting-notes']);
    expect(left).toHaveLength(2);
  });
});

describe('holds', () => {
  test('keep their point until they are released, or until they end', async () => {
    await world.keep({ points: 1 });
    const [, released, ended] = await days(3);
    const hold = await world.hold(released);
    const other = await world.hold(ended);
    expect(await world.apply()).toEqual([]);
    await world.database.db.execute(
      `UPDATE recovery_point_hold SET released_at = clock_timestamp(), released_reason = 'closed' WHERE id = $1`,
      [hold],
    );
    expect(await world.apply()).toEqual([released.name]);
    await world.endHold(other);
    expect(await world.apply()).toEqual([ended.name]);
  });

  test('a hold that is set between the plan and the removal wins', async () => {
    for (let round = 0; round < scaled(3); round += 1) {
      await world.keep({ points: 1 });
      const [, old] = await days(2);
      const holding = await paused((tx) => insertHold(tx, old, HOLD, null));
      const applied = world.apply();
      await someoneWaits();
      await holding.commit();
      expect(await applied).not.toContain(old.name);
      expect(await world.refreshed(old)).toMatchObject({ state: 'present' });
      expect(world.isThere(old)).toBe(true);
    }
  });

  test('what is on its way out cannot be held any more: whoever holds it is told', async () => {
    const [, old] = await days(2);
    const removing = await paused((tx) => changePointState(tx, old.id, 'present', 'deleting'));
    const holding = world.database.db.transaction((tx) => insertHold(tx, old, HOLD, null));
    const refused = expect(holding).rejects.toMatchObject({ kind: 'conflict', code: 'recovery-point-removed' });
    await someoneWaits();
    await removing.commit();
    await refused;
  });

  test('two runs at the same time remove each point once', async () => {
    for (let round = 0; round < scaled(3); round += 1) {
      await world.keep({ points: 1 });
      const points = await days(4);
      await Promise.all([world.apply(), world.apply()]);
      expect(points.map(world.isThere)).toEqual([true, false, false, false]);
      for (const point of points.slice(1)) {
        const actions = (await auditOf(point)).map(({ action }) => action);
        expect(actions).toEqual(['recovery-point.delete']);
      }
      await rm(world.directoryOf(points[0]), { recursive: true });
      await world.database.db.execute(
        `UPDATE recovery_point SET state = 'missing', verdict = 'missing' WHERE id = $1`,
        [points[0].id],
      );
    }
  });
});

test('a point lies in the directory of its set, or where its path in the repository says', () => {
  const repository = { root: '/srv/backups' };
  const name = '20261122T023002Z-9f86d081';
  const own = { name: 'muster-database', external: undefined };
  expect(pointDirectoryOf(repository, own, { name })).toBe(`/srv/backups/muster-database/${name}`);
  const listed = { name: 'orders', external: {} as ExternalDefinition };
  expect(pointDirectoryOf(repository, listed, { name: `files/orders/${name}` })).toBe(
    `/srv/backups/files/orders/${name}`,
  );
});
