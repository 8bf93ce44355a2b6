import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Client, escapeIdentifier, escapeLiteral } from 'pg';
import { type RunningCluster, startCluster } from '../database/server/cluster.ts';
import { initCluster } from '../database/server/cluster-init.ts';
import { AppError } from '../kernel/errors.ts';
import { runClientProgram } from './client-program.ts';
import { openSession } from './database-session.ts';
import { type DumpRecord, POINT_FILES } from './point-record.ts';
import { findDumpTools } from './postgres-programs.ts';
import type { RestoreServer } from './restore-server.ts';

export interface StartFromDumpOptions extends RestoreServer {
  /** As `extractPoint` left it: the dump lies in it. Becomes the data directory of the new cluster. */
  readonly dataDirectory: string;
  readonly record: DumpRecord;
  readonly settings?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes a new cluster, starts it, and restores a dump into it. Owners and privileges are left out: the roles of the
 * original are not part of a dump.
 *
 * @throws AppError `unavailable`: `postgres-version-mismatch` when the server is older than the pg_dump was;
 * `dump-tools-missing`; `client-program-failed` with pg_restore's own words.
 */
export async function startFromDump(options: StartFromDumpOptions): Promise<RunningCluster> {
  const { record, dataDirectory, binaries } = options;
  const dumpMajor = Number.parseInt(record.dumpVersion, 10);
  if (binaries.major < dumpMajor) {
    throw new AppError(
      'unavailable',
      'postgres-version-mismatch',
      `The dump was made by pg_dump ${record.dumpVersion}; it needs a server ${dumpMajor} or newer, and the programs here are ${binaries.version}.`,
    );
  }
  const pgRestore = await pgRestoreFor(dumpMajor, options.binDirectories);
  const dump = `${dataDirectory}.dump`;
  await rename(join(dataDirectory, POINT_FILES.dump), dump);
  await initCluster({ ...options, superuser: record.superuser });
  const server = await startScratch(options);
  try {
    await makeDatabase(server, record);
    await runClientProgram({
      path: pgRestore,
      args: [...PG_RESTORE_OPTIONS, `--dbname=${record.database}`, dump],
      database: server.connection(record.database, record.superuser),
      places: server.clientPlaces?.([dump]),
      signal: options.signal,
    });
    await rm(dump);
    return server;
  } catch (thrown) {
    await server.stop('immediate');
    throw thrown;
  }
}

const PG_RESTORE_OPTIONS = ['--exit-on-error', '--no-owner', '--no-privileges', '--no-password'];

function startScratch({ record, settings, signal, ...server }: StartFromDumpOptions): Promise<RunningCluster> {
  return startCluster({
    ...server,
    superuser: record.superuser,
    ...(settings === undefined ? {} : { settings }),
    ...(signal === undefined ? {} : { signal }),
  });
}

/**
 * The path of a pg_restore that reads what this major of pg_dump wrote.
 * @throws AppError `unavailable` `dump-tools-missing`, which says nothing about the dump.
 */
export async function pgRestoreFor(dumpMajor: number, binDirectories: readonly string[] | undefined): Promise<string> {
  const dumpTools = await findDumpTools(binDirectories);
  const fitting = dumpTools.find(({ major }) => major >= dumpMajor);
  if (fitting !== undefined) return fitting.pgRestore.path;
  throw new AppError(
    'unavailable',
    'dump-tools-missing',
    `Restoring this dump needs pg_restore ${dumpMajor} or newer, and there is none on this machine: install PostgreSQL's client programs, or set PG_BIN to their directory.`,
  );
}

/** With the encoding of the original, on which fingerprints depend, and the collation that every server has. */
async function makeDatabase(server: RunningCluster, { database, encoding, superuser }: DumpRecord): Promise<void> {
  const client: Client = await openSession(server.connection('template1', superuser), 'muster restore');
  try {
    const name = escapeIdentifier(database);
    // A new cluster has a database that is called postgres, and so may the dumped one be.
    await client.query(`DROP DATABASE IF EXISTS ${name}`);
    await client.query(
      `CREATE DATABASE ${name} TEMPLATE template0 ENCODING ${escapeLiteral(encoding)} LOCALE_PROVIDER libc LOCALE 'C'`,
    );
  } finally {
    await client.end();
  }
}
