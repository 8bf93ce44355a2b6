import { recordAudit } from '../../audit/audit.store.ts';
import { originOf } from '../../auth/actor.ts';
import type { Caller } from '../../auth/caller.ts';
import { holdOwner } from '../../auth/owner.store.ts';
import type { Tx } from '../../database/database.ts';
import { lockRetirable, retireRow } from '../../database/retirable-row.ts';
import { AppError } from '../../kernel/errors.ts';
import { newId } from '../../kernel/ids.ts';
import type { Keyring } from '../../secrets/keyring.ts';
import { sealSecret } from '../../secrets/sealed-secret.ts';
import { channelById } from './channel.queries.ts';
import {
  disableChannelRow,
  enableChannelRow,
  insertChannel,
  replaceSecret,
  replaceSubscriptions,
  updateChannelRow,
} from './channel.store.ts';
import type { Channel, ChannelChange, NewChannel } from './channel.ts';
import { secretFields } from './channel-secrets.ts';
import { CHANNEL_TABLE } from './channel-table.ts';
import { changedWayOf, newWayOf } from './channel-way.ts';
import { buryDeliveries, judgeAnew } from './delivery.store.ts';
import { makeWebhookSecret } from './webhook-signature.ts';

/** A channel and the version of it that the caller has read. */
export interface ChannelTarget {
  readonly id: string;
  readonly expectedVersion: number;
}

/** A channel with the secret that signs its messages (none for e-mail): this is the only moment at which it is shown. */
export interface ChannelWithSecret {
  readonly channel: Channel;
  readonly secret: string | null;
}

/**
 * Adds a channel.
 * @throws AppError as `newWayOf`; `conflict` `notification-channel-name-taken`; `unprocessable` `unsuitable-owner`,
 *   `unsuitable-recipient`.
 */
export async function createChannel(
  tx: Tx,
  caller: Caller,
  keyring: Keyring,
  wanted: NewChannel,
): Promise<ChannelWithSecret> {
  const { name, messagesPerMinute, digestAbove, zone, quietTimes, subscriptions } = wanted;
  const id = newId();
  const { way, secret } = newWayOf(keyring, id, wanted);
  const owner = await holdOwner(tx, wanted.ownerId, '#/ownerId');
  await insertChannel(tx, id, { name, owner, messagesPerMinute, digestAbove, zone, quietTimes, ...way });
  await replaceSubscriptions(tx, id, subscriptions);
  await record(tx, caller, 'create', id, shown(wanted, way.destination));
  return { channel: await channelById(tx, id), secret };
}

/**
 * Changes a channel: what the change names replaces what was there, the subscriptions as a whole. What waits goes to the place
 * that the channel has when it is sent.
 * @throws AppError `not-found`, `stale`; `conflict` `notification-channel-retired`; as `changedWayOf`
 *   and {@link createChannel}.
 */
export async function updateChannel(
  tx: Tx,
  caller: Caller,
  keyring: Keyring,
  target: ChannelTarget,
  change: ChannelChange,
): Promise<Channel> {
  await lockRetirable(tx, CHANNEL_TABLE, target);
  const { ownerId, subscriptions, webhook: _webhook, email: _email, ...columns } = change;
  const way = changedWayOf(keyring, await channelById(tx, target.id), change);
  const owner = ownerId === undefined ? undefined : await holdOwner(tx, ownerId, '#/ownerId');
  await updateChannelRow(tx, target.id, { ...columns, owner, ...way });
  // What waits for the end of a quiet time waits for that of the new ones, if they hold it at all.
  if (change.quietTimes !== undefined || change.zone !== undefined) await judgeAnew(tx, target.id);
  if (subscriptions !== undefined) await replaceSubscriptions(tx, target.id, subscriptions);
  await record(tx, caller, 'update', target.id, shown(change, way.destination));
  return channelById(tx, target.id);
}

/** Takes a channel out of use for good: what waits for it is dead. @throws AppError `not-found`, `stale`; `conflict`. */
export async function retireChannel(tx: Tx, caller: Caller, target: ChannelTarget, reason: string): Promise<Channel> {
  const name = await lockRetirable(tx, CHANNEL_TABLE, target);
  await retireRow(tx, CHANNEL_TABLE, target.id, reason);
  const buried = await buryDeliveries(tx, target.id);
  await record(tx, caller, 'retire', target.id, { name, reason, deliveriesGivenUp: buried });
  return channelById(tx, target.id);
}

/**
 * Gives a channel nothing new any more, until it is enabled: notices of that time are not sent by it. What waits goes on
 * waiting.
 * @throws AppError `not-found`, `stale`; `conflict` `notification-channel-retired`, `notification-channel-disabled`.
 */
export async function disableChannel(tx: Tx, caller: Caller, target: ChannelTarget, reason: string): Promise<Channel> {
  const name = await lockRetirable(tx, CHANNEL_TABLE, target);
  if (!(await disableChannelRow(tx, target.id, reason))) {
    throw new AppError('conflict', 'notification-channel-disabled', `${name} is disabled already`);
  }
  await record(tx, caller, 'disable', target.id, { reason });
  return channelById(tx, target.id);
}

/**
 * Uses a channel again: what waited for it goes at once.
 * @throws AppError `not-found`, `stale`; `conflict` `notification-channel-retired`, `notification-channel-enabled`.
 */
export async function enableChannel(tx: Tx, caller: Caller, target: ChannelTarget): Promise<Channel> {
  const name = await lockRetirable(tx, CHANNEL_TABLE, target);
  if (!(await enableChannelRow(tx, target.id))) {
    throw new AppError('conflict', 'notification-channel-enabled', `${name} is not disabled`);
  }
  await record(tx, caller, 'enable', target.id, {});
  return channelById(tx, target.id);
}

/**
 * Makes another secret for a channel. The one before signs as well for so many hours, in which receivers are changed over.
 * @throws AppError `not-found`, `stale`; `conflict` `notification-channel-retired`, `not-a-webhook`.
 */
export async function rotateSecret(
  tx: Tx,
  caller: Caller,
  keyring: Keyring,
  target: ChannelTarget,
  keepPreviousHours: number,
): Promise<ChannelWithSecret> {
  const name = await lockRetirable(tx, CHANNEL_TABLE, target);
  if ((await channelById(tx, target.id)).webhook === null) {
    throw new AppError('conflict', 'not-a-webhook', `${name} is e-mail: only messages of webhooks are signed`);
  }
  const secret = makeWebhookSecret();
  await replaceSecret(tx, target.id, sealSecret(keyring, secretFields.signing(target.id), secret), keepPreviousHours);
  await record(tx, caller, 'rotate-secret', target.id, { keepPreviousHours });
  return { channel: await channelById(tx, target.id), secret };
}

/** What the audit trail says of a request: neither a URL, which may be a token, nor a password. */
function shown({ webhook, email, ...details }: NewChannel | ChannelChange, destination: string | undefined): object {
  const { url, ...webhookSettings } = webhook ?? {};
  const { password, ...emailSettings } = email ?? {};
  return {
    ...details,
    ...(webhook === undefined ? {} : { webhook: webhookSettings }),
    ...(email === undefined ? {} : { email: emailSettings }),
    ...(password === undefined ? {} : { password: password === null ? 'none' : 'given' }),
    ...(destination === undefined ? {} : { destination }),
  };
}

async function record(tx: Tx, caller: Caller, act: string, subjectId: string, details: object): Promise<void> {
  const subject = { subjectKind: 'notification-channel', subjectId };
  await recordAudit(tx, {
    ...originOf(caller),
    action: `notification-channel.${act}`,
    ...subject,
    details: { ...details },
  });
}
