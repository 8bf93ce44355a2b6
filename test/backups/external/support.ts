import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll } from 'vitest';
import { SYSTEM_ACTOR } from '../../../src/audit/entry.ts';
import { createPrincipal } from '../../../src/auth/principal.store.ts';
import { backupRoutes } from '../../../src/backups/backup.routes.ts';
import type { BackupSet, RecoveryPoint } from '../../../src/backups/backup-catalogue.ts';
import { backupSetById } from '../../../src/backups/backup-set.queries.ts';
import { pointById } from '../../../src/backups/catalogue.queries.ts';
import { ensureBackupSet, ensureRepository } from '../../../src/backups/catalogue.store.ts';
import { discoveryJobs } from '../../../src/backups/external/external.jobs.ts';
import { pingTokenRoutes } from '../../../src/backups/external/ping-token.routes.ts';
import { reportRoutes } from '../../../src/backups/external/report.routes.ts';
import { repositoryJobs } from '../../../src/backups/external/repository.jobs.ts';
import { repositoryRoutes } from '../../../src/backups/external/repository.routes.ts';
import { backupSetRoutes } from '../../../src/backups/external/set.routes.ts';
import { verificationJobs } from '../../../src/backups/external/verification.jobs.ts';
import { watchJobs } from '../../../src/backups/external/watch.jobs.ts';
import { holdRoutes } from '../../../src/backups/retention/hold.routes.ts';
import { retentionRoutes } from '../../../src/backups/retention/retention.routes.ts';
import type { Route } from '../../../src/http/route.ts';
import { systemClock } from '../../../src/kernel/clock.ts';
import { newId } from '../../../src/kernel/ids.ts';
import { createJobQueue, type JobQueue } from '../../../src/scheduling/queue.ts';
import { ServiceEntity } from '../../../src/services/service.entity.ts';
import { type TestApp, useApp } from '../../http/support.ts';
import { type TestDatabase, useDatabase } from '../../support/database.ts';
import { testLog } from '../../support/log.ts';
import { NO_REMOTE } from '../support/no-remote.ts';

/** Everything that a test may say of a set over the API. */
type Body = Record<string, unknown>;

/** The catalogue of backups over the API, with its queue. Nothing lies on any disk. */
export interface SetsWorld {
  readonly database: TestDatabase;
  readonly api: TestApp;
  readonly queue: JobQueue;
  routes(): Route[];
  /** A request that succeeds; its answer's body. */
  get(path: string): Promise<Body & { id: string; version: number }>;
  post(path: string, body?: Body, expected?: number): Promise<Body & { id: string; version: number }>;
  patch(path: string, version: number, body: Body, expected?: number): Promise<Body & { id: string; version: number }>;
  retire(path: string, version: number, expected?: number): Promise<Body>;
  owner(): Promise<string>;
  repository(body?: Body): Promise<string>;
  set(body?: Body): Promise<BackupSet>;
  /** A set as Muster makes it for itself. */
  ownSet(): Promise<BackupSet>;
  point(set: BackupSet, columns?: Record<string, unknown>): Promise<RecoveryPoint>;
  refreshed(point: Pick<RecoveryPoint, 'id'>): Promise<RecoveryPoint>;
}

export function useSetsWorld(): SetsWorld {
  const database = useDatabase([ServiceEntity]);
  let queue: JobQueue;
  const deps = () => ({ db: database.db, clock: systemClock, log: testLog, publicKeys: [], remote: NO_REMOTE });
  beforeAll(async () => {
    queue = await createJobQueue({
      service: database.service,
      jobs: () => [
        ...repositoryJobs(deps()),
        ...discoveryJobs({ ...deps(), queue }),
        ...verificationJobs(deps()),
        ...watchJobs({ ...deps(), queue }),
      ],
      log: testLog,
    });
  });
  afterAll(() => queue.close());
  const lateQueue: JobQueue = {
    enqueue: (...given) => queue.enqueue(...given),
    cancel: (...given) => queue.cancel(...given),
    startWorkers: (options) => queue.startWorkers(options),
    close: () => queue.close(),
  };
  const routes = () => [
    ...repositoryRoutes({ queue: lateQueue, keyring: NO_REMOTE.keyring }),
    ...backupSetRoutes({ queue: lateQueue }),
    ...backupRoutes({ queue: lateQueue }),
    ...reportRoutes(),
    ...pingTokenRoutes(),
    ...retentionRoutes(),
    ...holdRoutes(),
  ];
  const api = useApp(database, () => ({ routes: routes() }));
  const at = (path: string) => `/api/v1${path}`;

  const world: SetsWorld = {
    ...{ database, api, queue: lateQueue, routes },
    get: async (path) => (await api.request('get', at(path)).expect(200)).body,
    async post(path, body, expected = 201) {
      const sent = await api.request('post', at(path)).set('Idempotency-Key', randomUUID()).send(body).expect(expected);
      return sent.body;
    },
    async patch(path, version, body, expected = 200) {
      return (await api.request('patch', at(path)).set('If-Match', `"${version}"`).send(body).expect(expected)).body;
    },
    async retire(path, version, expected = 200) {
      const request = api.request('post', at(`${path}/retire`)).set('If-Match', `"${version}"`);
      return (await request.send({ reason: 'not used any more' }).expect(expected)).body;
    },
    async owner() {
      const team = { kind: 'team', name: `team ${newId()}`, roles: [] } as const;
      return (await database.db.transaction((tx) => createPrincipal(tx, team, { actor: SYSTEM_ACTOR }))).id;
    },
    repository: async (body = {}) =>
      (await world.post('/repositories', { name: `repository ${newId()}`, root: '/srv/backups', ...body })).id,
    async set(body = {}) {
      const { id } = await world.post('/backup-sets', {
        name: `set-${newId()}`,
        repositoryId: body.repositoryId ?? (await world.repository()),
        pattern: 'db/app-%Y%m%d%H%M%S.dump',
        zone: 'Europe/Berlin',
        rpoSeconds: 86_400,
        ownerId: body.ownerId ?? (await world.owner()),
        ...body,
      });
      return backupSetById(database.db, id);
    },
    ownSet: () =>
      database.db.transaction(async (tx) => {
        const place = { name: '/srv/own', root: '/srv/own', identity: newId(), workerTag: 'default' };
        const repositoryId = await ensureRepository(tx, { ...place, name: `own ${place.identity}` });
        const id = await ensureBackupSet(tx, { name: `own-${newId()}`, repositoryId, staleAfterSeconds: 3600 });
        return backupSetById(tx, id);
      }),
    async point(set, columns = {}) {
      const row = {
        id: newId(),
        set_id: set.id,
        repository_id: set.repositoryId,
        name: `db/app-${newId()}.dump`,
        method: 'external',
        own: false,
        taken_at: new Date(),
        finished_at: new Date(),
        size_bytes: 4096,
        ...columns,
      };
      const names = Object.keys(row);
      await database.db.execute(
        `INSERT INTO recovery_point (${names.join(', ')}) VALUES (${names.map((_, index) => `$${index + 1}`).join(', ')})`,
        Object.values(row),
      );
      return pointById(database.db, row.id);
    },
    refreshed: ({ id }) => pointById(database.db, id),
  };
  return world;
}

/** A point that a check found sound. */
export const SOUND = {
  digest: 'a'.repeat(64),
  digest_origin: 'first-read',
  verdict: 'sound',
  verdict_at: new Date(),
  verified_level: 'content',
  read_in_full_at: new Date(),
};
