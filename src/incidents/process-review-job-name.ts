/** The job that plans the reviews of months that have passed. */
export const PLAN_REVIEW_JOB = 'process-review.plan';

/** The job that makes reviews due, and tells of those that were not held. */
export const WATCH_REVIEWS_JOB = 'process-review.watch';
