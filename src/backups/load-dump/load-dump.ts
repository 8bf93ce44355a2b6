import { rm } from 'node:fs/promises';
import { escapeIdentifier } from 'pg';
import { type RunningCluster, startCluster } from '../../database/server/cluster.ts';
import { initCluster } from '../../database/server/cluster-init.ts';
import { initClusterFrom } from '../../database/server/cluster-template.ts';
import { messageOf } from '../../kernel/errors.ts';
import { runClientProgram } from '../client-program.ts';
import { openSession } from '../database-session.ts';
import { pgRestoreFor } from '../dump.restore.ts';
import type { RestoreServer } from '../restore-server.ts';
import type { DumpForm } from './dump-form.ts';
import { type LoadOptions, loadScript } from './load-script.ts';

/** The role that owns everything in the scratch server: most dumps name it as owner. */
export const SCRATCH_SUPERUSER = 'postgres';

/** Nothing in a scratch server survives it, so nothing is made durable. */
const SETTINGS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  archive_mode: 'off',
};

/** A server for one dump. */
export interface ScratchServerOptions extends RestoreServer {
  /** Becomes its data directory; does not exist. */
  readonly dataDirectory: string;
  /** The empty database that is made in it. */
  readonly database: string;
  /** Where new clusters are kept to be copied; left out, initdb makes each. */
  readonly clusterTemplates?: string | undefined;
  readonly signal: AbortSignal;
}

/** Makes a new cluster with an empty database, and starts it. @throws AppError as `initCluster` and `startCluster`. */
export async function startScratchServer(options: ScratchServerOptions): Promise<RunningCluster> {
  const cluster = { ...options, superuser: SCRATCH_SUPERUSER, sync: false };
  const template = await initClusterFrom(options.clusterTemplates, cluster);
  if (template === undefined) return startEmpty(options);
  try {
    return await startEmpty(options);
  } catch (thrown) {
    options.signal.throwIfAborted();
    // What is kept may have been damaged since: it must not be what a recovery fails for.
    options.log.warn({ template, reason: messageOf(thrown) }, 'a copied cluster does not start; a new one is made');
    for (const path of [template, options.dataDirectory]) await rm(path, { recursive: true, force: true });
    await initCluster(cluster);
    return startEmpty(options);
  }
}

async function startEmpty(options: ScratchServerOptions): Promise<RunningCluster> {
  const server = await startCluster({
    ...options,
    superuser: SCRATCH_SUPERUSER,
    filesMadeByUs: true,
    settings: SETTINGS,
  });
  try {
    const client = await openSession(
      server.connection('postgres', SCRATCH_SUPERUSER),
      'muster restore',
      options.signal,
    );
    await client.query(`CREATE DATABASE ${escapeIdentifier(options.database)}`).finally(() => client.end());
    return server;
  } catch (thrown) {
    await server.stop('immediate');
    throw thrown;
  }
}

/** A dump, and the server that it is loaded into. */
export interface DumpToLoad {
  readonly path: string;
  readonly form: DumpForm;
  readonly server: Pick<RunningCluster, 'connection' | 'clientPlaces'>;
  readonly serverVersion: string;
  readonly database: string;
  readonly binDirectories: readonly string[] | undefined;
}

/** What was loaded, in words, and the database that it ended in. */
export interface LoadedDump {
  readonly what: string;
  readonly database: string;
}

/**
 * Loads a dump into the empty database of a scratch server. Owners and privileges of an archive are left out.
 * @throws AppError as `loadScript`; `unavailable`: `dump-tools-missing` when this machine has no pg_restore that reads it, which
 * says nothing about the dump; `client-program-failed` with pg_restore's own words.
 */
export async function loadDump(dump: DumpToLoad, options: LoadOptions): Promise<LoadedDump> {
  const { path, form, server, database, serverVersion } = dump;
  if (form.kind === 'archive') {
    const pgRestore = await pgRestoreFor(form.dumpMajor, dump.binDirectories);
    await runClientProgram({
      path: pgRestore,
      args: ['--exit-on-error', '--no-owner', '--no-privileges', '--no-password', `--dbname=${database}`, path],
      database: server.connection(database, SCRATCH_SUPERUSER),
      places: server.clientPlaces?.([path]),
      signal: options.signal,
    });
    return { what: `restored by pg_restore an archive of pg_dump ${form.dumpMajor}`, database };
  }
  const open = (name: string) =>
    openSession(server.connection(name, SCRATCH_SUPERUSER), 'muster restore', options.signal);
  const loaded = await loadScript(path, { open, database, serverVersion }, options);
  const roles = loaded.madeRoles.length === 0 ? '' : `, ${loaded.madeRoles.length} roles made without a login`;
  return { what: `${loaded.commands} commands and ${loaded.rows} rows loaded${roles}`, database: loaded.database };
}
