import { recordAudit } from '../../audit/audit.store.ts';
import { SYSTEM_ACTOR } from '../../audit/entry.ts';
import { AppError } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/log.ts';
import type { RecoveryPoint, Repository } from '../backup-catalogue.ts';
import type { BackupJobsDeps, RunningJob } from '../backup-deps.ts';
import type { SeenPoint } from '../external/external-point.store.ts';
import { checkOrderedPoint } from '../external/ordered-check.ts';
import { type CapturedPoint, type PointDestination, writePoint } from '../point-writer.ts';
import { applyRetention } from '../retention/retention.service.ts';
import { beginCapture, failCapture, finishCapture, type RunKey, recordCaptureProgress } from '../run.store.ts';
import { failureOf, noteFailure } from '../run-failure.ts';
import { recordProgress } from '../run-progress.ts';
import { takePoint } from '../taken-point.ts';
import { openCapturePlace } from './capture-place.ts';
import { captureInProcess } from './capture-process.ts';
import { draftCapture } from './capture-record.ts';
import type { CapturedSet } from './captured-set.service.ts';
import { enterCaptured } from './enter-captured.ts';
import { openSourcesIn } from './open-sources.ts';
import { capturePostgresql } from './postgresql-capture.ts';
import type { CaptureNote } from './tree/tree-notes.ts';

/** A set that is taken, and where its points go. */
export interface CaptureSubject {
  readonly set: CapturedSet;
  readonly repository: Repository;
}

/**
 * Takes one recovery point of a source: captures it in a process of its own, enters it, and reads it back in full; then
 * retention removes what may go. Whatever is cut short leaves no half point.
 *
 * @throws AppError `unprocessable` `backup-not-sound` when the new point did not pass its check: it is kept, and retention is
 * not run. `conflict` `repository-not-writable`. Else as `takePoint`, `captureInProcess`, `writePoint` and `checkOrderedPoint`.
 */
export async function takeCapture(
  deps: BackupJobsDeps,
  { set, repository }: CaptureSubject,
  job: RunningJob,
): Promise<RecoveryPoint> {
  requireWritable(repository);
  const point = await takePoint(deps.db, job.jobId, {
    capture: () => capture(deps, { set, repository }, job),
    check: ({ id }) => checkOrderedPoint(deps, set, id, job),
  });
  await applyRetention(deps, set, repository);
  return point;
}

/** An operator may have changed that since the set was made. */
function requireWritable({ name, writable }: Repository): void {
  if (writable) return;
  throw new AppError(
    'conflict',
    'repository-not-writable',
    `Muster may not write into ${name}: it is marked as read-only`,
  );
}

/** Captures a point and enters it; answers its id. */
async function capture(deps: BackupJobsDeps, subject: CaptureSubject, job: RunningJob): Promise<string> {
  const { db, clock, log } = deps;
  const { set, repository } = subject;
  let onSent = (_done: number, _total: number): void => undefined;
  const told = { set, signal: job.signal, onSent: (done: number, total: number) => onSent(done, total) };
  const place = await openCapturePlace(deps, repository, told);
  await using _closed = { [Symbol.asyncDispose]: () => place.close() };
  const run = await db.transaction((tx) => beginCapture(tx, set.id, job));
  const progress = recordProgress({ ...deps, write: (reported) => recordCaptureProgress(db, run, reported) });
  onSent = (done, total) => progress.report({ step: 'upload', unit: 'bytes', done, total });
  const destination: PointDestination = {
    repositoryRoot: place.root,
    repositoryIdentity: place.identity,
    setName: set.name,
    signingKey: deps.signingKey,
    clock,
    log,
    signal: job.signal,
    onProgress: progress.report,
  };
  try {
    const captured = await captureFrom(deps, set, destination);
    await place.deliver(captured);
    await progress.stop();
    tellNotes(log, set, captured);
    return await enter(deps, set, run, { captured, seen: await place.look(captured.name) });
  } catch (thrown) {
    await progress.stop();
    await noteFailure(db, log, (tx) => failCapture(tx, run, failureOf(thrown, job.signal)));
    throw thrown;
  }
}

/** A captured point, whatever wrote its record, with what befell its source meanwhile. */
type NotedPoint = CapturedPoint<{ readonly takenAt: string }> & { readonly notes: readonly CaptureNote[] };

async function captureFrom(deps: BackupJobsDeps, set: CapturedSet, destination: PointDestination): Promise<NotedPoint> {
  const { clock, signal, onProgress, repositoryRoot } = destination;
  const { source, recipients, bytesPerSecondMax } = set.capture;
  if (source.type === 'postgresql') {
    return { ...(await capturePostgresql(deps, set, source, destination)), notes: [] };
  }
  const { commandDirectory } = deps.capture;
  const ownDirectories = [
    { path: repositoryRoot, what: 'the repository' },
    { path: deps.dataDirectory, what: "Muster's own data" },
  ];
  const openDirectories = [openSourcesIn(deps.dataDirectory)];
  let notes: readonly CaptureNote[] = [];
  const point = await writePoint(destination, async (directory, pointName) => {
    const startedAt = clock.now().toString({ smallestUnit: 'millisecond' });
    const captured = await captureInProcess(
      { source, directory, recipients, ownDirectories, openDirectories, bytesPerSecondMax, commandDirectory },
      { signal, onProgress: (done, total) => onProgress?.({ step: 'data', unit: 'bytes', done, total }) },
    );
    const { files, takenAt, facts } = captured;
    notes = captured.notes ?? [];
    const finishedAt = clock.now().toString({ smallestUnit: 'millisecond' });
    const content = { set: set.name, name: pointName, startedAt, finishedAt, takenAt, source, recipients };
    // What was found inside is not told beside what is encrypted.
    return { ...draftCapture({ ...content, facts: recipients.length === 0 ? facts : {} }), files };
  });
  return { ...point, notes };
}

/** Whoever reads the log learns what of a source is not in a point, or may be of several instants. */
function tellNotes(log: Logger, set: CapturedSet, { name, notes }: NotedPoint): void {
  if (notes.length > 0)
    log.warn(
      { set: set.name, point: name, notes },
      'parts of a source were left out, or changed while it was captured',
    );
}

async function enter(
  { db }: BackupJobsDeps,
  set: CapturedSet,
  run: RunKey,
  { captured, seen }: { readonly captured: NotedPoint; readonly seen: SeenPoint },
): Promise<string> {
  const { digest, sizeBytes, record, notes } = captured;
  return db.transaction(async (tx) => {
    const id = await enterCaptured(tx, set, seen);
    await finishCapture(tx, run, id, notes);
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
