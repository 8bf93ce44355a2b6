import { readdirSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { BackupSet, RecoveryPoint, Repository } from '../../../../src/backups/backup-catalogue.ts';
import { backupSetById } from '../../../../src/backups/backup-set.queries.ts';
import { pointById } from '../../../../src/backups/catalogue.queries.ts';
import { type CheckOptions, checkExternalPoint } from '../../../../src/backups/external/check-external.ts';
import { fileSystemIdentity } from '../../../../src/backups/external/filesystem-identity.ts';
import { marksOf } from '../../../../src/backups/external/point-marks.ts';
import type { ExternalCheck } from '../../../../src/backups/external/point-result.ts';
import type { VerificationDeps } from '../../../../src/backups/external/reading-job.ts';
import { RepositoryReader } from '../../../../src/backups/external/repository-reader.ts';
import { repositoryById } from '../../../../src/backups/repository.queries.ts';
import { systemClock } from '../../../../src/kernel/clock.ts';
import { newId } from '../../../../src/kernel/ids.ts';
import { useDatabase } from '../../../support/database.ts';
import { testLog } from '../../../support/log.ts';
import { newJob } from '../../support/backup-world.ts';
import { NO_REMOTE } from '../../support/no-remote.ts';

type Columns = Readonly<Record<string, unknown>>;

/** A catalogue and directories in which other tools have left their backups. */
export interface VerificationWorld {
  readonly database: ReturnType<typeof useDatabase>;
  readonly deps: VerificationDeps;
  /** An empty directory as a repository of the catalogue. */
  newRepository(columns?: Columns): Promise<Repository>;
  /** A set in it; one file is a point and nothing else is known unless told. */
  newSet(repository: Repository, columns?: Columns): Promise<BackupSet>;
  /** What discovery enters of the file or directory of this name, as it lies there. */
  register(set: BackupSet, name: string, columns?: Columns): Promise<RecoveryPoint>;
  /** What discovery enters when files changed. */
  relist(point: RecoveryPoint): Promise<RecoveryPoint>;
  check(point: RecoveryPoint, options?: Partial<CheckOptions>): Promise<ExternalCheck>;
  refreshed(point: Pick<RecoveryPoint, 'id'>): Promise<RecoveryPoint>;
}

export function useVerificationWorld(entities: Parameters<typeof useDatabase>[0] = []): VerificationWorld {
  const database = useDatabase(entities);
  const ownerId = newId();
  let base = '';

  beforeAll(async () => {
    base = await realpath(await mkdtemp(join(tmpdir(), 'muster-external-')));
    await database.db.execute(`INSERT INTO principal (id, kind, name, roles) VALUES ($1, 'team', 'Operations', '{}')`, [
      ownerId,
    ]);
  });
  afterAll(() => rm(base, { recursive: true, force: true }));

  const self: VerificationWorld = {
    database,
    get deps() {
      return { db: database.db, clock: systemClock, log: testLog, publicKeys: [], remote: NO_REMOTE };
    },
    async newRepository(columns = {}) {
      const id = newId();
      const root = join(base, id);
      await mkdir(root);
      const stated = { id, name: id, kind: 'local', root, writable: false, worker_tag: 'default' };
      const identity = { identity_kind: 'filesystem', identity: await fileSystemIdentity(root) };
      await insert(database, 'repository', { ...stated, ...identity, ...columns });
      return repositoryById(database.db, id);
    },
    async newSet(repository, columns = {}) {
      const id = newId();
      // Two sets of a repository have two patterns; points are entered here without one.
      const stated = { id, name: `set-${id.slice(-12)}`, repository_id: repository.id, kind: 'external', pattern: id };
      const found = { layout: 'file', time_source: 'mtime', zone: 'UTC', digest_source: 'none', settle_seconds: 60 };
      const watched = { rpo_seconds: 86_400, owner_id: ownerId, owner_kind: 'team' };
      await insert(database, 'backup_set', { ...stated, ...found, ...watched, ...columns });
      return backupSetById(database.db, id);
    },
    async register(set, name, columns = {}) {
      const { root } = await repositoryById(database.db, set.repositoryId);
      const id = newId();
      const now = new Date();
      const stated = { id, set_id: set.id, repository_id: set.repositoryId, name, method: 'external', own: false };
      const seen = listed(root, name);
      const facts = { taken_at: now, finished_at: now, size_bytes: seen.sizeBytes, file_count: seen.files.length };
      await insert(database, 'recovery_point', { ...stated, ...facts, marks: seen.marks, ...columns });
      if (set.external?.layout !== 'file') {
        for (const { path, sizeBytes } of seen.files) {
          await insert(database, 'recovery_point_file', { point_id: id, path, size_bytes: sizeBytes });
        }
      }
      return pointById(database.db, id);
    },
    async relist(point) {
      const { root } = await repositoryById(database.db, point.repositoryId);
      const { marks, sizeBytes } = listed(root, point.name);
      await database.db.execute(
        `UPDATE recovery_point SET marks = $2, size_bytes = $3, verdict = 'altered', verdict_at = clock_timestamp()
          WHERE id = $1`,
        [point.id, marks, sizeBytes],
      );
      return self.refreshed(point);
    },
    async check(point, options = {}) {
      const set = await backupSetById(database.db, point.setId);
      const repository = await repositoryById(database.db, point.repositoryId);
      const reader = new RepositoryReader(repository, []);
      const subject = { set, repository, point: await self.refreshed(point) };
      try {
        return await checkExternalPoint(
          self.deps,
          subject,
          { ...newJob(), reader },
          {
            ...{ reason: 'order', retryPauseMs: 0 },
            ...options,
          },
        );
      } finally {
        await reader.close();
      }
    },
    refreshed: ({ id }) => pointById(database.db, id),
  };
  return self;
}

async function insert({ db }: ReturnType<typeof useDatabase>, table: string, columns: Columns): Promise<void> {
  const names = Object.keys(columns);
  const values = names.map((_, index) => `$${index + 1}`);
  await db.execute(`INSERT INTO ${table} (${names}) VALUES (${values})`, Object.values(columns));
}

function listed(root: string, name: string) {
  const whole = statSync(join(root, name));
  const below = whole.isDirectory() ? readdirSync(join(root, name), { recursive: true, encoding: 'utf8' }) : [''];
  const files = below
    .map((path) => (path === '' ? name : `${name}/${path}`))
    .filter((path) => statSync(join(root, path)).isFile())
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    .map((path) => {
      const { size, mtimeNs } = statSync(join(root, path), { bigint: true });
      return { path, sizeBytes: Number(size), mtimeNs };
    });
  return { files, marks: marksOf(files), sizeBytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) };
}
