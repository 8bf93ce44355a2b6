/** The job that tells the rungs of alerts which nobody has acknowledged. */
export const LADDER_JOB = 'alert.tell-rungs';
