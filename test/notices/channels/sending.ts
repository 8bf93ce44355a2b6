import type { ConnectionSettings } from '../../../src/database/connection.ts';
import type { Database } from '../../../src/database/database.ts';
import { createEgress } from '../../../src/egress/egress.ts';
import type { Logger } from '../../../src/kernel/log.ts';
import { channelJobs } from '../../../src/notices/channels/channel.jobs.ts';
import { startDeliveryWatch } from '../../../src/notices/channels/delivery-watch.ts';
import type { Job } from '../../../src/scheduling/job.ts';
import { createJobQueue, type JobQueue } from '../../../src/scheduling/queue.ts';
import type { Keyring } from '../../../src/secrets/keyring.ts';

export interface SendingOptions {
  readonly db: Database;
  readonly service: ConnectionSettings;
  readonly keyring: Keyring;
  readonly leaseSeconds: number;
  readonly log: Logger;
}

/** The part of a process of Muster that works the outbox: the queue, its workers, and the watch. */
export async function startSending({ db, service, keyring, leaseSeconds, log }: SendingOptions) {
  const egress = createEgress({ allowList: ['http://127.0.0.1:*'] });
  const list: Job[] = [];
  const queue: JobQueue = await createJobQueue({ service, jobs: () => list, log, drainSeconds: 2 });
  list.push(...channelJobs({ db, queue, egress, keyring, sendMs: 1000, leaseSeconds }));
  await queue.startWorkers({ tags: ['default'], signal: new AbortController().signal });
  const watch = startDeliveryWatch({ db, queue, service, log });
  return {
    queue,
    async stop() {
      await watch.stop();
      await queue.close();
    },
  };
}
