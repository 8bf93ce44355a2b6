import type { Database } from '../../database/database.ts';
import { AppError } from '../../kernel/errors.ts';
import type { JobRun } from '../run.store.ts';

/** A reader that was silent for so long, by the database's clock, is dead. */
const DEAD_SECONDS = 60;

/** A reader says so often that it lives. */
export const READER_BEAT_SECONDS = 10;

/**
 * Takes one of the reader slots of a repository: its own of an earlier attempt, a free one, or that of a dead reader.
 * @returns false while all of them are taken.
 * @throws AppError `stale` `attempt-superseded` when a later attempt of the job holds a slot.
 */
export async function takeReaderSlot(
  db: Database,
  repository: { readonly id: string; readonly readersMax: number },
  { jobId, attempt }: JobRun,
): Promise<boolean> {
  return db.transaction(async (tx) => {
    // Readers of one repository take their slots one after the other.
    await tx.rows('SELECT FROM repository WHERE id = $1 FOR UPDATE', [repository.id]);
    const [own] = await tx.rows<{ attempt: number }>(
      'SELECT attempt FROM repository_reader WHERE repository_id = $1 AND job_id = $2',
      [repository.id, jobId],
    );
    if (own !== undefined && own.attempt > attempt) throw superseded();
    await tx.execute(
      `DELETE FROM repository_reader WHERE repository_id = $1
          AND (job_id = $2 OR heartbeat_at < clock_timestamp() - make_interval(secs => $3))`,
      [repository.id, jobId, DEAD_SECONDS],
    );
    const taken = await tx.execute(
      `INSERT INTO repository_reader (repository_id, slot, job_id, attempt, heartbeat_at)
       SELECT $1, free.slot, $2, $3, clock_timestamp() FROM generate_series(1, $4::integer) AS free (slot)
        WHERE NOT EXISTS (SELECT FROM repository_reader r WHERE r.repository_id = $1 AND r.slot = free.slot)
        ORDER BY free.slot LIMIT 1`,
      [repository.id, jobId, attempt, repository.readersMax],
    );
    return taken === 1;
  });
}

/** Says that a reader lives; false when its slot was taken over meanwhile. */
export async function keepReaderSlot(db: Database, repositoryId: string, { jobId, attempt }: JobRun): Promise<boolean> {
  const kept = await db.execute(
    `UPDATE repository_reader SET heartbeat_at = clock_timestamp()
      WHERE repository_id = $1 AND job_id = $2 AND attempt = $3`,
    [repositoryId, jobId, attempt],
  );
  return kept === 1;
}

/** Gives a slot back, unless a later attempt has it. */
export async function leaveReaderSlot(db: Database, repositoryId: string, { jobId, attempt }: JobRun): Promise<void> {
  await db.execute('DELETE FROM repository_reader WHERE repository_id = $1 AND job_id = $2 AND attempt = $3', [
    repositoryId,
    jobId,
    attempt,
  ]);
}

function superseded(): AppError {
  return new AppError('stale', 'attempt-superseded', 'Another worker has taken this job over; it reads the repository');
}
