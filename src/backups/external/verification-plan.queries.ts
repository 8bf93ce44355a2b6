import type { Temporal } from 'temporal-polyfill';
import type { Queryable } from '../../database/database.ts';
import { instantOf } from '../../kernel/clock.ts';
import type { BackupSet } from '../backup-catalogue.ts';
import { watchedSets } from '../backup-set.queries.ts';
import { forecastReading, type ReadingDemand, type ReadingForecast } from './check-forecast.ts';
import type { PresentPoints } from './exposure.ts';

/** A set whose points are read, with what its present points hold and whether its policy can be kept. */
export interface SetToVerify {
  readonly set: BackupSet;
  readonly present: PresentPoints;
  readonly forecast: ReadingForecast;
}

/** What is to be read of a repository, and how fast that goes. */
export interface VerificationPlan {
  readonly sets: readonly SetToVerify[];
  /** The lower of the repository's limit and the rate of its latest checks; undefined while neither is known. */
  readonly bytesPerSecond: number | undefined;
}

/** The external sets in use of a repository, with the forecast of their reading at an instant. */
export async function verificationPlan(
  db: Queryable,
  repository: { readonly id: string; readonly bytesPerSecondMax: number | undefined },
  now: Temporal.Instant,
): Promise<VerificationPlan> {
  const sets = await watchedSets(db, repository.id);
  const held = await heldBySets(db, sets, now);
  const measured = await measuredRate(db, repository.id);
  const rates = [repository.bytesPerSecondMax, measured].filter((rate) => rate !== undefined);
  const bytesPerSecond = rates.length === 0 ? undefined : Math.min(...rates);
  const demands = sets.map((set) => demandOf(set, held.get(set.id)));
  const forecasts = new Map(forecastReading(demands, bytesPerSecond).map((forecast) => [forecast.setId, forecast]));
  return {
    bytesPerSecond,
    sets: sets.flatMap((set) => {
      const forecast = forecasts.get(set.id);
      return forecast === undefined ? [] : [{ set, forecast, present: presentOf(held.get(set.id)) }];
    }),
  };
}

interface HeldRow {
  set_id: string;
  count: string;
  size_bytes: string;
  largest_bytes: string;
  seen_since: Date;
  oldest: Date;
  newest: Date;
  overdue: string;
}

async function heldBySets(db: Queryable, sets: readonly BackupSet[], now: Temporal.Instant) {
  const rows = await db.rows<HeldRow>(
    `SELECT p.set_id, count(*) AS count, sum(p.size_bytes) AS size_bytes, max(p.size_bytes) AS largest_bytes,
            min(coalesce(p.read_in_full_at, p.created_at)) AS seen_since, min(p.taken_at) AS oldest,
            max(p.taken_at) AS newest,
            count(*) FILTER (WHERE coalesce(p.read_in_full_at, p.created_at)
              < $2::timestamptz - make_interval(days => s.full_read_days)) AS overdue
       FROM recovery_point p JOIN backup_set s ON s.id = p.set_id
      WHERE p.set_id = ANY ($1) AND p.state = 'present' GROUP BY p.set_id`,
    [sets.map(({ id }) => id), now.toString()],
  );
  return new Map(rows.map((row) => [row.set_id, row]));
}

/** Checks that the rate is measured over. */
const MEASURED_CHECKS = 20;

/** Bytes a second of one reader, over the latest checks of a repository; undefined when there were none. */
async function measuredRate(db: Queryable, repositoryId: string): Promise<number | undefined> {
  const [row] = await db.rows<{ rate: number | null }>(
    `SELECT sum(latest.bytes_read) / nullif(sum(latest.seconds), 0) AS rate
       FROM (SELECT c.bytes_read, extract(epoch FROM c.finished_at - c.started_at)::double precision AS seconds
               FROM backup_check c JOIN recovery_point p ON p.id = c.point_id
              WHERE p.repository_id = $1 AND p.marks IS NOT NULL AND c.state = 'done' AND c.bytes_read > 0
              ORDER BY c.id DESC LIMIT $2) latest`,
    [repositoryId, MEASURED_CHECKS],
  );
  return row?.rate ?? undefined;
}

function demandOf(set: BackupSet, row: HeldRow | undefined): ReadingDemand {
  const { fullReadDays, window, zone = 'UTC' } = set.external ?? {};
  const largestBytes = Number(row?.largest_bytes ?? 0);
  return { setId: set.id, fullReadDays, window, zone, sizeBytes: Number(row?.size_bytes ?? 0), largestBytes };
}

function presentOf(row: HeldRow | undefined): PresentPoints {
  if (row === undefined) {
    return { count: 0, seenSince: undefined, oldestTakenAt: undefined, newestTakenAt: undefined, overdueCount: 0 };
  }
  return {
    count: Number(row.count),
    seenSince: instantOf(row.seen_since),
    oldestTakenAt: instantOf(row.oldest),
    newestTakenAt: instantOf(row.newest),
    overdueCount: Number(row.overdue),
  };
}
