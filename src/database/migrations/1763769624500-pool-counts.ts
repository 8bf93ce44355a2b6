import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the walls and the code count alike: the largest use of a pool inside a span, and what of it can be used. */
export class PoolCounts1763769624500 implements MigrationInterface {
  readonly name = 'PoolCounts1763769624500';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of COUNTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

/** The largest sum at any instant inside a span: every line adds its quantity where it begins and takes it off where it ends. */
const peakOf = (lines: string) => `
  (SELECT coalesce(max(total), 0) FROM (
     SELECT sum(change) OVER (ORDER BY at, change) AS total FROM (
       SELECT greatest(lower(l.during), lower(span)) AS at, l.quantity AS change FROM ${lines} AND l.during && span
       UNION ALL
       SELECT upper(l.during), -l.quantity FROM ${lines} AND l.during && span AND upper(l.during) < upper(span)
     ) events
   ) sums)`;

const LIVE_HOLD = `l.state = 'held' AND l.expires_at > clock_timestamp()`;

// What the walls and the code count alike. All bounded by the live lines of one pool.
const COUNTS = [
  // The location and everything in it.
  `CREATE FUNCTION location_subtree(root uuid) RETURNS SETOF uuid LANGUAGE sql STABLE AS $$
     WITH RECURSIVE tree (id) AS (
       SELECT root UNION ALL SELECT c.id FROM tree JOIN location c ON c.parent_id = tree.id
     )
     SELECT id FROM tree $$`,
  // The peak of live holds on one stock row inside the span. Issued pieces are not on hand, so they do not count.
  `CREATE FUNCTION stock_held_peak(row_id uuid, span tstzrange) RETURNS bigint LANGUAGE sql VOLATILE AS $$
     SELECT ${peakOf(`allocation_line l WHERE l.stock_id = row_id AND ${LIVE_HOLD}`)} $$`,
  // The peak of what ordinary lines take, inside the span, from what can be used of a part (below one location, or null for
  // everywhere). Holds inside the reserve do not count: they take from the floor.
  `CREATE FUNCTION part_held_peak(pool uuid, below uuid, span tstzrange) RETURNS bigint LANGUAGE sql VOLATILE AS $$
     SELECT ${peakOf(`allocation_line l
       LEFT JOIN unit u ON u.id = l.unit_id LEFT JOIN stock s ON s.id = l.stock_id
       WHERE l.part_id = pool AND ${LIVE_HOLD} AND NOT l.from_reserve
         AND (u.id IS NULL OR unit_usable(u))
         AND (s.id IS NULL OR (s.condition = 'usable' AND (s.expires_on IS NULL OR s.expires_on >= utc_today())))
         AND (below IS NULL OR coalesce(u.location_id, s.location_id) IN (SELECT location_subtree(below)))`)} $$`,
  // What can be used of a part now (below one location, or null for everywhere), counted no further than the bound.
  `CREATE FUNCTION part_usable(pool uuid, below uuid, bound bigint) RETURNS bigint LANGUAGE sql VOLATILE AS $$
     SELECT CASE (SELECT tracking FROM part WHERE id = pool)
       WHEN 'serial' THEN (SELECT count(*) FROM (
         SELECT FROM unit u WHERE u.part_id = pool AND unit_usable(u)
           AND (below IS NULL OR u.location_id IN (SELECT location_subtree(below)))
         LIMIT bound) found)
       ELSE (SELECT coalesce(sum(s.quantity), 0) FROM stock s
         WHERE s.part_id = pool AND s.condition = 'usable' AND s.quantity > 0
           AND (s.expires_on IS NULL OR s.expires_on >= utc_today())
           AND (below IS NULL OR s.location_id IN (SELECT location_subtree(below))))
     END $$`,
  // The peak of seats in use or held inside the span. Seats that were issued stay in use until they come back.
  `CREATE FUNCTION seats_used_peak(pool uuid, span tstzrange, ordinary_only boolean) RETURNS bigint LANGUAGE sql VOLATILE AS $$
     SELECT ${peakOf(`(
         SELECT quantity, CASE state WHEN 'issued' THEN tstzrange('-infinity', 'infinity') ELSE during END AS during
         FROM allocation_line l
         WHERE l.entitlement_id = pool AND (l.state = 'issued' OR (${LIVE_HOLD})) AND NOT (ordinary_only AND l.from_reserve)
       ) l WHERE true`)} $$`,
];
