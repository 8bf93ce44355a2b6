import type { Queryable } from '../../database/database.ts';
import type { Egress } from '../../egress/egress.ts';
import { instantOf } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import type { Keyring } from '../../secrets/keyring.ts';
import { openSecret } from '../../secrets/sealed-secret.ts';
import { noticeById } from '../notice.queries.ts';
import type { AttemptResult } from './back-off.ts';
import { secretFields } from './channel-secrets.ts';
import type { ClaimedDelivery } from './delivery.store.ts';
import { sendWebhook } from './send-webhook.ts';
import { noticeBody, testBody } from './webhook-body.ts';

/** What sending needs. */
export interface CarryDeps {
  readonly egress: Egress;
  readonly keyring: Keyring;
  /** How long one attempt may take. Its lease is longer. */
  readonly sendMs: number;
}

/** The sealed parts of a channel as they are when it sends. */
interface WebhookRow {
  readonly name: string;
  readonly sealedUrl: string;
  readonly sealedSecret: string;
  readonly sealedPreviousSecret: string | null;
  readonly expectBody: string | null;
}

/**
 * Makes one attempt at a delivery, outside of every transaction. Whatever comes of the sending is a result.
 * @throws AppError `unavailable` when the database is away.
 */
export async function carry(
  db: Queryable,
  { egress, keyring, sendMs }: CarryDeps,
  channelId: string,
  claimed: ClaimedDelivery,
): Promise<AttemptResult> {
  const channel = await webhookOf(db, channelId);
  const { id, startedAt } = claimed;
  const body =
    claimed.noticeId === null
      ? testBody(channel.name, instantOf(startedAt).toString())
      : noticeBody(await noticeById(db, claimed.noticeId));
  const opened = openedParts(keyring, channelId, channel);
  if (opened instanceof AppError) return { ...SEALED_SHUT, detail: opened.message };
  const message = { ...opened, id, atMs: startedAt.getTime(), body, expectBody: channel.expectBody };
  return sendWebhook(egress, message, sendMs);
}

const SEALED_SHUT = { outcome: 'failed', status: null, isChannelWide: true } as const;

/** A secret that another key sealed is an administrator's matter, not the end of the work on other channels. */
function openedParts(keyring: Keyring, channelId: string, row: WebhookRow) {
  try {
    const signing = [row.sealedSecret, row.sealedPreviousSecret].filter((sealed) => sealed !== null);
    return {
      url: openSecret(keyring, secretFields.url(channelId), row.sealedUrl),
      secrets: signing.map((sealed) => openSecret(keyring, secretFields.signing(channelId), sealed)),
    };
  } catch (thrown) {
    if (thrown instanceof AppError) return thrown;
    throw thrown;
  }
}

async function webhookOf(db: Queryable, channelId: string): Promise<WebhookRow> {
  const [row] = await db.rows<WebhookRow>(
    `SELECT name, sealed_url AS "sealedUrl", sealed_secret AS "sealedSecret", expect_body AS "expectBody",
       CASE WHEN previous_secret_until > clock_timestamp() THEN sealed_previous_secret END AS "sealedPreviousSecret"
     FROM notification_channel WHERE id = $1`,
    [channelId],
  );
  if (!row) throw new Error('channels are never deleted');
  return row;
}
