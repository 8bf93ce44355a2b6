import { mkdir, mkdtemp, realpath, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Temporal } from 'temporal-polyfill';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type { RecoveryPoint, Repository } from '../../../../src/backups/backup-catalogue.ts';
import { listPoints } from '../../../../src/backups/catalogue.queries.ts';
import {
  type DiscoveryOutcome,
  discoverExternal,
  type ExternalDiscoveryDeps,
  type SetOutcome,
} from '../../../../src/backups/external/discover-external.ts';
import type { ExternalDefinition } from '../../../../src/backups/external/external-set.ts';
import { fileSystemIdentity } from '../../../../src/backups/external/filesystem-identity.ts';
import { RepositoryLister } from '../../../../src/backups/external/repository-lister.ts';
import { repositoryById } from '../../../../src/backups/repository.queries.ts';
import type { Database } from '../../../../src/database/database.ts';
import { newId } from '../../../../src/kernel/ids.ts';
import { fixedClock } from '../../../support/clock.ts';
import { useDatabase } from '../../../support/database.ts';
import { testLog } from '../../../support/log.ts';
import { NO_REMOTE } from '../../support/no-remote.ts';

/** What a new set is, when a test says nothing else. */
type SetChoices = Partial<
  Pick<ExternalDefinition, 'layout' | 'timeSource' | 'zone' | 'digestSource' | 'minimumBytes' | 'settleSeconds'>
>;

/** A repository of its own for each test, with the catalogue that watches it. */
export interface ExternalWorld {
  readonly db: Database;
  readonly root: string;
  repository(): Promise<Repository>;
  /** Watches a pattern; answers the set's id. */
  watch(pattern: string, choices?: SetChoices): Promise<string>;
  /** Writes a file below the root, with directories; its times of change are this long ago when told. */
  put(path: string, content?: string, mtime?: string): Promise<void>;
  /** Discovers as if `hoursLater` (2: all files have stood still for long). */
  discover(
    overrides?: Partial<ExternalDiscoveryDeps> & { readonly hoursLater?: number; readonly signal?: AbortSignal },
  ): Promise<DiscoveryOutcome>;
  /** The same; what became of the only set. */
  discoverSet(options?: Parameters<ExternalWorld['discover']>[0]): Promise<SetOutcome>;
  points(setId: string): Promise<RecoveryPoint[]>;
  /** What the audit trail says of one action, oldest first. */
  audited(action: string): Promise<Record<string, unknown>[]>;
}

export function useExternalWorld(): ExternalWorld {
  const database = useDatabase();
  let base = '';
  let repositoryId = '';
  const ownerId = newId();
  const lister = new RepositoryLister();

  beforeAll(async () => {
    await database.db.execute(`INSERT INTO principal (id, kind, name, roles) VALUES ($1, 'team', 'Operations', '{}')`, [
      ownerId,
    ]);
  });
  beforeEach(async () => {
    base = await realpath(await mkdtemp(join(tmpdir(), 'mxd-')));
    await mkdir(join(base, 'root'));
    repositoryId = newId();
    await database.db.execute(
      `INSERT INTO repository (id, name, kind, root, writable, worker_tag, identity_kind, identity)
       VALUES ($1, $2, 'local', $3, false, 'default', 'filesystem', $4)`,
      [repositoryId, repositoryId, join(base, 'root'), await fileSystemIdentity(join(base, 'root'))],
    );
  });
  afterEach(() => rm(base, { recursive: true, force: true }));
  afterAll(() => rm(base, { recursive: true, force: true }));

  const self: ExternalWorld = {
    get db() {
      return database.db;
    },
    get root() {
      return join(base, 'root');
    },
    repository: () => repositoryById(self.db, repositoryId),
    async watch(pattern, choices = {}) {
      const id = newId();
      await self.db.execute(
        `INSERT INTO backup_set (id, name, repository_id, kind, pattern, layout, time_source, zone, digest_source,
           settle_seconds, minimum_bytes, rpo_seconds, owner_id, owner_kind)
         VALUES ($1::uuid, $1::uuid::text, $2, 'external', $3, $4, $5, $6, $7, $8, $9, 86400, $10, 'team')`,
        [
          id,
          repositoryId,
          pattern,
          choices.layout ?? 'file',
          choices.timeSource ?? 'name',
          choices.zone ?? 'UTC',
          choices.digestSource ?? 'none',
          choices.settleSeconds ?? 600,
          choices.minimumBytes ?? null,
          ownerId,
        ],
      );
      return id;
    },
    async put(path, content = 'backup', mtime) {
      const location = join(self.root, path);
      await mkdir(dirname(location), { recursive: true });
      await writeFile(location, content);
      if (mtime !== undefined) await utimes(location, new Date(mtime), new Date(mtime));
    },
    async discover({ hoursLater = 2, signal = new AbortController().signal, ...overrides } = {}) {
      const clock = fixedClock(Temporal.Now.instant().add({ hours: hoursLater }).toString());
      return discoverExternal(
        { db: self.db, clock, log: testLog, lister, publicKeys: [], remote: NO_REMOTE, ...overrides },
        await self.repository(),
        signal,
      );
    },
    async discoverSet(options) {
      const found = await self.discover(options);
      if (found.outcome !== 'listed') throw new Error(`the repository was not listed: ${found.outcome}`);
      const [set, ...others] = found.sets;
      if (set === undefined || others.length > 0) throw new Error('there is not exactly one set');
      return set;
    },
    points: async (setId) => (await listPoints(self.db, setId, { limit: 100_000 })).toSorted(byName),
    async audited(action) {
      const rows = await self.db.rows<{ details: Record<string, unknown> }>(
        'SELECT details FROM audit_entry WHERE action = $1 ORDER BY id',
        [action],
      );
      return rows.map(({ details }) => details);
    },
  };
  return self;
}

function byName(a: RecoveryPoint, b: RecoveryPoint): number {
  return a.name < b.name ? -1 : 1;
}

/** The names and numbers that a set's outcome is about, without what is empty. */
export function told(outcome: SetOutcome): Record<string, readonly string[]> {
  const { registered, changed, missing, returned, waiting } = outcome;
  return Object.fromEntries(
    Object.entries({ registered, changed, missing, returned, waiting })
      .filter(([, tally]) => tally.count > 0)
      .map(([what, tally]) => [what, tally.first.toSorted()]),
  );
}
