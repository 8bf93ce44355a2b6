import { randomBytes } from 'node:crypto';
import type { Temporal } from 'temporal-polyfill';
import type { Tx } from '../database/database.ts';
import { dateOf } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { newId } from '../kernel/ids.ts';
import type { Timing } from './calculator.ts';
import type { CatchUp, JudgedSlot } from './catch-up.ts';
import { DEFAULT_TAG } from './queue-name.ts';
import { SCHEDULE_COLUMNS, type ScheduleRow, scheduleOf } from './schedule.queries.ts';
import type { Schedule, ScheduleSpec } from './schedule.ts';

const SURPRISE_KEY_BYTES = 32;

/** Makes the schedule, its slots counting from now on; answers its id, or undefined when the name is taken. */
export async function insertSchedule(tx: Tx, spec: ScheduleSpec): Promise<string | undefined> {
  const [row] = await tx.rows<{ id: string }>(
    `INSERT INTO schedule (id, name, cron, zone, catch_up, job, payload, worker_tag, system, cursor_at, surprise, surprise_key)
     VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8, true, clock_timestamp(), $9::jsonb, $10)
     ON CONFLICT ON CONSTRAINT schedule_name_key DO NOTHING RETURNING id`,
    [
      newId(),
      spec.name,
      spec.cron,
      spec.zone,
      spec.catchUp,
      spec.job,
      JSON.stringify(spec.payload),
      spec.workerTag ?? DEFAULT_TAG,
      spec.surprise ? JSON.stringify(spec.surprise) : null,
      spec.surprise ? randomBytes(SURPRISE_KEY_BYTES) : null,
    ],
  );
  return row?.id;
}

/** Gives a schedule the work that this release declares for it; answers whether that was another than before. */
export async function updateWork(tx: Tx, spec: ScheduleSpec): Promise<boolean> {
  const changed = await tx.execute(
    `UPDATE schedule SET job = $2, payload = $3::jsonb, worker_tag = $4, version = version + 1
     WHERE name = $1 AND (job, payload, worker_tag) IS DISTINCT FROM ($2, $3::jsonb, $4)`,
    [spec.name, spec.job, JSON.stringify(spec.payload), spec.workerTag ?? DEFAULT_TAG],
  );
  return changed === 1;
}

/**
 * Locks a schedule until the transaction ends.
 * @throws AppError `not-found`.
 */
export async function lockSchedule(tx: Tx, id: string): Promise<Schedule> {
  const [row] = await tx.rows<ScheduleRow>(`SELECT ${SCHEDULE_COLUMNS} FROM schedule WHERE id = $1 FOR NO KEY UPDATE`, [
    id,
  ]);
  if (!row) throw new AppError('not-found', 'no-such-schedule', `There is no schedule ${id}`);
  return scheduleOf(row);
}

/** Locks a schedule, or answers undefined when somebody else is at it (or it is gone). */
export async function tryLockSchedule(tx: Tx, id: string): Promise<Schedule | undefined> {
  const [row] = await tx.rows<ScheduleRow>(
    `SELECT ${SCHEDULE_COLUMNS} FROM schedule WHERE id = $1 FOR NO KEY UPDATE SKIP LOCKED`,
    [id],
  );
  return row && scheduleOf(row);
}

/** Takes note that every slot up to `cursor` has been judged. The schedule is locked. */
export async function moveCursor(tx: Tx, id: string, cursor: Temporal.Instant): Promise<void> {
  await tx.execute('UPDATE schedule SET cursor_at = $2 WHERE id = $1', [id, dateOf(cursor)]);
}

/** Puts the cursor of a schedule whose cursor lies in the future back to now, and forgets the judgements made for then. */
export async function rewindCursor(tx: Tx, id: string): Promise<void> {
  await tx.execute('UPDATE schedule SET cursor_at = clock_timestamp() WHERE id = $1', [id]);
  await tx.execute(
    `DELETE FROM schedule_fire WHERE schedule_id = $1 AND slot > clock_timestamp() AND state <> 'fired'`,
    [id],
  );
}

/** Pauses or resumes; the schedule is locked. */
export async function setPaused(tx: Tx, id: string, paused: boolean): Promise<void> {
  await tx.execute(
    `UPDATE schedule SET paused_at = CASE WHEN $2 THEN clock_timestamp() END, version = version + 1 WHERE id = $1`,
    [id, paused],
  );
}

/**
 * Changes when a schedule is due; the new pattern counts from now on, also in place of a surprise. The schedule is locked.
 * @throws AppError `stale` when it is of another version.
 */
export async function updateTiming(
  tx: Tx,
  id: string,
  version: number,
  timing: Timing & { readonly catchUp: CatchUp; readonly keepsSurprise: boolean },
): Promise<void> {
  const changed = await tx.execute(
    `UPDATE schedule SET cron = $3, zone = $4, catch_up = $5, cursor_at = clock_timestamp(), version = version + 1,
            surprise = CASE WHEN $6 THEN surprise END, surprise_key = CASE WHEN $6 THEN surprise_key END
     WHERE id = $1 AND version = $2`,
    [id, version, timing.cron, timing.zone, timing.catchUp, timing.keepsSurprise],
  );
  if (changed === 1) return;
  throw new AppError('stale', 'stale-schedule', `The schedule is not of version ${version} any more: read it again`);
}

/** One slot as it is written: with the id of its job when it fires. */
export interface FireDraft extends JudgedSlot {
  readonly jobId: string | null;
}

/** Writes what became of slots, and answers the epoch milliseconds of those that nobody had written before. */
export async function insertSlots(
  tx: Tx,
  scheduleId: string,
  jobQueue: string,
  drafts: readonly FireDraft[],
): Promise<ReadonlySet<number>> {
  const rows = await tx.rows<{ slot: Date }>(
    `INSERT INTO schedule_fire (id, schedule_id, slot, manual, state, job_id, job_queue)
     SELECT d.id, $1, d.slot, false, d.state, d.job_id, CASE WHEN d.job_id IS NOT NULL THEN $2 END
     FROM unnest($3::uuid[], $4::timestamptz[], $5::text[], $6::uuid[]) AS d (id, slot, state, job_id)
     ON CONFLICT (schedule_id, slot) WHERE NOT manual DO NOTHING RETURNING slot`,
    [
      scheduleId,
      jobQueue,
      drafts.map(() => newId()),
      drafts.map((draft) => draft.slot.toString()),
      drafts.map((draft) => draft.state),
      drafts.map((draft) => draft.jobId),
    ],
  );
  return new Set(rows.map((row) => row.slot.getTime()));
}

/** Writes a run on demand and answers the fire's id. */
export async function insertManualFire(
  tx: Tx,
  fire: { readonly scheduleId: string; readonly jobQueue: string; readonly jobId: string },
): Promise<string> {
  const id = newId();
  await tx.execute(
    `INSERT INTO schedule_fire (id, schedule_id, slot, manual, state, job_id, job_queue)
     VALUES ($1, $2, date_trunc('milliseconds', clock_timestamp()), true, 'fired', $3, $4)`,
    [id, fire.scheduleId, fire.jobId, fire.jobQueue],
  );
  return id;
}
