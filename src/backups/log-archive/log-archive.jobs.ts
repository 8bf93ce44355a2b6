import { z } from 'zod';
import { defineJob, type Job } from '../../scheduling/job.ts';
import type { BackupJobsDeps } from '../backup-deps.ts';
import { CHECK_ARCHIVE_JOB } from '../backup-job-name.ts';
import { checkArchiveOf } from './archive-check.ts';

/** Reads the archived log of a set back. Retried and taken over: a run that was cut short has recorded nothing. */
export const logArchiveJobs = (deps: Pick<BackupJobsDeps, 'db' | 'log'>): Job[] => [
  defineJob({
    name: CHECK_ARCHIVE_JOB,
    payload: z.strictObject({ setId: z.uuid() }),
    retry: { limit: 3, backoffSeconds: 60 },
    heartbeatSeconds: 60,
    expireSeconds: 86_400,
    run: async ({ payload, log, ...job }) => {
      const found = await checkArchiveOf({ ...deps, log }, payload.setId, job);
      log.info({ verdict: found?.verdict, segments: found?.segmentsChecked }, 'archived log checked');
    },
  }),
];
