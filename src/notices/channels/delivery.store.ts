import type { Queryable, Tx } from '../../database/database.ts';
import type { Urgency } from '../notice.ts';
import type { AttemptResult } from './back-off.ts';
import type { Delivery } from './delivery.ts';
import type { QuietTime } from './quiet-time.ts';

/** The channel of PostgreSQL's NOTIFY that names, at the commit, the channel for which something is due. */
export const DELIVERY_CHANNEL = 'muster_delivery';

/** A delivery that this attempt, and no other, may send until its lease runs out. */
export interface ClaimedDelivery {
  readonly id: string;
  readonly kind: Delivery['kind'];
  readonly noticeId: string | null;
  /** Of e-mail. */
  readonly address: string | null;
  readonly attempt: number;
  /** Attempts since somebody had it tried again, this one included. */
  readonly attempts: number;
  readonly createdAt: Date;
  /** When the attempt began, by the database's clock. */
  readonly startedAt: Date;
}

/** A channel that is held while one of its deliveries is taken or settled, so that its limits hold over all workers. */
interface HeldChannel {
  /** It is used, and not paused. */
  readonly isOpen: boolean;
  readonly isRetired: boolean;
  readonly messagesPerMinute: number;
  readonly digestAbove: number | null;
  readonly zone: string;
  readonly quietTimes: readonly QuietTime[];
  readonly failuresInRow: number;
  readonly name: string;
  readonly ownerId: string;
}

/** Locks a channel. Everything that changes deliveries of it locks it first. @returns undefined when there is none. */
export async function holdChannel(tx: Tx, channelId: string): Promise<HeldChannel | undefined> {
  const [held] = await tx.rows<HeldChannel>(
    `SELECT retired_at IS NOT NULL AS "isRetired", failures_in_row AS "failuresInRow", name, owner_id AS "ownerId",
       retired_at IS NULL AND disabled_at IS NULL AND coalesce(paused_until <= clock_timestamp(), true) AS "isOpen",
       messages_per_minute AS "messagesPerMinute", digest_above AS "digestAbove", zone, quiet_times AS "quietTimes"
     FROM notification_channel WHERE id = $1 FOR NO KEY UPDATE`,
    [channelId],
  );
  return held;
}

/**
 * How many attempts a channel had in the last minute. Asked behind the lock of {@link holdChannel}, in a statement of its own:
 * one that waits for a lock counts what was there before it waited.
 */
export async function attemptsOfLastMinute(tx: Tx, channelId: string): Promise<number> {
  const [row] = await tx.rows<{ attempts: number }>(
    `SELECT count(*)::integer AS attempts FROM delivery_attempt
     WHERE channel_id = $1 AND started_at > clock_timestamp() - interval '1 minute'`,
    [channelId],
  );
  return row?.attempts ?? 0;
}

/**
 * Takes the most urgent delivery that is due, or whose sender has lost it, for one attempt. The caller holds the channel.
 * @returns undefined when nothing is due.
 */
export async function claimDelivery(
  tx: Tx,
  channelId: string,
  leaseSeconds: number,
): Promise<ClaimedDelivery | undefined> {
  const [claimed] = await tx.rows<ClaimedDelivery>(
    `UPDATE notice_delivery SET state = 'sending', attempt = attempt + 1,
       lease_until = clock_timestamp() + make_interval(secs => $2)
     WHERE id = (SELECT id FROM notice_delivery
       WHERE channel_id = $1 AND ((state = 'waiting' AND due_at <= clock_timestamp())
         OR (state = 'sending' AND lease_until <= clock_timestamp()))
       ORDER BY urgency DESC, due_at, id LIMIT 1)
     RETURNING id, kind, notice_id AS "noticeId", address, attempt, attempt - attempts_before AS attempts,
       created_at AS "createdAt", clock_timestamp() AS "startedAt"`,
    [channelId, leaseSeconds],
  );
  if (!claimed) return undefined;
  await loseOpenAttempts(tx, claimed.id);
  await beginAttempt(tx, channelId, claimed);
  return claimed;
}

async function loseOpenAttempts(tx: Tx, deliveryId: string): Promise<void> {
  await tx.execute(
    `UPDATE delivery_attempt SET ended_at = clock_timestamp(), outcome = 'lost',
       detail = 'the process that sent it did not say how it ended'
     WHERE delivery_id = $1 AND ended_at IS NULL`,
    [deliveryId],
  );
}

async function beginAttempt(
  tx: Tx,
  channelId: string,
  { id, attempt, startedAt }: Pick<ClaimedDelivery, 'id' | 'attempt' | 'startedAt'>,
): Promise<void> {
  await tx.execute(
    'INSERT INTO delivery_attempt (delivery_id, attempt, channel_id, started_at) VALUES ($1, $2, $3, $4)',
    [id, attempt, channelId, startedAt],
  );
}

interface NewTest {
  readonly channelId: string;
  readonly id: string;
  readonly address: string | undefined;
  readonly leaseSeconds: number;
}

/** Enters a test message as one that is being sent. */
export async function insertTest(tx: Tx, { channelId, id, address, leaseSeconds }: NewTest): Promise<ClaimedDelivery> {
  const [claimed] = await tx.rows<ClaimedDelivery>(
    `INSERT INTO notice_delivery (id, kind, channel_id, urgency, state, attempt, lease_until, address)
     VALUES ($1, 'test', $2, 1, 'sending', 1, clock_timestamp() + make_interval(secs => $3), $4)
     RETURNING id, kind, NULL AS "noticeId", address, attempt, 1 AS attempts, created_at AS "createdAt",
       clock_timestamp() AS "startedAt"`,
    [id, channelId, leaseSeconds, address],
  );
  if (!claimed) throw new Error('INSERT ... RETURNING answered no row');
  await beginAttempt(tx, channelId, claimed);
  return claimed;
}

