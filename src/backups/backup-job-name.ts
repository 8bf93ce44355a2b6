/** The job that takes a recovery point of a set. */
export const TAKE_JOB = 'backup.take';

/** The job that reads recovery points of a set back in full. */
export const CHECK_JOB = 'backup.check';

/** The job that compares a repository with the catalogue of other tools' backups. */
export const DISCOVER_JOB = 'backup.discover';
