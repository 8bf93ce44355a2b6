/** The job that takes a recovery point of a set. */
export const TAKE_JOB = 'backup.take';

/** The job that reads recovery points of a set back in full. */
export const CHECK_JOB = 'backup.check';

/** The job that removes what the plan of a set drops. */
export const RETAIN_JOB = 'backup.retain';

/** The job that reads the archived log of a set back. */
export const CHECK_ARCHIVE_JOB = 'backup.check-archive';

/** The job that compares a repository with the catalogue of other tools' backups. */
export const DISCOVER_JOB = 'backup.discover';

/** The job that tests the connection to a repository, on a machine that sees it. */
export const CONNECT_JOB = 'backup.connect';

/** The job that tells owners of backup sets that are too old. */
export const WATCH_JOB = 'backup.watch';

/** The job that reads what is due of a repository that other tools fill. */
export const VERIFY_JOB = 'backup.verify';