/** What becomes of a delivery behind an attempt. */
export type NextState =
  | { readonly state: 'delivered' | 'dead' }
  | { readonly state: 'waiting'; readonly seconds: number };

/**
 * Writes how an attempt ended, under its number: one that came back after its lease had gone to another changes nothing.
 * @returns false then.
 */
export async function settleAttempt(
  tx: Tx,
  { id, attempt }: Pick<ClaimedDelivery, 'id' | 'attempt'>,
  result: AttemptResult,
  next: NextState,
): Promise<boolean> {
  const seconds = next.state === 'waiting' ? next.seconds : null;
  const settled = await tx.execute(
    `UPDATE notice_delivery SET state = $3, lease_until = NULL,
       due_at = coalesce(clock_timestamp() + make_interval(secs => $4::integer), due_at),
       settled_at = CASE WHEN $4::integer IS NULL THEN clock_timestamp() END
     WHERE id = $1 AND attempt = $2 AND state = 'sending'`,
    [id, attempt, next.state, seconds],
  );
  if (settled === 0) return false;
  await tx.execute(
    `UPDATE delivery_attempt SET ended_at = clock_timestamp(), outcome = $3, status = $4, detail = $5
     WHERE delivery_id = $1 AND attempt = $2`,
    [id, attempt, result.outcome, result.status, result.detail.slice(0, DETAIL_CHARACTERS_MAX)],
  );
  return true;
}

const DETAIL_CHARACTERS_MAX = 300;

/** Notes that a channel has carried what a delivery is of: its notice, or those of the digest. */
export async function markNoticesDelivered(tx: Tx, deliveryId: string): Promise<void> {
  await tx.execute(
    `UPDATE notice SET delivered_at = clock_timestamp()
     WHERE id IN (SELECT notice_id FROM notice_delivery WHERE id = $1 OR digest_id = $1) AND delivered_at IS NULL`,
    [deliveryId],
  );
}

/** Notes that a message arrived: the channel works. */
export async function noteArrival(tx: Tx, channelId: string): Promise<void> {
  await tx.execute(
    `UPDATE notification_channel SET failures_in_row = 0, paused_until = NULL
     WHERE id = $1 AND (failures_in_row > 0 OR paused_until IS NOT NULL)`,
    [channelId],
  );
}

/** Counts a failure of the channel as a whole, and leaves it in peace for a while. */
export async function noteChannelFailure(tx: Tx, channelId: string, pauseSeconds: number): Promise<void> {
  await tx.execute(
    `UPDATE notification_channel SET failures_in_row = failures_in_row + 1,
       paused_until = clock_timestamp() + make_interval(secs => $2)
     WHERE id = $1`,
    [channelId, pauseSeconds],
  );
}

/** Gives up what waits for a channel that is retired. @returns how many. */
export async function buryDeliveries(tx: Tx, channelId: string): Promise<number> {
  return tx.execute(
    `UPDATE notice_delivery SET state = 'dead', settled_at = clock_timestamp()
     WHERE channel_id = $1 AND state IN ('waiting', 'bundled')`,
    [channelId],
  );
}

/** Has what waits, and was not tried yet, judged by the present quiet times at once. */
export async function judgeAnew(tx: Tx, channelId: string): Promise<void> {
  await tx.execute(
    `UPDATE notice_delivery SET due_at = clock_timestamp() WHERE channel_id = $1 AND state = 'waiting' AND attempt = 0`,
    [channelId],
  );
  await tx.execute(`SELECT pg_notify('${DELIVERY_CHANNEL}', $1)`, [channelId]);
}

/** Lets what has an urgency wait until an instant of the database's clock, in milliseconds since 1970. */
export async function holdBack(tx: Tx, channelId: string, urgency: Urgency, untilMs: number): Promise<void> {
  await tx.execute(
    `UPDATE notice_delivery SET due_at = $3 WHERE channel_id = $1 AND state = 'waiting' AND urgency = $2 AND due_at < $3`,
    [channelId, urgency, new Date(untilMs)],
  );
}

/** Has a dead delivery tried again, at once and as often as a new one. @returns false when it was not dead. */
export async function reviveDelivery(tx: Tx, id: string): Promise<boolean> {
  const revived = await tx.execute(
    `UPDATE notice_delivery SET state = 'waiting', settled_at = NULL, due_at = clock_timestamp(), attempts_before = attempt
     WHERE id = $1 AND state = 'dead'`,
    [id],
  );
  return revived > 0;
}

/** Ends the pause of a channel. */
export async function endPause(tx: Tx, channelId: string): Promise<void> {
  await tx.execute('UPDATE notification_channel SET paused_until = NULL WHERE id = $1', [channelId]);
}

/** How long settled deliveries and their attempts can be looked up. */
const KEPT_DAYS = 180;

/** Forgets deliveries that were settled long ago. @returns how many. */
export async function purgeOldDeliveries(db: Queryable): Promise<number> {
  const old = `SELECT id FROM notice_delivery WHERE settled_at < now() - make_interval(days => $1)`;
  await db.execute(`DELETE FROM delivery_attempt WHERE delivery_id IN (${old})`, [KEPT_DAYS]);
  return db.execute(
    `DELETE FROM notice_delivery d WHERE settled_at < now() - make_interval(days => $1)
       AND NOT EXISTS (SELECT FROM delivery_attempt a WHERE a.delivery_id = d.id)
       AND NOT EXISTS (SELECT FROM notice_delivery l WHERE l.digest_id = d.id
         AND l.settled_at >= now() - make_interval(days => $1))`,
    [KEPT_DAYS],
  );
}
