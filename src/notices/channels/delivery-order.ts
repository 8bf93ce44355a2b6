import type { Temporal } from 'temporal-polyfill';
import type { Tx } from '../../database/database.ts';
import type { JobQueue } from '../../scheduling/queue.ts';
import { DELIVER_JOB } from './channel-job-name.ts';

/**
 * Orders the sending of what is due for a channel: now, or not before an instant. One order of each sort waits for a channel at
 * most; an earlier instant than the one that waits is left to the sweep.
 */
export async function enqueueDelivery(
  tx: Tx,
  queue: JobQueue,
  channelId: string,
  startAfter?: Temporal.Instant,
): Promise<void> {
  const order =
    startAfter === undefined ? { singletonKey: channelId } : { singletonKey: `${channelId}/later`, startAfter };
  await queue.enqueue(tx, DELIVER_JOB, { channelId }, order);
}
