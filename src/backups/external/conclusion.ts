import type { Queryable } from '../../database/database.ts';
import type { Finding, Verdict } from '../../verification/finding.ts';
import type { RecoveryPoint } from '../backup-catalogue.ts';
import { DRIFT_HISTORY_MAX } from './drift.ts';
import type { Examined } from './examination.ts';
import { type PastPoint, type PointPast, pastsOf } from './point-history.queries.ts';
import { driftFindings, type ExternalCheck, type PointHistory } from './point-result.ts';

/** A point that was read, and what it showed. */
export interface ExaminedPoint {
  readonly point: RecoveryPoint;
  readonly examined: Examined;
}

/**
 * Judges points that were read, in the order in which they were: each is held against the sound points before it, those of
 * the same list included as they were judged a moment ago.
 */
export async function concludeChecks(db: Queryable, read: readonly ExaminedPoint[]): Promise<ExternalCheck[]> {
  const standings = new Map(read.map(({ point }) => [point.id, standingOf(point)]));
  const asked = read.filter(isToCompare).map(({ point }) => point.id);
  const pasts = await pastsOf(db, asked, [...standings.keys()]);
  return read.map((one) => {
    const check = one.examined.conclude(driftOfPoint(one, pasts.get(one.point.id), [...standings.values()]));
    standings.set(one.point.id, standingOf(one.point, check));
    return check;
  });
}

/** How a point of the list stands for those that are judged after it. */
interface Standing extends PastPoint {
  readonly setId: string;
  readonly isSound: boolean;
}

function standingOf(
  { id, setId, takenAt, sizeBytes, entries, verdict }: RecoveryPoint,
  check?: ExternalCheck,
): Standing {
  return {
    ...{ id, setId, sizeBytes, takenAtMs: takenAt.epochMilliseconds },
    isSound: (check?.verdict ?? verdict) === 'sound',
    entries: (check?.wasReadInFull === true ? check.entriesChecked : entries) ?? null,
  };
}

/** A point that was sound before is not judged anew by its size: the same bytes are sound again. */
function isToCompare({ point, examined }: ExaminedPoint): boolean {
  return examined.figures !== undefined && point.verdict !== 'sound';
}

/** One whose verdict was cleared after a check was accepted as it is. */
function wasAccepted({ verdict }: RecoveryPoint, last: Verdict | undefined): boolean {
  return verdict === undefined && (last === 'suspect' || last === 'altered');
}

function driftOfPoint(one: ExaminedPoint, past: PointPast | undefined, others: readonly Standing[]): Finding[] {
  const { point, examined } = one;
  if (examined.figures === undefined || past === undefined || !isToCompare(one)) return [];
  if (past.lastVerdict === 'sound' || wasAccepted(point, past.lastVerdict)) return [];
  return driftFindings(point.name, examined.figures, historyOf(point, past.sound, others));
}

function historyOf(
  { id, setId, takenAt }: RecoveryPoint,
  past: readonly PastPoint[],
  others: readonly Standing[],
): PointHistory {
  const isBefore = (other: Standing) =>
    other.isSound && other.id !== id && other.setId === setId && other.takenAtMs <= takenAt.epochMilliseconds;
  const oldestFirst = [...past, ...others.filter(isBefore)].toSorted(byAge).slice(-DRIFT_HISTORY_MAX);
  return {
    sizes: oldestFirst.map(({ sizeBytes }) => sizeBytes),
    entries: oldestFirst.flatMap(({ entries }) => (entries === null ? [] : [entries])),
  };
}

function byAge(a: PastPoint, b: PastPoint): number {
  return a.takenAtMs - b.takenAtMs || (a.id < b.id ? -1 : 1);
}
