import { generateKeyPairSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkBackups, takeBackup } from '../../src/backups/backup.service.ts';
import type { RecoveryPoint } from '../../src/backups/backup-catalogue.ts';
import { listPoints } from '../../src/backups/catalogue.queries.ts';
import { beginCheck, finishChecks } from '../../src/backups/check-run.store.ts';
import { SENTINEL_FILE } from '../../src/backups/repository.identity.ts';
import { applyRetention } from '../../src/backups/retention/retention.service.ts';
import { listCaptures, listChecks } from '../../src/backups/run.queries.ts';
import { beginCapture, failSilentRuns, finishCapture } from '../../src/backups/run.store.ts';
import { statusOfSets } from '../../src/backups/set-status.queries.ts';
import { newJob, useBackupWorld } from './support/backup-world.ts';

const world = useBackupWorld();
const points: RecoveryPoint[] = [];

describe('taking a backup', () => {
  test('registers a point that was read back in full, and proves that a changed byte would have been found', async () => {
    const set = await world.set();
    expect((await statusOfSets(world.db, [set])).get(set.id)).toMatchObject({ freshness: 'stale', presentCount: 0 });
    const point = await world.take();
    points.push(point);
    expect(point).toMatchObject({
      state: 'present',
      own: true,
      method: 'base-backup',
      verdict: 'sound',
      verifiedLevel: 'content',
      serverMajor: 18,
    });
    expect(point.readInFullAt).toBeDefined();
    const [capture] = await listCaptures(world.db, set.id, { limit: 5 });
    expect(capture).toMatchObject({ state: 'done', attempt: 1, pointId: point.id });
    const [check] = await listChecks(world.db, point.id, { limit: 5 });
    expect(check).toMatchObject({ state: 'done', verdict: 'sound', findings: [], bytesRead: point.sizeBytes });
    const { file, offset, finding, summary } = check?.selfTest ?? {};
    expect(file).toBe('base.tar.zst');
    expect(finding?.offset).toBeLessThanOrEqual(offset ?? -1);
    expect(finding?.endOffset).toBeGreaterThan(offset ?? Number.POSITIVE_INFINITY);
    expect(summary).toBe(`one byte changed in a copy: found in ${file} at offset ${offset}`);
    expect((await statusOfSets(world.db, [set])).get(set.id)).toMatchObject({
      freshness: 'fresh',
      presentCount: 1,
      unsoundCount: 0,
      newestSoundPoint: { id: point.id },
    });
    expect(await readdir(world.deps.sandboxRoot)).toEqual([]);
  });

  test('is in the audit trail, from the capture to the verdict', async () => {
    const rows = await world.db.rows<{ action: string }>(
      `SELECT action FROM audit_entry WHERE subject_id = $1 ORDER BY id`,
      [points[0]?.id],
    );
    expect(rows.map(({ action }) => action)).toEqual(['recovery-point.capture', 'recovery-point.check']);
  });

  test('fails when the new point does not pass its check; the point is kept, and retention is not run', async () => {
    const { publicKey } = generateKeyPairSync('ed25519');
    await expect(world.take({ publicKeys: [publicKey] })).rejects.toMatchObject({
      code: 'backup-not-sound',
      message: expect.stringContaining('unverifiable'),
    });
    const [newest] = await listPoints(world.db, (await world.set()).id, { limit: 1 });
    expect(newest).toMatchObject({ state: 'present', verdict: 'unverifiable' });
    if (newest) points.push(newest);
  });

  test('is recorded as failed, with the reason, when the server cannot be reached', async () => {
    const database = { ...world.cluster.owner, host: join(world.cluster.repositoryRoot, 'no-socket-here') };
    await expect(world.take({ source: { database } })).rejects.toMatchObject({ kind: 'unavailable' });
    const [capture] = await listCaptures(world.db, (await world.set()).id, { limit: 1 });
    expect(capture).toMatchObject({ state: 'failed', failure: { code: 'database-unavailable' }, pointId: undefined });
  });
});

