import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Actor } from '../audit/entry.ts';
import { extractPoint } from '../backups/extract.ts';
import { type BaseBackupRecord, readPointRecord } from '../backups/point-record.ts';
import type { Config } from '../config.ts';
import { DATABASE_NAME, SUPERUSER } from '../database/embedded-database.ts';
import type { Clock } from '../kernel/clock.ts';
import { AppError, messageOf } from '../kernel/errors.ts';
import type { Logger } from '../kernel/log.ts';
import { importKeys, type OpenWith } from '../secrets/key-export.ts';
import type { Keyring } from '../secrets/keyring.ts';
import { adoptIdentity, readIdentity } from '../secrets/recovery-identity.ts';
import { type CheckResult, verifyRecoveryPoint } from '../verification/recovery-point.ts';
import { directoriesOf } from './directories.ts';
import { findServerPrograms } from './open-database.ts';
import { bringLog, pointsFor, type RestoreTo } from './restore-log.ts';
import { proveRestored, type RestoreProgress, type RestoreProof } from './restore-proof.ts';
import { findRestoreSource } from './restore-source.ts';
import { openRestoreTarget } from './restore-target.ts';

/** What is restored, from where, and who tells it. */
export interface RestoreRequest {
  readonly config: Config;
  /** A recovery point, a backup set or a repository. */
  readonly from: string;
  /** Recover beyond the backup: to this moment, or as far as its log is archived. Left out: to the backup's own moment. */
  readonly to: RestoreTo;
  /** Left out: the one beside the backups. */
  readonly keyExport: string | undefined;
  /** What opens the key export. */
  readonly openWith: { readonly identityFile: string } | { readonly passphrase: string };
  readonly by: Actor;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: RestoreProgress) => void;
  /** Something that the person at the keyboard should know, such as a point that was passed over. */
  readonly onNote: (note: string) => void;
}

/** What was restored, and how that is known. */
export interface RestoreReport extends RestoreProof {
  readonly pointDirectory: string;
  readonly record: BaseBackupRecord;
  readonly check: CheckResult;
  /** Segments of archived log that were laid out beyond the backup; undefined where it was to go no further. */
  readonly logSegments: number | undefined;
  readonly dataDirectory: string;
  readonly masterKeyId: string;
  /** From the beginning until the data directory is ready for a start. */
  readonly seconds: number;
}

/**
 * Restores Muster's own database and keys into an empty data directory, and does not believe that it did before every
 * table was compared with the backup's record. The next start finds an ordinary installation. When it fails, the data
 * directory is as empty as before.
 *
 * @throws AppError `usage` when source or key export cannot be found; `conflict` when the target is not empty;
 * `unprocessable` when no point is sound, the export does not open, the data that came back is not that of the backup, or the log does not reach the
 * moment that was asked for.
 */
export async function restoreInstallation(request: RestoreRequest): Promise<RestoreReport> {
  const { config, clock, signal } = request;
  const beganMs = clock.monotonicMs();
  if (config.database) throw externalTarget();
  const directories = directoriesOf(config);
  const source = await findRestoreSource(request.from);
  const exported = await readExport(request.keyExport ?? source.keyExport);
  const programs = await findServerPrograms(config);

  await using target = await openRestoreTarget(directories, request);
  const keyring = await bringKeys(request, exported, target.staging.keys);
  const { points, after } = await pointsFor(request.to, source.points);
  const { pointDirectory, check } = await chooseSound(request, points, keyring);
  const record = requireOwn(await readPointRecord(pointDirectory), pointDirectory);
  await extractPoint({
    pointDirectory,
    target: target.staging.postgres,
    publicKeys: [keyring.publicKey],
    onProgress: (done, total) => request.onProgress({ step: 'unpack', unit: 'bytes', done, total }),
    signal,
  });
  const placed = { record, pointDirectory, dataDirectory: target.staging.postgres, after };
  const { goal, logSegments } = await bringLog(request, placed);
  const proof = await proveRestored({
    ...request,
    ...programs,
    record,
    goal,
    keyring,
    directories,
    dataDirectory: target.staging.postgres,
    logDirectory: target.staging.log,
  });
  await target.publish();
  return {
    ...proof,
    pointDirectory,
    record,
    check,
    logSegments,
    dataDirectory: directories.data,
    masterKeyId: keyring.masterKeyId,
    seconds: (clock.monotonicMs() - beganMs) / 1000,
  };
}

async function readExport(file: string | undefined): Promise<string> {
  if (file === undefined) {
    throw new AppError(
      'usage',
      'no-key-export',
      'No key export lies beside the backups: name one with --key-export (muster key export makes them)',
    );
  }
  return readFile(file, 'utf8').catch((thrown: unknown) => {
    const message = `The key export ${file} cannot be read: ${messageOf(thrown)}`;
    throw new AppError('usage', 'no-key-export', message, { cause: thrown });
  });
}

/** The identity comes along: later exports are made for it, and a copy kept elsewhere goes on opening them. */
async function bringKeys({ openWith }: RestoreRequest, exported: string, directory: string): Promise<Keyring> {
  if (!('identityFile' in openWith)) return importKeys(exported, openWith, directory);
  const { identityFile } = openWith;
  const opener: OpenWith = { identity: await readIdentity(identityFile) };
  const keyring = await importKeys(exported, opener, directory);
  await adoptIdentity(identityFile, directory);
  return keyring;
}

/** The youngest point that is sound when it is read in full; the others are told and passed over. */
async function chooseSound(
  { signal, onProgress, onNote }: RestoreRequest,
  points: readonly string[],
  { publicKey }: Keyring,
): Promise<{ readonly pointDirectory: string; readonly check: CheckResult }> {
  let reason = '';
  for (const pointDirectory of points) {
    const check = await verifyRecoveryPoint(resolve(pointDirectory), {
      publicKeys: [publicKey],
      signal,
      onProgress: ({ bytesRead, totalBytes }) =>
        onProgress({ step: 'check', unit: 'bytes', done: bytesRead, total: totalBytes }),
    });
    if (check.verdict === 'sound') return { pointDirectory, check };
    reason = `${pointDirectory} is ${check.verdict}: ${check.findings[0]?.message ?? 'nothing in it could be checked'}`;
    if (points.length > 1) onNote(`Passed over: ${reason}`);
  }
  const message =
    points.length > 1 ? `None of ${points.length} recovery points is sound; the last one: ${reason}` : reason;
  throw new AppError('unprocessable', 'no-sound-point', message);
}

function requireOwn(record: Awaited<ReturnType<typeof readPointRecord>>, directory: string): BaseBackupRecord {
  const own = record.database === DATABASE_NAME && record.superuser === SUPERUSER;
  if (record.method === 'base-backup' && own) return record;
  const what = record.method === 'base-backup' ? 'a base backup' : 'a dump';
  throw new AppError(
    'unprocessable',
    'foreign-backup',
    `${directory} is ${what} of the database ${record.database} of another server, not of an embedded one: bring it back with that server's own tools`,
  );
}

function externalTarget(): AppError {
  return new AppError(
    'usage',
    'external-database',
    'DATABASE_URL is set: muster restore makes an embedded database in MUSTER_DATA, which would not be used. Unset it, or restore that server with its own tools',
  );
}
