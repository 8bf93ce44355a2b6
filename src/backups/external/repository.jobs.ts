import { z } from 'zod';
import { defineJob, type Job } from '../../scheduling/job.ts';
import { CONNECT_JOB } from '../backup-job-name.ts';
import { type ConnectDeps, connectRepository } from './connect.ts';

/** The payload of `backup.connect`. */
const connectPayload = z.strictObject({ repositoryId: z.uuid(), acceptIdentity: z.boolean() });

/** Connection tests: each runs on a machine that sees the repository. A file server that hangs is given up after a while. */
export const repositoryJobs = (deps: ConnectDeps): Job[] => [
  defineJob({
    name: CONNECT_JOB,
    payload: connectPayload,
    retry: { limit: 2, backoffSeconds: 30 },
    heartbeatSeconds: 60,
    expireSeconds: 600,
    run: ({ payload, log, signal }) => connectRepository({ ...deps, log }, payload, signal),
  }),
];
