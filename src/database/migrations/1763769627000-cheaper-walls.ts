import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The walls of the pool hold what they held, for less: what cannot be wrong is told apart by one look into an index, before
 * anything is counted. Most parts have no holds and no floors in single places, and most pools no dead holds.
 */
export class CheaperWalls1763769627000 implements MigrationInterface {
  readonly name = 'CheaperWalls1763769627000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of FUNCTIONS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

/** These read tables by their keys: see the migration of the pools' locks. */
const BY_KEYS = 'SET search_path = public, pg_temp SET enable_seqscan = off';

const FUNCTIONS = [
  // An UPDATE that finds nothing costs ten times the look that says so.
  `CREATE OR REPLACE FUNCTION lock_pools(parts uuid[], entitlements uuid[]) RETURNS void LANGUAGE plpgsql
     SET enable_seqscan = off AS $$
   BEGIN
     IF cardinality(parts) = 1 THEN
       PERFORM FROM part WHERE id = parts[1] FOR NO KEY UPDATE;
     ELSE
       PERFORM FROM part WHERE id = ANY (parts) ORDER BY id FOR NO KEY UPDATE;
     END IF;
     IF cardinality(entitlements) > 0 THEN
       PERFORM FROM entitlement WHERE id = ANY (entitlements) ORDER BY id FOR NO KEY UPDATE;
     END IF;
     IF EXISTS (SELECT FROM allocation_line
                WHERE state = 'held' AND expires_at <= clock_timestamp() AND part_id = ANY (parts)) THEN
       UPDATE allocation_line SET state = 'expired', ended_at = clock_timestamp()
       WHERE state = 'held' AND expires_at <= clock_timestamp() AND part_id = ANY (parts);
     END IF;
     IF cardinality(entitlements) > 0 THEN
       UPDATE allocation_line SET state = 'expired', ended_at = clock_timestamp()
       WHERE state = 'held' AND expires_at <= clock_timestamp() AND entitlement_id = ANY (entitlements);
     END IF;
   END $$`,
  // One floor: in total (below is null), or of a location and what is in it.
  `CREATE FUNCTION allocation_one_floor_check(line allocation_line, below uuid, floor integer, span tstzrange, uncounted integer)
     RETURNS void LANGUAGE plpgsql AS $$
   DECLARE
     needed bigint := floor + uncounted;
     usable bigint;
   BEGIN
     IF EXISTS (SELECT FROM allocation_line l WHERE l.part_id = line.part_id AND l.state = 'held') THEN
       needed := needed + part_held_peak(line.part_id, below, span);
     END IF;
     usable := part_usable(line.part_id, below, needed);
     -- What an emergency hands out of the reserve in this very transaction is not charged to its ordinary lines beside
     -- it, nor to the lines of others that were moved to another unit to make room for it.
     IF usable < needed AND usable + (
          SELECT coalesce(sum(o.quantity), 0) FROM allocation_line o
          WHERE o.part_id = line.part_id AND o.state = 'issued' AND o.from_reserve
            AND o.xmin = pg_current_xact_id()::xid AND o.issued_at >= date_trunc('milliseconds', now())) < needed THEN
       RAISE EXCEPTION 'part %: its emergency reserve of % would be touched', line.part_id, floor
         USING ERRCODE = '23514', CONSTRAINT = 'allocation_line_floor';
     END IF;
   END $$`,
  `CREATE OR REPLACE FUNCTION allocation_floor_check(line allocation_line, total integer, left_unit uuid) RETURNS void
     LANGUAGE plpgsql AS $$
   DECLARE
     was_at uuid;
     since timestamptz := clock_timestamp();
     span tstzrange := line.during;
     place uuid;
     wall record;
     uncounted integer := 0;
     has_places boolean := EXISTS (SELECT FROM part_reserve WHERE part_id = line.part_id);
   BEGIN
     IF total = 0 AND NOT has_places THEN RETURN; END IF;
     -- What is handed out is gone now, whatever its window says by the time of the commit.
     IF line.state = 'issued' THEN
       span := tstzrange(least(lower(span), since), greatest(upper(span), since + interval '1 microsecond'));
     END IF;
     -- A line that waits and goes from one usable unit to another takes nothing more from the floors above both: one of
     -- them may have been raised meanwhile. The unit that it left may have been handed out just now.
     IF left_unit IS NOT NULL THEN
       SELECT coalesce(u.location_id, (SELECT m.from_location_id FROM movement m WHERE m.unit_id = u.id ORDER BY m.id DESC LIMIT 1))
       INTO was_at FROM unit u WHERE u.id = left_unit AND (u.state = 'issued' OR unit_usable(u));
     END IF;
     -- Held on a unit that is out, it is not among what is held of the usable ones, and takes one of them all the same.
     IF line.state = 'held' AND line.unit_id IS NOT NULL THEN
       SELECT CASE WHEN unit_usable(u) THEN 0 ELSE 1 END INTO uncounted FROM unit u WHERE u.id = line.unit_id;
     END IF;
     IF total > 0 AND was_at IS NULL THEN
       PERFORM allocation_one_floor_check(line, NULL, total, span, uncounted);
     END IF;
     IF NOT has_places THEN RETURN; END IF;
     SELECT coalesce((SELECT location_id FROM stock WHERE id = line.stock_id),
       (SELECT m.from_location_id FROM movement m WHERE m.line_id = line.id AND m.kind = 'issue' LIMIT 1),
       (SELECT location_id FROM unit WHERE id = line.unit_id)) INTO place;
     FOR wall IN
       SELECT r.location_id AS below, r.quantity AS floor FROM part_reserve r
       WHERE r.part_id = line.part_id AND place IN (SELECT location_subtree(r.location_id))
     LOOP
       CONTINUE WHEN was_at IS NOT NULL AND was_at IN (SELECT location_subtree(wall.below));
       PERFORM allocation_one_floor_check(line, wall.below, wall.floor, span, uncounted);
     END LOOP;
   END $$`,
  `CREATE OR REPLACE FUNCTION movement_keeps_holds() RETURNS trigger LANGUAGE plpgsql ${BY_KEYS} AS $$
   DECLARE
     since timestamptz := clock_timestamp();
     until timestamptz;
   BEGIN
     -- The lock that holds are written under: a hold that has not committed yet would not be seen.
     PERFORM FROM part WHERE id = NEW.part_id FOR NO KEY UPDATE;
     -- Without a hold the peak is none, and no quantity is below that.
     IF NOT EXISTS (SELECT FROM allocation_line l WHERE l.stock_id = NEW.from_stock_id AND l.state = 'held') THEN
       RETURN NULL;
     END IF;
     IF NEW.kind = 'issue' THEN SELECT upper(during) INTO until FROM allocation_line WHERE id = NEW.line_id; END IF;
     IF stock_held_peak(NEW.from_stock_id,
          tstzrange(since, greatest(since + interval '1 microsecond', coalesce(until, 'infinity'))))
        > (SELECT quantity FROM stock WHERE id = NEW.from_stock_id) THEN
       RAISE EXCEPTION 'stock %: pieces that are held would be moved away', NEW.from_stock_id
         USING ERRCODE = '23514', CONSTRAINT = 'movement_keeps_holds';
     END IF;
     RETURN NULL;
   END $$`,
];
