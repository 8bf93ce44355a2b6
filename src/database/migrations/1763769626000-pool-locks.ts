import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The locks of the pools, and what holds for all functions of the walls. Whether a hold has expired is judged by the clock
 * when it is read. An index knows no clock, so `lock_pools` first ends the dead lines of the pools that it locks.
 */
export class PoolLocks1763769626000 implements MigrationInterface {
  readonly name = 'PoolLocks1763769626000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...POOLS, ...ALL_OVER]) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const POOLS = [
  // Locks pools in one order, then ends the holds in them whose time is over. Each statement sees what the holders of the
  // locks before it have committed.
  `CREATE FUNCTION lock_pools(parts uuid[], entitlements uuid[]) RETURNS void LANGUAGE plpgsql AS $$
   BEGIN
     PERFORM FROM part WHERE id = ANY (parts) ORDER BY id FOR NO KEY UPDATE;
     PERFORM FROM entitlement WHERE id = ANY (entitlements) ORDER BY id FOR NO KEY UPDATE;
     UPDATE allocation_line SET state = 'expired', ended_at = clock_timestamp()
     WHERE state = 'held' AND expires_at <= clock_timestamp() AND part_id = ANY (parts);
     IF cardinality(entitlements) > 0 THEN
       UPDATE allocation_line SET state = 'expired', ended_at = clock_timestamp()
       WHERE state = 'held' AND expires_at <= clock_timestamp() AND entitlement_id = ANY (entitlements);
     END IF;
   END $$`,
];

// For all that spares, licences and allocations have: guards hold under session_replication_role = replica, what is never
// deleted is never truncated (a row trigger does not see it), and functions that read tables look them up in a path of
// their own, because a caller's temporary table of the same name would come first.
const ALL_OVER = [
  `CREATE FUNCTION refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     RAISE EXCEPTION 'what stands in % is kept', TG_TABLE_NAME
       USING ERRCODE = '23514', CONSTRAINT = TG_TABLE_NAME || '_never_deleted';
   END $$`,
  `DO $$
   DECLARE
     t regclass;
     guard record;
     reader regprocedure;
   BEGIN
     FOREACH t IN ARRAY ARRAY['notice', 'location', 'part_category', 'part', 'device_model', 'unit', 'stock', 'repair',
       'replenishment', 'licence_product', 'entitlement', 'licence_key', 'project', 'allocation', 'allocation_line', 'kit']::regclass[]
     LOOP
       EXECUTE format('CREATE TRIGGER never_truncated BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate()', t);
       FOR guard IN SELECT tgname FROM pg_trigger WHERE tgrelid = t AND NOT tgisinternal AND tgenabled = 'O' LOOP
         EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', t, guard.tgname);
       END LOOP;
     END LOOP;
     FOR reader IN
       SELECT DISTINCT p.oid FROM pg_trigger g JOIN pg_proc p ON p.oid = g.tgfoid
       WHERE NOT g.tgisinternal AND p.pronamespace = 'public'::regnamespace AND p.prosrc ~ '\\m(SELECT|PERFORM|UPDATE|INSERT)\\M'
     LOOP
       EXECUTE format('ALTER FUNCTION %s SET search_path = public, pg_temp', reader);
     END LOOP;
     -- These look rows up one by one. Planned while a table was still small, they would read all of it, in every session
     -- that lives, until its statistics are taken again: at a thousand lines that is ten times their cost.
     FOREACH reader IN ARRAY ARRAY['allocation_line_guard()', 'allocation_line_check()', 'movement_carry_out()',
       'movement_line_check()', 'movement_keeps_holds()', 'unit_ledger_check()', 'stock_ledger_check()',
       'lock_pools(uuid[], uuid[])']::regprocedure[]
     LOOP
       EXECUTE format('ALTER FUNCTION %s SET enable_seqscan = off', reader);
     END LOOP;
   END $$`,
];
