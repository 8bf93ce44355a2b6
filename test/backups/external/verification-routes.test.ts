import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { backupRoutes } from '../../../src/backups/backup.routes.ts';
import type { BackupSet, Repository } from '../../../src/backups/backup-catalogue.ts';
import { beginCheck, failChecks, recordCheckProgress } from '../../../src/backups/check-run.store.ts';
import { checkEventsRoutes } from '../../../src/backups/external/check-events.routes.ts';
import { verificationRoutes } from '../../../src/backups/external/verification.routes.ts';
import { verifyRepository } from '../../../src/backups/external/verify-repository.ts';
import { systemClock } from '../../../src/kernel/clock.ts';
import type { JobQueue } from '../../../src/scheduling/queue.ts';
import { readEvents } from '../../http/event-reader.ts';
import { routeViolations } from '../../http/route-rules.ts';
import { serving, useApp } from '../../http/support.ts';
import { tarOf } from '../../verification/support/tar-making.ts';
import { newJob } from '../support/backup-world.ts';
import { useVerificationWorld } from './support/verification-world.ts';

const world = useVerificationWorld();
// The refusal comes before the queue is asked.
const routes = () => [
  ...checkEventsRoutes({ db: world.database.db, clock: systemClock }),
  ...verificationRoutes({ clock: systemClock }),
  ...backupRoutes({ queue: {} as JobQueue }),
];
const api = useApp(world.database, () => ({ routes: routes() }));
const get = async (path: string) => (await api.request('get', `/api/v1${path}`).expect(200)).body;

let repository: Repository;
let set: BackupSet;

beforeAll(async () => {
  repository = await world.newRepository({ bytes_per_second_max: 65_536 });
  set = await world.newSet(repository, { full_read_days: 30 });
  for (const [index, day] of ['2026-11-01', '2026-11-03'].entries()) {
    await writeFile(join(repository.root, `p${index}.tar`), tarOf({ path: 'a', data: 'x'.repeat(9000) }));
    await world.register(set, `p${index}.tar`, { taken_at: `${day}T00:00:00Z` });
  }
});

describe('the API of checks', () => {
  test('shows what is due before anything was read, and how long damage could have gone unseen', async () => {
    const before = await get(`/repositories/${repository.id}/verification`);
    expect(before).toMatchObject({ bytesPerSecond: 65_536, dueCount: 2, readerCount: 0 });
    expect(before.sets).toMatchObject([
      {
        ...{ setId: set.id, presentCount: 2, fullReadDays: 30, isReachable: true, overdueCount: 0 },
        ...{ retentionSeconds: 172_800, unseenSecondsMax: 2_592_000, warnings: [{ kind: 'longer-than-retention' }] },
      },
    ]);
  });

  test('shows what was read, by repository and by set, with duration and rate', async () => {
    await verifyRepository(world.deps, repository.id, newJob(), { retryPauseMs: 0 });
    expect(await get(`/repositories/${repository.id}/verification`)).toMatchObject({ dueCount: 0, readerCount: 0 });
    const { items, next } = await get(`/backup-sets/${set.id}/history?limit=1`);
    expect(items).toMatchObject([
      { setId: set.id, pointName: 'p0.tar', reason: 'arrival', verdict: 'sound', format: 'tar', pointBytes: 10_752 },
    ]);
    expect(items[0].bytesPerSecond).toBeCloseTo(10_752 / items[0].durationSeconds, 3);
    const rest = await get(`/backup-sets/${set.id}/history?limit=5&after=${next}`);
    expect(rest).toMatchObject({ items: [{ pointName: 'p1.tar' }], next: null });
    const ofRepository = await get(`/repositories/${repository.id}/checks`);
    expect(ofRepository.items).toEqual([...items, ...rest.items]);
    expect(await get(`/repositories/${repository.id}/checks?onlyRunning=true`)).toEqual({ items: [], next: null });
  });

  test('shows checks as they go, with what is left of each, and what came of it', async () => {
    expect(routeViolations(checkEventsRoutes({ db: world.database.db, clock: systemClock }))).toEqual([]);
    const watched = await world.newRepository();
    await writeFile(join(watched.root, 'p.tar'), tarOf({ path: 'a', data: 'x' }));
    const point = await world.register(await world.newSet(watched), 'p.tar', { taken_at: '2026-11-05T00:00:00Z' });
    await serving(api.app, async (port) => {
      const url = `http://127.0.0.1:${port}/api/v1/repositories/${watched.id}/checks/events`;
      const reader = await readEvents(url, { Authorization: api.admin.bearer });
      const last = () => reader.events.at(-1)?.data as { running: object[]; newest: object[] } | undefined;
      await reader.until(() => last() !== undefined);
      expect(last()).toMatchObject({ running: [], newest: [] });
      const { db } = world.database;
      const run = await db.transaction((tx) => beginCheck(tx, point.id, newJob()));
      await recordCheckProgress(db, run, { step: 'read', unit: 'bytes', done: 30, total: 90, perSecond: 20 });
      await reader.until(() => last()?.running.length === 1);
      expect(last()?.running).toMatchObject([{ pointName: 'p.tar', progress: { done: 30, total: 90, etaSeconds: 3 } }]);
      await db.transaction((tx) => failChecks(tx, [{ run, failure: { code: 'gone', message: 'It is gone' } }]));
      await reader.until(() => last()?.running.length === 0);
      expect(last()?.newest[0]).toMatchObject({ pointName: 'p.tar', state: 'failed', failure: { code: 'gone' } });
      reader.leave();
    });
    const unknown = await api.request('get', `/api/v1/repositories/${crypto.randomUUID()}/checks/events`);
    expect([unknown.status, unknown.body.code]).toEqual([404, 'no-such-repository']);
  });

  test('refuses to take a set that another tool fills', async () => {
    const answer = await api
      .request('post', `/api/v1/backup-sets/${set.id}/take`)
      .set('Idempotency-Key', crypto.randomUUID())
      .expect(422);
    expect(answer.body).toMatchObject({ code: 'not-taken-by-muster' });
  });
});
