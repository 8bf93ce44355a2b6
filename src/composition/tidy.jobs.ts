import { z } from 'zod';
import { purgeStoppedSeries } from '../alerts/pushed.store.ts';
import { purgeExpiredSignIns } from '../auth/session.store.ts';
import { purgeTries } from '../auth/sign-in-limit.store.ts';
import { purgeOldReports } from '../backups/external/report.store.ts';
import type { Database } from '../database/database.ts';
import { purgeIdempotencyRecords } from '../http/idempotency.store.ts';
import { purgeOldImports } from '../imports/import.store.ts';
import { purgeOldDeliveries } from '../notices/channels/delivery.store.ts';
import { defineJob, type Job } from '../scheduling/job.ts';

export const TIDY_JOB = 'system.tidy';

/** Jobs that forget what nobody can use any more. */
export function tidyJobs({ db }: { readonly db: Database }): Job[] {
  return [
    defineJob({
      name: TIDY_JOB,
      payload: z.strictObject({}),
      retry: { limit: 2, backoffSeconds: 60 },
      heartbeatSeconds: 60,
      expireSeconds: 600,
      run: async ({ log }) => {
        const idempotencyRecords = await purgeIdempotencyRecords(db);
        const signIns = (await purgeExpiredSignIns(db)) + (await purgeTries(db));
        const backupReports = await purgeOldReports(db);
        const imports = await purgeOldImports(db);
        const deliveries = await purgeOldDeliveries(db);
        const series = await purgeStoppedSeries(db);
        const removed = { idempotencyRecords, signIns, backupReports, imports, deliveries, series };
        log.info(removed, 'expired records removed');
      },
    }),
  ];
}
