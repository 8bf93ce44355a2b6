import type { ConnectionSettings } from '../../database/connection.ts';
import type { Database } from '../../database/database.ts';
import { listen } from '../../database/listen.ts';
import { messageOf } from '../../kernel/errors.ts';
import { isId } from '../../kernel/ids.ts';
import type { Logger } from '../../kernel/log.ts';
import type { JobQueue } from '../../scheduling/queue.ts';
import { channelsWithDue } from './delivery.queries.ts';
import { DELIVERY_CHANNEL } from './delivery.store.ts';
import { enqueueDelivery } from './delivery-order.ts';

export interface DeliveryWatchOptions {
  readonly db: Database;
  readonly queue: JobQueue;
  readonly service: ConnectionSettings;
  readonly log: Logger;
}

/** Channels that are looked at when listening begins; the sweep finds more. */
const CHANNELS_MAX = 1000;

/**
 * Orders the sending of what was written to the outbox, at once. Whoever tells something has a transaction and no queue, and may
 * be a command on another machine: so the database says at the commit for which channel something is due, and every process that
 * works jobs hears it and puts the job into the queue, of which one is made. What is not heard (no process ran, the connection
 * was away) is found when listening begins, and by the sweep of every minute: the row in the outbox is what counts.
 */
export function startDeliveryWatch({ db, queue, service, log }: DeliveryWatchOptions): { stop(): Promise<void> } {
  const due = new Set<string>();
  let ordering: Promise<void> | undefined;
  // Many notices at once are one order: whatever came meanwhile goes with the next round.
  const orderAll = async () => {
    for (const channelId of due) {
      due.delete(channelId);
      try {
        await db.transaction((tx) => enqueueDelivery(tx, queue, channelId));
      } catch (thrown) {
        log.warn({ channelId, reason: messageOf(thrown) }, 'the sweep will order it');
      }
    }
    ordering = undefined;
  };
  const order = (channelId: string) => {
    due.add(channelId);
    ordering ??= orderAll();
  };
  const orderDue = async () => {
    try {
      for (const channelId of await channelsWithDue(db, CHANNELS_MAX)) order(channelId);
    } catch (thrown) {
      log.warn({ reason: messageOf(thrown) }, 'the sweep will look for notices that wait to be sent');
    }
  };
  let looking = Promise.resolve();
  const listener = listen({
    settings: service,
    channel: DELIVERY_CHANNEL,
    onMessage: (payload) => {
      if (isId(payload)) order(payload);
    },
    onListening: () => {
      looking = orderDue();
    },
    log,
  });
  return {
    async stop() {
      await listener.stop();
      await looking;
      await ordering;
    },
  };
}
