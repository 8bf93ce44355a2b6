import { recordAudit } from '../audit/audit.store.ts';
import { checkView } from '../backups/backup.views.ts';
import type { CheckRun, RunProgress } from '../backups/backup-catalogue.ts';
import { CHECK_JOB } from '../backups/backup-job-name.ts';
import { listChecks } from '../backups/run.queries.ts';
import type { Queryable } from '../database/database.ts';
import { jobStatusView } from '../scheduling/schedule.views.ts';
import { awaitWork } from './await-work.ts';
import type { SetOption } from './backup-set.ts';
import { pointNamed, setNamed } from './backup-sets.ts';
import { type CommandContext, EXIT } from './command.ts';
import type { Progress } from './progress-meter.ts';
import { cliActor } from './sign-in-link.ts';
import { withJobs } from './with-jobs.ts';
import { withRuntime } from './with-runtime.ts';

/** Reads one recovery point back in full and says what it is worth. */
export async function checkBackup(
  context: CommandContext,
  pointName: string | undefined,
  { set: name }: SetOption,
): Promise<number> {
  return withRuntime(context, { writes: true }, (runtime, signal) =>
    withJobs(runtime, async (access) => {
      const { db } = runtime;
      const { queue } = access.dependencies;
      const { point, repository } = await pointNamed(db, await setNamed(db, name), pointName);
      const tag = repository.workerTag;
      const id = await db.transaction(async (tx) => {
        const payload = { setId: point.setId, pointId: point.id };
        const jobId = await queue.enqueue(tx, CHECK_JOB, payload, { tag, singletonKey: point.id });
        const subject = { subjectKind: 'recovery-point', subjectId: point.id, details: { jobId } };
        await recordAudit(tx, { actor: cliActor(), action: 'recovery-point.order-check', ...subject });
        return jobId;
      });
      const progress = async () => checkProgress(await checkOfJob(db, point.id, id));
      const status = await awaitWork(context, runtime, access, { id, name: CHECK_JOB, tag, progress }, signal);
      const check = await checkOfJob(db, point.id, id);
      const view = check ? checkView(check) : null;
      context.output.answer({ job: jobStatusView(status), point: point.name, check: view }, () => [
        check?.verdict === undefined
          ? `${point.name} could not be checked: ${status.failure?.message ?? status.state}`
          : `${point.name}: ${check.verdict}${check.filesChecked === undefined ? '' : ` (${check.filesChecked} files, ${check.entriesChecked ?? 0} entries)`}`,
        ...(check?.findings ?? []).map(({ kind, file, message }) => `${kind} in ${file}: ${message}`),
        ...(check?.selfTest ? [check.selfTest.summary] : []),
      ]);
      return status.state === 'completed' && check?.verdict === 'sound' ? EXIT.ok : EXIT.failed;
    }),
  );
}

/** Checks of a point lately; the job's own is among the newest. */
const CHECKS_READ = 20;

/** The check that a job carries out, once it has begun. */
export async function checkOfJob(db: Queryable, pointId: string, jobId: string): Promise<CheckRun | undefined> {
  return (await listChecks(db, pointId, { limit: CHECKS_READ })).find((run) => run.jobId === jobId);
}

/** How far a check is. */
export function checkProgress(check: CheckRun | undefined): Progress | undefined {
  return check?.progress && { label: 'reading the recovery point in full', ...ratedOf(check.progress) };
}

/** The figures of a progress line, with the time that is left. */
export function ratedOf({ unit, done, total, perSecond }: RunProgress): Omit<Progress, 'label'> {
  return { unit, done, total, perSecond, etaSeconds: perSecond > 0 ? Math.max(0, total - done) / perSecond : null };
}
