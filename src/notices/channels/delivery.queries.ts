import type { Queryable } from '../../database/database.ts';
import { instantOf } from '../../kernel/clock.ts';
import { AppError } from '../../kernel/errors.ts';
import type { Delivery, DeliveryAttempt, DeliveryState } from './delivery.ts';

/** One page of deliveries. */
export interface DeliveryPage {
  readonly channelId?: string | undefined;
  readonly state?: DeliveryState | undefined;
  readonly limit: number;
  /** The id of the last delivery of the page before. */
  readonly after?: string | undefined;
}

interface DeliveryRow extends Omit<Delivery, 'dueAt' | 'settledAt' | 'createdAt'> {
  readonly dueAt: Date;
  readonly settledAt: Date | null;
  readonly createdAt: Date;
}

const SELECT_DELIVERY = `
  SELECT d.id, d.kind, jsonb_build_object('id', c.id, 'name', c.name) AS channel,
    CASE WHEN n.id IS NOT NULL THEN jsonb_build_object('id', n.id, 'kind', n.kind, 'summary', n.summary) END AS notice,
    d.urgency, d.address, d.state, d.digest_id AS "digestId",
    d.attempt, d.due_at AS "dueAt", d.settled_at AS "settledAt", d.created_at AS "createdAt"
  FROM notice_delivery d JOIN notification_channel c ON c.id = d.channel_id LEFT JOIN notice n ON n.id = d.notice_id`;

const deliveryOf = (row: DeliveryRow): Delivery => ({
  ...row,
  dueAt: instantOf(row.dueAt),
  settledAt: row.settledAt && instantOf(row.settledAt),
  createdAt: instantOf(row.createdAt),
});

/** Deliveries, newest first. */
export async function listDeliveries(db: Queryable, page: DeliveryPage): Promise<Delivery[]> {
  const parameters: unknown[] = [page.limit];
  const conditions = ['true'];
  if (page.channelId !== undefined) conditions.push(`d.channel_id = $${parameters.push(page.channelId)}`);
  // As text in the statement, so that the partial indexes of the states that are looked for fit. It is one of four words.
  if (page.state !== undefined) conditions.push(`d.state = '${page.state}'`);
  if (page.after !== undefined) conditions.push(`d.id < $${parameters.push(page.after)}`);
  const rows = await db.rows<DeliveryRow>(
    `${SELECT_DELIVERY} WHERE ${conditions.join(' AND ')} ORDER BY d.id DESC LIMIT $1`,
    parameters,
  );
  return rows.map(deliveryOf);
}

/** @throws AppError `not-found` `no-such-notice-delivery`. */
export async function deliveryById(db: Queryable, id: string): Promise<Delivery> {
  const [row] = await db.rows<DeliveryRow>(`${SELECT_DELIVERY} WHERE d.id = $1`, [id]);
  if (!row) throw new AppError('not-found', 'no-such-notice-delivery', `There is no delivery ${id}`);
  return deliveryOf(row);
}

/** As many attempts as an answer holds. */
const ATTEMPTS_SHOWN = 100;

/** The newest attempts at a delivery, oldest first. */
export async function attemptsAt(db: Queryable, deliveryId: string): Promise<DeliveryAttempt[]> {
  const rows = await db.rows<
    Omit<DeliveryAttempt, 'startedAt' | 'endedAt'> & { startedAt: Date; endedAt: Date | null }
  >(
    `SELECT attempt, started_at AS "startedAt", ended_at AS "endedAt", outcome, status, detail FROM delivery_attempt
     WHERE delivery_id = $1 ORDER BY attempt DESC LIMIT $2`,
    [deliveryId, ATTEMPTS_SHOWN],
  );
  return rows
    .map((row) => ({ ...row, startedAt: instantOf(row.startedAt), endedAt: row.endedAt && instantOf(row.endedAt) }))
    .toReversed();
}

/** Channels with something due that nobody is sending, at most so many. Those that are paused are none. */
export async function channelsWithDue(db: Queryable, limit: number): Promise<string[]> {
  const rows = await db.rows<{ id: string }>(
    `SELECT c.id FROM notification_channel c
     WHERE c.disabled_at IS NULL AND coalesce(c.paused_until <= clock_timestamp(), true)
       AND EXISTS (SELECT FROM notice_delivery d WHERE d.channel_id = c.id AND d.state IN ('waiting', 'sending')
         AND coalesce(d.lease_until, d.due_at) <= clock_timestamp())
     ORDER BY c.id LIMIT $1`,
    [limit],
  );
  return rows.map(({ id }) => id);
}

/**
 * When something of a channel can be sent next: due, behind its pause, and inside its limit of messages.
 * @returns null when nothing waits, or the channel is not used.
 */
export async function nextDueAt(
  db: Queryable,
  channelId: string,
): Promise<{ readonly at: Date; readonly now: Date } | null> {
  const [row] = await db.rows<{ at: Date | null; now: Date }>(
    `SELECT clock_timestamp() AS now, greatest(c.paused_until,
       (SELECT min(coalesce(d.lease_until, d.due_at)) FROM notice_delivery d
        WHERE d.channel_id = c.id AND d.state IN ('waiting', 'sending')),
       (SELECT a.started_at + interval '1 minute' FROM delivery_attempt a WHERE a.channel_id = c.id
        ORDER BY a.started_at DESC OFFSET c.messages_per_minute - 1 LIMIT 1)) AS at
     FROM notification_channel c
     WHERE c.id = $1 AND c.disabled_at IS NULL AND c.retired_at IS NULL
       AND EXISTS (SELECT FROM notice_delivery d WHERE d.channel_id = c.id AND d.state IN ('waiting', 'sending'))`,
    [channelId],
  );
  return row?.at ? { at: row.at, now: row.now } : null;
}

/** How many deliveries are in a state. */
export async function countDeliveries(db: Queryable, state: 'waiting' | 'dead'): Promise<number> {
  const [row] = await db.rows<{ count: number }>(
    `SELECT count(*)::integer AS count FROM notice_delivery WHERE state = '${state}'`,
  );
  return row?.count ?? 0;
}
