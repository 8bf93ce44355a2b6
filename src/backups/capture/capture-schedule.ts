import type { Origin } from '../../auth/actor.ts';
import type { Tx } from '../../database/database.ts';
import type { JobQueue } from '../../scheduling/queue.ts';
import { findSchedule } from '../../scheduling/schedule.queries.ts';
import { changeTiming, ensureSchedule, pauseSchedule, resumeSchedule } from '../../scheduling/schedule.service.ts';
import type { BackupSet } from '../backup-catalogue.ts';
import { TAKE_JOB } from '../backup-job-name.ts';

/** Which set is taken when. */
export interface CaptureTiming {
  readonly set: BackupSet;
  readonly workerTag: string;
  /** It had no schedule before: a pause that stems from that ends. */
  readonly isNew: boolean;
}

const nameOf = ({ name }: BackupSet) => `${name}.backup`;

/**
 * Has the backups of a set taken by its schedule from now on, after a time without the service only the latest slot; of a set
 * without a schedule none.
 */
export async function scheduleCaptures(
  tx: Tx,
  queue: JobQueue,
  origin: Origin,
  { set, workerTag, isNew }: CaptureTiming,
): Promise<void> {
  const { schedule, zone = 'UTC' } = set.external ?? {};
  if (schedule === undefined) return endCaptures(tx, queue, origin, set);
  const timing = { cron: schedule.cron, zone };
  const work = { job: TAKE_JOB, payload: { setId: set.id }, workerTag };
  const known = await ensureSchedule(tx, { name: nameOf(set), ...timing, catchUp: 'latest', ...work });
  if (known.cron !== timing.cron || known.zone !== timing.zone) {
    await changeTiming(tx, queue, origin, { id: known.id, expectedVersion: known.version, change: timing });
  }
  if (isNew) await resumeSchedule(tx, queue, origin, known.id);
}

/** Has no backups of a set taken by a schedule any more. */
export async function endCaptures(tx: Tx, queue: JobQueue, origin: Origin, set: BackupSet): Promise<void> {
  const known = await findSchedule(tx, nameOf(set));
  if (known !== undefined) await pauseSchedule(tx, queue, origin, known.id);
}
