import { recordAudit } from '../../audit/audit.store.ts';
import { SYSTEM_ACTOR } from '../../audit/entry.ts';
import { AppError } from '../../kernel/errors.ts';
import type { RecoveryPoint, Repository } from '../backup-catalogue.ts';
import type { BackupJobsDeps, RunningJob } from '../backup-deps.ts';
import { pointById } from '../catalogue.queries.ts';
import { checkOrderedPoint } from '../external/ordered-check.ts';
import { type CapturedPoint, type PointDestination, writePoint } from '../point-writer.ts';
import { requireAvailable } from '../repository.identity.ts';
import { applyRetention } from '../retention/retention.service.ts';
import { captureOfJob } from '../run.queries.ts';
import { beginCapture, failCapture, finishCapture, type RunKey, recordCaptureProgress } from '../run.store.ts';
import { failureOf, noteFailure } from '../run-failure.ts';
import { recordProgress } from '../run-progress.ts';
import { captureInProcess } from './capture-process.ts';
import { type CaptureRecord, draftCapture } from './capture-record.ts';
import type { CapturedSet } from './captured-set.service.ts';
import { enterCaptured, lookAtCaptured } from './enter-captured.ts';

/** A set that is taken, and where its points go. */
export interface CaptureSubject {
  readonly set: CapturedSet;
  readonly repository: Repository;
}

/**
 * Takes one recovery point of a source: captures it in a process of its own, enters it, and reads it back in full; then
 * retention removes what may go. Whatever is cut short leaves no half point, and an attempt that takes over from one that had
 * captured already goes on with the check.
 *
 * @throws AppError `unprocessable` `backup-not-sound` when the new point did not pass its check: it is kept, and retention is
 * not run. `conflict` `backup-set-retired`. Else as `captureInProcess`, `writePoint` and `checkOrderedPoint`.
 */
export async function takeCapture(
  deps: BackupJobsDeps,
  { set, repository }: CaptureSubject,
  job: RunningJob,
): Promise<RecoveryPoint> {
  const before = await captureOfJob(deps.db, job.jobId);
  const pointId = before?.pointId ?? (await capture(deps, { set, repository }, job));
  const { verdict, findings } = await checkOrderedPoint(deps, set, pointId, job);
  const point = await pointById(deps.db, pointId);
  if (verdict !== 'sound') {
    const why = findings[0]?.message ?? 'no reason was given';
    throw new AppError(
      'unprocessable',
      'backup-not-sound',
      `The new recovery point ${point.name} is ${verdict}: ${why}`,
    );
  }
  await applyRetention(deps, set, repository);
  return point;
}

/** Captures a point and enters it; answers its id. */
async function capture(deps: BackupJobsDeps, subject: CaptureSubject, job: RunningJob): Promise<string> {
  const { db, clock, log } = deps;
  const { set, repository } = subject;
  const repositoryIdentity = await requireAvailable(repository);
  const run = await db.transaction((tx) => beginCapture(tx, set.id, job));
  const progress = recordProgress({ ...deps, write: (reported) => recordCaptureProgress(db, run, reported) });
  const destination: PointDestination = {
    repositoryRoot: repository.root,
    repositoryIdentity,
    setName: set.name,
    signingKey: deps.signingKey,
    clock,
    log,
    signal: job.signal,
    onProgress: progress.report,
  };
  try {
    const captured = await captureFrom(set, destination);
    await progress.stop();
    return await enter(deps, subject, run, captured);
  } catch (thrown) {
    await progress.stop();
    await noteFailure(db, log, (tx) => failCapture(tx, run, failureOf(thrown, job.signal)));
    throw thrown;
  }
}

function captureFrom({ name, capture: stated }: CapturedSet, destination: PointDestination) {
  const { clock, signal, onProgress } = destination;
  const { source, recipients, bytesPerSecondMax } = stated;
  return writePoint<CaptureRecord>(destination, async (directory, pointName) => {
    const startedAt = clock.now().toString({ smallestUnit: 'millisecond' });
    const { files, takenAt, facts } = await captureInProcess(
      { source, directory, recipients, bytesPerSecondMax },
      { signal, onProgress: (done, total) => onProgress?.({ step: 'data', unit: 'bytes', done, total }) },
    );
    const finishedAt = clock.now().toString({ smallestUnit: 'millisecond' });
    const content = { set: name, name: pointName, startedAt, finishedAt, takenAt, source, recipients, facts };
    return { ...draftCapture(content), files };
  });
}

async function enter(
  { db, publicKeys }: BackupJobsDeps,
  { set, repository }: CaptureSubject,
  run: RunKey,
  captured: CapturedPoint<CaptureRecord>,
): Promise<string> {
  const { name, digest, sizeBytes, record } = captured;
  const seen = await lookAtCaptured(set, repository, name, publicKeys);
  return db.transaction(async (tx) => {
    const id = await enterCaptured(tx, set, seen);
    await finishCapture(tx, run, id);
    await recordAudit(tx, {
      actor: SYSTEM_ACTOR,
      action: 'recovery-point.capture',
      subjectKind: 'recovery-point',
      subjectId: id,
      details: { set: set.name, name: seen.name, digest, sizeBytes, takenAt: record.takenAt },
    });
    return id;
  });
}
