import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach } from 'vitest';
import type { BackupSet, RecoveryPoint, Repository } from '../../../src/backups/backup-catalogue.ts';
import { backupSetById } from '../../../src/backups/backup-set.queries.ts';
import { pointById } from '../../../src/backups/catalogue.queries.ts';
import { ensureBackupSet, ensureRepository } from '../../../src/backups/catalogue.store.ts';
import { initialiseRepository } from '../../../src/backups/repository.identity.ts';
import { repositoryById } from '../../../src/backups/repository.queries.ts';
import { applyRetention } from '../../../src/backups/retention/retention.service.ts';
import { newId } from '../../../src/kernel/ids.ts';
import { runAs, type TestDatabase, useDatabase } from '../../support/database.ts';
import { testLog } from '../../support/log.ts';
import { NO_REMOTE } from '../support/no-remote.ts';

/** A set of Muster's own in a repository of its own, for each test: points in the catalogue and on the disk. */
export interface KeptWorld {
  readonly database: TestDatabase;
  readonly root: string;
  set(): Promise<BackupSet>;
  repository(): Promise<Repository>;
  /** So many points of the set are kept. */
  keep(policy: Readonly<Record<string, number>>): Promise<void>;
  /** A sound point of noon so many days before yesterday, with its directory, unless told otherwise. */
  point(daysAgo: number, columns?: Readonly<Record<string, unknown>>): Promise<RecoveryPoint>;
  refreshed(point: Pick<RecoveryPoint, 'id'>): Promise<RecoveryPoint>;
  directoryOf(point: Pick<RecoveryPoint, 'name'>): string;
  isThere(point: Pick<RecoveryPoint, 'name'>): boolean;
  hold(point: Pick<RecoveryPoint, 'id'>, until?: string): Promise<string>;
  /** Lets a hold be over since yesterday, as if time had passed. */
  endHold(id: string): Promise<void>;
  /** Names of the points that were removed. */
  apply(): Promise<string[]>;
}

/** What a point has that nobody has checked. */
export const UNCHECKED = { verdict: null, verdict_at: null, verified_level: null, read_in_full_at: null };

export function useKeptWorld(): KeptWorld {
  const database = useDatabase();
  let base = '';
  let setId = '';
  let name = '';

  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), 'mret-'));
    const identity = await initialiseRepository(base);
    setId = await database.db.transaction(async (tx) => {
      const place = { name: `own ${identity}`, root: base, identity, workerTag: 'default' };
      const repositoryId = await ensureRepository(tx, place);
      return ensureBackupSet(tx, { name: `own-${newId()}`, repositoryId, staleAfterSeconds: 3600 });
    });
    name = (await backupSetById(database.db, setId)).name;
  });
  afterEach(() => rm(base, { recursive: true, force: true }));
  afterAll(() => rm(base, { recursive: true, force: true }));

  const world: KeptWorld = {
    database,
    get root() {
      return base;
    },
    set: () => backupSetById(database.db, setId),
    repository: async () => repositoryById(database.db, (await world.set()).repositoryId),
    async keep(policy) {
      const columns = Object.keys(policy).map((column, index) => `keep_${column} = $${index + 2}`);
      await database.db.execute(`UPDATE backup_set SET ${columns.join(', ')} WHERE id = $1`, [
        setId,
        ...Object.values(policy),
      ]);
    },
    async point(daysAgo, columns = {}) {
      const takenAt = new Date();
      // Never later than now, whatever the hour is.
      takenAt.setUTCHours(12 - 24 * (daysAgo + 1), 0, 0, 0);
      const stamp = `${takenAt.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
      const { repositoryId } = await world.set();
      const row = {
        ...{ id: newId(), set_id: setId, repository_id: repositoryId, method: 'base-backup', own: true },
        name: `${stamp}-${randomBytes(4).toString('hex')}`,
        ...{ taken_at: takenAt, finished_at: takenAt, size_bytes: 4096, digest: 'a'.repeat(64) },
        ...{ verdict: 'sound', verdict_at: new Date(), verified_level: 'content', read_in_full_at: new Date() },
        ...columns,
      };
      const names = Object.keys(row);
      await database.db.execute(
        `INSERT INTO recovery_point (${names.join(', ')}) VALUES (${names.map((_, index) => `$${index + 1}`).join(', ')})`,
        Object.values(row),
      );
      await mkdir(world.directoryOf(row), { recursive: true });
      await writeFile(join(world.directoryOf(row), 'base.tar.zst'), 'data');
      return pointById(database.db, row.id);
    },
    refreshed: ({ id }) => pointById(database.db, id),
    directoryOf: (point) => join(base, name, point.name),
    isThere: (point) => existsSync(world.directoryOf(point)),
    async hold(point, until = '1 day') {
      const id = newId();
      await database.db.execute(
        `INSERT INTO recovery_point_hold (id, point_id, reason, until) VALUES ($1, $2, 'evidence', now() + $3::interval)`,
        [id, point.id, until],
      );
      return id;
    },
    async endHold(id) {
      const guard = 'recovery_point_hold_guard';
      await runAs(
        database.owner,
        `ALTER TABLE recovery_point_hold DISABLE TRIGGER ${guard};
         UPDATE recovery_point_hold SET created_at = created_at - interval '9 days', until = now() - interval '1 day'
          WHERE id = '${id}';
         ALTER TABLE recovery_point_hold ENABLE ALWAYS TRIGGER ${guard}`,
      );
    },
    apply: async () =>
      applyRetention({ db: database.db, log: testLog, remote: NO_REMOTE }, await world.set(), await world.repository()),
  };
  return world;
}
