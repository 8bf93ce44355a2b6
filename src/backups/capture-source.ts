import type { ConnectionSettings } from '../database/connection.ts';
import { captureBaseBackup } from './capture.ts';
import { cannotCapture, captureMethod } from './capture-method.ts';
import { captureDump } from './dump.capture.ts';
import type { CapturedPoint, PointDestination } from './point-writer.ts';

/** The database that backups are taken of. */
export interface CaptureSource {
  /** As the owner of its tables. */
  readonly database: ConnectionSettings;
  /** Where PostgreSQL's programs are looked for besides the usual places (PG_BIN). */
  readonly binDirectories?: readonly string[];
}

/**
 * Takes one recovery point of the source: a base backup where that can be taken and restored, else a dump.
 * @throws AppError `unavailable` `no-capture-method`, naming everything that is missing for either; see `captureBaseBackup`
 * and `captureDump`.
 */
export async function captureSource(
  source: CaptureSource,
  destination: PointDestination,
  excludedTables: readonly string[],
): Promise<CapturedPoint> {
  const { database } = source;
  const chosen = await captureMethod(database, source.binDirectories);
  if ('missing' in chosen) throw cannotCapture(chosen.missing);
  if (chosen.method === 'base-backup') return captureBaseBackup({ ...destination, database, excludedTables });
  destination.log.warn({ reasons: chosen.whyNoBaseBackup }, 'no base backup is possible: taking a dump instead');
  return captureDump({ ...destination, database, excludedTables, tools: chosen.tools });
}
