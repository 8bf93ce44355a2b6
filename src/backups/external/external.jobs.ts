import { z } from 'zod';
import { defineJob, type Job } from '../../scheduling/job.ts';
import type { JobQueue } from '../../scheduling/queue.ts';
import { DISCOVER_JOB } from '../backup-job-name.ts';
import { repositoryById } from '../repository.queries.ts';
import { discoverExternal, type ExternalDiscoveryDeps } from './discover-external.ts';
import { orderChecks } from './discovery-order.ts';
import { RepositoryLister } from './repository-lister.ts';
import { countDue } from './verify-repository.ts';

/** The payload of `backup.discover`. */
const discoverPayload = z.strictObject({ repositoryId: z.uuid() });

/**
 * Discovery of what other tools left in a repository. Retried and taken over: one that was cut short goes on where it was. A
 * repository that is not there is no failure of the job: its row says so, and the next slot looks again. What is due for a check
 * is read by the jobs that it orders.
 */
export const discoveryJobs = (
  given: Omit<ExternalDiscoveryDeps, 'log' | 'lister'> & { readonly queue: JobQueue },
): Job[] => {
  const deps = { ...given, lister: new RepositoryLister() };
  return [
    defineJob({
      name: DISCOVER_JOB,
      payload: discoverPayload,
      retry: { limit: 3, backoffSeconds: 60 },
      heartbeatSeconds: 60,
      expireSeconds: 86_400,
      run: async ({ payload, log, signal }) => {
        const repository = await repositoryById(deps.db, payload.repositoryId);
        if (repository.retired !== undefined) return;
        const found = await discoverExternal({ ...deps, log }, repository, signal);
        if (found.outcome !== 'listed') {
          log.info({ repository: repository.name, outcome: found.outcome }, 'repository not listed');
          return;
        }
        for (const set of found.sets) {
          if (set.isUnchanged) continue;
          const isAlarming = set.changed.count + set.missing.count > 0;
          log[isAlarming ? 'warn' : 'info']({ repository: repository.name, ...set }, 'backups of other tools listed');
        }
        if ((await countDue(deps, repository.id)) > 0) await orderChecks(deps.db, deps.queue, repository);
      },
    }),
  ];
};
