import { recordAudit } from '../audit/audit.store.ts';
import { checkView } from '../backups/backup.views.ts';
import type { CheckRun, RunProgress } from '../backups/backup-catalogue.ts';
import { CHECK_JOB } from '../backups/backup-job-name.ts';
import { REPOSITORY_UNAVAILABLE } from '../backups/repository.identity.ts';
import { listChecks } from '../backups/run.queries.ts';
import type { Runtime } from '../composition/runtime.ts';
import type { Queryable } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import type { JobStatus } from '../scheduling/job-status.queries.ts';
import { jobStatusView } from '../scheduling/schedule.views.ts';
import { awaitWork } from './await-work.ts';
import type { SetOption } from './backup-set.ts';
import { type FoundPoint, pointNamed, presentPoints, setNamed } from './backup-sets.ts';
import { type CommandContext, EXIT } from './command.ts';
import { type CheckedCase, writeJunitReport } from './junit-report.ts';
import type { Progress } from './progress-meter.ts';
import { cliActor } from './sign-in-link.ts';
import { type JobAccess, withJobs } from './with-jobs.ts';
import { withRuntime } from './with-runtime.ts';

/** Which points are read, and where the outcome goes besides. */
export interface CheckOptions extends SetOption {
  /** All that are there, one after the other. */
  readonly every?: boolean;
  /** A file that a build server reads. */
  readonly junit?: string;
}

/** Reads recovery points back in full and says what they are worth. */
export async function checkBackup(
  context: CommandContext,
  pointName: string | undefined,
  { set: name, every, junit }: CheckOptions,
): Promise<number> {
  if (every === true && pointName !== undefined) {
    throw new AppError('usage', 'bad-options', 'Name a recovery point, or give --every; not both.');
  }
  return withRuntime(context, { writes: true }, (runtime, signal) =>
    withJobs(runtime, async (access) => {
      const { db } = runtime;
      const set = await setNamed(db, name);
      const found = every === true ? await presentPoints(db, set) : [await pointNamed(db, set, pointName)];
      const ended: EndedCheck[] = [];
      for (const point of found) {
        if (signal.aborted) break;
        ended.push(await checkOne(context, runtime, access, point, signal));
      }
      if (junit !== undefined) await writeJunitReport(junit, set.name, ended);
      const items = ended.map(({ status, point, check }) => {
        return { job: jobStatusView(status), point, check: check ? checkView(check) : null };
      });
      context.output.answer(every === true ? { items } : items[0], () => ended.flatMap(linesOf));
      const isAllSound = ended.length === found.length && ended.every(isSound);
      return ended.length > 0 && isAllSound ? EXIT.ok : EXIT.failed;
    }),
  );
}

interface EndedCheck extends CheckedCase {
  readonly status: JobStatus;
}

async function checkOne(
  context: CommandContext,
  runtime: Runtime,
  access: JobAccess,
  { point, repository }: FoundPoint,
  signal: AbortSignal,
): Promise<EndedCheck> {
  const { db } = runtime;
  const { queue } = access.dependencies;
  const tag = repository.workerTag;
  const id = await db.transaction(async (tx) => {
    const payload = { setId: point.setId, pointId: point.id };
    const jobId = await queue.enqueue(tx, CHECK_JOB, payload, { tag, singletonKey: point.id });
    const subject = { subjectKind: 'recovery-point', subjectId: point.id, details: { jobId } };
    await recordAudit(tx, { actor: cliActor(), action: 'recovery-point.order-check', ...subject });
    return jobId;
  });
  const progress = async () => checkProgress(await checkOfJob(db, point.id, id));
  // Whoever ordered the check sees to the disk first; the schedule tries again by itself.
  const job = { id, name: CHECK_JOB, tag, progress, hopeless: [REPOSITORY_UNAVAILABLE] };
  const status = await awaitWork(context, runtime, access, job, signal);
  const check = await checkOfJob(db, point.id, id);
  return { status, point: point.name, check, failure: status.failure?.message ?? status.state };
}

function isSound({ status, check }: EndedCheck): boolean {
  return status.state === 'completed' && check?.verdict === 'sound';
}

function linesOf({ point, check, failure }: EndedCheck): string[] {
  return [
    check?.verdict === undefined
      ? `${point} could not be checked: ${failure}`
      : `${point}: ${check.verdict}${check.filesChecked === undefined ? '' : ` (level ${check.level ?? 'presence'}, ${check.filesChecked} files, ${check.entriesChecked ?? 0} entries)`}`,
    ...(check?.failure ? [check.failure.message] : []),
    ...(check?.findings ?? []).map(({ kind, file, message }) => `${kind} in ${file}: ${message}`),
    ...(check?.selfTest ? [check.selfTest.summary] : []),
  ];
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
