/** The job that records the marks which open clocks have reached. */
export const CLOCK_MARKS_JOB = 'sla.record-marks';
