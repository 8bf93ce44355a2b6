/** The job that looks every minute for rungs that are due, of alerts which nobody has acknowledged, and tells them. */
export const LADDER_JOB = 'alert.tell-rungs';
