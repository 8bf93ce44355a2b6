import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../kernel/errors.ts';
import { jobStatus } from '../scheduling/job-status.queries.ts';
import type { Dependencies } from './dependencies.ts';

const POLL_MS = 250;

/** A job that a start waits for, while the service is up already. */
export interface AwaitedJob {
  readonly name: string;
  readonly payload: object;
  /** Of jobs of this name and key one waits at a time. */
  readonly singletonKey: string;
}

/**
 * Has a job carried out, and waits for its end.
 * @throws AppError `unavailable` `first-start-job-failed` already after the first try that failed: whoever started the service
 * should read at once what is in the way; the signal's reason.
 */
export async function carryOut(
  { runtime: { db }, queue }: Pick<Dependencies, 'runtime' | 'queue'>,
  { name, payload, singletonKey }: AwaitedJob,
  signal: AbortSignal,
): Promise<void> {
  const id = await db.transaction((tx) => queue.enqueue(tx, name, payload, { singletonKey }));
  for (;;) {
    const status = await jobStatus(db, id);
    if (status.state === 'completed') return;
    if (status.failure !== null || status.state === 'failed' || status.state === 'cancelled') {
      const why = status.failure?.message ?? status.state;
      throw new AppError('unavailable', 'first-start-job-failed', `${name} did not come to its end: ${why}`);
    }
    await delay(POLL_MS, undefined, { signal });
  }
}
