import { alertJobs } from './alerts/alert.jobs.ts';
import { ladderJobs } from './alerts/routing/ladder.jobs.ts';
import { allocationJobs } from './allocations/allocation.jobs.ts';
import { backupJobs } from './backups/backup.jobs.ts';
import { discoveryJobs } from './backups/external/external.jobs.ts';
import { repositoryJobs } from './backups/external/repository.jobs.ts';
import { verificationJobs } from './backups/external/verification.jobs.ts';
import { watchJobs } from './backups/external/watch.jobs.ts';
import { logArchiveJobs } from './backups/log-archive/log-archive.jobs.ts';
import type { Dependencies } from './composition/dependencies.ts';
import { tidyJobs } from './composition/tidy.jobs.ts';
import { drillJobs } from './drills/drill.jobs.ts';
import { drillWatchJobs } from './drills/watch.jobs.ts';
import { importJobs } from './imports/import.jobs.ts';
import { improvementActionJobs } from './incidents/improvement-action.jobs.ts';
import { processReviewJobs } from './incidents/process-review.jobs.ts';
import { channelJobs } from './notices/channels/channel.jobs.ts';
import { onCallJobs } from './people/on-call.jobs.ts';
import type { Job } from './scheduling/job.ts';
import { signals } from './signals.ts';
import { clockJobs } from './sla/clock.jobs.ts';

/** Every kind of durable work there is. */
export const jobs = ({ runtime, queue, backups, runner, catalogue, delivery }: Dependencies): Job[] => [
  ...alertJobs({ db: runtime.db, signals: signals({ runtime, catalogue }) }),
  ...backupJobs(backups),
  ...logArchiveJobs(backups),
  ...repositoryJobs(backups),
  ...discoveryJobs({ ...backups, queue }),
  ...verificationJobs(backups),
  ...watchJobs({ ...backups, queue }),
  ...drillJobs({ ...runner, queue }),
  ...drillWatchJobs(runner),
  ...allocationJobs(runtime),
  ...importJobs(runtime),
  ...clockJobs(runtime),
  ...onCallJobs(runtime),
  ...ladderJobs(runtime),
  ...channelJobs({ ...delivery, queue }),
  ...improvementActionJobs(runtime),
  ...processReviewJobs(runtime),
  ...tidyJobs(runtime),
];
