import type { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { nextSlots, type Timing } from './calculator.ts';
import { CATCH_UP } from './catch-up.ts';
import { JOB_STATES, type JobStatus } from './job-status.queries.ts';
import { FIRE_OUTCOMES, type Schedule, type ScheduleFire } from './schedule.ts';
import { SURPRISE_PERIODS, WEEKDAYS } from './surprise.ts';

/** Slots that a schedule shows ahead. */
const NEXT_SLOTS = 5;

export const slotsSchema = z.array(z.object({ at: z.iso.datetime(), local: z.string() })).max(NEXT_SLOTS);

/** The next slots of a timing, each as an instant and in its zone. */
export const slotsAfter = (timing: Timing, now: Temporal.Instant): z.input<typeof slotsSchema> =>
  nextSlots(timing, now, NEXT_SLOTS).map((slot) => ({
    at: slot.toString(),
    local: slot.toZonedDateTimeISO(timing.zone).toString(),
  }));

export const scheduleSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  cron: z
    .string()
    .describe(
      'Five fields: minute, hour, day of month, month, day of week. When both day fields are restricted, either suffices.',
    ),
  zone: z.string().describe('IANA time zone in which the pattern is read'),
  catchUp: z
    .enum(CATCH_UP)
    .describe(
      'What happens to slots that were not fired in time: nothing, a job for the latest, a job for each (100 at most)',
    ),
  job: z.string(),
  workerTag: z.string(),
  system: z.boolean().describe("Muster's own: its job follows the release, its timing is yours"),
  pausedAt: z.iso.datetime().nullable().describe('While it is set, slots are recorded as skipped'),
  nextSlots: slotsSchema.describe(
    'The next five slots, each as an instant and in the zone; while the schedule is paused none of them fires. None of a surprise',
  ),
  surprise: z
    .object({ every: z.enum(SURPRISE_PERIODS), from: z.string(), until: z.string(), days: z.array(z.enum(WEEKDAYS)) })
    .nullable()
    .describe(
      'In place of the pattern: once in each period, inside this window, at a minute that nobody is told before',
    ),
  version: z.int(),
});

export type ScheduleView = z.input<typeof scheduleSchema>;

/** A schedule as it is shown at an instant of the database's clock. */
export function scheduleView(schedule: Schedule, now: Temporal.Instant): ScheduleView {
  const { id, name, cron, zone, catchUp, job, workerTag, system, version } = schedule;
  return {
    ...{ id, name, cron, zone, catchUp, job, workerTag, system },
    pausedAt: schedule.pausedAt?.toString() ?? null,
    surprise: schedule.surprise ? { ...schedule.surprise, days: [...schedule.surprise.days] } : null,
    nextSlots: schedule.surprise ? [] : slotsAfter(schedule, now),
    version,
  };
}

export const fireSchema = z.object({
  id: z.uuid(),
  slot: z.iso.datetime().describe('When it was due; for a run on demand, when it was asked for'),
  manual: z.boolean().describe('A run on demand, not a slot'),
  state: z
    .enum(['fired', 'missed', 'skipped'])
    .describe('A job was made; it was too late for one; the schedule was paused'),
  recordedAt: z.iso.datetime(),
  jobId: z.uuid().nullable(),
  outcome: z.enum(FIRE_OUTCOMES).nullable(),
  attempt: z.int().nullable(),
  failure: z.string().nullable(),
  finishedAt: z.iso.datetime().nullable(),
});

export function fireView(fire: ScheduleFire): z.input<typeof fireSchema> {
  return {
    ...fire,
    slot: fire.slot.toString(),
    recordedAt: fire.recordedAt.toString(),
    finishedAt: fire.finishedAt?.toString() ?? null,
  };
}

/** A schedule with what became of its latest slot or run on demand. */
export const reportedScheduleSchema = scheduleSchema.extend({
  lastFire: fireSchema.nullable().describe('What became of its latest slot or run on demand; null before the first'),
});

export const jobStatusSchema = z.object({
  id: z.uuid(),
  job: z.string(),
  workerTag: z.string(),
  state: z.enum(JOB_STATES).describe('`waiting` also between two tries'),
  attempt: z.int().describe('The run that is on or was the last one; 0 before the first'),
  attemptsMax: z.int(),
  failure: z.object({ code: z.string(), message: z.string() }).nullable().describe('Why the last run failed'),
  enqueuedAt: z.iso.datetime(),
  startedAt: z.iso.datetime().nullable(),
  endedAt: z.iso.datetime().nullable(),
});

export function jobStatusView(status: JobStatus): z.input<typeof jobStatusSchema> {
  return {
    ...status,
    failure: status.failure && { ...status.failure },
    enqueuedAt: status.enqueuedAt.toString(),
    startedAt: status.startedAt?.toString() ?? null,
    endedAt: status.endedAt?.toString() ?? null,
  };
}
