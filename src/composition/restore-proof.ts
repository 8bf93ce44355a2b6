import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { acknowledgeRewind, anchorHead } from '../audit/anchoring.ts';
import { recordAudit } from '../audit/audit.store.ts';
import type { AuditFinding } from '../audit/audit-finding.ts';
import { auditKeysOf } from '../audit/audit-keys.ts';
import { verifyAudit } from '../audit/audit-verification.ts';
import type { Actor } from '../audit/entry.ts';
import { type Comparison, compareTables } from '../backups/compare.ts';
import type { BaseBackupRecord } from '../backups/point-record.ts';
import { RESTORED_ACCESS_FILE, type RecoveryGoal, startRestored } from '../backups/start-restored.ts';
import type { ConnectionSettings } from '../database/connection.ts';
import { Database } from '../database/database.ts';
import { DATABASE_NAME, SUPERUSER } from '../database/embedded-database.ts';
import type { Clock } from '../kernel/clock.ts';
import { AppError, messageOf } from '../kernel/errors.ts';
import type { Logger } from '../kernel/log.ts';
import type { Keyring } from '../secrets/keyring.ts';
import { checkKey } from '../secrets/unlock.ts';
import type { Directories } from './directories.ts';
import type { ServerPrograms } from './open-database.ts';

/** How far a restore is. `total` is 0 where nobody knows it. */
export interface RestoreProgress {
  readonly step: 'check' | 'unpack' | 'log' | 'recover' | 'compare';
  readonly unit: 'bytes' | 'tables';
  readonly done: number;
  readonly total: number;
}

/** How it is known that a restored database is the one that was backed up. */
export interface RestoreProof {
  /** Undefined where recovery went on beyond the backup: what the tables held at that moment is on no record. */
  readonly comparison: Comparison | undefined;
  /** The last transaction that came back, by the server's clock; undefined where recovery ended at the backup's own moment. */
  readonly lastTransactionAt: string | undefined;
  readonly audit: RestoredAudit;
}

/** What the restore means for the audit trail. */
interface RestoredAudit {
  readonly entries: number;
  readonly sealed: number;
  /** Seals that the anchors know and the backup does not: what was recorded after it. */
  readonly sealsGone: number;
  /** The anchors now say, signed, that these seals went with a restore. */
  readonly rewindStated: boolean;
  /** Everything else that is wrong with the trail. */
  readonly findings: readonly AuditFinding[];
}

export interface ProofOptions extends ServerPrograms {
  /** As `extractPoint` left it. */
  readonly dataDirectory: string;
  readonly logDirectory: string;
  readonly record: BaseBackupRecord;
  /** Where recovery ends instead of at the backup's own moment. */
  readonly goal: RecoveryGoal | undefined;
  readonly keyring: Keyring;
  readonly directories: Directories;
  readonly by: Actor;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: RestoreProgress) => void;
}

/** Recovery reads the whole log of the backup: hours, where that is large. Ctrl-C ends it sooner. */
const RECOVERY_SECONDS_MAX = 12 * 3600;
const STOP_SECONDS_MAX = 600;

/**
 * Recovers an extracted point to its moment in a server of its own, compares every table with the backup's record, opens
 * the database's secrets with the restored keys, and enters the restore into the audit trail. With a goal beyond the backup
 * there is no record to compare with: that the server reached it, and that the sealed audit trail is whole, must do. Afterwards the server is
 * stopped, and the directory is one that the embedded server starts on.
 *
 * @throws AppError `unprocessable` `not-what-was-backed-up` with the differences, `goal-not-reached` when the log ends before the
 * goal; what `startRestored` and `checkKey` throw.
 */
export async function proveRestored(options: ProofOptions): Promise<RestoreProof> {
  const { onProgress } = options;
  onProgress({ step: 'recover', unit: 'bytes', done: 0, total: 0 });
  const server = await startRestored({
    ...options,
    runtimeDirectory: options.directories.runtime,
    startTimeoutSeconds: RECOVERY_SECONDS_MAX,
  }).catch(async (thrown: unknown) => {
    throw (await goalNotReached(options, thrown)) ?? thrown;
  });
  try {
    const connection = server.connection(DATABASE_NAME, SUPERUSER);
    const comparison = options.goal === undefined ? await compare(options, connection) : undefined;
    const db = await Database.connect(connection, [], { applicationName: 'muster restore', poolSize: 2 });
    try {
      await checkKey(db, options.keyring);
      const lastTransactionAt = options.goal === undefined ? undefined : await lastTransaction(db);
      const audit = await enterIntoTrail(options, db, { comparison, lastTransactionAt });
      return { comparison, lastTransactionAt, audit };
    } finally {
      await db.close();
    }
  } finally {
    await server.stop('fast', STOP_SECONDS_MAX);
    await rm(join(options.dataDirectory, RESTORED_ACCESS_FILE), { force: true });
  }
}

