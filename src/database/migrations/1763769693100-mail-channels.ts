import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Channels of e-mail: a mail server, and deliveries to addresses. */
export class MailChannels1763769693100 implements MigrationInterface {
  readonly name = 'MailChannels1763769693100';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(): Promise<void> {
    throw new Error('Muster does not migrate downwards: restore the backup that was taken before the migration');
  }
}

const STATEMENTS = [
  `ALTER TABLE notification_channel
     DROP CONSTRAINT notification_channel_kind,
     DROP CONSTRAINT notification_channel_webhook,
     ADD COLUMN smtp_host text CONSTRAINT notification_channel_smtp_host CHECK (length(smtp_host) BETWEEN 1 AND 253),
     ADD COLUMN smtp_port integer CONSTRAINT notification_channel_smtp_port CHECK (smtp_port BETWEEN 1 AND 65535),
     ADD COLUMN smtp_security text
       CONSTRAINT notification_channel_smtp_security CHECK (smtp_security IN ('tls', 'starttls', 'none')),
     ADD COLUMN smtp_user text CONSTRAINT notification_channel_smtp_user CHECK (length(smtp_user) BETWEEN 1 AND 254),
     ADD COLUMN sealed_password text,
     ADD COLUMN mail_from text CONSTRAINT notification_channel_mail_from
       CHECK (mail_from ~ '^[^@[:space:]]+@[^@[:space:]]+$' AND length(mail_from) <= 254),
     ADD CONSTRAINT notification_channel_kind CHECK (kind IN ('webhook', 'email')),
     ADD CONSTRAINT notification_channel_way CHECK (CASE kind
       WHEN 'webhook' THEN sealed_url IS NOT NULL AND sealed_secret IS NOT NULL
         AND smtp_host IS NULL AND smtp_port IS NULL AND smtp_security IS NULL AND smtp_user IS NULL
         AND sealed_password IS NULL AND mail_from IS NULL
       ELSE sealed_url IS NULL AND sealed_secret IS NULL AND sealed_previous_secret IS NULL AND expect_body IS NULL
         AND smtp_host IS NOT NULL AND smtp_port IS NOT NULL AND smtp_security IS NOT NULL AND mail_from IS NOT NULL
       END),
     -- A password belongs to a user, and goes over no line in the clear.
     ADD CONSTRAINT notification_channel_login
       CHECK ((smtp_user IS NULL) = (sealed_password IS NULL) AND (sealed_password IS NULL OR smtp_security <> 'none'))`,
  `ALTER TABLE channel_subscription ADD COLUMN address text CONSTRAINT channel_subscription_address
     CHECK (address ~ '^[^@[:space:]]+@[^@[:space:]]+$' AND length(address) <= 254)`,
  `ALTER TABLE notice_delivery ADD COLUMN address text CONSTRAINT notice_delivery_address
     CHECK (address ~ '^[^@[:space:]]+@[^@[:space:]]+$' AND length(address) <= 254)`,
  'DROP INDEX notice_delivery_once',
  `CREATE UNIQUE INDEX notice_delivery_once ON notice_delivery (notice_id, channel_id, address) NULLS NOT DISTINCT
     WHERE notice_id IS NOT NULL`,
];
