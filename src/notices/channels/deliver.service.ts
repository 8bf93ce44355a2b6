import { recordAudit } from '../../audit/audit.store.ts';
import { SYSTEM_ACTOR } from '../../audit/entry.ts';
import type { Database, Tx } from '../../database/database.ts';
import { databaseNowMs } from '../../database/now.ts';
import { AppError } from '../../kernel/errors.ts';
import { postNotice } from '../notice.store.ts';
import type { Urgency } from '../notice.ts';
import { type AttemptResult, channelPauseSeconds, pauseSeconds } from './back-off.ts';
import { type CarryDeps, carry } from './carry.ts';
import { disableChannelRow } from './channel.store.ts';
import {
  attemptsOfLastMinute,
  buryDeliveries,
  type ClaimedDelivery,
  claimDelivery,
  holdBack,
  holdChannel,
  markNoticesDelivered,
  type NextState,
  noteArrival,
  noteChannelFailure,
  settleAttempt,
} from './delivery.store.ts';
import { bundleDue, settleListed } from './digest.store.ts';
import { type QuietTime, sendableAtMs } from './quiet-time.ts';

/** What the delivery of messages works with. */
export interface DeliveryDeps extends CarryDeps {
  readonly db: Database;
  /** How long an attempt belongs to its sender; longer than `sendMs`. */
  readonly leaseSeconds: number;
}

/** What one run for a channel did. */
export interface DeliveryRun {
  readonly delivered: number;
  readonly failed: number;
}

/** A run ends behind so many messages, so that no channel keeps a worker for itself. */
const MESSAGES_MAX = 100;

/**
 * Sends what is due for a channel, one message after the other, until nothing is due, the channel wants a pause, or the signal
 * is aborted between two messages. Runs may work the same channel at the same time: no message is sent by two of them.
 */
export async function deliverDue(deps: DeliveryDeps, channelId: string, signal: AbortSignal): Promise<DeliveryRun> {
  let [delivered, failed] = [0, 0];
  while (delivered + failed < MESSAGES_MAX && !signal.aborted) {
    const claimed = await deps.db.transaction((tx) => claimNext(tx, channelId, deps.leaseSeconds));
    if (!claimed) break;
    const outcome = await attemptAt(deps, channelId, claimed);
    if (outcome === 'delivered') delivered += 1;
    else failed += 1;
  }
  return { delivered, failed };
}

async function attemptAt(deps: DeliveryDeps, channelId: string, claimed: ClaimedDelivery) {
  const write = (result: AttemptResult) => deps.db.transaction((tx) => settle(tx, channelId, claimed, result));
  try {
    const result = await carry(deps.db, deps, channelId, claimed);
    await write(result);
    return result.outcome;
  } catch (thrown) {
    // A bug in one message must not be met again and again for ever: it counts as an attempt.
    if (!(thrown instanceof AppError)) await write(FAILED_HERE);
    throw thrown;
  }
}

const FAILED_HERE: AttemptResult = {
  outcome: 'failed',
  status: null,
  detail: 'Muster failed before it had sent it: see its log',
  isChannelWide: false,
};

async function claimNext(tx: Tx, channelId: string, leaseSeconds: number): Promise<ClaimedDelivery | undefined> {
  const channel = await holdChannel(tx, channelId);
  if (channel?.isRetired) await buryDeliveries(tx, channelId);
  if (!channel?.isOpen || (await attemptsOfLastMinute(tx, channelId)) >= channel.messagesPerMinute) return undefined;
  await holdBackQuiet(tx, channelId, channel);
  if (channel.digestAbove !== null) await bundleDue(tx, channelId, channel.digestAbove);
  return claimDelivery(tx, channelId, leaseSeconds);
}

const URGENCIES: readonly Urgency[] = [1, 2, 3, 4];

