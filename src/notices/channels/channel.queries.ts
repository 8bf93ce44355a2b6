import type { Owner } from '../../auth/owner.store.ts';
import type { Queryable } from '../../database/database.ts';
import { type LifecycleRecord, lifecycleColumns, lifecycleOf, noSuchRow } from '../../database/retirable-row.ts';
import { instantOf } from '../../kernel/clock.ts';
import type { RetirementState } from '../../kernel/retirement.ts';
import type { Channel, Subscription } from './channel.ts';
import { CHANNEL_TABLE } from './channel-table.ts';

interface ChannelRow extends LifecycleRecord {
  readonly id: string;
  readonly name: string;
  readonly nameKey: string;
  readonly owner: Owner;
  readonly destination: string;
  readonly kind: 'webhook' | 'email';
  readonly expectBody: string | null;
  readonly previousSecretUntil: Date | null;
  readonly email: Channel['email'];
  readonly messagesPerMinute: number;
  readonly digestAbove: number | null;
  readonly zone: string;
  readonly quietTimes: Channel['quietTimes'];
  readonly subscriptions: readonly Subscription[];
  readonly disabledAt: Date | null;
  readonly disabledReason: string | null;
  readonly failuresInRow: number;
  readonly pausedUntil: Date | null;
}

const SELECT_CHANNEL = `
  SELECT c.id, c.name, lower(c.name) AS "nameKey", ${lifecycleColumns('c')},
    jsonb_build_object('id', o.id, 'kind', o.kind, 'name', o.name) AS owner, c.destination,
    c.kind, c.expect_body AS "expectBody",
    CASE WHEN c.kind = 'email' THEN jsonb_build_object('host', c.smtp_host, 'port', c.smtp_port,
      'security', c.smtp_security, 'user', c.smtp_user, 'from', c.mail_from,
      'hasPassword', c.sealed_password IS NOT NULL) END AS email,
    CASE WHEN c.previous_secret_until > clock_timestamp() THEN c.previous_secret_until END AS "previousSecretUntil",
    c.messages_per_minute AS "messagesPerMinute", c.digest_above AS "digestAbove", c.zone, c.quiet_times AS "quietTimes",
    c.disabled_at AS "disabledAt", c.disabled_reason AS "disabledReason",
    c.failures_in_row AS "failuresInRow",
    CASE WHEN c.paused_until > clock_timestamp() THEN c.paused_until END AS "pausedUntil",
    coalesce((SELECT jsonb_agg(jsonb_build_object('recipientId', s.recipient_id, 'kindPrefix', s.kind_prefix,
        'urgencyMin', s.urgency_min, 'address', s.address) ORDER BY s.seq)
      FROM channel_subscription s WHERE s.channel_id = c.id), '[]') AS subscriptions
  FROM notification_channel c JOIN principal o ON o.id = c.owner_id`;

/**
 * One channel, retired ones included.
 * @throws AppError `not-found` `no-such-notification-channel`.
 */
export async function channelById(db: Queryable, id: string): Promise<Channel> {
  const [row] = await db.rows<ChannelRow>(`${SELECT_CHANNEL} WHERE c.id = $1`, [id]);
  if (!row) throw noSuchRow(CHANNEL_TABLE, id);
  return channelOf(row);
}

/** Channels in the order of their names; `after` continues behind the name key of the last one seen. */
export async function listChannels(
  db: Queryable,
  state: RetirementState,
  page: { readonly limit: number; readonly after?: string | undefined },
): Promise<{ readonly channel: Channel; readonly nameKey: string }[]> {
  const rows = await db.rows<ChannelRow>(
    `${SELECT_CHANNEL}
     WHERE ($1 = 'all' OR (c.retired_at IS NOT NULL) = ($1 = 'retired')) AND ($2::text IS NULL OR lower(c.name) > $2)
     ORDER BY lower(c.name) LIMIT $3`,
    [state, page.after ?? null, page.limit],
  );
  return rows.map((row) => ({ channel: channelOf(row), nameKey: row.nameKey }));
}

function channelOf(row: ChannelRow): Channel {
  const { id, name, owner, destination, subscriptions, failuresInRow } = row;
  const { messagesPerMinute, digestAbove, zone, quietTimes } = row;
  return {
    ...{ id, name, owner, destination, subscriptions, failuresInRow },
    ...{ messagesPerMinute, digestAbove, zone, quietTimes },
    ...lifecycleOf(row),
    webhook:
      row.kind === 'webhook'
        ? {
            expectBody: row.expectBody,
            previousSecretUntil: row.previousSecretUntil && instantOf(row.previousSecretUntil),
          }
        : null,
    email: row.email,
    disabled: row.disabledAt && { at: instantOf(row.disabledAt), reason: row.disabledReason ?? '' },
    pausedUntil: row.pausedUntil && instantOf(row.pausedUntil),
  };
}