describe('retention', () => {
  test('keeps as many sound points as the set says, and removes the oldest whole', async () => {
    const set = await world.set();
    await world.db.execute('UPDATE backup_set SET keep_points = 2 WHERE id = $1', [set.id]);
    const [first, unverified] = points as [RecoveryPoint, RecoveryPoint];
    points.push(await world.take());
    expect(await world.refreshed(first)).toMatchObject({ state: 'present' });
    points.push(await world.take());
    expect(await world.refreshed(first)).toMatchObject({ state: 'deleted' });
    // Two younger ones are sound: what nobody could verify may go as well.
    expect(await world.refreshed(unverified)).toMatchObject({ state: 'deleted' });
    expect(await readdir(world.directoryOf({ name: '' }))).toEqual(points.slice(2).map(({ name }) => name));
    const listed = await listPoints(world.db, set.id, { limit: 9 });
    expect(listed.map(({ id }) => id)).toEqual(
      points
        .slice(2)
        .map(({ id }) => id)
        .reverse(),
    );
    expect(await listPoints(world.db, set.id, { limit: 9, withDeleted: true })).toHaveLength(4);
  });

  test('forgets a missing point once it would have been removed anyway', async () => {
    const gone = points[0] as RecoveryPoint;
    await world.db.execute(`UPDATE recovery_point SET state = 'missing' WHERE id = $1`, [gone.id]);
    const set = await world.set();
    const keepPoints = (count: number) => world.db.execute('UPDATE backup_set SET keep_points = $1', [count]);
    await keepPoints(3);
    expect(await applyRetention(world.deps, set, await world.repository())).toEqual([]);
    await keepPoints(2);
    expect(await applyRetention(world.deps, set, await world.repository())).toEqual([gone.name]);
    expect(await world.refreshed(gone)).toMatchObject({ state: 'deleted' });
  });

  test('finishes a removal that was cut short', async () => {
    const set = await world.set();
    const victim = points[2] as RecoveryPoint;
    await world.db.execute(`UPDATE recovery_point SET state = 'deleting' WHERE id = $1`, [victim.id]);
    const trash = join(world.directoryOf({ name: '' }), `.deleting-${victim.name}`);
    await rename(world.directoryOf(victim), trash);
    expect(await applyRetention(world.deps, set, await world.repository())).toEqual([victim.name]);
    expect(existsSync(trash)).toBe(false);
    expect(await world.refreshed(victim)).toMatchObject({ state: 'deleted' });
    points.push(await world.take());
  });
});

describe('an unavailable repository', () => {
  test('is never taken for missing backups: nothing is changed, nothing is removed, nothing is written', async () => {
    const set = await world.set();
    const kept = points.slice(-2);
    const before = await Promise.all(kept.map(world.refreshed));
    // What the mount point shows when the disk is away: an empty directory.
    const away = `${world.cluster.repositoryRoot}-away`;
    await rename(world.cluster.repositoryRoot, away);
    await mkdir(world.cluster.repositoryRoot);
    const refused = { kind: 'unavailable', code: 'repository-unavailable' };
    const [point] = kept as [RecoveryPoint];
    const check = { setId: set.id, pointId: point.id, budgetSeconds: 1 };
    await expect(checkBackups(world.deps, check, newJob())).rejects.toMatchObject(refused);
    await expect(takeBackup(world.deps, set.id, newJob())).rejects.toMatchObject(refused);
    await expect(applyRetention(world.deps, set, await world.repository())).rejects.toMatchObject(refused);
    expect(await readdir(world.cluster.repositoryRoot)).toEqual([]);
    // Another repository in the same place is not this one either.
    await writeFile(
      join(world.cluster.repositoryRoot, SENTINEL_FILE),
      JSON.stringify({ format: 'muster-repository/1', id: '019aab2c-40a1-7e5f-9b3c-8d7e6f5a4b3c' }),
    );
    await expect(checkBackups(world.deps, check, newJob())).rejects.toMatchObject(refused);
    await rename(world.cluster.repositoryRoot, `${away}-2`);
    await rename(away, world.cluster.repositoryRoot);
    expect(await Promise.all(kept.map(world.refreshed))).toEqual(before);
  });
});

