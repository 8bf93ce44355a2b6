import type { ConnectionSettings } from '../database/connection.ts';
import { captureBaseBackup } from './capture.ts';
import type { CapturedPoint, PointDestination } from './point-writer.ts';

/** The database that backups are taken of. */
export interface CaptureSource {
  /** As the owner of its tables. */
  readonly database: ConnectionSettings;
}

/** Takes one recovery point of the source in the way that it allows. */
export function captureSource(
  source: CaptureSource,
  destination: PointDestination,
  excludedTables: readonly string[],
): Promise<CapturedPoint> {
  return captureBaseBackup({ ...destination, database: source.database, excludedTables });
}
