import type { Config } from '../config.ts';
import type { ConnectionSettings } from '../database/connection.ts';
import {
  DATABASE_NAME,
  type DatabaseAccess,
  ensureEmbeddedDatabase,
  OWNER_ROLE,
  SUPERUSER,
} from '../database/embedded-database.ts';
import { SERVICE_ROLE } from '../database/roles.ts';
import { findBinaries, type PostgresBinaries } from '../database/server/binaries.ts';
import { initCluster } from '../database/server/cluster-init.ts';
import { checkMajor } from '../database/server/data-directory.ts';
import { readPostmasterPid } from '../database/server/postmaster-pid.ts';
import { probeRunAs, type RunAs } from '../database/server/run-as.ts';
import { SOCKET_PORT } from '../database/server/socket-directory.ts';
import { superviseCluster } from '../database/server/supervisor.ts';
import { AppError } from '../kernel/errors.ts';
import type { Logger } from '../kernel/log.ts';
import type { Directories } from './directories.ts';
import { waitForOthers } from './other-users.ts';
import { requireStartSpace } from './start-space.ts';

/** The programs for scratch servers, and how they are run here; absent where none can be. */
export interface ServerPrograms {
  readonly binaries: PostgresBinaries;
  readonly runAs: RunAs;
}

/** A database that can be connected to, and what it takes to let go of it. */
export interface OpenDatabase {
  readonly access: DatabaseAccess;
  /** `embedded`: this process runs the server. `attached`: another Muster process runs it. `external`: DATABASE_URL. */
  readonly kind: 'embedded' | 'attached' | 'external';
  close(): Promise<void>;
}

/**
 * Finds the server programs for this machine.
 * @throws AppError `unavailable` when there are none that run here.
 */
export async function findServerPrograms(config: Config): Promise<ServerPrograms> {
  const binaries = await findBinaries(config.postgresBin);
  return { binaries, runAs: await probeRunAs({ binaries }) };
}

/** Where PostgreSQL's programs are looked for besides the usual places. */
export function binDirectoriesOf({ postgresBin }: Config): string[] {
  return postgresBin === undefined ? [] : [postgresBin];
}

/** The database that DATABASE_URL names. The service's role is taken on with `SET ROLE`, since no second login is known. */
export function externalDatabase(settings: ConnectionSettings): OpenDatabase {
  return {
    access: { owner: settings, service: { ...settings, role: SERVICE_ROLE } },
    kind: 'external',
    close: async () => {},
  };
}

/** How the embedded server is looked after. */
export interface EmbeddedChoices {
  readonly log: Logger;
  readonly onGaveUp: (error: AppError) => void;
  /** What becomes of other processes that use the server when this one closes it: a command lets them finish. */
  readonly whenClosed: 'end the others' | 'wait for the others';
}

/**
 * Given at every start, so that a cluster of any age has them. The slots of the log's archive and of backups keep log for as
 * long as the repository is away, but never until the disk is full: beyond this the server gives them up, and the archive has
 * a gap. Without any slot the server lets its log grow to as much between two checkpoints (max_wal_size).
 */
const EMBEDDED_SETTINGS = { max_slot_wal_keep_size: '1GB' } as const;

/**
 * Starts the embedded server in the data directory, making it on the first start. Only for the holder of the directory's lock.
 * @throws AppError `conflict` (older major), `unavailable` (cannot be made or started: the message says why).
 */
export async function startEmbedded(
  directories: Directories,
  programs: ServerPrograms,
  { log, onGaveUp, whenClosed }: EmbeddedChoices,
): Promise<OpenDatabase> {
  const { binaries, runAs } = programs;
  const dataDirectory = directories.postgres;
  const isFirstStart = !(await checkMajor(dataDirectory, binaries));
  await requireStartSpace(directories.data, isFirstStart);
  if (isFirstStart) {
    log.info({ dataDirectory, version: binaries.version }, 'making a new database');
    await initCluster({ binaries, runAs, dataDirectory, superuser: SUPERUSER });
  }
  const server = await superviseCluster({
    binaries,
    runAs,
    dataDirectory,
    runtimeDirectory: directories.runtime,
    logDirectory: directories.serverLog,
    superuser: SUPERUSER,
    startTimeoutSeconds: 300,
    settings: EMBEDDED_SETTINGS,
    log,
    onEvent: (event) => {
      if (event.kind === 'gave-up') onGaveUp(event.error);
    },
  });
  try {
    const access = await ensureEmbeddedDatabase(server.connection);
    const close = async () => {
      if (whenClosed === 'end the others') return server.stop('fast');
      await waitForOthers(access.owner);
      // Whoever came in this very moment may finish as well.
      await server.stop('smart');
    };
    return { access, kind: 'embedded', close };
  } catch (thrown) {
    await server.stop('fast');
    throw thrown;
  }
}

/**
 * Joins the server that another Muster process runs on the data directory.
 * @throws AppError `unavailable` `not-running` when none answers.
 */
export async function attachToRunning(directories: Directories): Promise<OpenDatabase> {
  const postmaster = await readPostmasterPid(directories.postgres);
  const host = postmaster?.socketDirectory;
  if (!host) {
    throw new AppError(
      'unavailable',
      'not-running',
      `No Muster database is running in ${directories.data}; start it with npm start`,
    );
  }
  const connection = (user: string): ConnectionSettings => ({ host, port: SOCKET_PORT, database: DATABASE_NAME, user });
  return {
    access: { owner: connection(OWNER_ROLE), service: connection(SERVICE_ROLE) },
    kind: 'attached',
    close: async () => {},
  };
}
