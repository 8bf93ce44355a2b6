import type { Owner } from '../../auth/owner.store.ts';
import type { Tx } from '../../database/database.ts';
import { rowNameTaken } from '../../database/retirable-row.ts';
import { mapConstraints } from '../../database/sqlstate.ts';
import { AppError } from '../../kernel/errors.ts';
import type { EmailSettings, Subscription } from './channel.ts';
import { CHANNEL_TABLE } from './channel-table.ts';
import { DELIVERY_CHANNEL } from './delivery.store.ts';
import type { QuietTime } from './quiet-time.ts';

/** What of a channel is stored by a change; what is left out stays. */
interface ChannelColumns {
  readonly name: string;
  readonly owner: Owner;
  readonly messagesPerMinute: number;
  readonly digestAbove: number | null;
  readonly zone: string;
  readonly quietTimes: readonly QuietTime[];
  readonly destination: string;
  readonly sealedUrl: string;
  readonly expectBody: string | null;
  readonly email: EmailSettings;
  readonly sealedPassword: string | null;
}

type Manners = Pick<ChannelColumns, 'name' | 'owner' | 'messagesPerMinute' | 'digestAbove' | 'zone' | 'quietTimes'>;

/** Where a new channel leads. */
export type NewWay = Pick<ChannelColumns, 'destination'> &
  Partial<Pick<ChannelColumns, 'sealedUrl' | 'expectBody' | 'email' | 'sealedPassword'>> & {
    readonly sealedSecret?: string;
  };

/** @throws AppError `conflict` `notification-channel-name-taken`. */
export async function insertChannel(
  tx: Tx,
  id: string,
  { name, owner, messagesPerMinute, digestAbove, zone, quietTimes, ...way }: Manners & NewWay,
): Promise<void> {
  const { email } = way;
  await mapConstraints(errorsOf(name), () =>
    tx.execute(
      `INSERT INTO notification_channel (id, name, kind, owner_id, owner_kind, messages_per_minute, destination,
         sealed_url, expect_body, sealed_secret, smtp_host, smtp_port, smtp_security, smtp_user, mail_from, sealed_password,
         digest_above, zone, quiet_times)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19::jsonb)`,
      [
        ...[id, name, email ? 'email' : 'webhook', owner.id, owner.kind, messagesPerMinute, way.destination],
        ...[way.sealedUrl, way.expectBody, way.sealedSecret],
        ...[email?.host, email?.port, email?.security, email?.user, email?.from, way.sealedPassword],
        ...[digestAbove, zone, JSON.stringify(quietTimes)],
      ],
    ),
  );
}

/**
 * Sets what a change states and counts the version up. The caller holds the row by `lockRetirable`.
 * @throws AppError `conflict` `notification-channel-name-taken`.
 */
export async function updateChannelRow(
  tx: Tx,
  id: string,
  change: { readonly [Column in keyof ChannelColumns]?: ChannelColumns[Column] | undefined },
): Promise<void> {
  const { name, owner, messagesPerMinute, destination, sealedUrl, expectBody, email, sealedPassword } = change;
  const { digestAbove, zone, quietTimes } = change;
  await mapConstraints(errorsOf(name ?? ''), () =>
    tx.execute(
      `UPDATE notification_channel SET name = coalesce($2, name), owner_id = coalesce($3, owner_id),
         owner_kind = coalesce($4, owner_kind), messages_per_minute = coalesce($5, messages_per_minute),
         destination = coalesce($6, destination), sealed_url = coalesce($7, sealed_url),
         expect_body = CASE WHEN $8 THEN $9 ELSE expect_body END,
         smtp_host = coalesce($10, smtp_host), smtp_port = coalesce($11, smtp_port),
         smtp_security = coalesce($12, smtp_security), smtp_user = CASE WHEN $10 IS NULL THEN smtp_user ELSE $13 END,
         mail_from = coalesce($14, mail_from),
         sealed_password = CASE WHEN $15 THEN $16 ELSE sealed_password END,
         digest_above = CASE WHEN $17 THEN $18 ELSE digest_above END, zone = coalesce($19, zone),
         quiet_times = coalesce($20::jsonb, quiet_times), version = version + 1, updated_at = now()
       WHERE id = $1`,
      [
        ...[id, name, owner?.id, owner?.kind, messagesPerMinute, destination, sealedUrl],
        ...[expectBody !== undefined, expectBody],
        ...[email?.host, email?.port, email?.security, email?.user, email?.from],
        ...[sealedPassword !== undefined, sealedPassword, digestAbove !== undefined, digestAbove],
        ...[zone, quietTimes && JSON.stringify(quietTimes)],
      ],
    ),
  );
}

/** Replaces what a channel carries. @throws AppError `unprocessable` `unsuitable-recipient` naming the subscription. */
export async function replaceSubscriptions(
  tx: Tx,
  channelId: string,
  subscriptions: readonly Subscription[],
): Promise<void> {
  await tx.execute('DELETE FROM channel_subscription WHERE channel_id = $1', [channelId]);
  for (const [index, { recipientId, kindPrefix, urgencyMin, address }] of subscriptions.entries()) {
    const unknown = () => noSuchRecipient(`#/subscriptions/${index}/recipientId`);
    await mapConstraints({ channel_subscription_recipient_id_fkey: unknown }, () =>
      tx.execute(
        `INSERT INTO channel_subscription (channel_id, seq, recipient_id, kind_prefix, urgency_min, address)
         VALUES ($1, $2, $3, $4, $5, $6)`,
        [channelId, index + 1, recipientId, kindPrefix, urgencyMin, address],
      ),
    );
  }
}

/** Gives a channel another secret; the one before stays valid for so many hours. */
export async function replaceSecret(tx: Tx, id: string, sealedSecret: string, keptHours: number): Promise<void> {
  await tx.execute(
    `UPDATE notification_channel SET sealed_secret = $2, version = version + 1, updated_at = now(),
       sealed_previous_secret = CASE WHEN $3 > 0 THEN sealed_secret END,
       previous_secret_until = CASE WHEN $3 > 0 THEN clock_timestamp() + make_interval(hours => $3) END
     WHERE id = $1`,
    [id, sealedSecret, keptHours],
  );
}

/** Gives a channel nothing new any more. @returns false when it was disabled before. */
export async function disableChannelRow(tx: Tx, id: string, reason: string): Promise<boolean> {
  const changed = await tx.execute(
    `UPDATE notification_channel SET disabled_at = now(), disabled_reason = $2, version = version + 1, updated_at = now()
     WHERE id = $1 AND disabled_at IS NULL AND retired_at IS NULL`,
    [id, reason],
  );
  return changed > 0;
}

/** Uses a channel again, at once. @returns false when it was not disabled. */
export async function enableChannelRow(tx: Tx, id: string): Promise<boolean> {
  const changed = await tx.execute(
    `UPDATE notification_channel SET disabled_at = NULL, disabled_reason = NULL, failures_in_row = 0, paused_until = NULL,
       version = version + 1, updated_at = now()
     WHERE id = $1 AND disabled_at IS NOT NULL RETURNING pg_notify('${DELIVERY_CHANNEL}', id::text)`,
    [id],
  );
  return changed > 0;
}

const errorsOf = (name: string) => ({
  notification_channel_name_unique: () => rowNameTaken(CHANNEL_TABLE, name),
});

function noSuchRecipient(field: string): AppError {
  const message = 'must be the id of a person, team or service account';
  return new AppError('unprocessable', 'unsuitable-recipient', `${field} ${message}`, { fields: [{ field, message }] });
}
