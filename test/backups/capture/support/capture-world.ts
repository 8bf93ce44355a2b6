import { generateKeyPairSync } from 'node:crypto';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { z } from 'zod';
import { SYSTEM_ACTOR } from '../../../../src/audit/entry.ts';
import { createPrincipal } from '../../../../src/auth/principal.store.ts';
import { backupRoutes } from '../../../../src/backups/backup.routes.ts';
import { takeBackup } from '../../../../src/backups/backup.service.ts';
import type { BackupSet, RecoveryPoint, Repository } from '../../../../src/backups/backup-catalogue.ts';
import type { BackupJobsDeps, RunningJob } from '../../../../src/backups/backup-deps.ts';
import { backupSetById } from '../../../../src/backups/backup-set.queries.ts';
import { capturedSetRoutes } from '../../../../src/backups/capture/captured-set.routes.ts';
import type { captureSourceSchema } from '../../../../src/backups/capture/captured-set.ts';
import { ensureRepository } from '../../../../src/backups/catalogue.store.ts';
import { discoverExternal } from '../../../../src/backups/external/discover-external.ts';
import { repositoryJobs } from '../../../../src/backups/external/repository.jobs.ts';
import { repositoryRoutes } from '../../../../src/backups/external/repository.routes.ts';
import { RepositoryLister } from '../../../../src/backups/external/repository-lister.ts';
import { backupSetRoutes } from '../../../../src/backups/external/set.routes.ts';
import { initialiseRepository } from '../../../../src/backups/repository.identity.ts';
import { repositoryById } from '../../../../src/backups/repository.queries.ts';
import { VerifyThread } from '../../../../src/backups/verify-thread.ts';
import { createEgress } from '../../../../src/egress/egress.ts';
import type { Route } from '../../../../src/http/route.ts';
import { systemClock } from '../../../../src/kernel/clock.ts';
import { newId } from '../../../../src/kernel/ids.ts';
import { createJobQueue, type JobQueue } from '../../../../src/scheduling/queue.ts';
import type { Keyring } from '../../../../src/secrets/keyring.ts';
import { ServiceEntity } from '../../../../src/services/service.entity.ts';
import { type TestApp, useApp } from '../../../http/support.ts';
import { type TestDatabase, useDatabase } from '../../../support/database.ts';
import { newKeyring } from '../../../support/keyring.ts';
import { testLog } from '../../../support/log.ts';
import { newJob } from '../../support/backup-world.ts';
import { NO_REMOTE } from '../../support/no-remote.ts';

/** A catalogue with writable repositories, and sources that Muster takes backups of. */
export interface CaptureWorld {
  readonly database: TestDatabase;
  readonly api: TestApp;
  readonly deps: BackupJobsDeps;
  /** Those of the sets that Muster takes of a source. */
  routes(): Route[];
  /** An empty directory of its own, below a temporary one. */
  newDirectory(): Promise<string>;
  newRepository(): Promise<Repository>;
  /** Puts a script into the directory of commands; answers its name. */
  newCommand(script: string): Promise<string>;
  /** A set that is taken of the source, entered over the API. */
  newSet(source: z.input<typeof captureSourceSchema>, body?: Readonly<Record<string, unknown>>): Promise<BackupSet>;
  /** Takes a point as the job does; see `takeBackup`. */
  take(set: BackupSet, job?: Partial<RunningJob>): Promise<RecoveryPoint>;
  /** What discovery finds in the set's repository. */
  discover(set: BackupSet): ReturnType<typeof discoverExternal>;
  post(path: string, body: object, expected?: number): Promise<Record<string, unknown> & { id: string }>;
}

export function useCaptureWorld(): CaptureWorld {
  const database = useDatabase([ServiceEntity]);
  const keys = generateKeyPairSync('ed25519');
  // Kept by the world as a service keeps them: to load their threads takes longer than what they do here.
  const [verifier, lister] = [new VerifyThread(), new RepositoryLister()];
  let base = '';
  let queue: JobQueue;
  let keyring: Keyring;
  beforeAll(async () => {
    base = await realpath(await mkdtemp(join(tmpdir(), 'muster-capture-')));
    keyring = await newKeyring();
    queue = await createJobQueue({
      service: database.service,
      jobs: () => repositoryJobs({ db: database.db, log: testLog, remote: NO_REMOTE }),
      log: testLog,
    });
  });
  afterAll(async () => {
    await verifier.close();
    await queue.close();
    await rm(base, { recursive: true, force: true });
  });
  const late: JobQueue = {
    enqueue: (...given) => queue.enqueue(...given),
    cancel: (...given) => queue.cancel(...given),
    startWorkers: (options) => queue.startWorkers(options),
    close: () => queue.close(),
  };
  const capturing = {
    queue: late,
    get keyring() {
      return keyring;
    },
  };
  const api = useApp(database, () => ({
    routes: [
      ...world.routes(),
      ...repositoryRoutes(capturing),
      ...backupSetRoutes({ queue: late }),
      ...backupRoutes({ queue: late }),
    ],
  }));

  const world: CaptureWorld = {
    routes: () => capturedSetRoutes(capturing),
    database,
    api,
    get deps() {
      return {
        ...{ db: database.db, clock: systemClock, log: testLog, source: { database: database.owner } },
        ...{ signingKey: keys.privateKey, publicKeys: [keys.publicKey], verifier },
        sandboxRoot: join(base, 'data', 'sandbox'),
        dataDirectory: join(base, 'data'),
        remote: NO_REMOTE,
        capture: {
          keyring,
          egress: createEgress({ allowList: ['postgresql://localhost:*'] }),
          commandDirectory: join(base, 'commands'),
        },
      };
    },
    async newDirectory() {
      const directory = join(base, newId());
      await mkdir(directory);
      return directory;
    },
    async newCommand(script) {
      const name = `command-${newId()}.sh`;
      await mkdir(join(base, 'commands'), { recursive: true });
      await writeFile(join(base, 'commands', name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      return name;
    },
    async newRepository() {
      const root = await world.newDirectory();
      const identity = await initialiseRepository(root);
      const place = { name: root, root, identity, workerTag: 'default' };
      const id = await database.db.transaction((tx) => ensureRepository(tx, place));
      return repositoryById(database.db, id);
    },
    async newSet(source, body = {}) {
      const team = { kind: 'team', name: `team ${newId()}`, roles: [] } as const;
      const owner = await database.db.transaction((tx) => createPrincipal(tx, team, { actor: SYSTEM_ACTOR }));
      const repositoryId = body.repositoryId ?? (await world.newRepository()).id;
      const stated = {
        name: `set-${newId()}`,
        repositoryId,
        source,
        zone: 'UTC',
        rpoSeconds: 86_400,
        ownerId: owner.id,
      };
      const { id } = await world.post('/captured-sets', { ...stated, ...body });
      return backupSetById(database.db, id);
    },
    take: (set, job = {}) => takeBackup(world.deps, set.id, { ...newJob(), ...job }),
    async discover(set) {
      const repository = await repositoryById(database.db, set.repositoryId);
      return discoverExternal({ ...world.deps, lister }, repository, new AbortController().signal);
    },
    async post(path, body, expected = 201) {
      const request = api.request('post', `/api/v1${path}`).set('Idempotency-Key', newId());
      return (await request.send(body).expect(expected)).body;
    },
  };
  return world;
}
