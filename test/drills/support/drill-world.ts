import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Temporal } from 'temporal-polyfill';
import { afterAll, beforeAll, inject } from 'vitest';
import { backupSetByName } from '../../../src/backups/backup-set.queries.ts';
import { captureBaseBackup } from '../../../src/backups/capture.ts';
import { registerPoint } from '../../../src/backups/catalogue.store.ts';
import { ensureMusterSet, MUSTER_SET } from '../../../src/backups/muster-set.ts';
import type { CapturedPoint } from '../../../src/backups/point-writer.ts';
import type { ConnectionSettings } from '../../../src/database/connection.ts';
import { Database } from '../../../src/database/database.ts';
import { ensureEmbeddedDatabase } from '../../../src/database/embedded-database.ts';
import { openCatalogue } from '../../../src/drills/catalogue.ts';
import { openRun } from '../../../src/drills/drill.service.ts';
import type { RunnerDeps } from '../../../src/drills/drill-deps.ts';
import { runById } from '../../../src/drills/drill-run.queries.ts';
import type { ReaperDeps } from '../../../src/drills/reaper.ts';
import type { DrillRun, RunMode } from '../../../src/drills/run.ts';
import { carryOutRun } from '../../../src/drills/runner.ts';
import { systemClock } from '../../../src/kernel/clock.ts';
import { exportKeys } from '../../../src/secrets/key-export.ts';
import { ensureRecoveryIdentity } from '../../../src/secrets/recovery-identity.ts';
import { unlockKeyring } from '../../../src/secrets/unlock.ts';
import { ensureMusterService } from '../../../src/services/services.service.ts';
import { ensureExamplePolicy } from '../../../src/sla/policy.service.ts';
import { makeCaller } from '../../people/cast.ts';
import { testLog } from '../../support/log.ts';
import { type ScratchCluster, startScratchCluster } from '../../support/scratch-cluster.ts';
import { type DrillPlaces, drillDeps } from './drill-deps.ts';
import { ENTITIES } from './entities.ts';

/** An installation of Muster as far as its drill needs one: live database, keys, repository, backups, definitions. */
export interface DrillWorld {
  readonly db: Database;
  readonly owner: ConnectionSettings;
  readonly service: ConnectionSettings;
  readonly superuser: ConnectionSettings;
  readonly places: DrillPlaces;
  deps(overrides?: Partial<RunnerDeps>): Promise<RunnerDeps>;
  reaperDeps(overrides?: Partial<ReaperDeps>): Promise<ReaperDeps>;
  /** Takes a real base backup and puts it into the catalogue as the newest recovery point. */
  capture(): Promise<CapturedPoint>;
  /** Opens a run and carries it out in this process; of Muster's own drill, unless another one is named. */
  drill(overrides?: Partial<RunnerDeps> & WorldRun, signal?: AbortSignal): Promise<DrillRun>;
  /** Opens a run that nobody carries out yet. */
  open(drill?: string, mode?: RunMode): Promise<string>;
  /** Replaces text in the shipped definition, for the file `NAME.yaml`. */
  define(name: string, change: (text: string) => string): Promise<void>;
}

interface WorldRun {
  readonly drill?: string;
  readonly mode?: RunMode;
}

