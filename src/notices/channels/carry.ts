import type { Queryable } from '../../database/database.ts';
import type { Egress } from '../../egress/egress.ts';
import { instantOf } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import type { Keyring } from '../../secrets/keyring.ts';
import { openSecret } from '../../secrets/sealed-secret.ts';
import { noticeById, noticesInDigest } from '../notice.queries.ts';
import type { Notice } from '../notice.ts';
import type { AttemptResult } from './back-off.ts';
import type { EmailSettings } from './channel.ts';
import { secretFields } from './channel-secrets.ts';
import type { ClaimedDelivery } from './delivery.store.ts';
import { digestMail, type MailText, noticeMail, testMail } from './mail-text.ts';
import { type MailServer, sendMail } from './send-mail.ts';
import { sendWebhook } from './send-webhook.ts';
import { digestBody, noticeBody, testBody } from './webhook-body.ts';

/** What sending needs. */
export interface CarryDeps {
  readonly egress: Egress;
  readonly keyring: Keyring;
  /** How long one attempt may take. Its lease is longer. */
  readonly sendMs: number;
}

/** A channel as it is when it sends, its secrets sealed. */
interface WayRow {
  readonly id: string;
  readonly name: string;
  readonly sealedUrl: string | null;
  readonly signing: readonly string[];
  readonly expectBody: string | null;
  /** Null: it is a webhook. */
  readonly email: EmailSettings | null;
  readonly sealedPassword: string | null;
}

/**
 * Makes one attempt at a delivery, outside of every transaction. Whatever comes of the sending is a result.
 * @throws AppError `unavailable` when the database is away.
 */
export async function carry(
  db: Queryable,
  deps: CarryDeps,
  channelId: string,
  claimed: ClaimedDelivery,
): Promise<AttemptResult> {
  const way = await wayOf(db, channelId);
  const notices = await noticesOf(db, claimed);
  const send =
    way.email === null ? webhookOf(deps, way, claimed, notices) : mailOf(deps, way, way.email, claimed, notices);
  return send instanceof AppError ? { ...SEALED_SHUT, detail: send.message } : send();
}

/** What a delivery tells: of a test, nothing. */
async function noticesOf(db: Queryable, { id, kind, noticeId }: ClaimedDelivery): Promise<readonly Notice[]> {
  if (kind === 'digest') return noticesInDigest(db, id);
  return noticeId === null ? [] : [await noticeById(db, noticeId)];
}

const SEALED_SHUT = { outcome: 'failed', status: null, isChannelWide: true } as const;

type Send = () => Promise<AttemptResult>;

function webhookOf(
  { egress, keyring, sendMs }: CarryDeps,
  { id: channelId, name, sealedUrl, signing, expectBody }: WayRow,
  { id, kind, createdAt, startedAt }: ClaimedDelivery,
  notices: readonly Notice[],
): Send | AppError {
  const opened = openedOr(() => ({
    url: openSecret(keyring, secretFields.url(channelId), sealedUrl ?? ''),
    secrets: signing.map((sealed) => openSecret(keyring, secretFields.signing(channelId), sealed)),
  }));
  if (opened instanceof AppError) return opened;
  const at = instantOf(createdAt).toString();
  const [notice] = notices;
  const body = kind === 'digest' ? digestBody(notices, at) : notice ? noticeBody(notice) : testBody(name, at);
  return () => sendWebhook(egress, { ...opened, id, atMs: startedAt.getTime(), body, expectBody }, sendMs);
}

function mailOf(
  { egress, keyring, sendMs }: CarryDeps,
  { id: channelId, name, sealedPassword }: WayRow,
  { user, from, ...server }: EmailSettings,
  { id, kind, address, createdAt }: ClaimedDelivery,
  notices: readonly Notice[],
): Send | AppError {
  const login = openedOr((): MailServer['login'] =>
    user === null || sealedPassword === null
      ? null
      : { user, password: openSecret(keyring, secretFields.password(channelId), sealedPassword) },
  );
  if (login instanceof AppError) return login;
  const [first] = notices;
  const mail = {
    ...mailTextOf(kind, notices, name),
    ...{ id, from, to: address ?? '', isUrgent: (first?.urgency ?? 1) >= URGENT, date: createdAt },
  };
  return () => sendMail(egress, { ...server, login }, mail, sendMs);
}

function mailTextOf(kind: ClaimedDelivery['kind'], notices: readonly Notice[], channelName: string): MailText {
  const [notice] = notices;
  if (kind === 'digest') return digestMail(notices);
  return notice ? noticeMail(notice) : testMail(channelName);
}

/** Mails of this urgency are marked as important. */
const URGENT = 3;

/** A secret that another key sealed is an administrator's matter, not the end of the work on other channels. */
function openedOr<T>(open: () => T): T | AppError {
  try {
    return open();
  } catch (thrown) {
    if (thrown instanceof AppError) return thrown;
    throw thrown;
  }
}

async function wayOf(db: Queryable, channelId: string): Promise<WayRow> {
  const [row] = await db.rows<WayRow>(
    `SELECT id, name, sealed_url AS "sealedUrl", expect_body AS "expectBody", sealed_password AS "sealedPassword",
       array_remove(ARRAY[sealed_secret,
         CASE WHEN previous_secret_until > clock_timestamp() THEN sealed_previous_secret END], NULL) AS signing,
       CASE WHEN kind = 'email' THEN jsonb_build_object('host', smtp_host, 'port', smtp_port, 'security', smtp_security,
         'user', smtp_user, 'from', mail_from) END AS email
     FROM notification_channel WHERE id = $1`,
    [channelId],
  );
  if (!row) throw new Error('channels are never deleted');
  return row;
}