async function compare(
  { record, signal, onProgress }: ProofOptions,
  connection: ConnectionSettings,
): Promise<Comparison> {
  const comparison = await compareTables(record, connection, {
    signal,
    onProgress: (done, total) => onProgress({ step: 'compare', unit: 'tables', done, total }),
  });
  if (!comparison.equal) throw notWhatWasBackedUp(comparison);
  return comparison;
}

async function lastTransaction(db: Database): Promise<string | undefined> {
  const [row] = await db.rows<{ at: Date | null }>('SELECT pg_last_xact_replay_timestamp() AS at');
  return row?.at?.toISOString();
}

const ENDED_BEFORE = 'recovery ended before configured recovery target was reached';

/** The server gives up at the end of a log that does not reach the goal; its log says what it came to. */
async function goalNotReached({ goal, logDirectory }: ProofOptions, thrown: unknown): Promise<AppError | undefined> {
  if (goal?.kind !== 'time' || !messageOf(thrown).includes(ENDED_BEFORE)) return undefined;
  const said = await readFile(join(logDirectory, 'postgresql.log'), 'utf8').catch(() => '');
  const [, last] = [...said.matchAll(/last completed transaction was at log time (.+)/g)].at(-1) ?? [];
  const where = last === undefined ? 'before its first transaction' : `with a transaction of ${last}`;
  const message = `The log ends ${where}, which is before ${goal.at}: name an earlier moment, or --to latest for all there is`;
  return new AppError('unprocessable', 'goal-not-reached', message, { cause: thrown });
}

/** What was recorded after the backup is gone, and anchors outside may know of it: that is stated beside them. */
async function enterIntoTrail(
  options: ProofOptions,
  db: Database,
  { comparison, lastTransactionAt }: Pick<RestoreProof, 'comparison' | 'lastTransactionAt'>,
): Promise<RestoredAudit> {
  const { keyring, directories, clock, record, by, signal } = options;
  const anchoring = { db, keys: auditKeysOf(keyring), anchorDirectory: directories.anchors, clock };
  const report = await verifyAudit({ ...anchoring, signal });
  const rewindStated = report.headSeq !== null && report.findings.some(({ kind }) => FOLLOWS.has(kind));
  let sealsGone = 0;
  if (rewindStated) {
    const reason = `restored from ${record.name}, the data of ${lastTransactionAt ?? record.takenAt}, by ${by.name}`;
    const { seq } = await acknowledgeRewind(anchoring, reason);
    sealsGone = Number(BigInt(report.anchors.newestSeq ?? seq) - BigInt(seq));
  } else if (report.anchors.count === 0) {
    // The old anchors are gone as well: from here on there are some again.
    await anchorHead(anchoring);
  }
  await db.transaction((tx) =>
    recordAudit(tx, {
      actor: by,
      action: 'installation.restore',
      subjectKind: 'recovery-point',
      subjectId: record.name,
      details: {
        ...{ set: record.set, takenAt: record.takenAt, tablesEqual: comparison?.equalCount ?? null, sealsGone },
        ...(options.goal === undefined ? {} : { goal: options.goal, lastTransactionAt: lastTransactionAt ?? null }),
      },
    }),
  );
  const findings = report.findings.filter(
    ({ kind }) => kind !== 'anchors-missing' && !(rewindStated && FOLLOWS.has(kind)),
  );
  return { entries: report.entries, sealed: report.sealed, sealsGone, rewindStated, findings };
}

/** What an older database under newer anchors looks like; the second when it is older than an earlier restore. */
const FOLLOWS: ReadonlySet<AuditFinding['kind']> = new Set(['tail-cut', 'chain-rewritten']);

function notWhatWasBackedUp({ equalCount, comparedCount, differences }: Comparison): AppError {
  const [first] = differences;
  return new AppError(
    'unprocessable',
    'not-what-was-backed-up',
    `The restored data is not that of the backup: ${equalCount} of ${comparedCount} tables are equal; ${first}${differences.length > 1 ? ` (and ${differences.length - 1} more)` : ''}`,
  );
}
