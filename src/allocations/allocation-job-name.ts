/** The job that reminds people of what is overdue. */
export const REMIND_OVERDUE_JOB = 'allocation.remind-overdue';

/** The job that notes the end of holds whose time is over. */
export const REAP_HOLDS_JOB = 'allocation.note-expired';
