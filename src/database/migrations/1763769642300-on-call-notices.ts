import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The gaps of on-call rotas that somebody was told of. One that was filled, or has passed, is closed and stays readable; gaps of
 * one rota that stand never overlap, so nobody is told of one twice.
 */
export class OnCallNotices1763769642300 implements MigrationInterface {
  readonly name = 'OnCallNotices1763769642300';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const STATEMENTS = [
  `CREATE TABLE on_call_gap_told (
     id uuid CONSTRAINT on_call_gap_told_pkey PRIMARY KEY,
     rota_id uuid NOT NULL CONSTRAINT on_call_gap_told_rota_id_fkey REFERENCES on_call_rota (id),
     person_id uuid CONSTRAINT on_call_gap_told_person_id_fkey REFERENCES person (id),
     why text NOT NULL CONSTRAINT on_call_gap_told_why CHECK (length(why) BETWEEN 1 AND 40),
     from_at timestamptz NOT NULL,
     until_at timestamptz NOT NULL,
     -- It went on at the end of what could be seen.
     open_ended boolean NOT NULL,
     told_at timestamptz NOT NULL DEFAULT now(),
     closed_at timestamptz,
     CONSTRAINT on_call_gap_told_span CHECK (until_at > from_at),
     CONSTRAINT on_call_gap_told_nobody CHECK ((why = 'nobody') = (person_id IS NULL)),
     CONSTRAINT on_call_gap_told_once EXCLUDE USING gist (rota_id WITH =, tstzrange(from_at, until_at) WITH &&)
       WHERE (closed_at IS NULL)
   )`,
  'CREATE INDEX on_call_gap_told_standing ON on_call_gap_told (rota_id) WHERE closed_at IS NULL',
  `CREATE TRIGGER on_call_gap_told_never_deleted BEFORE DELETE ON on_call_gap_told
     FOR EACH ROW EXECUTE FUNCTION inventory_refuse_delete()`,
];
