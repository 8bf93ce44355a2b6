import { recordAudit } from '../audit/audit.store.ts';
import { SYSTEM_ACTOR } from '../audit/entry.ts';
import type { Config } from '../config.ts';
import type { ConnectionSettings } from '../database/connection.ts';
import { Database } from '../database/database.ts';
import { type MigrationReport, migrate } from '../database/migrate.ts';
import type { ServiceRole } from '../database/roles.ts';
import { openDataDirectory } from '../database/server/data-directory.ts';
import { ENTITIES } from '../entities.ts';
import type { Clock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import type { Logger } from '../kernel/log.ts';
import type { Keyring } from '../secrets/keyring.ts';
import { unlockKeyring } from '../secrets/unlock.ts';
import { type Directories, directoriesOf, makeDirectories } from './directories.ts';
import { instanceId } from './instance.ts';
import {
  attachToRunning,
  binDirectoriesOf,
  externalDatabase,
  findServerPrograms,
  type OpenDatabase,
  type ServerPrograms,
  startEmbedded,
} from './open-database.ts';

/** What every command that works on the database stands on. */
export interface Runtime {
  readonly config: Config;
  readonly directories: Directories;
  readonly log: Logger;
  readonly clock: Clock;
  readonly database: OpenDatabase;
  /** How the service's role reaches it. */
  readonly serviceAccess: ConnectionSettings;
  /**
   * The programs for scratch servers, looked for when they are first wanted: that starts them, and most commands want none.
   * @throws AppError `unavailable` when none run here.
   */
  readonly programs: () => Promise<ServerPrograms>;
  readonly db: Database;
  readonly keyring: Keyring;
  /** Names this data directory, so that a restart knows its own leftovers. */
  readonly instanceId: string;
  /** What opening it changed about the schema; undefined when another process has the data directory, and did it. */
  readonly appliedMigrations: readonly string[] | undefined;
  close(): Promise<void>;
}

export interface RuntimeOptions {
  readonly config: Config;
  readonly log: Logger;
  readonly clock: Clock;
  /** `own`: be the one Muster of the data directory. `join`: use a running one's database when there is one. */
  readonly mode: 'own' | 'join';
  /** The embedded server is down for good: the process should end. */
  readonly onDatabaseLost: (error: AppError) => void;
}

/**
 * Opens the data directory, the database (made, started and migrated when it is ours) and the keys.
 * @throws AppError with one clear line for everything that can be wrong with them.
 */
export async function openRuntime(options: RuntimeOptions): Promise<Runtime> {
  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    return { ...(await open(options, closers)), close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

async function open(options: RuntimeOptions, closers: (() => Promise<void>)[]): Promise<Omit<Runtime, 'close'>> {
  const { config, log, clock } = options;
  const directories = directoriesOf(config);
  const owned = await claim(options, directories, closers);
  if (owned) await makeDirectories(directories);
  const programs = onceFound(config);
  const database = await openDatabase(options, directories, programs, owned);
  closers.push(() => database.close());

  const migration = owned ? await bringUpToDate(options, directories, database) : undefined;
  const serviceAccess = serviceAccessOf(database, migration?.serviceRole ?? { available: true });
  const db = await Database.connect(serviceAccess, ENTITIES, { applicationName: 'muster' });
  closers.push(() => db.close());
  const { keyring, firstStart } = await unlockKeyring(db, directories.keys);
  if (firstStart) await recordNewKeys(db, keyring);
  return {
    config,
    directories,
    log,
    clock,
    database,
    serviceAccess,
    programs,
    db,
    keyring,
    instanceId: await instanceId(directories),
    appliedMigrations: migration?.applied,
  };
}

function onceFound(config: Config): Runtime['programs'] {
  let found: Promise<ServerPrograms> | undefined;
  return () => {
    found ??= findServerPrograms(config);
    return found;
  };
}

function recordNewKeys(db: Database, { masterKeyId, signingKeyId }: Keyring): Promise<void> {
  const details = { masterKeyId, signingKeyId };
  return db.transaction((tx) =>
    recordAudit(tx, {
      actor: SYSTEM_ACTOR,
      action: 'keyring.create',
      subjectKind: 'keyring',
      subjectId: masterKeyId,
      details,
    }),
  );
}

/** Takes the data directory for this process; false when another Muster has it and `join` allows that. */
async function claim(
  options: RuntimeOptions,
  directories: Directories,
  closers: (() => Promise<void>)[],
): Promise<boolean> {
  try {
    const held = await openDataDirectory(directories.data, options);
    closers.push(() => held.release());
    return true;
  } catch (thrown) {
    const taken = thrown instanceof AppError && thrown.code === 'data-directory-in-use';
    if (taken && options.mode === 'join') return false;
    throw thrown;
  }
}

async function openDatabase(
  options: RuntimeOptions,
  directories: Directories,
  programs: Runtime['programs'],
  owned: boolean,
): Promise<OpenDatabase> {
  if (options.config.database) return externalDatabase(options.config.database);
  if (!owned) return attachToRunning(directories);
  return startEmbedded(directories, await programs(), {
    log: options.log,
    onGaveUp: options.onDatabaseLost,
    whenClosed: options.mode === 'own' ? 'end the others' : 'wait for the others',
  });
}

async function bringUpToDate(
  { config, log, clock }: RuntimeOptions,
  directories: Directories,
  database: OpenDatabase,
): Promise<MigrationReport> {
  const { owner } = database.access;
  const report = await migrate({
    owner,
    log,
    // Both lead to much that a command beside a running service, or without an upgrade, never uses.
    beforeUpgrade: async (pending) => {
      const { backUpBeforeUpgrade } = await import('./upgrade-backup.ts');
      await backUpBeforeUpgrade({ owner, binDirectories: binDirectoriesOf(config), directories, pending, log, clock });
    },
    afterwards: async (serviceRole) => {
      const { installQueue } = await import('../scheduling/queue-install.ts');
      await installQueue({ owner, serviceRole, log });
    },
  });
  if (report.applied.length > 0) log.info({ applied: report.applied }, 'schema brought up to date');
  return report;
}

/** Where no service role could be made, the service works under the owner, and its ledgers stand on their triggers alone. */
function serviceAccessOf({ access }: OpenDatabase, serviceRole: ServiceRole) {
  return serviceRole.available ? access.service : access.owner;
}
