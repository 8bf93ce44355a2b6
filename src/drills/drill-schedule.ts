import type { Queryable, Tx } from '../database/database.ts';
import { dateOf } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { nextSlots } from '../scheduling/calculator.ts';
import { databaseNow, findSchedule, scheduleByName } from '../scheduling/schedule.queries.ts';
import { ensureSchedule } from '../scheduling/schedule.service.ts';
import type { DefinitionFile } from './definition-file.ts';
import { cronOf, surpriseOf } from './definition-schedule.ts';

/** The job that carries a drill out. */
export const DRILL_JOB = 'drill.run';

/** The job that tells owners of drills that did not run, and of what is overdue. */
export const DRILL_WATCH_JOB = 'drill.watch';

/** What the names of the drills' schedules end in. */
export const DRILL_SCHEDULE_SUFFIX = '.drill';

/**
 * Makes the schedules that the definitions ask for, where there is none yet. One that exists keeps its timing, which
 * belongs to the operators.
 */
export async function ensureDrillSchedules(tx: Tx, files: readonly DefinitionFile[]): Promise<void> {
  for (const { name, definition } of files) {
    if (!definition?.schedule) continue;
    const { zone, catchUp } = definition.schedule;
    const payload = { drill: name, trigger: 'schedule' };
    const timing = { cron: cronOf(definition.schedule), surprise: surpriseOf(definition.schedule), zone };
    await ensureSchedule(tx, { ...timing, name: scheduleNameOf(name), catchUp, job: DRILL_JOB, payload });
  }
}

/** When a drill runs next by itself; null when it has no schedule, the schedule is paused, or nobody is to know. */
export function nextDueOf(db: Queryable, drill: string): Promise<Date | null> {
  return nextSlotOf(db, scheduleNameOf(drill));
}

/** The window in which a drill comes by surprise; null when it has none, or its schedule is paused. */
export async function nextSurpriseOf(db: Queryable, drill: string) {
  const schedule = await findSchedule(db, scheduleNameOf(drill));
  if (!schedule?.surprise || schedule.pausedAt !== null) return null;
  return { ...schedule.surprise, days: [...schedule.surprise.days], zone: schedule.zone };
}

/** When a schedule is due next; null when there is none of that name, it is paused, or nobody is to know. */
export async function nextSlotOf(db: Queryable, name: string): Promise<Date | null> {
  try {
    const schedule = await scheduleByName(db, name);
    if (schedule.pausedAt !== null || schedule.surprise) return null;
    const [next] = nextSlots(schedule, await databaseNow(db), 1);
    return next === undefined ? null : dateOf(next);
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.kind === 'not-found') return null;
    throw thrown;
  }
}

/** A drill's schedule: `muster-database.drill`, beside `muster-database.backup`. */
export function scheduleNameOf(drill: string): string {
  return `${drill}${DRILL_SCHEDULE_SUFFIX}`;
}
