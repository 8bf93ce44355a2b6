import type { ConnectionSettings } from '../database/connection.ts';
import { AppError } from '../kernel/errors.ts';
import { captureBaseBackup } from './capture.ts';
import { cannotCapture, captureMethod, type WantedMethod } from './capture-method.ts';
import { captureDump } from './dump.capture.ts';
import type { CapturedPoint, PointDestination } from './point-writer.ts';

/** The database that backups are taken of. */
export interface CaptureSource {
  /** As the owner of its tables. */
  readonly database: ConnectionSettings;
  /** Where PostgreSQL's programs are looked for besides the usual places (PG_BIN). */
  readonly binDirectories?: readonly string[];
}

/** How a recovery point is taken. */
export interface CaptureWishes {
  /** `schema.table` of tables that are not compared after a restore. */
  readonly excludedTables: readonly string[];
  /** `auto` unless stated. */
  readonly method?: WantedMethod;
  /** The server sends no faster; undefined: as fast as it goes. */
  readonly bytesPerSecondMax?: number | undefined;
}

/**
 * Takes one recovery point of the source: a base backup where that can be taken and restored, else a dump, unless one of them
 * is demanded.
 * @throws AppError `unavailable` `no-capture-method`, naming everything that is missing; `unprocessable`
 * `rate-not-possible` when it would be a dump; see `captureBaseBackup` and `captureDump`.
 */
export async function captureSource(
  source: CaptureSource,
  destination: PointDestination,
  { excludedTables, method, bytesPerSecondMax }: CaptureWishes,
): Promise<CapturedPoint> {
  const { database } = source;
  const chosen = await captureMethod(database, source.binDirectories, method);
  if ('missing' in chosen) throw cannotCapture(chosen.missing);
  if (chosen.method === 'base-backup') {
    return captureBaseBackup({ ...destination, database, excludedTables, bytesPerSecondMax });
  }
  if (bytesPerSecondMax !== undefined) throw rateNotPossible(chosen.whyNoBaseBackup);
  if (method !== 'dump') {
    destination.log.warn({ reasons: chosen.whyNoBaseBackup }, 'no base backup is possible: taking a dump instead');
  }
  return captureDump({ ...destination, database, excludedTables, tools: chosen.tools });
}

function rateNotPossible(whyNoBaseBackup: readonly string[]): AppError {
  const message = `Only a dump is possible (${whyNoBaseBackup.join('; ')}), and pg_dump keeps to no rate: take the rate away`;
  return new AppError('unprocessable', 'rate-not-possible', message);
}
