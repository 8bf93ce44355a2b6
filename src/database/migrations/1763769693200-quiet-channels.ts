import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Quiet times of channels, and digests: one message that lists what waited. */
export class QuietChannels1763769693200 implements MigrationInterface {
  readonly name = 'QuietChannels1763769693200';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const STATEMENTS = [
  `ALTER TABLE notification_channel
     ADD COLUMN digest_above integer DEFAULT 10 CONSTRAINT notification_channel_digest CHECK (digest_above BETWEEN 1 AND 100),
     ADD COLUMN zone text NOT NULL DEFAULT 'UTC' CONSTRAINT notification_channel_zone CHECK (length(zone) BETWEEN 1 AND 64),
     ADD COLUMN quiet_times jsonb NOT NULL DEFAULT '[]'
       CONSTRAINT notification_channel_quiet_times CHECK (jsonb_typeof(quiet_times) = 'array')`,
  `ALTER TABLE notice_delivery
     DROP CONSTRAINT notice_delivery_kind,
     DROP CONSTRAINT notice_delivery_state,
     ADD COLUMN digest_id uuid CONSTRAINT notice_delivery_digest_id_fkey REFERENCES notice_delivery (id),
     ADD CONSTRAINT notice_delivery_kind CHECK (kind IN ('notice', 'digest', 'test')),
     ADD CONSTRAINT notice_delivery_state CHECK (state IN ('waiting', 'sending', 'bundled', 'delivered', 'dead')),
     -- What is in a digest is not sent by itself.
     ADD CONSTRAINT notice_delivery_digest CHECK (CASE WHEN digest_id IS NULL THEN state <> 'bundled'
       ELSE kind = 'notice' AND attempt = 0 AND state IN ('bundled', 'delivered', 'dead') END)`,
  'CREATE INDEX notice_delivery_by_digest ON notice_delivery (digest_id) WHERE digest_id IS NOT NULL',
  `CREATE FUNCTION notice_delivery_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
   BEGIN
     IF TG_OP = 'DELETE' THEN
       IF OLD.settled_at IS NULL OR OLD.settled_at > clock_timestamp() - interval '30 days' THEN
         RAISE EXCEPTION 'delivery % is kept until it is settled and old', OLD.id
           USING ERRCODE = '23514', CONSTRAINT = 'notice_delivery_kept';
       END IF;
       RETURN OLD;
     END IF;
     IF (NEW.id, NEW.kind, NEW.notice_id, NEW.channel_id, NEW.urgency, NEW.address, NEW.created_at)
        IS DISTINCT FROM
        (OLD.id, OLD.kind, OLD.notice_id, OLD.channel_id, OLD.urgency, OLD.address, OLD.created_at)
        OR (OLD.digest_id IS NOT NULL AND NEW.digest_id IS DISTINCT FROM OLD.digest_id)
        OR NEW.attempt NOT IN (OLD.attempt, OLD.attempt + 1) OR OLD.state = 'delivered'
        OR (OLD.state = 'dead' AND NEW.state NOT IN ('dead', 'waiting', 'bundled'))
        OR (NEW.state = 'delivered' AND OLD.state NOT IN ('sending', 'bundled')) THEN
       RAISE EXCEPTION 'delivery % cannot become that', OLD.id
         USING ERRCODE = '23514', CONSTRAINT = 'notice_delivery_course';
     END IF;
     RETURN NEW;
   END $$`,
  `CREATE TRIGGER notice_delivery_guard BEFORE UPDATE OR DELETE ON notice_delivery
     FOR EACH ROW EXECUTE FUNCTION notice_delivery_guard()`,
];
