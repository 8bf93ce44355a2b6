import type { BackupSet } from '../backups/backup-catalogue.ts';
import { CHECK_JOB, TAKE_JOB } from '../backups/backup-job-name.ts';
import type { ScheduleSpec } from '../scheduling/schedule.ts';
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
    { name: 'system.tidy', cron: '7 * * * *', zone: 'UTC', catchUp: 'skip', job: TIDY_JOB, payload: {} },
  ];
}
