/** The job that judges signals by their rules. */
export const JUDGE_SIGNALS_JOB = 'alert.judge-signals';
