import type { BackupJobsDeps, RunningJob } from '../backup-deps.ts';
import type { RepositoryReader } from './repository-reader.ts';

/** What checks of external points stand on. */
export type VerificationDeps = Pick<BackupJobsDeps, 'db' | 'clock' | 'log' | 'publicKeys' | 'remote'>;

/** A running job with what it reads through. */
export interface ReadingJob extends RunningJob {
  readonly reader: RepositoryReader;
}
