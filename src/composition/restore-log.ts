import { dirname } from 'node:path';
import { Temporal } from 'temporal-polyfill';
import { layOutHistories, layOutLog, noArchivedLog } from '../backups/log-archive/lay-out-log.ts';
import { lsnOf } from '../backups/log-position.ts';
import { type BaseBackupRecord, type PointRecord, readPointRecord } from '../backups/point-record.ts';
import type { RecoveryGoal } from '../backups/start-restored.ts';
import { AppError } from '../kernel/errors.ts';
import type { RestoreProgress } from './restore-proof.ts';

/** Where a restore ends: at a moment, as far as the log is archived, or, undefined, at the backup's own moment. */
export type RestoreTo = Temporal.Instant | 'latest' | undefined;

/** From which points a moment can be reached. */
export interface PointsFor {
  /** The youngest first. */
  readonly points: readonly string[];
  /** What the points say of themselves whose data is from after the moment, the youngest first. */
  readonly after: readonly PointRecord[];
}

/**
 * The points that a restore can be made from: all of them, or, to reach a moment, those whose data is from before it.
 * @throws AppError `usage` `no-point-before`.
 */
export async function pointsFor(to: RestoreTo, points: readonly string[]): Promise<PointsFor> {
  if (!(to instanceof Temporal.Instant)) return { points, after: [] };
  const before: string[] = [];
  const after: PointRecord[] = [];
  for (const directory of points) {
    const record = await readPointRecord(directory).catch(() => undefined);
    const isAfter = record !== undefined && Temporal.Instant.compare(Temporal.Instant.from(record.takenAt), to) > 0;
    if (isAfter) after.push(record);
    // One that says nothing of itself is not sound, which its check will say.
    else before.push(directory);
  }
  if (before.length === 0) {
    const message = `No recovery point here is from before ${to}: nothing that old can be brought back`;
    throw new AppError('usage', 'no-point-before', message);
  }
  return { points: before, after };
}

/** An extracted point and where it came from. */
export interface PlacedPoint {
  readonly record: BaseBackupRecord;
  readonly pointDirectory: string;
  readonly dataDirectory: string;
  readonly after: PointsFor['after'];
}

/** What it takes to bring the log. */
export interface BringOptions {
  readonly to: RestoreTo;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: RestoreProgress) => void;
  readonly onNote: (note: string) => void;
}

/**
 * Lays the archived log out that recovery beyond the point needs.
 * @returns where recovery is to end, and how many segments there are; both undefined for the point's own moment.
 * @throws AppError `unprocessable` `no-archived-log`; see `layOutLog`.
 */
export async function bringLog(
  { to, signal, onProgress, onNote }: BringOptions,
  { record, pointDirectory, dataDirectory, after }: PlacedPoint,
): Promise<{ readonly goal: RecoveryGoal | undefined; readonly logSegments: number | undefined }> {
  const setDirectory = dirname(pointDirectory);
  await layOutHistories(setDirectory, record, dataDirectory);
  if (to === undefined) return { goal: undefined, logSegments: undefined };
  const { segments, cutShort } = await layOutLog({
    ...{ setDirectory, record, dataDirectory, signal, untilLsn: neededUntil(record, after) },
    onProgress: (done, total) => onProgress({ step: 'log', unit: 'bytes', done, total }),
  });
  if (segments === 0) throw noArchivedLog(pointDirectory, cutShort);
  if (cutShort !== undefined) onNote(`Nothing behind it can be brought back: ${cutShort}`);
  const goal: RecoveryGoal = to === 'latest' ? { kind: 'end' } : { kind: 'time', at: to.toString() };
  return { goal, logSegments: segments };
}

/** The moment lies before the next backup of the same timeline, and that one's own log ends behind its data. */
function neededUntil({ systemIdentifier, timeline }: BaseBackupRecord, after: PointsFor['after']): bigint | undefined {
  const next = after.findLast(
    (record) =>
      record.method === 'base-backup' && record.systemIdentifier === systemIdentifier && record.timeline === timeline,
  );
  return next?.method === 'base-backup' ? lsnOf(next.walEndLsn) : undefined;
}