/** Starts a cluster of the file's own, since a base backup takes the whole cluster along. */
export function useDrillWorld(): DrillWorld {
  let cluster: ScratchCluster | undefined;
  let db: Database | undefined;
  let places: DrillPlaces | undefined;
  let owner: ConnectionSettings | undefined;
  let superuser: ConnectionSettings | undefined;

  beforeAll(async () => {
    cluster = await startScratchCluster({ template: inject('migratedCluster') });
    const access = await ensureEmbeddedDatabase(cluster.cluster.connection);
    ({ owner } = access);
    superuser = cluster.cluster.connection(access.owner.database, 'postgres');
    db = await Database.connect(access.service, ENTITIES, { applicationName: 'test' });
    places = await makePlaces(access.service);
    await furnish(db, places);
  });

  afterAll(async () => {
    await db?.close();
    await cluster?.end();
    if (places) await rm(places.root, { recursive: true, force: true });
  });

  const there = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('useDrillWorld: the world exists inside tests only');
    return value;
  };
  const self: DrillWorld = {
    get db() {
      return there(db);
    },
    get owner() {
      return there(owner);
    },
    get service() {
      return self.places.service;
    },
    get superuser() {
      return there(superuser);
    },
    get places() {
      return there(places);
    },
    deps: async (overrides = {}) => ({ ...(await drillDeps(self.db, self.places)), ...overrides }),
    reaperDeps: async (overrides = {}) => ({ ...(await drillDeps(self.db, self.places)), ...overrides }),
    capture: () => captureInto(self),
    async drill({ drill, mode, ...overrides } = {}, signal = new AbortController().signal) {
      const deps = await self.deps(overrides);
      const runId = await self.open(drill, mode);
      if (!(await carryOutRun(deps, runId, signal))) throw new Error('the run was not queued');
      return runById(self.db, runId);
    },
    async open(drill = 'muster-database', mode = 'full') {
      const files = await (await openCatalogue(self.places.definitions)).refresh();
      const runId = await self.db.transaction((tx) => openRun(tx, files, drill, 'schedule'));
      if (runId === undefined) throw new Error('the run was skipped');
      if (mode !== 'full') await self.db.execute('UPDATE drill_run SET mode = $2 WHERE id = $1', [runId, mode]);
      return runId;
    },
    async define(name, change) {
      const shipped = await readFile(join(import.meta.dirname, '../../../drills/muster-database.yaml'), 'utf8');
      await writeFile(join(self.places.definitions, `${name}.yaml`), change(shipped));
    },
  };
  return self;
}

async function makePlaces(service: ConnectionSettings): Promise<DrillPlaces> {
  const root = await mkdtemp(join(tmpdir(), 'muster-d-'));
  const at = (name: string) => join(root, name);
  for (const name of ['keys', 'repository', 'definitions', 'run', 'identity']) await mkdir(at(name), { mode: 0o700 });
  const shipped = await readFile(join(import.meta.dirname, '../../../drills/muster-database.yaml'));
  await writeFile(join(at('definitions'), 'muster-database.yaml'), shipped);
  return {
    root,
    service,
    keys: at('keys'),
    repository: at('repository'),
    definitions: at('definitions'),
    sandboxes: at('sandboxes'),
    runtime: at('run'),
    reports: at('reports'),
    exportFile: at('key-export.age'),
    identityFile: join(at('identity'), 'recovery-identity.txt'),
    hostId: 'host-a',
    clusterTemplates: join(inject('runDirectory'), 'scratch-clusters'),
  };
}

async function furnish(db: Database, places: DrillPlaces): Promise<void> {
  const { keyring } = await unlockKeyring(db, places.keys);
  const { recipient } = await ensureRecoveryIdentity(join(places.root, 'identity'));
  const exported = await exportKeys({
    keyring,
    keyDirectory: places.keys,
    exportFor: { recipients: [recipient] },
    exportedAt: systemClock.now(),
  });
  await writeFile(places.exportFile, exported, { mode: 0o600 });
  const caller = await makeCaller(db);
  await db.transaction(async (tx) => {
    await ensureExamplePolicy(tx);
    await ensureMusterService(
      tx,
      { actor: { principalId: null, name: 'test' } },
      {
        ownerId: caller.principal.id,
        maxProofAgeDays: 30,
      },
    );
  });
  await ensureMusterSet(db, { root: places.repository });
}

async function captureInto(world: DrillWorld): Promise<CapturedPoint> {
  const { keyring } = await world.deps();
  const point = await captureBaseBackup({
    database: world.owner,
    repositoryRoot: world.places.repository,
    setName: MUSTER_SET,
    signingKey: keyring.signingKey,
    clock: systemClock,
    log: testLog,
  });
  await world.db.transaction(async (tx) => {
    const set = await backupSetByName(tx, MUSTER_SET);
    if (!set) throw new Error('no set');
    const { name, record, digest, sizeBytes } = point;
    await registerPoint(tx, {
      ...{ setId: set.id, repositoryId: set.repositoryId, name, digest, sizeBytes, own: true },
      ...{ method: record.method, serverMajor: record.serverMajor },
      takenAt: Temporal.Instant.from(record.takenAt),
      finishedAt: Temporal.Instant.from(record.finishedAt),
    });
  });
  return point;
}
