import type { MigrationInterface, QueryRunner } from 'typeorm';
import { MIGRATIONS_TABLE } from '../data-source.ts';
import { SERVICE_ROLE } from '../roles.ts';

/**
 * What every later migration uses: `make_ledger(table)` makes a table append-only. The row trigger refuses UPDATE and
 * DELETE, the statement trigger TRUNCATE (a row trigger never sees it), both also under `session_replication_role =
 * replica` (ENABLE ALWAYS), and the service's role keeps SELECT and INSERT only.
 */
export class Foundation1763769600000 implements MigrationInterface {
  readonly name = 'Foundation1763769600000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION refuse_ledger_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION 'ledger % is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = '42501';
      END $$`);
    await runner.query(`
      CREATE FUNCTION make_ledger(ledger regclass) RETURNS void LANGUAGE plpgsql AS $$
      BEGIN
        EXECUTE format('CREATE TRIGGER ledger_rows BEFORE UPDATE OR DELETE ON %s
                        FOR EACH ROW EXECUTE FUNCTION refuse_ledger_change()', ledger);
        EXECUTE format('CREATE TRIGGER ledger_truncate BEFORE TRUNCATE ON %s
                        FOR EACH STATEMENT EXECUTE FUNCTION refuse_ledger_change()', ledger);
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER ledger_rows', ledger);
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER ledger_truncate', ledger);
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = '${SERVICE_ROLE}') THEN
          EXECUTE format('REVOKE ALL ON %s FROM ${SERVICE_ROLE}', ledger);
          EXECUTE format('GRANT SELECT, INSERT ON %s TO ${SERVICE_ROLE}', ledger);
        END IF;
      END $$`);
    await runner.query(`
      DO $$ BEGIN
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = '${SERVICE_ROLE}') THEN
          GRANT USAGE ON SCHEMA public TO ${SERVICE_ROLE};
          GRANT SELECT ON ${MIGRATIONS_TABLE} TO ${SERVICE_ROLE};
          ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${SERVICE_ROLE};
          ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO ${SERVICE_ROLE};
        END IF;
      END $$`);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}
