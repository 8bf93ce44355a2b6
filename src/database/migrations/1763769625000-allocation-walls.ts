import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The second wall of allocations. The code allocates under the locks of the pools; this holds against any other SQL, when a
 * transaction commits: lines and movements agree, splits of a line sum to it, only what can be used is allocated, and
 * nothing but an emergency goes below the floor.
 */
export class AllocationWalls1763769625000 implements MigrationInterface {
  readonly name = 'AllocationWalls1763769625000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of WALLS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const always = (table: string, trigger: string) => `ALTER TABLE ${table} ENABLE ALWAYS TRIGGER ${trigger}`;

const WALLS = [
  // Lines and ledger agree about what went out and what came back. Called when a transaction commits.
  `CREATE FUNCTION allocation_ledger_check(line allocation_line) RETURNS void LANGUAGE plpgsql AS $$
   BEGIN
     IF line.kind = 'unit' THEN
       IF (SELECT (u.state = 'issued') <> EXISTS (SELECT FROM allocation_line l WHERE l.unit_id = u.id AND l.state = 'issued')
           FROM unit u WHERE u.id = line.unit_id) THEN
         RAISE EXCEPTION 'unit %: its line and its movements do not agree', line.unit_id
           USING ERRCODE = '23514', CONSTRAINT = 'allocation_line_ledger';
       END IF;
     ELSIF line.kind = 'stock' THEN
       IF (SELECT (coalesce(sum(quantity) FILTER (WHERE state IN
                     ('issued', 'returned', 'damaged', 'consumed', 'deployed', 'lost')), 0),
                   coalesce(sum(quantity) FILTER (WHERE state IN ('returned', 'damaged')), 0))
           FROM allocation_line WHERE root_line_id = line.root_line_id)
          IS DISTINCT FROM
          (SELECT (coalesce(sum(quantity) FILTER (WHERE kind = 'issue'), 0),
                   coalesce(sum(quantity) FILTER (WHERE kind = 'return'), 0))
           FROM movement WHERE line_id = line.root_line_id) THEN
         RAISE EXCEPTION 'allocation line %: its pieces and its movements do not agree', line.root_line_id
           USING ERRCODE = '23514', CONSTRAINT = 'allocation_line_ledger';
       END IF;
     END IF;
   END $$`,
  // Only what can be used is held or handed out. A unit that is out can be promised for later.
  `CREATE FUNCTION allocation_usable_check(line allocation_line) RETURNS void LANGUAGE plpgsql AS $$
   DECLARE
     usable boolean := true;
   BEGIN
     -- The row alone by its id: a condition on its state would invite another index.
     IF line.kind = 'unit' THEN
       SELECT u.state IN ('in_stock', 'issued') AND coalesce(least(u.expires_on, u.test_due_on) >= utc_today(), true)
       INTO usable FROM unit u WHERE u.id = line.unit_id;
     ELSIF line.kind = 'stock' THEN
       SELECT s.condition = 'usable' AND coalesce(s.expires_on >= utc_today(), true)
       INTO usable FROM stock s WHERE s.id = line.stock_id;
     END IF;
     IF usable IS NOT TRUE THEN
       RAISE EXCEPTION 'allocation line %: it is not usable', line.id
         USING ERRCODE = '23514', CONSTRAINT = 'allocation_line_usable';
     END IF;
   END $$`,
  // The floors of a part: in total, and below each location that has one and holds what the line takes.
  `CREATE FUNCTION allocation_floor_check(line allocation_line, total integer, left_unit uuid) RETURNS void
     LANGUAGE plpgsql AS $$
   DECLARE
     was_at uuid;
     since timestamptz := clock_timestamp();
     span tstzrange := line.during;
     place uuid;
     wall record;
     uncounted integer := 0;
     needed bigint;
     has_places boolean := EXISTS (SELECT FROM part_reserve WHERE part_id = line.part_id);
   BEGIN
     IF total = 0 AND NOT has_places THEN RETURN; END IF;
     -- What is handed out is gone now, whatever its window says by the time of the commit.
     IF line.state = 'issued' THEN
       span := tstzrange(least(lower(span), since), greatest(upper(span), since + interval '1 microsecond'));
     END IF;
     IF has_places THEN
       SELECT coalesce((SELECT location_id FROM stock WHERE id = line.stock_id),
         (SELECT m.from_location_id FROM movement m WHERE m.line_id = line.id AND m.kind = 'issue' LIMIT 1),
         (SELECT location_id FROM unit WHERE id = line.unit_id)) INTO place;
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
     FOR wall IN
       SELECT NULL::uuid AS below, total AS floor WHERE total > 0
       UNION ALL
       SELECT r.location_id, r.quantity FROM part_reserve r
       WHERE r.part_id = line.part_id AND place IN (SELECT location_subtree(r.location_id))
     LOOP
       CONTINUE WHEN was_at IS NOT NULL AND (wall.below IS NULL OR was_at IN (SELECT location_subtree(wall.below)));
       needed := wall.floor + part_held_peak(line.part_id, wall.below, span) + uncounted;
       -- What an emergency hands out of the reserve in this very transaction is not charged to its ordinary lines beside
       -- it, nor to the lines of others that were moved to another unit to make room for it.
       IF part_usable(line.part_id, wall.below, needed) < needed
          AND part_usable(line.part_id, wall.below, needed) + (
            SELECT coalesce(sum(o.quantity), 0) FROM allocation_line o
            WHERE o.part_id = line.part_id AND o.state = 'issued' AND o.from_reserve
              AND o.xmin = pg_current_xact_id()::xid AND o.issued_at >= date_trunc('milliseconds', now())) < needed THEN
         RAISE EXCEPTION 'part %: its emergency reserve of % would be touched', line.part_id, wall.floor
           USING ERRCODE = '23514', CONSTRAINT = 'allocation_line_floor';
       END IF;
     END LOOP;
   END $$`,
  // A unit's line ends as its movement says.
  `CREATE FUNCTION allocation_end_check(line allocation_line) RETURNS void LANGUAGE plpgsql AS $$
   BEGIN
     IF line.kind = 'unit' AND NOT EXISTS (
       SELECT FROM movement m WHERE m.line_id = line.id AND m.unit_id = line.unit_id AND m.from_state = 'issued'
         AND CASE line.state WHEN 'returned' THEN m.kind = 'return'
               WHEN 'damaged' THEN m.kind = 'return' AND m.to_state = 'quarantined'
               WHEN 'deployed' THEN m.kind = 'deploy' WHEN 'lost' THEN m.to_state = 'lost'
               ELSE m.to_state = 'retired' END
     ) THEN
       RAISE EXCEPTION 'allocation line %: no movement of its unit ends it as %', line.id, line.state
         USING ERRCODE = '23514', CONSTRAINT = 'allocation_line_ledger';
     END IF;
   END $$`,
  `CREATE FUNCTION allocation_line_check() RETURNS trigger LANGUAGE plpgsql AS $$
   DECLARE
     line allocation_line;
     owner allocation;
     pool entitlement;
     reserve integer;
     is_split boolean := CASE TG_OP WHEN 'INSERT' THEN NEW.root_line_id <> NEW.id ELSE NEW.quantity <> OLD.quantity END;
     is_new boolean := TG_OP = 'INSERT' OR OLD.state <> NEW.state OR OLD.unit_id IS DISTINCT FROM NEW.unit_id;
   BEGIN
     -- Under an older snapshot the sums below would miss what others have committed.
     IF current_setting('transaction_isolation') <> 'read committed' THEN
       RAISE EXCEPTION 'allocations are written under READ COMMITTED only'
         USING ERRCODE = '23514', CONSTRAINT = 'allocation_line_isolation';
     END IF;
     SELECT * INTO line FROM allocation_line WHERE id = NEW.id;
     IF is_split
        AND (SELECT sum(quantity) <> sum(first_quantity) FROM allocation_line WHERE root_line_id = line.root_line_id) THEN
       RAISE EXCEPTION 'allocation line %: its splits do not sum to it', line.root_line_id
         USING ERRCODE = '23514', CONSTRAINT = 'allocation_line_split_sums';
     END IF;
     PERFORM allocation_ledger_check(line);
     IF line.state NOT IN ('held', 'issued') THEN
       IF TG_OP = 'UPDATE' AND OLD.state = 'issued' THEN PERFORM allocation_end_check(line); END IF;
       RETURN NULL;
     END IF;
     -- What takes nothing more is not refused: a part that comes back, a later due date, a smaller hold, although a floor
     -- was raised, or an entitlement has ended, meanwhile.
     IF TG_OP = 'UPDATE' AND NOT is_new AND OLD.from_reserve = NEW.from_reserve
        AND (NEW.state = 'issued' OR NEW.during <@ OLD.during) THEN RETURN NULL; END IF;
     IF is_new THEN PERFORM allocation_usable_check(line); END IF;
     IF line.from_reserve THEN
       SELECT * INTO owner FROM allocation WHERE id = line.allocation_id;
       IF owner.severity IS DISTINCT FROM 'emergency'
          OR (line.state = 'issued' AND (owner.purpose <> 'incident' OR owner.reserve_reason IS NULL)) THEN
         RAISE EXCEPTION 'allocation %: only an emergency takes from the reserve', owner.number
           USING ERRCODE = '23514', CONSTRAINT = 'allocation_line_reserve_of_emergency';
       END IF;
     END IF;
     IF line.kind = 'seat' THEN
       SELECT * INTO pool FROM entitlement WHERE id = line.entitlement_id FOR NO KEY UPDATE;
       IF seats_used_peak(pool.id, line.during, false) > entitlement_seats_max(pool)
          OR (NOT line.from_reserve
              AND seats_used_peak(pool.id, line.during, true) > entitlement_seats_max(pool) - pool.emergency_reserve) THEN
         RAISE EXCEPTION 'entitlement %: there are not as many seats', pool.id
           USING ERRCODE = '23514', CONSTRAINT = 'allocation_line_seats';
       END IF;
       IF pool.metric = 'named-user' AND (
            SELECT coalesce(sum(o.quantity), 0) FROM allocation_line o
            WHERE o.entitlement_id = pool.id AND lower(o.assignee) = lower(line.assignee)
              AND (o.state = 'issued' OR (o.state = 'held' AND o.expires_at > clock_timestamp()))) > 1 THEN
         RAISE EXCEPTION 'entitlement %: % has a seat already', pool.id, line.assignee
           USING ERRCODE = '23514', CONSTRAINT = 'allocation_line_seat_of_one_user';
       END IF;
       RETURN NULL;
     END IF;
     SELECT emergency_reserve INTO reserve FROM part WHERE id = line.part_id FOR NO KEY UPDATE;
     IF line.state = 'held' AND line.kind = 'stock'
        AND stock_held_peak(line.stock_id, line.during) > (SELECT quantity FROM stock WHERE id = line.stock_id) THEN
       RAISE EXCEPTION 'stock %: more would be held than lies there', line.stock_id
         USING ERRCODE = '23514', CONSTRAINT = 'allocation_line_stock_held';
     END IF;
     -- Lines that change places are parked in the year 1 for a moment. None is left there, so what was there has been
     -- compared with what it was before.
     IF upper(line.during) < timestamptz '0002-01-01 00:00Z' THEN
       RAISE EXCEPTION 'allocation line %: it was left in the year 1', line.id
         USING ERRCODE = '23514', CONSTRAINT = 'allocation_line_bounded';
     END IF;
     IF NOT line.from_reserve THEN
       IF TG_OP = 'INSERT' OR upper(OLD.during) >= timestamptz '0002-01-01 00:00Z' THEN
         PERFORM allocation_floor_check(line, reserve, CASE WHEN TG_OP = 'UPDATE' AND OLD.state = line.state
           AND OLD.from_reserve = line.from_reserve AND line.during <@ OLD.during THEN OLD.unit_id END);
       END IF;
     END IF;
     RETURN NULL;
   END $$`,
  // When the transaction commits, because a line and its movement are two statements.
  `CREATE CONSTRAINT TRIGGER allocation_line_check AFTER INSERT OR UPDATE ON allocation_line DEFERRABLE INITIALLY DEFERRED
     FOR EACH ROW EXECUTE FUNCTION allocation_line_check()`,
  always('allocation_line', 'allocation_line_check'),
  `CREATE FUNCTION movement_line_check() RETURNS trigger LANGUAGE plpgsql AS $$
   DECLARE
     line allocation_line;
   BEGIN
     SELECT * INTO line FROM allocation_line WHERE id = NEW.line_id;
     -- It carries out a first line, on the very unit or stock row that the line has; pieces may come back to another row.
     IF NEW.kind IN ('issue', 'return', 'deploy') AND (line.id IS NULL OR line.root_line_id <> line.id
        OR (line.part_id, line.unit_id) IS DISTINCT FROM (NEW.part_id, NEW.unit_id)
        OR (NEW.kind = 'issue' AND line.stock_id IS DISTINCT FROM NEW.from_stock_id)) THEN
       RAISE EXCEPTION 'movement %: the line % is of something else', NEW.id, NEW.line_id
         USING ERRCODE = '23514', CONSTRAINT = 'movement_line_of_same';
     END IF;
     IF NEW.unit_id IS NOT NULL THEN
       line.kind := 'unit';
       line.unit_id := NEW.unit_id;
     END IF;
     PERFORM allocation_ledger_check(line);
     RETURN NULL;
   END $$`,
  `CREATE CONSTRAINT TRIGGER movement_line_check AFTER INSERT ON movement DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
     WHEN (NEW.line_id IS NOT NULL OR NEW.from_state = 'issued' OR NEW.to_state = 'issued')
     EXECUTE FUNCTION movement_line_check()`,
  always('movement', 'movement_line_check'),
  // Held pieces stay where they are held; a count, a loss or a defect tells the truth all the same. What is issued with a
  // due date is back for the reservations that begin then: two windows that were promised back to back are both collected.
  `CREATE FUNCTION movement_keeps_holds() RETURNS trigger LANGUAGE plpgsql AS $$
   DECLARE
     since timestamptz := clock_timestamp();
     until timestamptz;
   BEGIN
     -- The lock that holds are written under: a hold that has not committed yet would not be seen.
     PERFORM FROM part WHERE id = NEW.part_id FOR NO KEY UPDATE;
     IF NEW.kind = 'issue' THEN SELECT upper(during) INTO until FROM allocation_line WHERE id = NEW.line_id; END IF;
     IF stock_held_peak(NEW.from_stock_id,
          tstzrange(since, greatest(since + interval '1 microsecond', coalesce(until, 'infinity'))))
        > (SELECT quantity FROM stock WHERE id = NEW.from_stock_id) THEN
       RAISE EXCEPTION 'stock %: pieces that are held would be moved away', NEW.from_stock_id
         USING ERRCODE = '23514', CONSTRAINT = 'movement_keeps_holds';
     END IF;
     RETURN NULL;
   END $$`,
  `CREATE CONSTRAINT TRIGGER movement_keeps_holds AFTER INSERT ON movement DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
     WHEN (NEW.from_stock_id IS NOT NULL AND NEW.kind IN ('transfer', 'issue')) EXECUTE FUNCTION movement_keeps_holds()`,
  always('movement', 'movement_keeps_holds'),
];
