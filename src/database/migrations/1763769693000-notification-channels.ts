import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Ways out for notices: channels, what each of them carries, and the outbox of what is to be sent. A delivery is written with the
 * notice that it carries; every attempt at it stays readable.
 */
export class NotificationChannels1763769693000 implements MigrationInterface {
  readonly name = 'NotificationChannels1763769693000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const STATEMENTS = [
  `ALTER TABLE notice ADD COLUMN urgency smallint NOT NULL DEFAULT 1
     CONSTRAINT notice_urgency CHECK (urgency BETWEEN 1 AND 4)`,
  `CREATE OR REPLACE FUNCTION notice_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
   BEGIN
     IF TG_OP = 'DELETE' THEN
       RAISE EXCEPTION 'notice % is kept', OLD.id USING ERRCODE = '23514', CONSTRAINT = 'notice_never_deleted';
     END IF;
     IF (NEW.id, NEW.kind, NEW.recipient_id, NEW.subject_kind, NEW.subject_id, NEW.summary, NEW.details, NEW.once_key,
         NEW.created_at, NEW.urgency)
        IS DISTINCT FROM
        (OLD.id, OLD.kind, OLD.recipient_id, OLD.subject_kind, OLD.subject_id, OLD.summary, OLD.details, OLD.once_key,
         OLD.created_at, OLD.urgency) THEN
       RAISE EXCEPTION 'notice % was said: only its delivery and its reading change', OLD.id
         USING ERRCODE = '23514', CONSTRAINT = 'notice_said_stays';
     END IF;
     RETURN NEW;
   END $$`,
  `CREATE TABLE notification_channel (
     id uuid CONSTRAINT notification_channel_pkey PRIMARY KEY,
     name text NOT NULL CONSTRAINT notification_channel_name CHECK (length(name) BETWEEN 1 AND 120),
     kind text NOT NULL CONSTRAINT notification_channel_kind CHECK (kind = 'webhook'),
     -- Who is told when it does not work any more.
     owner_id uuid NOT NULL,
     owner_kind text NOT NULL CONSTRAINT notification_channel_owner_kind CHECK (owner_kind IN ('person', 'team')),
     -- What may be shown of where it leads.
     destination text NOT NULL CONSTRAINT notification_channel_destination CHECK (length(destination) BETWEEN 1 AND 300),
     sealed_url text,
     sealed_secret text,
     sealed_previous_secret text,
     previous_secret_until timestamptz,
     expect_body text CONSTRAINT notification_channel_expect_body CHECK (length(expect_body) BETWEEN 1 AND 200),
     messages_per_minute integer NOT NULL
       CONSTRAINT notification_channel_rate CHECK (messages_per_minute BETWEEN 1 AND 600),
     -- Sends that failed since the last one that arrived, and until when it is left in peace because of them.
     failures_in_row integer NOT NULL DEFAULT 0 CONSTRAINT notification_channel_failures CHECK (failures_in_row >= 0),
     paused_until timestamptz,
     disabled_at timestamptz,
     disabled_reason text CONSTRAINT notification_channel_disabled_reason CHECK (length(disabled_reason) BETWEEN 1 AND 500),
     retired_at timestamptz,
     retired_reason text CONSTRAINT notification_channel_retired_reason CHECK (length(retired_reason) BETWEEN 1 AND 500),
     version integer NOT NULL DEFAULT 1,
     created_at timestamptz NOT NULL DEFAULT now(),
     updated_at timestamptz NOT NULL DEFAULT now(),
     CONSTRAINT notification_channel_owner_fkey FOREIGN KEY (owner_id, owner_kind) REFERENCES principal (id, kind),
     CONSTRAINT notification_channel_webhook CHECK (sealed_url IS NOT NULL AND sealed_secret IS NOT NULL),
     CONSTRAINT notification_channel_previous CHECK ((sealed_previous_secret IS NULL) = (previous_secret_until IS NULL)),
     CONSTRAINT notification_channel_disabled CHECK ((disabled_at IS NULL) = (disabled_reason IS NULL)),
     CONSTRAINT notification_channel_retired CHECK ((retired_at IS NULL) = (retired_reason IS NULL))
   )`,
  'CREATE UNIQUE INDEX notification_channel_name_unique ON notification_channel (lower(name))',
  `CREATE TRIGGER notification_channel_never_deleted BEFORE DELETE ON notification_channel
     FOR EACH ROW EXECUTE FUNCTION inventory_refuse_delete()`,
  `CREATE TABLE channel_subscription (
     channel_id uuid NOT NULL CONSTRAINT channel_subscription_channel_id_fkey REFERENCES notification_channel (id),
     seq integer NOT NULL CONSTRAINT channel_subscription_seq CHECK (seq BETWEEN 1 AND 200),
     -- Null: what is told to anybody.
     recipient_id uuid CONSTRAINT channel_subscription_recipient_id_fkey REFERENCES principal (id),
     -- Empty: every kind.
     kind_prefix text NOT NULL CONSTRAINT channel_subscription_kind_prefix CHECK (kind_prefix ~ '^[a-z0-9.-]{0,100}$'),
     urgency_min smallint NOT NULL CONSTRAINT channel_subscription_urgency CHECK (urgency_min BETWEEN 1 AND 4),
     CONSTRAINT channel_subscription_pkey PRIMARY KEY (channel_id, seq)
   )`,
  `CREATE TABLE notice_delivery (
     id uuid CONSTRAINT notice_delivery_pkey PRIMARY KEY,
     kind text NOT NULL CONSTRAINT notice_delivery_kind CHECK (kind IN ('notice', 'test')),
     notice_id uuid CONSTRAINT notice_delivery_notice_id_fkey REFERENCES notice (id),
     channel_id uuid NOT NULL CONSTRAINT notice_delivery_channel_id_fkey REFERENCES notification_channel (id),
     urgency smallint NOT NULL CONSTRAINT notice_delivery_urgency CHECK (urgency BETWEEN 1 AND 4),
     state text NOT NULL DEFAULT 'waiting'
       CONSTRAINT notice_delivery_state CHECK (state IN ('waiting', 'sending', 'delivered', 'dead')),
     attempt integer NOT NULL DEFAULT 0,
     -- Those before somebody had it tried again: the count up to the last attempt begins anew.
     attempts_before integer NOT NULL DEFAULT 0,
     due_at timestamptz NOT NULL DEFAULT now(),
     lease_until timestamptz,
     settled_at timestamptz,
     created_at timestamptz NOT NULL DEFAULT now(),
     CONSTRAINT notice_delivery_of_notice CHECK ((kind = 'notice') = (notice_id IS NOT NULL)),
     CONSTRAINT notice_delivery_attempts CHECK (attempts_before BETWEEN 0 AND attempt),
     CONSTRAINT notice_delivery_lease CHECK ((state = 'sending') = (lease_until IS NOT NULL)),
     CONSTRAINT notice_delivery_settled CHECK ((state IN ('delivered', 'dead')) = (settled_at IS NOT NULL))
   )`,
  'CREATE UNIQUE INDEX notice_delivery_once ON notice_delivery (notice_id, channel_id) WHERE notice_id IS NOT NULL',
  'CREATE INDEX notice_delivery_by_channel ON notice_delivery (channel_id, id DESC)',
  `CREATE INDEX notice_delivery_open ON notice_delivery (channel_id, due_at) WHERE state IN ('waiting', 'sending')`,
  `CREATE INDEX notice_delivery_waiting ON notice_delivery (id DESC) WHERE state = 'waiting'`,
  `CREATE INDEX notice_delivery_dead ON notice_delivery (id DESC) WHERE state = 'dead'`,
  `CREATE INDEX notice_delivery_settled ON notice_delivery (settled_at) WHERE settled_at IS NOT NULL`,
  `CREATE TABLE delivery_attempt (
     delivery_id uuid NOT NULL CONSTRAINT delivery_attempt_delivery_id_fkey REFERENCES notice_delivery (id),
     attempt integer NOT NULL CONSTRAINT delivery_attempt_attempt CHECK (attempt >= 1),
     channel_id uuid NOT NULL CONSTRAINT delivery_attempt_channel_id_fkey REFERENCES notification_channel (id),
     started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
     ended_at timestamptz,
     outcome text CONSTRAINT delivery_attempt_outcome
       CHECK (outcome IN ('delivered', 'failed', 'refused', 'gone', 'lost')),
     status integer,
     -- What was answered in words of Muster: never what the other side wrote.
     detail text CONSTRAINT delivery_attempt_detail CHECK (length(detail) BETWEEN 1 AND 300),
     CONSTRAINT delivery_attempt_pkey PRIMARY KEY (delivery_id, attempt),
     CONSTRAINT delivery_attempt_ended CHECK ((ended_at IS NULL) = (outcome IS NULL) AND (outcome IS NULL) = (detail IS NULL))
   )`,
  'CREATE INDEX delivery_attempt_by_channel ON delivery_attempt (channel_id, started_at DESC)',
  `CREATE FUNCTION delivery_attempt_guard() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
   BEGIN
     IF TG_OP = 'DELETE' THEN
       IF OLD.started_at > clock_timestamp() - interval '30 days' THEN
         RAISE EXCEPTION 'attempts at delivery % are kept', OLD.delivery_id
           USING ERRCODE = '23514', CONSTRAINT = 'delivery_attempt_kept';
       END IF;
       RETURN OLD;
     END IF;
     IF OLD.ended_at IS NOT NULL
        OR (NEW.delivery_id, NEW.attempt, NEW.channel_id, NEW.started_at)
           IS DISTINCT FROM (OLD.delivery_id, OLD.attempt, OLD.channel_id, OLD.started_at) THEN
       RAISE EXCEPTION 'attempt % at delivery % stays as it was', OLD.attempt, OLD.delivery_id
         USING ERRCODE = '23514', CONSTRAINT = 'delivery_attempt_stays';
     END IF;
     RETURN NEW;
   END $$`,
  `CREATE TRIGGER delivery_attempt_guard BEFORE UPDATE OR DELETE ON delivery_attempt
     FOR EACH ROW EXECUTE FUNCTION delivery_attempt_guard()`,
  // Told at the commit, and once in a transaction for each channel: whoever works the outbox hears of it at once.
  `CREATE FUNCTION notice_delivery_wake() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
   BEGIN
     PERFORM pg_notify('muster_delivery', NEW.channel_id::text);
     RETURN NULL;
   END $$`,
  `CREATE TRIGGER notice_delivery_wake AFTER INSERT ON notice_delivery
     FOR EACH ROW WHEN (NEW.state = 'waiting') EXECUTE FUNCTION notice_delivery_wake()`,
  `CREATE TRIGGER notice_delivery_wake_again AFTER UPDATE ON notice_delivery
     FOR EACH ROW WHEN (OLD.state = 'dead' AND NEW.state = 'waiting') EXECUTE FUNCTION notice_delivery_wake()`,
];
