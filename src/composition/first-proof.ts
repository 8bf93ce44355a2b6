import type { BackupSet } from '../backups/backup-catalogue.ts';
import { TAKE_JOB } from '../backups/backup-job-name.ts';
import { newestSoundPoint } from '../backups/catalogue.queries.ts';
import { listRuns } from '../drills/drill-run.queries.ts';
import { DRILL_JOB } from '../drills/drill-schedule.ts';
import { messageOf } from '../kernel/errors.ts';
import { carryOut } from './carry-out.ts';
import type { Dependencies } from './dependencies.ts';
import type { Runtime } from './runtime.ts';

/** The drill that restores Muster's own database. */
export const OWN_DRILL = 'muster-database';

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
  const { runtime, dependencies, backupSet, onProgress, onFailure, signal } = proof;
  const singletonKey = 'first-start';
  const { db } = runtime;
  try {
    const [ended] = await listRuns(db, { drill: OWN_DRILL, status: 'completed' }, { limit: 1 });
    if (ended || signal.aborted) return;
    if (!(await newestSoundPoint(db, backupSet.id))) {
      onProgress('First backup: taking it, reading it back in full ...');
      await carryOut(dependencies, { name: TAKE_JOB, payload: { setId: backupSet.id }, singletonKey }, signal);
    }
    onProgress('First restore drill: the backup comes back in a second PostgreSQL ...');
    const payload = { drill: OWN_DRILL, trigger: 'first-start' };
    await carryOut(dependencies, { name: DRILL_JOB, payload, singletonKey }, signal);
  } catch (thrown) {
    if (signal.aborted) return;
    // The service is up; the queue and the schedules try again.
    runtime.log.error({ err: thrown }, 'the first backup or drill did not come to its end');
    onFailure(`Nothing is proven yet: ${messageOf(thrown)}`);
  }
}
