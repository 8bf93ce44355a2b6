import { z } from 'zod';
import { defineJob, type Job } from '../scheduling/job.ts';
import { checkBackups, takeBackup } from './backup.service.ts';
import type { BackupJobsDeps } from './backup-deps.ts';
import { CHECK_JOB, RETAIN_JOB, TAKE_JOB } from './backup-job-name.ts';
import { applyRetentionOf } from './retention/retention.service.ts';

/** The payload of `backup.take` and `backup.retain`. */
const setPayload = z.strictObject({ setId: z.uuid() });

/** The payload of `backup.check`: one point of the set, or, without `pointId`, as many as the time allows. */
const checkPayload = z.strictObject({
  setId: z.uuid(),
  pointId: z.uuid().optional(),
  budgetSeconds: z.int().min(1).max(43_200).default(3600),
});

/** The durable work of this domain. All are retried and taken over: a run that was cut short leaves nothing half done. */
export const backupJobs = (deps: BackupJobsDeps): Job[] => [
  defineJob({
    name: TAKE_JOB,
    payload: setPayload,
    retry: { limit: 3, backoffSeconds: 30 },
    heartbeatSeconds: 60,
    expireSeconds: 86_400,
    run: async ({ payload, log, ...job }) => {
      const point = await takeBackup({ ...deps, log }, payload.setId, job);
      log.info({ point: point.name, sizeBytes: point.sizeBytes, verdict: point.verdict }, 'backup taken');
    },
  }),
  defineJob({
    name: CHECK_JOB,
    payload: checkPayload,
    retry: { limit: 3, backoffSeconds: 60 },
    heartbeatSeconds: 60,
    expireSeconds: 86_400,
    run: async ({ payload, log, ...job }) => {
      const checks = await checkBackups({ ...deps, log }, payload, job);
      const sound = checks.filter(({ verdict }) => verdict === 'sound').length;
      log.info({ checked: checks.length, sound }, 'backups checked');
    },
  }),
  defineJob({
    name: RETAIN_JOB,
    payload: setPayload,
    retry: { limit: 3, backoffSeconds: 30 },
    heartbeatSeconds: 60,
    expireSeconds: 86_400,
    run: async ({ payload, log }) => {
      const removed = await applyRetentionOf({ db: deps.db, remote: deps.remote, log }, payload.setId);
      log.info({ removed: removed.length }, 'retention applied');
    },
  }),
];
