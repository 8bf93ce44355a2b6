import type { Queryable } from '../database/database.ts';
import { listSchedules } from '../scheduling/schedule.queries.ts';
import type { Schedule } from '../scheduling/schedule.ts';
import { unknownName } from './arguments.ts';

/** Bounds one answer; an installation has a handful. */
export const SCHEDULES_MAX = 1000;

/**
 * The schedule of a name.
 * @throws AppError `usage` `unknown-schedule` with the most similar name.
 */
export async function scheduleNamed(db: Queryable, name: string): Promise<Schedule> {
  const schedules = await listSchedules(db, { limit: SCHEDULES_MAX });
  const found = schedules.find((schedule) => schedule.name === name);
  if (found) return found;
  throw unknownName(
    'schedule',
    name,
    schedules.map((schedule) => schedule.name),
  );
}

/** An instant as the lists show it, to the minute. */
export function minuteOf(at: string | undefined): string {
  return at === undefined ? 'never' : at.slice(0, 16).replace('T', ' ');
}
