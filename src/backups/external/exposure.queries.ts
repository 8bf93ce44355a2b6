import type { Temporal } from 'temporal-polyfill';
import type { Queryable } from '../../database/database.ts';
import type { BackupSet, Repository } from '../backup-catalogue.ts';
import type { ReadingForecast } from './check-forecast.ts';
import { countDuePoints } from './due-point.queries.ts';
import { type Exposure, exposureOf, type PresentPoints } from './exposure.ts';
import { verificationPlan } from './verification-plan.queries.ts';

/** How long damage in a set could go unseen, and whether its policy can be kept. */
export interface SetExposure {
  readonly set: BackupSet;
  readonly present: PresentPoints;
  readonly forecast: ReadingForecast;
  readonly exposure: Exposure;
}

/** How the reading of a repository stands. */
export interface RepositoryVerification {
  /** What the forecast counts with; undefined while nothing was read and no limit is set. */
  readonly bytesPerSecond: number | undefined;
  readonly dueCount: number;
  /** Jobs that read it at this moment. */
  readonly readerCount: number;
  readonly sets: readonly SetExposure[];
}

/** Forecast, exposure and what is due of all external sets in use of a repository. */
export async function repositoryVerification(
  db: Queryable,
  repository: Pick<Repository, 'id' | 'bytesPerSecondMax'>,
  now: Temporal.Instant,
): Promise<RepositoryVerification> {
  const { sets, bytesPerSecond } = await verificationPlan(db, repository, now);
  const [readers] = await db.rows<{ count: string }>(
    `SELECT count(*) AS count FROM repository_reader
      WHERE repository_id = $1 AND heartbeat_at >= now() - interval '60 seconds'`,
    [repository.id],
  );
  return {
    bytesPerSecond,
    dueCount: await countDuePoints(db, sets, now),
    readerCount: Number(readers?.count ?? 0),
    sets: sets.map((entry) => ({ ...entry, exposure: exposureOf(entry.present, entry.forecast, now) })),
  };
}
