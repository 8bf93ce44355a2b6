import { z } from 'zod';
import { defineJob, type Job } from '../../scheduling/job.ts';
import { VERIFY_JOB } from '../backup-job-name.ts';
import type { VerificationDeps } from './reading-job.ts';
import { verifyRepository } from './verify-repository.ts';

/** The payload of `backup.verify`. */
const verifyPayload = z.strictObject({ repositoryId: z.uuid() });

/** Jobs that read a repository at once are as many as it allows readers; this many repositories are read side by side. */
const REPOSITORIES_AT_ONCE = 4;

/** The checks of other tools' backups. Taken over after a kill: what was read already is not read again. */
export const verificationJobs = (deps: VerificationDeps): Job[] => [
  defineJob({
    name: VERIFY_JOB,
    payload: verifyPayload,
    retry: { limit: 3, backoffSeconds: 60 },
    heartbeatSeconds: 60,
    expireSeconds: 86_400,
    concurrency: REPOSITORIES_AT_ONCE,
    run: async ({ payload, log, ...job }) => {
      const pass = await verifyRepository({ ...deps, log }, payload.repositoryId, job);
      log.info({ repository: payload.repositoryId, ...pass }, 'repository verified');
    },
  }),
];