describe('checks read the point that was read longest ago first', () => {
  test('one when the time is short, every one when it is not', async () => {
    const { id: setId } = await world.set();
    const [older, newer] = points.slice(-2) as [RecoveryPoint, RecoveryPoint];
    const seconds = async (point: RecoveryPoint) => (await world.refreshed(point)).readInFullAt?.epochMilliseconds ?? 0;
    const [olderBefore, newerBefore] = [await seconds(older), await seconds(newer)];
    expect(await checkBackups(world.deps, { setId, budgetSeconds: 0 }, newJob())).toHaveLength(1);
    expect(await seconds(older)).toBeGreaterThan(olderBefore);
    expect(await seconds(newer)).toBe(newerBefore);
    const checks = await checkBackups(world.deps, { setId, budgetSeconds: 60 }, newJob());
    expect(checks.map(({ verdict }) => verdict)).toEqual(['sound', 'sound']);
    // One proof a run is enough.
    expect(checks.filter(({ selfTest }) => selfTest !== undefined)).toHaveLength(1);
    expect(await seconds(newer)).toBeGreaterThan(newerBefore);
  });
});

describe('a worker that comes back from the dead', () => {
  test('changes nothing about a check that another one has taken over', async () => {
    const point = points.at(-1) as RecoveryPoint;
    const job = newJob();
    const result = {
      verdict: 'damaged',
      level: 'content',
      findings: [{ kind: 'corrupt', file: 'base.tar.zst', message: 'stale news' }],
      filesChecked: 1,
      entriesChecked: 1,
      bytesRead: 1,
      decodedBytes: 1,
      durationMs: 1,
    } as const;
    const dead = await world.db.transaction((tx) => beginCheck(tx, point.id, job));
    await expect(world.db.transaction((tx) => beginCheck(tx, point.id, job))).rejects.toMatchObject({
      code: 'attempt-superseded',
    });
    const alive = await world.db.transaction((tx) => beginCheck(tx, point.id, { ...job, attempt: 2 }));
    expect(alive).toEqual({ id: dead.id, attempt: 2 });
    const finish = (run: typeof alive, verdict: 'damaged' | 'suspect') =>
      world.db.transaction((tx) => finishChecks(tx, [{ run, result: { ...result, verdict } }]));
    await finish(dead, 'damaged');
    expect((await listChecks(world.db, point.id, { limit: 1 }))[0]).toMatchObject({ state: 'running' });
    await finish(alive, 'suspect');
    const [check] = await listChecks(world.db, point.id, { limit: 1 });
    expect(check).toMatchObject({ attempt: 2, verdict: 'suspect' });
  });

  test('registers no second point for a capture that another one has taken over', async () => {
    const { id: setId } = await world.set();
    const point = points.at(-1) as RecoveryPoint;
    const job = newJob();
    const dead = await world.db.transaction((tx) => beginCapture(tx, setId, job));
    await world.db.transaction((tx) => beginCapture(tx, setId, { ...job, attempt: 2 }));
    const late = world.db.transaction((tx) => finishCapture(tx, dead, point.id));
    await expect(late).rejects.toMatchObject({ code: 'attempt-superseded' });
    const [capture] = await listCaptures(world.db, setId, { limit: 1 });
    expect(capture).toMatchObject({ state: 'running', attempt: 2 });
  });

  test('and one that never comes back leaves a run that is called interrupted', async () => {
    const { id: setId } = await world.set();
    await world.db.transaction((tx) => failSilentRuns(tx, 900));
    expect((await listCaptures(world.db, setId, { limit: 1 }))[0]).toMatchObject({ state: 'running' });
    await world.db.execute(
      `UPDATE backup_capture SET heartbeat_at = now() - interval '1 hour' WHERE state = 'running'`,
    );
    await world.db.transaction((tx) => failSilentRuns(tx, 900));
    expect((await listCaptures(world.db, setId, { limit: 1 }))[0]).toMatchObject({
      state: 'failed',
      failure: { code: 'interrupted' },
    });
  });
});
