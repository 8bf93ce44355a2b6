import { recordAudit } from '../audit/audit.store.ts';
import { pointView } from '../backups/backup.views.ts';
import type { CaptureRun } from '../backups/backup-catalogue.ts';
import { TAKE_JOB } from '../backups/backup-job-name.ts';
import { pointById } from '../backups/catalogue.queries.ts';
import { repositoryById } from '../backups/repository.queries.ts';
import { listCaptures } from '../backups/run.queries.ts';
import { requireTakenHere } from '../backups/taken-here.ts';
import type { Queryable } from '../database/database.ts';
import { formatBytes } from '../kernel/units.ts';
import { jobStatusView } from '../scheduling/schedule.views.ts';
import { awaitWork } from './await-work.ts';
import { checkOfJob, checkProgress, ratedOf } from './backup-check.ts';
import type { SetOption } from './backup-set.ts';
import { setNamed } from './backup-sets.ts';
import { type CommandContext, EXIT } from './command.ts';
import type { Progress } from './progress-meter.ts';
import { cliActor } from './sign-in-link.ts';
import { withJobs } from './with-jobs.ts';
import { withRuntime } from './with-runtime.ts';

/** Takes a recovery point and waits until it has been read back. */
export async function takeBackupNow(context: CommandContext, { set: name }: SetOption): Promise<number> {
  return withRuntime(context, { writes: true }, (runtime, signal) =>
    withJobs(runtime, async (access) => {
      const { db } = runtime;
      const { queue } = access.dependencies;
      const set = await setNamed(db, name);
      requireTakenHere(set);
      const { workerTag: tag } = await repositoryById(db, set.repositoryId);
      const id = await db.transaction(async (tx) => {
        const jobId = await queue.enqueue(tx, TAKE_JOB, { setId: set.id }, { tag, singletonKey: set.id });
        const subject = { subjectKind: 'backup-set', subjectId: set.id, details: { jobId } };
        await recordAudit(tx, { actor: cliActor(), action: 'backup-set.take', ...subject });
        return jobId;
      });
      const progress = () => captureProgress(db, set.id, id);
      const status = await awaitWork(context, runtime, access, { id, name: TAKE_JOB, tag, progress }, signal);
      const pointId = (await captureOfJob(db, set.id, id))?.pointId;
      const point = pointId === undefined ? null : pointView(await pointById(db, pointId));
      context.output.answer({ job: jobStatusView(status), point }, () => [
        ...(point
          ? [
              `${point.name}: ${formatBytes(point.sizeBytes)}, data of ${point.takenAt}, ${point.verdict ?? 'not checked yet'}`,
            ]
          : []),
        ...(status.failure ? [`The backup failed: ${status.failure.message}`] : []),
        ...(status.state === 'cancelled' ? ['The backup was cancelled.'] : []),
      ]);
      return status.state === 'completed' && point?.verdict === 'sound' ? EXIT.ok : EXIT.failed;
    }),
  );
}

/** Captures that run or ran lately; the job's own is among the newest. */
const CAPTURES_READ = 20;

async function captureOfJob(db: Queryable, setId: string, jobId: string): Promise<CaptureRun | undefined> {
  return (await listCaptures(db, setId, { limit: CAPTURES_READ })).find((run) => run.jobId === jobId);
}

async function captureProgress(db: Queryable, setId: string, jobId: string): Promise<Progress | undefined> {
  const capture = await captureOfJob(db, setId, jobId);
  if (!capture) return undefined;
  if (capture.pointId !== undefined) return checkProgress(await checkOfJob(db, capture.pointId, jobId));
  if (!capture.progress || capture.state !== 'running') return undefined;
  return { label: LABELS[capture.step ?? ''] ?? 'taking the backup', ...ratedOf(capture.progress) };
}

const LABELS: Readonly<Record<string, string>> = {
  data: 'taking the data',
  log: 'taking the log',
  fingerprints: 'fingerprinting tables',
  manifest: 'signing the manifest',
};
