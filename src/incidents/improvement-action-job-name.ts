/** The job that tells owners of overdue actions. */
export const OVERDUE_ACTIONS_JOB = 'improvement.overdue-actions';
