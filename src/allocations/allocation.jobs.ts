import { z } from 'zod';
import type { Database } from '../database/database.ts';
import { defineJob, type Job } from '../scheduling/job.ts';
import { REAP_HOLDS_JOB, REMIND_OVERDUE_JOB } from './allocation-job-name.ts';
import { remindOverdue } from './overdue.service.ts';
import { noteExpiredHolds } from './reaper.service.ts';
import { rehouseStranded } from './rehouse.service.ts';

const nothing = z.strictObject({});

/** What runs by itself around allocations: reminders, noting the end of dead holds, and other units for promises. */
export function allocationJobs({ db }: { readonly db: Database }): Job[] {
  return [
    defineJob({
      name: REMIND_OVERDUE_JOB,
      payload: nothing,
      retry: { limit: 3, backoffSeconds: 60 },
      heartbeatSeconds: 60,
      expireSeconds: 1800,
      run: async ({ signal, log }) => {
        log.info({ notices: await remindOverdue(db, signal) }, 'reminded of what is overdue');
      },
    }),
    defineJob({
      name: REAP_HOLDS_JOB,
      payload: nothing,
      retry: { limit: 1, backoffSeconds: 60 },
      heartbeatSeconds: 60,
      expireSeconds: 600,
      run: async ({ signal, log }) => {
        log.info({ holds: await noteExpiredHolds(db, signal) }, 'noted the end of expired holds');
        log.info(await rehouseStranded(db, signal), 'looked for other units where a promised one is not there');
      },
    }),
  ];
}
