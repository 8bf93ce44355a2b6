import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { instantOf } from '../../kernel/clock.ts';
import { defineJob, type Job } from '../../scheduling/job.ts';
import type { JobQueue } from '../../scheduling/queue.ts';
import { DELIVER_JOB, SWEEP_JOB } from './channel-job-name.ts';
import { type DeliveryDeps, deliverDue } from './deliver.service.ts';
import { channelsWithDue, nextDueAt } from './delivery.queries.ts';
import { enqueueDelivery } from './delivery-order.ts';

/** What jobs of channels work with. */
export interface ChannelJobsDeps extends DeliveryDeps {
  readonly queue: JobQueue;
}

/** Channels that one sweep orders work for. */
const SWEPT_MAX = 1000;

/** How many channels one process sends for at the same time: one that hangs must not hold up the others. */
const CHANNELS_AT_ONCE = 4;

/** What sends notices outwards. */
export function channelJobs(deps: ChannelJobsDeps): Job[] {
  return [deliver(deps), sweep(deps)];
}

function deliver(deps: ChannelJobsDeps): Job {
  const { db, queue } = deps;
  return defineJob({
    name: DELIVER_JOB,
    payload: z.strictObject({ channelId: z.uuid() }),
    // What becomes of a message is written down with it: a retry of the job is for a database that was away.
    retry: { limit: 5, backoffSeconds: 5 },
    heartbeatSeconds: 30,
    expireSeconds: 3600,
    concurrency: CHANNELS_AT_ONCE,
    run: async ({ payload: { channelId }, signal, log }) => {
      log.info({ channelId, ...(await deliverDue(deps, channelId, signal)) }, 'sent what was due for a channel');
      const next = await nextDueAt(db, channelId);
      if (next === null) return;
      const startAfter = Temporal.Instant.compare(instantOf(next.at), instantOf(next.now)) > 0 ? next.at : undefined;
      await db.transaction((tx) => enqueueDelivery(tx, queue, channelId, startAfter && instantOf(startAfter)));
    },
  });
}

function sweep({ db, queue }: ChannelJobsDeps): Job {
  return defineJob({
    name: SWEEP_JOB,
    payload: z.strictObject({}),
    retry: { limit: 1, backoffSeconds: 5 },
    heartbeatSeconds: 30,
    expireSeconds: 300,
    run: async ({ log }) => {
      const channels = await channelsWithDue(db, SWEPT_MAX);
      for (const channelId of channels) await db.transaction((tx) => enqueueDelivery(tx, queue, channelId));
      log.info({ channels: channels.length }, 'looked for notices that wait to be sent');
    },
  });
}
