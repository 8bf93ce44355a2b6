import { JUDGE_SIGNALS_JOB } from '../alerts/alert-job-name.ts';
import { LADDER_JOB } from '../alerts/routing/ladder-job-name.ts';
import { REAP_HOLDS_JOB, REMIND_OVERDUE_JOB } from '../allocations/allocation-job-name.ts';
import type { BackupSet } from '../backups/backup-catalogue.ts';
import { CHECK_ARCHIVE_JOB, CHECK_JOB, TAKE_JOB, WATCH_JOB } from '../backups/backup-job-name.ts';
import { DRILL_WATCH_JOB } from '../drills/drill-schedule.ts';
import { OVERDUE_ACTIONS_JOB } from '../incidents/improvement-action-job-name.ts';
import { PLAN_REVIEW_JOB, WATCH_REVIEWS_JOB } from '../incidents/process-review-job-name.ts';
import { SWEEP_JOB } from '../notices/channels/channel-job-name.ts';
import { ON_CALL_GAPS_JOB } from '../people/on-call-job-name.ts';
import type { ScheduleSpec } from '../scheduling/schedule.ts';
import { CLOCK_MARKS_JOB } from '../sla/clock-job-name.ts';
import { TIDY_JOB } from './tidy.jobs.ts';

/** The schedules of a new installation, besides those that drill definitions ask for. */
export function ownSchedules(set: BackupSet, zone: string): ScheduleSpec[] {
  return [
    {
      name: `${set.name}.backup`,
      cron: '17 2 * * *',
      zone,
      catchUp: 'latest',
      job: TAKE_JOB,
      payload: { setId: set.id },
    },
    {
      name: `${set.name}.check`,
      cron: '47 2 * * *',
      zone,
      catchUp: 'latest',
      job: CHECK_JOB,
      payload: { setId: set.id },
    },
    {
      name: `${set.name}.check-archive`,
      cron: '17 3 * * *',
      zone,
      catchUp: 'latest',
      job: CHECK_ARCHIVE_JOB,
      payload: { setId: set.id },
    },
    { name: 'backup.watch', cron: '*/5 * * * *', zone: 'UTC', catchUp: 'skip', job: WATCH_JOB, payload: {} },
    // In working hours: nobody is woken for what has been late for days.
    {
      name: 'allocation.reminders',
      cron: '5 8 * * *',
      zone,
      catchUp: 'latest',
      job: REMIND_OVERDUE_JOB,
      payload: {},
    },
    {
      name: 'allocation.expired-holds',
      cron: '*/10 * * * *',
      zone: 'UTC',
      catchUp: 'skip',
      job: REAP_HOLDS_JOB,
      payload: {},
    },
    // What was reached while nobody looked is recorded by the first pass afterwards, at its instant.
    { name: 'sla.clock-marks', cron: '* * * * *', zone: 'UTC', catchUp: 'skip', job: CLOCK_MARKS_JOB, payload: {} },
    { name: 'notices.sweep', cron: '* * * * *', zone: 'UTC', catchUp: 'skip', job: SWEEP_JOB, payload: {} },
    { name: 'on-call.gaps', cron: '25 * * * *', zone: 'UTC', catchUp: 'latest', job: ON_CALL_GAPS_JOB, payload: {} },
    { name: 'alert.signals', cron: '* * * * *', zone: 'UTC', catchUp: 'skip', job: JUDGE_SIGNALS_JOB, payload: {} },
    {
      name: 'improvement.overdue-actions',
      cron: '10 8 * * *',
      zone,
      catchUp: 'latest',
      job: OVERDUE_ACTIONS_JOB,
      payload: {},
    },
    // Of the quarter that has passed; whoever wants months changes the pattern.
    {
      name: 'process-review.plan',
      cron: '0 8 5 1,4,7,10 *',
      zone,
      catchUp: 'latest',
      job: PLAN_REVIEW_JOB,
      payload: { zone },
    },
    {
      name: 'process-review.watch',
      cron: '35 * * * *',
      zone: 'UTC',
      catchUp: 'latest',
      job: WATCH_REVIEWS_JOB,
      payload: {},
    },
    // What was missed while nobody looked is told by the first pass afterwards.
    { name: 'alert.ladders', cron: '* * * * *', zone: 'UTC', catchUp: 'skip', job: LADDER_JOB, payload: {} },
    { name: 'drill.watch', cron: '*/10 * * * *', zone: 'UTC', catchUp: 'skip', job: DRILL_WATCH_JOB, payload: {} },
    { name: 'system.tidy', cron: '7 * * * *', zone: 'UTC', catchUp: 'skip', job: TIDY_JOB, payload: {} },
  ];
}
