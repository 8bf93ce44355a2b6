import type { Queryable } from '../../database/database.ts';
import type { CountedThing, CountVerdict, ThingCountedBefore } from './stocktake.ts';

interface VerdictRequest {
  readonly stocktakeId: string;
  readonly round: number;
  /** Whose earlier counts may be told; undefined: those of everybody. */
  readonly onlyBy: string | undefined;
  /** The units and stock rows. */
  readonly thingIds: readonly string[];
}

/** How some things were last counted in a round, by their ids. Ask before a count is taken down. */
export async function countedBefore(
  db: Queryable,
  { stocktakeId, round, onlyBy, thingIds }: VerdictRequest,
): Promise<ReadonlyMap<string, ThingCountedBefore>> {
  const rows = await db.rows<ThingCountedBefore & { readonly id: string }>(
    `SELECT DISTINCT ON (c.thing_id) c.thing_id AS id, l.code AS "locationCode", c.counted
     FROM stocktake_count c LEFT JOIN location l ON l.id = c.location_id
     WHERE c.stocktake_id = $1 AND c.round = $2 AND c.thing_id = ANY ($3::uuid[]) AND ($4::uuid IS NULL OR c.counted_by = $4)
     ORDER BY c.thing_id, c.counted_at DESC, c.id DESC`,
    [stocktakeId, round, thingIds, onlyBy ?? null],
  );
  return new Map(rows.map(({ id, locationCode, counted }) => [id, { locationCode, counted }]));
}

/** Where the register has a unit. */
interface Registered {
  readonly id: string;
  readonly state: string;
  readonly locationCode: string | null;
}

/** Where the register has some units, by their ids. */
export async function registeredPlaces(
  db: Queryable,
  unitIds: readonly string[],
): Promise<ReadonlyMap<string, Registered>> {
  const rows = await db.rows<Registered>(
    `SELECT u.id, u.state, l.code AS "locationCode" FROM unit u LEFT JOIN location l ON l.id = u.location_id
     WHERE u.id = ANY ($1::uuid[])`,
    [unitIds],
  );
  return new Map(rows.map((row) => [row.id, row]));
}

/**
 * What whoever counts is told of a thing at once.
 * @param registered where the register has it; undefined in a blind count, and of what is no unit.
 */
export function verdictOf(
  { kind, locationCode, counted }: Pick<CountedThing, 'kind' | 'locationCode' | 'counted'>,
  before: ThingCountedBefore | undefined,
  registered: Registered | undefined,
): CountVerdict {
  if (kind === 'unknown') return 'unknown';
  if (registered && counted > 0) {
    if (!LIES.includes(registered.state)) return 'not-in-stock';
    if (registered.locationCode !== locationCode) return 'elsewhere';
  }
  return before ? 'again' : 'counted';
}

/** States of units that lie somewhere, and that of what was looked for before. */
const LIES: readonly string[] = ['in_stock', 'quarantined'];
