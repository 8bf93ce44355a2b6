/** The job that reads what is due of a repository that other tools fill. */
export const VERIFY_JOB = 'backup.verify';
