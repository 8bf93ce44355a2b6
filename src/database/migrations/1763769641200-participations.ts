import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The ledger of who took part in which training, drill or exercise, and how long it counts. A record is never changed: a later
 * one takes its place and says why; what did not happen at all is withdrawn in the same way.
 */
export class Participations1763769641200 implements MigrationInterface {
  readonly name = 'Participations1763769641200';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const STATEMENTS = [
  `CREATE TABLE participation (
     id uuid CONSTRAINT participation_pkey PRIMARY KEY,
     person_id uuid NOT NULL CONSTRAINT participation_person_id_fkey REFERENCES person (id),
     kind text NOT NULL CONSTRAINT participation_kind CHECK (kind IN ('training', 'drill', 'exercise')),
     took_place_at timestamptz NOT NULL,
     valid_until timestamptz,
     field_id uuid CONSTRAINT participation_field_id_fkey REFERENCES skill_field (id),
     drill_run_id uuid CONSTRAINT participation_drill_run_id_fkey REFERENCES drill_run (id),
     note text NOT NULL DEFAULT '' CONSTRAINT participation_note CHECK (length(note) <= 500),
     withdrawn boolean NOT NULL DEFAULT false,
     corrects_id uuid,
     reason text CONSTRAINT participation_reason CHECK (length(reason) BETWEEN 1 AND 500),
     recorded_by uuid CONSTRAINT participation_recorded_by_fkey REFERENCES principal (id),
     recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
     CONSTRAINT participation_id_person_unique UNIQUE (id, person_id),
     CONSTRAINT participation_corrected_once UNIQUE (corrects_id),
     CONSTRAINT participation_corrects_same_person FOREIGN KEY (corrects_id, person_id)
       REFERENCES participation (id, person_id),
     CONSTRAINT participation_correction_has_reason CHECK ((corrects_id IS NULL) = (reason IS NULL)),
     CONSTRAINT participation_withdrawn_corrects CHECK (NOT withdrawn OR corrects_id IS NOT NULL),
     CONSTRAINT participation_corrects_another CHECK (corrects_id <> id),
     CONSTRAINT participation_span CHECK (valid_until > took_place_at),
     CONSTRAINT participation_run_of_drill CHECK (drill_run_id IS NULL OR kind = 'drill'),
     CONSTRAINT participation_not_in_future CHECK (took_place_at <= recorded_at + interval '1 minute')
   )`,
  'CREATE INDEX participation_by_person ON participation (person_id, id)',
  'CREATE INDEX participation_by_field ON participation (field_id, person_id) WHERE field_id IS NOT NULL',
  `SELECT make_ledger('participation')`,
];
