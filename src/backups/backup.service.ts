import { Temporal } from 'temporal-polyfill';
import { recordAudit } from '../audit/audit.store.ts';
import { SYSTEM_ACTOR } from '../audit/entry.ts';
import { AppError } from '../kernel/errors.ts';
import type { BackupSet, RecoveryPoint, Repository } from './backup-catalogue.ts';
import type { BackupJobsDeps, RunningJob } from './backup-deps.ts';
import { backupSetById } from './backup-set.queries.ts';
import { requireCaptured } from './capture/captured-set.service.ts';
import { takeCapture } from './capture/take-capture.ts';
import { captureSource } from './capture-source.ts';
import { pointById, pointToRead } from './catalogue.queries.ts';
import { registerPoint } from './catalogue.store.ts';
import { checkPoint, type RecordedCheck } from './check-point.ts';
import { discoverPoints } from './discover.ts';
import { checkOrderedPoint } from './external/ordered-check.ts';
import { trimLogArchive } from './log-archive/trim-log-archive.ts';
import type { CapturedPoint } from './point-writer.ts';
import { REPOSITORY_UNAVAILABLE, requireAvailable } from './repository.identity.ts';
import { repositoryById } from './repository.queries.ts';
import { applyRetention } from './retention/retention.service.ts';
import {
  beginCapture,
  failCapture,
  failSilentRuns,
  finishCapture,
  type RunKey,
  recordCaptureProgress,
} from './run.store.ts';
import { failureOf, noteFailure } from './run-failure.ts';
import { recordProgress } from './run-progress.ts';
import { requireTakenHere } from './taken-here.ts';
import { takePoint } from './taken-point.ts';

/** Far above the beat of a running capture or check. */
const SILENT_SECONDS = 900;

/**
 * Takes one recovery point of a set: captures it, registers it, reads it back in full, proves with a changed copy that the
 * check sees damage, and then lets retention remove what may go.
 *
 * @throws AppError `unprocessable` `backup-not-sound` when the new point did not pass its check: it is kept, retention is
 * not run, and the job is tried again (see `takePoint`). `unprocessable` `not-taken-by-muster` for a set that another tool fills.
 * Else see `captureSource` and `checkPoint`.
 */
export async function takeBackup(deps: BackupJobsDeps, setId: string, job: RunningJob): Promise<RecoveryPoint> {
  const { set, repository } = await openSet(deps, setId);
  requireTakenHere(set);
  if (set.kind === 'capture') return takeCapture(deps, { set: requireCaptured(set), repository }, job);
  await discoverPoints(deps, set, repository);
  const point = await takePoint(deps.db, job.jobId, {
    capture: () => capture(deps, set, repository, job),
    check: (taken) => checkPoint(deps, { set, repository, point: taken }, job, { selfTest: true }),
  });
  await applyRetention(deps, set, repository);
  await trimLogArchive(deps, set, repository);
  return pointById(deps.db, point.id);
}

/** Which points a check reads: one, or as many as the time allows, the one that was read longest ago first. */
export interface CheckRequest {
  readonly setId: string;
  readonly pointId?: string | undefined;
  /** No further point is begun after this. */
  readonly budgetSeconds: number;
}

/** What a check of a point found, whoever made the point. */
type CheckedBackup = Omit<RecordedCheck, 'durationMs' | 'selfTest'> & Partial<Pick<RecordedCheck, 'selfTest'>>;

/**
 * Re-reads points of a set and records what was found; a point that is not sound is a result, no failure.
 * @throws AppError `unavailable` `repository-unavailable`; else see `checkPoint` and, for a set that another tool fills,
 * `checkOrderedPoint`.
 */
