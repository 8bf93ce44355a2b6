import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Temporal } from 'temporal-polyfill';
import { type RunningCluster, startCluster } from '../database/server/cluster.ts';
import { AppError } from '../kernel/errors.ts';
import { startFromDump } from './dump.restore.ts';
import type { BaseBackupRecord, PointRecord } from './point-record.ts';
import type { RestoreServer } from './restore-server.ts';

export interface StartRestoredOptions extends RestoreServer {
  /** As `extractPoint` left it. */
  readonly dataDirectory: string;
  readonly record: PointRecord;
  /** Of a base backup: where recovery ends instead of at the marked moment; the log up to there lies in `pg_wal`. */
  readonly goal?: RecoveryGoal | undefined;
  /** Gives the start up: the server is stopped and the start rejects. */
  readonly signal?: AbortSignal;
  /** More PostgreSQL settings. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** `time`: behind the last transaction that was committed by then (ISO 8601). `end`: at the end of the log. */
export type RecoveryGoal = { readonly kind: 'time'; readonly at: string } | { readonly kind: 'end' };

/**
 * Starts a server on an extracted point and resolves when the data is there and the server takes connections (as
 * `record.superuser`, without a password, on its private socket): for a base backup, when recovery has ended exactly at the
 * marked moment, or at the goal; for a dump, when it has been restored into a new cluster. All recovery settings are given on the command
 * line, so none stays behind in a file.
 *
 * @throws AppError `unavailable` `postgres-version-mismatch`; `postgres-start-failed` with the server's own words, also
 * when the log ends before the marked moment; `timeout` `postgres-start-timeout`; see `startFromDump`.
 */
export async function startRestored(options: StartRestoredOptions): Promise<RunningCluster> {
  const { dataDirectory, record, binaries } = options;
  if (record.method === 'pg-dump') return startFromDump({ ...options, record });
  if (binaries.major !== record.serverMajor) {
    throw new AppError(
      'unavailable',
      'postgres-version-mismatch',
      `The backup is of PostgreSQL ${record.serverMajor}, and a base backup starts on its own major version only; the programs here are ${binaries.version}.`,
    );
  }
  const accessFile = await writeServerFiles(dataDirectory);
  return startCluster({
    ...options,
    superuser: record.superuser,
    waitFor: 'writable',
    filesMadeByUs: true,
    settings: { ...isolation(accessFile), ...recoverySettings(record, options.goal), ...options.settings },
  });
}

/** The major of the server that a point needs; a dump takes a newer one as well. */
export function serverMajorFor(record: PointRecord): number {
  return record.method === 'pg-dump' ? Number.parseInt(record.dumpVersion, 10) : record.serverMajor;
}

/** Where the server of a restored backup reads who may connect: over its closed socket, anyone. */
export const RESTORED_ACCESS_FILE = 'muster_restored_hba.conf';

async function writeServerFiles(dataDirectory: string): Promise<string> {
  const accessFile = join(dataDirectory, RESTORED_ACCESS_FILE);
  await writeFile(accessFile, 'local all all trust\nlocal replication all trust\n', { mode: 0o600 });
  // Some packages keep the configuration outside of the data directory, so the backup has none.
  const configuration = join(dataDirectory, 'postgresql.conf');
  if (!existsSync(configuration)) await writeFile(configuration, '', { mode: 0o600 });
  const userMap = join(dataDirectory, 'pg_ident.conf');
  if (!existsSync(userMap)) await writeFile(userMap, '', { mode: 0o600 });
  return accessFile;
}

/** The restored copy must not act as the original: archive into its archive, load its libraries, follow its primary. */
function isolation(accessFile: string): Record<string, string> {
  return {
    hba_file: accessFile,
    archive_mode: 'off',
    shared_preload_libraries: '',
    ssl: 'off',
    primary_conninfo: '',
    primary_slot_name: '',
    // Recovery then needs no setting to be as large as it was on the original.
    hot_standby: 'off',
  };
}

function recoverySettings(
  { recoveryTarget }: BaseBackupRecord,
  goal: RecoveryGoal | undefined,
): Record<string, string> {
  const target = targetSetting(recoveryTarget, goal);
  const names = ['', '_time', '_xid', '_name', '_lsn'].map((suffix) => `recovery_target${suffix}`);
  return {
    // Everything needed lies in pg_wal. A command is required all the same; this one finds nothing.
    restore_command: 'exit 1',
    recovery_end_command: '',
    ...Object.fromEntries(names.filter((name) => !(name in target)).map((name) => [name, ''])),
    // The server refuses a second target, even an empty one, that follows the one that is set: so this comes last.
    ...target,
    recovery_target_inclusive: 'recovery_target_lsn' in target ? 'off' : 'on',
    recovery_target_timeline: 'current',
    recovery_target_action: 'promote',
  };
}

/** At most one: none lets recovery go on to the end of the log. */
function targetSetting(
  marked: BaseBackupRecord['recoveryTarget'],
  goal: RecoveryGoal | undefined,
): Readonly<Record<string, string>> {
  if (goal !== undefined) return goal.kind === 'time' ? { recovery_target_time: serverTime(goal.at) } : {};
  return marked.kind === 'name' ? { recovery_target_name: marked.name } : { recovery_target_lsn: marked.lsn };
}

/** Where the server reads this setting it knows no names of zones yet, not even `Z`. */
function serverTime(instant: string): string {
  return Temporal.Instant.from(instant).toString({ smallestUnit: 'microsecond' }).replace('T', ' ').replace('Z', '+00');
}
