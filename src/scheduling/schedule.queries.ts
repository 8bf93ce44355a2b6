import type { Temporal } from 'temporal-polyfill';
import type { Queryable } from '../database/database.ts';
import { instantOf } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import type { CatchUp, SlotState } from './catch-up.ts';
import { QUEUE_SCHEMA } from './queue-name.ts';
import type { FireOutcome, Schedule, ScheduleFire } from './schedule.ts';
import type { Surprise } from './surprise.ts';

/** A row of `schedule`, as selected by {@link SCHEDULE_COLUMNS}. */
export interface ScheduleRow {
  readonly id: string;
  readonly name: string;
  readonly cron: string;
  readonly zone: string;
  readonly catch_up: CatchUp;
  readonly job: string;
  readonly payload: Record<string, unknown>;
  readonly worker_tag: string;
  readonly system: boolean;
  readonly paused_at: Date | null;
  readonly cursor_at: Date;
  readonly version: number;
  readonly surprise: Surprise | null;
  readonly surprise_key: Buffer | null;
}

/** The columns of a {@link ScheduleRow}. */
export const SCHEDULE_COLUMNS =
  'id, name, cron, zone, catch_up, job, payload, worker_tag, system, paused_at, cursor_at, version, surprise, surprise_key';

/** The schedule that a row holds. */
export function scheduleOf(row: ScheduleRow): Schedule {
  const { catch_up: catchUp, worker_tag: workerTag, paused_at: pausedAt, cursor_at: cursorAt, ...rest } = row;
  const { surprise, surprise_key: key, ...named } = rest;
  return {
    ...{ ...named, catchUp, workerTag, pausedAt: pausedAt && instantOf(pausedAt), cursorAt: instantOf(cursorAt) },
    ...(surprise && key ? { surprise, surpriseKey: key } : {}),
  };
}

/** The database's clock: the only one that decides what is due. */
export async function databaseNow(db: Queryable): Promise<Temporal.Instant> {
  const [row] = await db.rows<{ now: Date }>('SELECT clock_timestamp() AS now');
  if (!row) throw new AppError('internal', 'no-clock', 'The database does not say what time it is');
  return instantOf(row.now);
}

/** Schedules by name, those after `after`. */
export async function listSchedules(
  db: Queryable,
  page: { readonly limit: number; readonly after?: string | undefined },
): Promise<Schedule[]> {
  const rows = await db.rows<ScheduleRow>(
    `SELECT ${SCHEDULE_COLUMNS} FROM schedule WHERE name > $2 ORDER BY name LIMIT $1`,
    [page.limit, page.after ?? ''],
  );
  return rows.map(scheduleOf);
}

/** Every schedule of a job, by name. */
export async function schedulesOfJob(db: Queryable, job: string, limit: number): Promise<Schedule[]> {
  const rows = await db.rows<ScheduleRow>(
    `SELECT ${SCHEDULE_COLUMNS} FROM schedule WHERE job = $1 ORDER BY name LIMIT $2`,
    [job, limit],
  );
  return rows.map(scheduleOf);
}

/** @throws AppError `not-found`. */
export async function scheduleById(db: Queryable, id: string): Promise<Schedule> {
  const [row] = await db.rows<ScheduleRow>(`SELECT ${SCHEDULE_COLUMNS} FROM schedule WHERE id = $1`, [id]);
  if (!row) throw new AppError('not-found', 'no-such-schedule', `There is no schedule ${id}`);
  return scheduleOf(row);
}

/** @throws AppError `not-found`. */
export async function scheduleByName(db: Queryable, name: string): Promise<Schedule> {
  const found = await findSchedule(db, name);
  if (!found) throw new AppError('not-found', 'no-such-schedule', `There is no schedule named "${name}"`);
  return found;
}

/** The schedule of that name; undefined when there is none. */
export async function findSchedule(db: Queryable, name: string): Promise<Schedule | undefined> {
  const [row] = await db.rows<ScheduleRow>(`SELECT ${SCHEDULE_COLUMNS} FROM schedule WHERE name = $1`, [name]);
  return row && scheduleOf(row);
}

interface FireRow {
  readonly id: string;
  readonly slot: Date;
  readonly manual: boolean;
  readonly state: SlotState;
  readonly recorded_at: Date;
  readonly job_id: string | null;
  readonly outcome: FireOutcome | null;
  readonly attempt: number | null;
  readonly failure: string | null;
  readonly finished_at: Date | null;
}

/** Where a page of fires goes on: the slot and the id of the last one before it. */
export type FireCursor = readonly [slot: string, id: string];

/** The fires of a schedule, slots missed and skipped included, latest slot first. How open jobs stand is looked up live. */
export async function listFires(
  db: Queryable,
  scheduleId: string,
  page: { readonly limit: number; readonly after?: FireCursor | undefined },
): Promise<ScheduleFire[]> {
  const rows = await db.rows<FireRow>(
    `SELECT f.id, f.slot, f.manual, f.state, f.recorded_at, f.job_id, f.failure, f.finished_at,
            COALESCE(f.attempt, CASE WHEN j.state = 'active' THEN j.retry_count + 1 END) AS attempt,
            COALESCE(f.outcome, CASE WHEN j.state = 'active' THEN 'running' WHEN f.state = 'fired' THEN 'waiting' END) AS outcome
     FROM schedule_fire f
     LEFT JOIN ${QUEUE_SCHEMA}.job j ON f.outcome IS NULL AND j.name = f.job_queue AND j.id = f.job_id
     WHERE f.schedule_id = $1 AND ($3::timestamptz IS NULL OR (f.slot, f.id) < ($3::timestamptz, $4::uuid))
     ORDER BY f.slot DESC, f.id DESC LIMIT $2`,
    [scheduleId, page.limit, page.after?.[0] ?? null, page.after?.[1] ?? null],
  );
  return rows.map(fireOf);
}

function fireOf(row: FireRow): ScheduleFire {
  return {
    id: row.id,
    slot: instantOf(row.slot),
    manual: row.manual,
    state: row.state,
    recordedAt: instantOf(row.recorded_at),
    jobId: row.job_id,
    outcome: row.outcome,
    attempt: row.attempt,
    failure: row.failure,
    finishedAt: row.finished_at && instantOf(row.finished_at),
  };
}