export async function checkBackups(
  deps: BackupJobsDeps,
  request: CheckRequest,
  job: RunningJob,
): Promise<readonly CheckedBackup[]> {
  const startedAt = await databaseInstant(deps);
  const { set, repository } = await openSet(deps, request.setId);
  if (set.external !== undefined) return [await checkOrderedPoint(deps, set, request.pointId, job)];
  // Of a named point the check itself puts on record that its repository is away.
  if (request.pointId === undefined || (await isAvailable(repository))) await discoverPoints(deps, set, repository);
  const deadlineMs = deps.clock.monotonicMs() + request.budgetSeconds * 1000;
  const checks: CheckedBackup[] = [];
  do {
    const point = request.pointId
      ? await pointById(deps.db, request.pointId)
      : await pointToRead(deps.db, set.id, startedAt);
    if (point === undefined) break;
    const home = point.repositoryId === repository.id ? repository : await repositoryById(deps.db, point.repositoryId);
    const selfTest = !checks.some((check) => check.selfTest !== undefined);
    checks.push(await checkPoint(deps, { set, repository: home, point }, job, { selfTest }));
  } while (request.pointId === undefined && deps.clock.monotonicMs() < deadlineMs);
  return checks;
}

async function databaseInstant({ db }: BackupJobsDeps): Promise<Temporal.Instant> {
  const [row] = await db.rows<{ now: string }>(`SELECT to_json(clock_timestamp() AT TIME ZONE 'UTC') #>> '{}' AS now`);
  return Temporal.Instant.from(`${row?.now}Z`);
}

async function openSet(deps: BackupJobsDeps, setId: string): Promise<{ set: BackupSet; repository: Repository }> {
  await deps.db.transaction((tx) => failSilentRuns(tx, SILENT_SECONDS));
  const set = await backupSetById(deps.db, setId);
  return { set, repository: await repositoryById(deps.db, set.repositoryId) };
}

async function isAvailable(repository: Repository): Promise<boolean> {
  try {
    await requireAvailable(repository);
    return true;
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === REPOSITORY_UNAVAILABLE) return false;
    throw thrown;
  }
}

/** Captures and registers a point; answers its id. */
async function capture(deps: BackupJobsDeps, set: BackupSet, repository: Repository, job: RunningJob): Promise<string> {
  const { db, log } = deps;
  const repositoryIdentity = await requireAvailable(repository);
  const run = await db.transaction((tx) => beginCapture(tx, set.id, job));
  const progress = recordProgress({ ...deps, write: (reported) => recordCaptureProgress(db, run, reported) });
  const destination = {
    repositoryRoot: repository.root,
    repositoryIdentity,
    setName: set.name,
    signingKey: deps.signingKey,
    clock: deps.clock,
    log,
    signal: job.signal,
    onProgress: progress.report,
  };
  try {
    const captured = await captureSource(deps.source, destination, { excludedTables: set.excludedTables });
    await progress.stop();
    return await register(deps, set, run, captured);
  } catch (thrown) {
    await progress.stop();
    await noteFailure(db, log, (tx) => failCapture(tx, run, failureOf(thrown, job.signal)));
    throw thrown;
  }
}

function register(deps: BackupJobsDeps, set: BackupSet, run: RunKey, captured: CapturedPoint): Promise<string> {
  const { record, name, sizeBytes, digest } = captured;
  return deps.db.transaction(async (tx) => {
    const { id } = await registerPoint(tx, {
      setId: set.id,
      repositoryId: set.repositoryId,
      name,
      method: record.method,
      own: true,
      takenAt: Temporal.Instant.from(record.takenAt),
      finishedAt: Temporal.Instant.from(record.finishedAt),
      sizeBytes,
      digest,
      serverMajor: record.serverMajor,
    });
    await finishCapture(tx, run, id);
    await recordAudit(tx, {
      actor: SYSTEM_ACTOR,
      action: 'recovery-point.capture',
      subjectKind: 'recovery-point',
      subjectId: id,
      details: { set: set.name, name, digest, sizeBytes, tables: record.tables.length, takenAt: record.takenAt },
    });
    return id;
  });
}
