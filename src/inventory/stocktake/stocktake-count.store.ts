import type { Tx } from '../../database/database.ts';
import { mapConstraints } from '../../database/sqlstate.ts';
import { AppError } from '../../kernel/errors.ts';

/** One thing that somebody has counted. */
export interface NewCount {
  readonly unitId?: string | undefined;
  readonly stockId?: string | undefined;
  readonly unknownCode?: string | undefined;
  /** Where it lies; left out of a unit that is not there. */
  readonly locationId?: string | undefined;
  readonly counted: number;
  /** ISO; now when left out. */
  readonly countedAt?: string | undefined;
}

/** Who counted, in which stocktake and round, and how. */
export interface CountAct {
  readonly stocktakeId: string;
  readonly round: number;
  readonly countedBy: string;
  readonly source: 'scan' | 'file';
}

/**
 * Notes what was counted, and that it was seen. The caller shares the stocktake.
 * @throws AppError `unprocessable` `counted-at-other-time` when a time is before the opening, or in the future.
 */
export async function insertCounts(tx: Tx, act: CountAct, counts: readonly NewCount[]): Promise<void> {
  const otherTime = () =>
    new AppError(
      'unprocessable',
      'counted-at-other-time',
      'A count lies between the opening and now: correct its time',
      {
        fields: [{ field: '#/countedAt', message: 'must be between the opening of the stocktake and now' }],
      },
    );
  const errors = { stocktake_count_while_counting: otherTime, stocktake_count_not_in_future: otherTime };
  await mapConstraints(errors, () =>
    tx.execute(
      `INSERT INTO stocktake_count (stocktake_id, round, unit_id, stock_id, unknown_code, location_id, counted, source,
         counted_by, counted_at)
       SELECT $2, $3, c."unitId", c."stockId", c."unknownCode", c."locationId", c.counted, $4, $5,
         coalesce(c."countedAt", clock_timestamp())
       FROM jsonb_to_recordset($1::jsonb) AS c ("unitId" uuid, "stockId" uuid, "unknownCode" text, "locationId" uuid,
         counted integer, "countedAt" timestamptz)`,
      [JSON.stringify(counts), act.stocktakeId, act.round, act.source, act.countedBy],
    ),
  );
  await noteSightings(tx, counts);
}

/** Everything that was seen was seen then, whatever becomes of the stocktake. Rows are locked in the order of their ids. */
async function noteSightings(tx: Tx, counts: readonly NewCount[]): Promise<void> {
  const sightings = JSON.stringify(counts.filter(({ unitId, counted }) => unitId === undefined || counted > 0));
  for (const [table, key, more] of [
    ['unit', 'unitId', ', version = t.version + 1, updated_at = now()'],
    ['stock', 'stockId', ''],
  ] as const) {
    await tx.execute(
      `WITH seen AS (
         SELECT c."${key}" AS id, max(coalesce(c."countedAt", clock_timestamp())) AS at
         FROM jsonb_to_recordset($1::jsonb) AS c ("${key}" uuid, "countedAt" timestamptz)
         WHERE c."${key}" IS NOT NULL GROUP BY 1),
       held AS MATERIALIZED (
         SELECT t.id FROM ${table} t WHERE t.id IN (SELECT id FROM seen) ORDER BY t.id FOR NO KEY UPDATE)
       UPDATE ${table} t SET last_seen_at = greatest(t.last_seen_at, seen.at)${more}
       FROM held JOIN seen ON seen.id = held.id WHERE t.id = held.id`,
      [sightings],
    );
  }
}
