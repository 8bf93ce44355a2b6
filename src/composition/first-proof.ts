import { setTimeout as delay } from 'node:timers/promises';
import type { BackupSet } from '../backups/backup-catalogue.ts';
import { TAKE_JOB } from '../backups/backup-job-name.ts';
import { newestSoundPoint } from '../backups/catalogue.queries.ts';
import { listRuns } from '../drills/drill-run.queries.ts';
import { DRILL_JOB } from '../drills/drill-schedule.ts';
import { AppError, messageOf } from '../kernel/errors.ts';
import { jobStatus } from '../scheduling/job-status.queries.ts';
import type { Dependencies } from './dependencies.ts';
import type { Runtime } from './runtime.ts';

/** The drill that restores Muster's own database. */
export const OWN_DRILL = 'muster-database';

const POLL_MS = 250;

export interface FirstProof {
  readonly runtime: Runtime;
  readonly dependencies: Dependencies;
  readonly backupSet: BackupSet;
  /** Aborted when the process is asked to stop: the jobs end by themselves, the next start begins anew. */
  readonly signal: AbortSignal;
  readonly onProgress: (line: string) => void;
  /** Says why there is no proof yet. */
  readonly onFailure: (line: string) => void;
}

/**
 * Takes the first backup and rehearses the first recovery, unless a drill of Muster's own database has run to its end
 * before. A start that was killed in between goes on where the record ends.
 */
export async function proveRecovery(proof: FirstProof): Promise<void> {
  const { runtime, backupSet, onProgress, onFailure, signal } = proof;
  const { db } = runtime;
  try {
    const [ended] = await listRuns(db, { drill: OWN_DRILL, status: 'completed' }, { limit: 1 });
    if (ended || signal.aborted) return;
    if (!(await newestSoundPoint(db, backupSet.id))) {
      onProgress('First backup: taking it, reading it back in full ...');
      await carryOut(proof, TAKE_JOB, { setId: backupSet.id });
    }
    onProgress('First restore drill: the backup comes back in a second PostgreSQL ...');
    await carryOut(proof, DRILL_JOB, { drill: OWN_DRILL, trigger: 'first-start' });
  } catch (thrown) {
    if (signal.aborted) return;
    // The service is up; the queue and the schedules try again.
    runtime.log.error({ err: thrown }, 'the first backup or drill did not come to its end');
    onFailure(`Nothing is proven yet: ${messageOf(thrown)}`);
  }
}

async function carryOut({ runtime, dependencies, signal }: FirstProof, job: string, payload: object): Promise<void> {
  const { db } = runtime;
  const id = await db.transaction((tx) =>
    dependencies.queue.enqueue(tx, job, payload, { singletonKey: 'first-start' }),
  );
  for (;;) {
    const status = await jobStatus(db, id);
    if (status.state === 'completed') return;
    // Not after the last try: whoever started the service should read at once what is in the way.
    if (status.failure !== null || status.state === 'failed' || status.state === 'cancelled') {
      const why = status.failure?.message ?? status.state;
      throw new AppError('unavailable', 'first-proof-failed', `${job} did not come to its end: ${why}`);
    }
    await delay(POLL_MS, undefined, { signal });
  }
}
