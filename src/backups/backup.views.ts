import type { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { VERDICTS_WORST_FIRST } from '../verification/finding.ts';
import { LEVELS } from '../verification/level.ts';
import type { BackupSet, CaptureRun, CheckRun, RecoveryPoint, Repository, RunProgress } from './backup-catalogue.ts';
import type { SetStatus } from './set-status.queries.ts';

const instant = z.iso.datetime();
const verdict = z.enum(VERDICTS_WORST_FIRST as [string, ...string[]]);
const level = z.enum(LEVELS);
const failure = z.object({ code: z.string(), message: z.string() });

export const repositorySchema = z.object({
  id: z.uuid(),
  name: z.string(),
  kind: z.enum(['local']),
  root: z.string().describe('Absolute path, as the workers of its tag see it'),
  writable: z.boolean(),
  workerTag: z.string(),
});

export function repositoryView({
  id,
  name,
  kind,
  root,
  writable,
  workerTag,
}: Repository): z.input<typeof repositorySchema> {
  return { id, name, kind, root, writable, workerTag };
}

export const backupSetSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  repositoryId: z.uuid(),
  kind: z.enum(['postgresql']),
  keepPoints: z.int().describe('Sound recovery points that retention keeps'),
  staleAfterSeconds: z.int().describe('Without a sound recovery point younger than this, the set is stale'),
  excludedTables: z.array(z.string()).describe('Tables that are not compared after a restore'),
  freshness: z.enum(['fresh', 'stale']),
  newestSoundPoint: z.object({ id: z.uuid(), takenAt: instant }).nullable(),
  presentCount: z.int(),
  unsoundCount: z.int().describe('Recovery points that are missing, or were found not sound'),
  allReadSince: instant
    .nullable()
    .describe('Every present recovery point was read in full after this instant; null while one never was'),
  version: z.int(),
});

export function backupSetView(set: BackupSet, status: SetStatus | undefined): z.input<typeof backupSetSchema> {
  const sound = status?.newestSoundPoint;
  return {
    ...set,
    excludedTables: [...set.excludedTables],
    freshness: status?.freshness ?? 'stale',
    newestSoundPoint: sound ? { id: sound.id, takenAt: sound.takenAt.toString() } : null,
    presentCount: status?.presentCount ?? 0,
    unsoundCount: status?.unsoundCount ?? 0,
    allReadSince: textOf(status?.allReadSince),
  };
}

export const pointSchema = z.object({
  id: z.uuid(),
  setId: z.uuid(),
  repositoryId: z.uuid(),
  name: z.string().describe('Name of its directory, below that of the set in the repository'),
  method: z.enum(['base-backup', 'pg-dump', 'unknown']),
  own: z.boolean().describe('Taken by Muster itself: retention touches no other'),
  takenAt: instant.describe('The instant the data is from'),
  finishedAt: instant,
  sizeBytes: z.int(),
  digest: z.string().nullable().describe('SHA-256 of its signed manifest'),
  serverMajor: z.int().nullable(),
  verdict: verdict.nullable().describe('Null: never checked'),
  verdictAt: instant.nullable(),
  verifiedLevel: level.nullable(),
  readInFullAt: instant.nullable(),
  state: z.enum(['present', 'missing', 'deleting', 'deleted']),
  stateSince: instant,
});

export function pointView(point: RecoveryPoint): z.input<typeof pointSchema> {
  const { id, setId, repositoryId, name, method, own, sizeBytes, state } = point;
  return {
    ...{ id, setId, repositoryId, name, method, own, sizeBytes, state },
    takenAt: point.takenAt.toString(),
    finishedAt: point.finishedAt.toString(),
    digest: point.digest ?? null,
    serverMajor: point.serverMajor ?? null,
    verdict: point.verdict ?? null,
    verdictAt: textOf(point.verdictAt),
    verifiedLevel: point.verifiedLevel ?? null,
    readInFullAt: textOf(point.readInFullAt),
    stateSince: point.stateSince.toString(),
  };
}

const progressSchema = z.object({
  unit: z.enum(['bytes', 'tables']),
  done: z.int(),
  total: z.int().describe('An estimate while data is received'),
  perSecond: z.number(),
  etaSeconds: z.number().nullable().describe('Until this step is done; null while it cannot be told'),
});

function progressView({ unit, done, total, perSecond }: RunProgress): z.input<typeof progressSchema> {
  const etaSeconds = perSecond > 0 ? Math.max(0, total - done) / perSecond : null;
  return { unit, done, total, perSecond, etaSeconds };
}

const runSchema = z.object({
  id: z.uuid(),
  jobId: z.uuid().describe('Follow it at /jobs/{id}'),
  attempt: z.int(),
  state: z.enum(['running', 'done', 'failed']),
  progress: progressSchema.nullable().describe('While it runs'),
  failure: failure.nullable(),
  startedAt: instant,
  finishedAt: instant.nullable(),
});

function runView(run: CaptureRun | CheckRun): z.input<typeof runSchema> {
  const { id, jobId, attempt, state } = run;
  return {
    ...{ id, jobId, attempt, state },
    progress: run.progress && state === 'running' ? progressView(run.progress) : null,
    failure: run.failure ?? null,
    startedAt: run.startedAt.toString(),
    finishedAt: textOf(run.finishedAt),
  };
}

export const captureSchema = runSchema.extend({
  setId: z.uuid(),
  pointId: z.uuid().nullable(),
  step: z.string().nullable().describe('data, log, fingerprints or manifest'),
});

export function captureView(run: CaptureRun): z.input<typeof captureSchema> {
  return { ...runView(run), setId: run.setId, pointId: run.pointId ?? null, step: run.step ?? null };
}

const findingSchema = z.looseObject({ kind: z.string(), file: z.string(), message: z.string() });

export const checkSchema = runSchema.extend({
  pointId: z.uuid(),
  level: level.nullable(),
  verdict: verdict.nullable(),
  findings: z.array(findingSchema).describe('What is wrong, where, and what follows from it'),
  filesChecked: z.int().nullable(),
  entriesChecked: z.int().nullable(),
  bytesRead: z.int().nullable(),
  selfTest: z
    .object({ file: z.string(), offset: z.int(), summary: z.string(), finding: findingSchema })
    .nullable()
    .describe('One byte that was changed in a copy, and where it was found'),
});

export function checkView(run: CheckRun): z.input<typeof checkSchema> {
  return {
    ...runView(run),
    pointId: run.pointId,
    level: run.level ?? null,
    verdict: run.verdict ?? null,
    findings: run.findings.map((finding) => ({ ...finding })),
    filesChecked: run.filesChecked ?? null,
    entriesChecked: run.entriesChecked ?? null,
    bytesRead: run.bytesRead ?? null,
    selfTest: run.selfTest ? { ...run.selfTest, finding: { ...run.selfTest.finding } } : null,
  };
}

function textOf(instant: Temporal.Instant | undefined): string | null {
  return instant?.toString() ?? null;
}
