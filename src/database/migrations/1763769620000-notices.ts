import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The outbox of words to people: a reminder, a hold that was displaced. A notice is written in the transaction of what it
 * tells, once for each key; channels read it from here. Only its delivery and its reading change later.
 */
export class Notices1763769620000 implements MigrationInterface {
  readonly name = 'Notices1763769620000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const STATEMENTS = [
  `CREATE TABLE notice (
     id uuid CONSTRAINT notice_pkey PRIMARY KEY,
     kind text NOT NULL CONSTRAINT notice_kind CHECK (kind ~ '^[a-z][a-z0-9-]*([.][a-z][a-z0-9-]*)+$'),
     recipient_id uuid NOT NULL CONSTRAINT notice_recipient_id_fkey REFERENCES principal (id),
     subject_kind text NOT NULL CONSTRAINT notice_subject_kind CHECK (subject_kind ~ '^[a-z][a-z0-9-]*$'),
     subject_id uuid NOT NULL,
     summary text NOT NULL CONSTRAINT notice_summary CHECK (length(summary) BETWEEN 1 AND 1000),
     details jsonb NOT NULL DEFAULT '{}' CONSTRAINT notice_details CHECK (jsonb_typeof(details) = 'object'),
     -- What makes it the same notice: it is written once for each recipient.
     once_key text NOT NULL CONSTRAINT notice_once_key CHECK (length(once_key) BETWEEN 1 AND 300),
     created_at timestamptz NOT NULL DEFAULT now(),
     delivered_at timestamptz,
     read_at timestamptz
   )`,
  'CREATE UNIQUE INDEX notice_once ON notice (recipient_id, once_key)',
  'CREATE INDEX notice_by_recipient ON notice (recipient_id, id DESC)',
  'CREATE INDEX notice_unread ON notice (recipient_id, id DESC) WHERE read_at IS NULL',
  'CREATE INDEX notice_undelivered ON notice (id) WHERE delivered_at IS NULL',
  'CREATE INDEX notice_by_subject ON notice (subject_kind, subject_id)',
  `CREATE FUNCTION notice_guard() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     IF TG_OP = 'DELETE' THEN
       RAISE EXCEPTION 'notice % is kept', OLD.id USING ERRCODE = '23514', CONSTRAINT = 'notice_never_deleted';
     END IF;
     IF (NEW.id, NEW.kind, NEW.recipient_id, NEW.subject_kind, NEW.subject_id, NEW.summary, NEW.details, NEW.once_key,
         NEW.created_at)
        IS DISTINCT FROM
        (OLD.id, OLD.kind, OLD.recipient_id, OLD.subject_kind, OLD.subject_id, OLD.summary, OLD.details, OLD.once_key,
         OLD.created_at) THEN
       RAISE EXCEPTION 'notice % was said: only its delivery and its reading change', OLD.id
         USING ERRCODE = '23514', CONSTRAINT = 'notice_said_stays';
     END IF;
     RETURN NEW;
   END $$`,
  'CREATE TRIGGER notice_guard BEFORE UPDATE OR DELETE ON notice FOR EACH ROW EXECUTE FUNCTION notice_guard()',
  'ALTER TABLE notice ENABLE ALWAYS TRIGGER notice_guard',
];
