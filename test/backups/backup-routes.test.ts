import supertest from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { backupJobs } from '../../src/backups/backup.jobs.ts';
import { backupRoutes } from '../../src/backups/backup.routes.ts';
import { repositoryRoutes } from '../../src/backups/external/repository.routes.ts';
import { backupSetRoutes } from '../../src/backups/external/set.routes.ts';
import { createJobQueue, type JobQueue } from '../../src/scheduling/queue.ts';
import { makeCaller, useApp } from '../http/support.ts';
import type { TestDatabase } from '../support/database.ts';
import { testLog } from '../support/log.ts';
import { useBackupWorld } from './support/backup-world.ts';
import { NO_REMOTE } from './support/no-remote.ts';

const world = useBackupWorld();
const stop = new AbortController();
let queue: JobQueue;

beforeAll(async () => {
  queue = await createJobQueue({ service: world.cluster.service, jobs: () => backupJobs(world.deps), log: testLog });
});
afterAll(async () => {
  stop.abort();
  await queue.close();
});

const database: TestDatabase = {
  get db() {
    return world.db;
  },
  get owner() {
    return world.cluster.owner;
  },
  get service() {
    return world.cluster.service;
  },
  get superuser() {
    return world.cluster.superuser;
  },
};
const api = useApp(database, () => ({
  routes: [
    ...repositoryRoutes({ queue, keyring: NO_REMOTE.keyring }),
    ...backupSetRoutes({ queue }),
    ...backupRoutes({ queue }),
  ],
}));

const get = async (path: string) => (await api.request('get', `/api/v1${path}`).expect(200)).body;
const post = (path: string) => api.request('post', `/api/v1${path}`).set('Idempotency-Key', crypto.randomUUID());
const NOWHERE = '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11';

describe('the backup API', () => {
  test('shows Muster’s own set before anything was taken: stale, and without a sound point', async () => {
    const { items } = await get('/backup-sets');
    expect(items).toEqual([
      expect.objectContaining({
        name: 'muster-database',
        freshness: 'stale',
        newestSoundPoint: null,
        presentCount: 0,
        allReadSince: null,
        retention: { minimumCopies: 7, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0 },
      }),
    ]);
    const repositories = await get('/repositories');
    expect(repositories.items).toEqual([expect.objectContaining({ id: items[0].repositoryId, writable: true })]);
    expect(await get(`/backup-sets/${items[0].id}/points`)).toEqual({ items: [], next: null });
    expect(await get(`/backup-sets/${items[0].id}`)).toEqual(items[0]);
  });

  test('takes and checks a backup when it is told to, and shows every step', async () => {
    const { id } = await world.set();
    const { body } = await post(`/backup-sets/${id}/take`).expect(202);
    const again = await post(`/backup-sets/${id}/take`).expect(202);
    expect(again.body.jobId).toBe(body.jobId);
    await queue.startWorkers({ tags: ['default'], signal: stop.signal });
    await expect.poll(async () => (await get(`/backup-sets/${id}`)).freshness, { timeout: 30_000 }).toBe('fresh');

    const { items: points } = await get(`/backup-sets/${id}/points`);
    expect(points).toEqual([expect.objectContaining({ verdict: 'sound', verifiedLevel: 'content', state: 'present' })]);
    expect(await get(`/recovery-points/${points[0].id}`)).toEqual(points[0]);
    const { items: captures } = await get(`/backup-sets/${id}/captures`);
    expect(captures).toEqual([expect.objectContaining({ state: 'done', jobId: body.jobId, pointId: points[0].id })]);
    const { items: checks } = await get(`/recovery-points/${points[0].id}/checks`);
    expect(checks).toEqual([
      expect.objectContaining({
        state: 'done',
        verdict: 'sound',
        findings: [],
        bytesRead: points[0].sizeBytes,
        selfTest: expect.objectContaining({
          file: 'base.tar.zst',
          summary: expect.stringContaining('one byte changed'),
        }),
      }),
    ]);

    await post(`/recovery-points/${points[0].id}/check`).expect(202);
    const checked = async () => (await get(`/recovery-points/${points[0].id}/checks`)).items;
    const states = async () => (await checked()).map((run: { state: string }) => run.state);
    await expect.poll(states, { timeout: 30_000 }).toEqual(['done', 'done']);
    const orders = await world.db.rows<{ actor_name: string; action: string }>(
      `SELECT actor_name, action FROM audit_entry WHERE action IN ('backup-set.take', 'recovery-point.order-check') ORDER BY id`,
    );
    expect(orders).toEqual([
      { actor_name: 'admin', action: 'backup-set.take' },
      { actor_name: 'admin', action: 'backup-set.take' },
      { actor_name: 'admin', action: 'recovery-point.order-check' },
    ]);
  });

  test('pages through the points of a set, youngest first', async () => {
    const { id, repositoryId } = await world.set();
    await world.db.execute(
      `INSERT INTO recovery_point (id, set_id, repository_id, name, method, own, taken_at, finished_at, size_bytes, state)
       SELECT gen_random_uuid(), $1, $2, '20200101T000000Z-' || lpad(to_hex(n), 8, '0'), 'base-backup', true, at, at, 1,
              CASE WHEN n % 10 = 0 THEN 'deleted' ELSE 'missing' END
         FROM generate_series(1, 30) n, LATERAL (SELECT timestamptz '2020-01-01' + n / 3 * interval '1 day' AS at) days`,
      [id, repositoryId],
    );
    const seen: { id: string; takenAt: string }[] = [];
    let next: string | null = null;
    do {
      const page = await get(`/backup-sets/${id}/points?limit=7${next ? `&after=${next}` : ''}`);
      seen.push(...page.items);
      next = page.next;
    } while (next);
    expect(new Set(seen.map((point) => point.id)).size).toBe(28);
    expect(seen.map(({ takenAt }) => takenAt)).toEqual(
      seen
        .map(({ takenAt }) => takenAt)
        .toSorted()
        .toReversed(),
    );
    expect((await get(`/backup-sets/${id}/points?limit=50&withDeleted=true`)).items).toHaveLength(31);
  });

  test('says what is not there, and refuses who may not', async () => {
    for (const path of [
      '/backup-sets/ID',
      '/backup-sets/ID/points',
      '/backup-sets/ID/captures',
      '/recovery-points/ID',
    ]) {
      await api.request('get', `/api/v1${path.replace('ID', NOWHERE)}`).expect(404);
    }
    await post(`/backup-sets/${NOWHERE}/take`).expect(404);
    await post(`/recovery-points/${NOWHERE}/check`).expect(404);
    const viewer = await makeCaller(world.db, 'viewer', ['viewer']);
    const { id } = await world.set();
    const refused = supertest(api.app).post(`/api/v1/backup-sets/${id}/take`).set('Authorization', viewer.bearer);
    await refused.set('Idempotency-Key', crypto.randomUUID()).expect(403);
  });
});
