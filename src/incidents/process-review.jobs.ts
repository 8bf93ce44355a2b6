import { z } from 'zod';
import type { Database } from '../database/database.ts';
import { defineJob, type Job } from '../scheduling/job.ts';
import { PLAN_REVIEW_JOB, WATCH_REVIEWS_JOB } from './process-review-job-name.ts';
import { planScheduledReview, watchReviews } from './process-review-watch.ts';

/** What runs by itself around reviews of the process. */
export function processReviewJobs({ db }: { readonly db: Database }): Job[] {
  return [
    defineJob({
      name: PLAN_REVIEW_JOB,
      payload: z.strictObject({ zone: z.string() }),
      retry: { limit: 3, backoffSeconds: 60 },
      heartbeatSeconds: 60,
      expireSeconds: 600,
      run: async ({ payload, log }) => {
        log.info(
          { id: await planScheduledReview(db, payload.zone) },
          'planned the review of the months that have passed',
        );
      },
    }),
    defineJob({
      name: WATCH_REVIEWS_JOB,
      payload: z.strictObject({}),
      retry: { limit: 1, backoffSeconds: 60 },
      heartbeatSeconds: 60,
      expireSeconds: 1800,
      run: async ({ signal, log }) => {
        log.info(await watchReviews(db, signal), 'looked after the reviews of the process');
      },
    }),
  ];
}
