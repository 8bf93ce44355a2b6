import type { Database } from '../../database/database.ts';
import { AppError } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/log.ts';
import type { Repository } from '../backup-catalogue.ts';
import type { RunningJob } from '../backup-deps.ts';
import { keepReaderSlot, leaveReaderSlot, READER_BEAT_SECONDS, takeReaderSlot } from './reader-slot.store.ts';

/** A place among the readers of a repository. */
export interface ReaderSlot {
  /** Aborted with the job, and when the slot was taken over. */
  readonly signal: AbortSignal;
  leave(): Promise<void>;
}

/** Takes a reader slot of a repository and keeps it alive until it is left; undefined while all of them are taken. */
export async function holdReaderSlot(
  { db, log }: { readonly db: Database; readonly log: Logger },
  repository: Pick<Repository, 'id' | 'readersMax'>,
  job: RunningJob,
): Promise<ReaderSlot | undefined> {
  if (!(await takeReaderSlot(db, repository, job))) return undefined;
  const lost = new AbortController();
  const beat = () =>
    keepReaderSlot(db, repository.id, job).then(
      (isKept) => {
        if (!isKept) lost.abort(new AppError('stale', 'attempt-superseded', 'Another reader has taken this slot over'));
      },
      (error: unknown) => log.warn({ err: error }, 'a reader of a repository could not say that it lives'),
    );
  const timer = setInterval(() => void beat(), READER_BEAT_SECONDS * 1000);
  return {
    signal: AbortSignal.any([job.signal, lost.signal]),
    leave: async () => {
      clearInterval(timer);
      await leaveReaderSlot(db, repository.id, job).catch((error: unknown) =>
        log.warn({ err: error }, 'a reader slot was not given back: it is taken over when it is silent for long'),
      );
    },
  };
}
