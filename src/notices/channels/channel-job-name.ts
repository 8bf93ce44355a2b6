/** The job that sends what waits for one channel. */
export const DELIVER_JOB = 'notices.deliver';

/** The job that looks for channels with something to send that nobody is sending. */
export const SWEEP_JOB = 'notices.sweep';
