import type { Queryable } from '../../database/database.ts';
import type { LocationKind } from '../location.ts';
import { isShown } from './difference.queries.ts';
import { isLeft } from './stocktake.queries.ts';
import type { Stocktake } from './stocktake.ts';

/** How far a stocktake is. What a blind count may not tell yet is null. */
export interface StocktakeProgress {
  /** Places to walk past, as {@link PlaceToCount} says. */
  readonly places: number;
  /** Those of them in which somebody has counted something in this round. */
  readonly placesCounted: number;
  /** Things that the one who asks has counted in this round. */
  readonly countedByYou: number;
  /** Things that anybody has counted in this round. */
  readonly counted: number | null;
  /** Things that lay there at the opening, and those of them that nobody has counted in any round. */
  readonly expected: number | null;
  readonly left: number | null;
  /** Things that wait for a second person. */
  readonly toRecount: number;
  readonly differences: number | null;
  readonly undecided: number | null;
}

/** How far it is, as the principal who asks may know it. */
export async function stocktakeProgress(
  db: Queryable,
  stocktake: Stocktake,
  principalId: string,
): Promise<StocktakeProgress> {
  const [row] = await db.rows<Record<keyof StocktakeProgress, string | null>>(
    `WITH ${ROUND}
     SELECT ${PLACES_DONE},
       (SELECT count(DISTINCT thing_id) FROM round WHERE counted_by = $3) AS "countedByYou",
       CASE WHEN $4 THEN (SELECT count(DISTINCT thing_id) FROM round) END AS counted,
       CASE WHEN $4 THEN (SELECT count(*) FROM stocktake_expected WHERE stocktake_id = $1 AND quantity > 0) END AS expected,
       CASE WHEN $4 THEN (SELECT count(*) FROM stocktake_expected e
         WHERE e.stocktake_id = $1 AND e.quantity > 0 AND ${isLeft('e')}) END AS "left",
       (SELECT count(*) FROM stocktake_difference WHERE stocktake_id = $1 AND needs_second AND confirmed_by IS NULL)
         AS "toRecount",
       CASE WHEN $4 THEN (SELECT count(*) FROM stocktake_difference WHERE stocktake_id = $1) END AS differences,
       CASE WHEN $4 THEN (SELECT count(*) FROM stocktake_difference WHERE stocktake_id = $1 AND action IS NULL) END AS undecided
     FROM (${placesSql('$4')}) p`,
    [stocktake.id, stocktake.round, principalId, isShown(stocktake)],
  );
  const figure = (key: keyof StocktakeProgress) => {
    const value = row?.[key] ?? null;
    return value === null ? null : Number(value);
  };
  return {
    places: figure('places') ?? 0,
    placesCounted: figure('placesCounted') ?? 0,
    countedByYou: figure('countedByYou') ?? 0,
    counted: figure('counted'),
    expected: figure('expected'),
    left: figure('left'),
    toRecount: figure('toRecount') ?? 0,
    differences: figure('differences'),
    undecided: figure('undecided'),
  };
}

const ROUND = `round AS MATERIALIZED (
  SELECT thing_id, location_id, counted_by FROM stocktake_count WHERE stocktake_id = $1 AND round = $2)`;

/** @param isShown SQL for whether what is expected may be told. */
const placesSql = (isShown: string) => `SELECT s.location_id AS id,
    s.location_id IN (SELECT location_id FROM round) AS is_counted,
    s.location_id IN (SELECT location_id FROM round)
      OR NOT EXISTS (SELECT FROM location c JOIN stocktake_location i ON i.location_id = c.id AND i.stocktake_id = $1
        WHERE c.parent_id = s.location_id)
      OR ${isShown} AND s.location_id IN (SELECT location_id FROM stocktake_expected
        WHERE stocktake_id = $1 AND quantity > 0) AS is_to_count
  FROM stocktake_location s WHERE s.stocktake_id = $1`;

const PLACES_DONE = `count(*) FILTER (WHERE p.is_to_count) AS places,
  count(*) FILTER (WHERE p.is_counted) AS "placesCounted"`;

/** A place that is counted: a code that whoever counts may scan. */
export interface PlaceToCount {
  readonly id: string;
  readonly code: string;
  readonly name: string;
  readonly kind: LocationKind;
  /**
   * Whether to walk past: nothing inside it is counted, or something was counted in it; unless the count is blind also when
   * something is expected there.
   */
  readonly isToCount: boolean;
  /** Somebody has counted something here in this round. */
  readonly isCounted: boolean;
}

/** The places of a stocktake, by id. */
export async function placesToCount(
  db: Queryable,
  stocktake: Pick<Stocktake, 'id' | 'round' | 'isBlind' | 'state'>,
  page: { readonly limit: number; readonly after?: string | undefined },
): Promise<PlaceToCount[]> {
  return db.rows<PlaceToCount>(
    `WITH ${ROUND}
     SELECT l.id, l.code, l.name, l.kind, p.is_to_count AS "isToCount", p.is_counted AS "isCounted"
     FROM (${placesSql('$5')}) p JOIN location l ON l.id = p.id
     WHERE ($3::uuid IS NULL OR l.id > $3) ORDER BY l.id LIMIT $4`,
    [stocktake.id, stocktake.round, page.after ?? null, page.limit, isShown(stocktake)],
  );
}
