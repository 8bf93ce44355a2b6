import { pointView } from '../backups/backup.views.ts';
import { TAKE_JOB } from '../backups/backup-job-name.ts';
import { pointById } from '../backups/catalogue.queries.ts';
import { captureOfJob } from '../backups/run.queries.ts';
import { orderBackup } from '../backups/set-order.ts';
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
      const { jobId: id, tag } = await db.transaction((tx) => orderBackup(tx, queue, { actor: cliActor() }, set));
      const progress = () => captureProgress(db, id);
      const status = await awaitWork(context, runtime, access, { id, name: TAKE_JOB, tag, progress }, signal);
      const pointId = (await captureOfJob(db, id))?.pointId;
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

async function captureProgress(db: Queryable, jobId: string): Promise<Progress | undefined> {
  const capture = await captureOfJob(db, jobId);
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
