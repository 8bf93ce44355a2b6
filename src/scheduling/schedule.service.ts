import { recordAudit } from '../audit/audit.store.ts';
import { SYSTEM_ACTOR } from '../audit/entry.ts';
import type { Origin } from '../auth/actor.ts';
import type { Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import { checkTiming, type Timing } from './calculator.ts';
import type { CatchUp } from './catch-up.ts';
import { fireDueSlots } from './fire-slots.ts';
import type { JobQueue } from './queue.ts';
import { queueName } from './queue-name.ts';
import { scheduleById, scheduleByName } from './schedule.queries.ts';
import {
  insertManualFire,
  insertSchedule,
  lockSchedule,
  setPaused,
  updateTiming,
  updateWork,
} from './schedule.store.ts';
import type { Schedule, ScheduleSpec } from './schedule.ts';

/**
 * Makes a schedule of Muster's own when there is none of its name. One that exists keeps its timing and pause, which
 * belong to the operators; its job, payload and tag follow the release. Replicas may race.
 * @throws AppError `invalid` for a timing that is wrong.
 */
export async function ensureSchedule(tx: Tx, spec: ScheduleSpec): Promise<Schedule> {
  const checked = { ...spec, ...checkTiming(spec) };
  const made = await insertSchedule(tx, checked);
  const updated = made === undefined && (await updateWork(tx, checked));
  const schedule = await scheduleByName(tx, spec.name);
  if (made !== undefined || updated) {
    const { cron, zone, catchUp, job, payload, workerTag, surprise } = schedule;
    await record(tx, { actor: SYSTEM_ACTOR }, made ? 'create' : 'update', schedule.id, {
      name: spec.name,
      ...(made ? { cron, zone, catchUp, ...(surprise ? { surprise } : {}) } : {}),
      job,
      payload,
      workerTag,
    });
  }
  return schedule;
}

/** Lets no slot fire from now on; each is recorded as skipped. Nothing changes when the schedule is paused already. */
export async function pauseSchedule(
  tx: Tx,
  queue: JobQueue,
  origin: Origin,
  id: string,
  reason = '',
): Promise<Schedule> {
  const schedule = await settle(tx, queue, id);
  if (schedule.pausedAt !== null) return schedule;
  await setPaused(tx, id, true);
  await record(tx, origin, 'pause', id, { name: schedule.name, ...(reason === '' ? {} : { reason }) });
  return scheduleById(tx, id);
}

/** Lets slots fire again, from the next one on. Nothing changes when the schedule is not paused. */
export async function resumeSchedule(tx: Tx, queue: JobQueue, origin: Origin, id: string): Promise<Schedule> {
  const schedule = await settle(tx, queue, id);
  if (schedule.pausedAt === null) return schedule;
  await setPaused(tx, id, false);
  await record(tx, origin, 'resume', id, { name: schedule.name, pausedAt: schedule.pausedAt.toString() });
  return scheduleById(tx, id);
}

/** What may be changed about when a schedule is due; what is left out stays. */
export interface TimingChange {
  readonly cron?: string | undefined;
  readonly zone?: string | undefined;
  readonly catchUp?: CatchUp | undefined;
}

/**
 * Changes when a schedule is due. Slots of the old timing that are due by now are judged first; the new one counts from now.
 * @throws AppError `stale` when the schedule is not of the version that the caller read, `invalid` for a wrong timing.
 */
export async function changeTiming(
  tx: Tx,
  queue: JobQueue,
  origin: Origin,
  request: { readonly id: string; readonly expectedVersion: number; readonly change: TimingChange },
): Promise<Schedule> {
  const { id, expectedVersion, change } = request;
  const before = await settle(tx, queue, id);
  const timing: Timing = checkTiming({ cron: change.cron ?? before.cron, zone: change.zone ?? before.zone });
  const catchUp = change.catchUp ?? before.catchUp;
  // Whoever states a pattern wants that, and no surprise any more.
  const keepsSurprise = change.cron === undefined;
  await updateTiming(tx, id, expectedVersion, { ...timing, catchUp, keepsSurprise });
  await record(tx, origin, 'change-timing', id, {
    name: before.name,
    from: { cron: before.cron, zone: before.zone, catchUp: before.catchUp },
    to: { ...timing, catchUp },
  });
  return scheduleById(tx, id);
}

/** A run on demand: its fire in the history and its job. */
export interface ManualRun {
  readonly fireId: string;
  readonly jobId: string;
}

/** Enqueues the schedule's job now, whatever its timing says and also while it is paused. The slots are not touched. */
export async function runScheduleNow(tx: Tx, queue: JobQueue, origin: Origin, id: string): Promise<ManualRun> {
  const { name, job, payload, workerTag } = await scheduleById(tx, id);
  const jobId = newId();
  const fireId = await insertManualFire(tx, { scheduleId: id, jobQueue: queueName(job, workerTag), jobId });
  await queue.enqueue(tx, job, payload, { id: jobId, tag: workerTag });
  await record(tx, origin, 'run', id, { name, jobId });
  return { fireId, jobId };
}

/** Batches that a change spends on slots that are due before it. */
const SETTLE_BATCHES_MAX = 4;

/** Locks a schedule and judges what is due by now, so that a change never decides about the past. */
async function settle(tx: Tx, queue: JobQueue, id: string): Promise<Schedule> {
  for (let batch = 0; batch < SETTLE_BATCHES_MAX; batch += 1) {
    const { more } = await fireDueSlots(tx, queue, await lockSchedule(tx, id));
    if (!more) return scheduleById(tx, id);
  }
  throw new AppError(
    'unavailable',
    'schedule-behind',
    'The schedule is still working through slots of the past: try again in a minute',
  );
}

function record(tx: Tx, origin: Origin, verb: string, id: string, details: Readonly<Record<string, unknown>>) {
  return recordAudit(tx, { ...origin, action: `schedule.${verb}`, subjectKind: 'schedule', subjectId: id, details });
}