/** What is not urgent enough for the quiet time that is now is due at its end: it waits, and is not forgotten. */
async function holdBackQuiet(
  tx: Tx,
  channelId: string,
  { quietTimes, zone }: { readonly quietTimes: readonly QuietTime[]; readonly zone: string },
): Promise<void> {
  if (quietTimes.length === 0) return;
  const nowMs = await databaseNowMs(tx);
  for (const urgency of URGENCIES) {
    const untilMs = sendableAtMs(quietTimes, zone, urgency, nowMs);
    if (untilMs > nowMs) await holdBack(tx, channelId, urgency, untilMs);
  }
}

/**
 * Writes what came of an attempt: the delivery, the attempt, the notice and the channel, together.
 * @returns false when the attempt had been lost to another one, and nothing was written.
 */
export async function settle(
  tx: Tx,
  channelId: string,
  claimed: ClaimedDelivery,
  result: AttemptResult,
): Promise<boolean> {
  const channel = await holdChannel(tx, channelId);
  if (!channel) throw new Error('channels are never deleted');
  const next = nextStateOf(claimed, result);
  if (!(await settleAttempt(tx, claimed, result, next))) return false;
  if (claimed.kind === 'digest' && next.state !== 'waiting') await settleListed(tx, claimed.id, next.state);
  if (result.outcome === 'delivered') {
    await noteArrival(tx, channelId);
    await markNoticesDelivered(tx, claimed.id);
    return true;
  }
  // A test is somebody's try: what comes of it is their answer, and holds nothing else up.
  if (claimed.kind === 'test') return true;
  if (result.isChannelWide) {
    const pause = channelPauseSeconds(channel.failuresInRow + 1, result.retryAfterSeconds);
    await noteChannelFailure(tx, channelId, pause);
  }
  if (result.outcome === 'gone') await disableGone(tx, channelId, channel, claimed);
  if (next.state === 'dead') await tellDead(tx, channelId, channel, claimed, result);
  return true;
}

function nextStateOf({ kind, attempts }: ClaimedDelivery, result: AttemptResult): NextState {
  if (result.outcome === 'delivered') return { state: 'delivered' };
  const seconds = result.outcome === 'failed' ? pauseSeconds(attempts, result.retryAfterSeconds) : undefined;
  return kind === 'test' || seconds === undefined ? { state: 'dead' } : { state: 'waiting', seconds };
}

interface Told {
  readonly name: string;
  readonly ownerId: string;
}

/** 410 Gone: the receiver wants nothing any more (Standard Webhooks). Going on would be noise to it. */
async function disableGone(
  tx: Tx,
  channelId: string,
  { name, ownerId }: Told,
  { id, attempt }: ClaimedDelivery,
): Promise<void> {
  const reason = 'The receiver answered 410 Gone: it wants no messages any more';
  if (!(await disableChannelRow(tx, channelId, reason))) return;
  const subject = { subjectKind: 'notification-channel', subjectId: channelId };
  const details = { reason };
  await recordAudit(tx, { actor: SYSTEM_ACTOR, action: 'notification-channel.disable', ...subject, details });
  await postNotice(tx, {
    kind: 'notification-channel.disabled',
    recipients: [ownerId],
    ...subject,
    urgency: 2,
    summary: `The notification channel ${name} was disabled: its receiver answered 410 Gone. Change where it leads and enable it, or retire it`,
    details: { channel: name },
    onceKey: `notification-channel.disabled/${channelId}/${id}/${attempt}`,
  });
}

/** One word a day: a channel whose messages die must not fill itself with messages about that. */
async function tellDead(
  tx: Tx,
  channelId: string,
  { name, ownerId }: Told,
  { id, attempts, startedAt }: ClaimedDelivery,
  { detail }: AttemptResult,
): Promise<void> {
  const tries = attempts === 1 ? '1 attempt' : `${attempts} attempts`;
  await postNotice(tx, {
    kind: 'notification-channel.delivery-dead',
    recipients: [ownerId],
    subjectKind: 'notification-channel',
    subjectId: channelId,
    urgency: 2,
    summary: `The notification channel ${name} gave up a message behind ${tries}: ${detail}. See its deliveries in state dead, mend the cause and have them sent again`,
    details: { channel: name, deliveryId: id, detail },
    onceKey: `notification-channel.delivery-dead/${channelId}/${startedAt.toISOString().slice(0, 10)}`,
  });
}
