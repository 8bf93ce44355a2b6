import type { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { VERDICTS_WORST_FIRST } from '../verification/finding.ts';
import { LEVELS } from '../verification/level.ts';
import {
  type CaptureRun,
  type CheckRun,
  POINT_METHODS,
  type RecoveryPoint,
  type RunProgress,
} from './backup-catalogue.ts';
import { NOTE_KINDS } from './capture/tree/tree-notes.ts';

const instant = z.iso.datetime();
const verdict = z.enum(VERDICTS_WORST_FIRST as [string, ...string[]]);
const level = z.enum(LEVELS);
const failure = z.object({ code: z.string(), message: z.string() });

export const pointSchema = z.object({
  id: z.uuid(),
  setId: z.uuid(),
  repositoryId: z.uuid(),
  name: z
    .string()
    .describe(
      'Name of its directory, below that of the set in the repository; of an external point its path in the repository',
    ),
  method: z.enum(POINT_METHODS),
  own: z.boolean().describe('Taken by Muster itself: retention touches no other'),
  takenAt: instant.describe('The instant the data is from'),
  finishedAt: instant,
  sizeBytes: z.int(),
  digest: z
    .string()
    .nullable()
    .describe('SHA-256 of its signed manifest; of an external point, of its file or of the list of its files'),
  digestOrigin: z
    .enum(['manifest', 'api', 'first-read'])
    .nullable()
    .describe('Of an external point: who says what its digest must be'),
  fileCount: z.int().nullable(),
  format: z.string().nullable().describe('What its last check took it for'),
  entries: z.int().nullable().describe('Entries, tables or files that its last full check counted'),
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
    digestOrigin: point.digestOrigin ?? null,
    fileCount: point.fileCount ?? null,
    format: point.format ?? null,
    entries: point.entries ?? null,
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

const noteSchema = z.object({
  kind: z
    .enum(NOTE_KINDS)
    .describe('changed all the time while it was read; vanished before its turn; unreadable; left-out on purpose'),
  count: z.int(),
  names: z.array(z.object({ name: z.string(), why: z.string().optional() })).describe('The first of them'),
});

export const captureSchema = runSchema.extend({
  setId: z.uuid(),
  pointId: z.uuid().nullable(),
  step: z.string().nullable().describe('data, log, fingerprints or manifest'),
  notes: z.array(noteSchema).describe('What befell parts of the source while it was captured'),
});

export function captureView(run: CaptureRun): z.input<typeof captureSchema> {
  const notes = run.notes.map(({ names, ...note }) => ({ ...note, names: [...names] }));
  return { ...runView(run), setId: run.setId, pointId: run.pointId ?? null, step: run.step ?? null, notes };
}

const findingSchema = z.looseObject({ kind: z.string(), file: z.string(), message: z.string() });

export const checkSchema = runSchema.extend({
  pointId: z.uuid(),
  reason: z.enum(['order', 'arrival', 'full-read']).describe('Ordered; new or changed; its turn to be read again'),
  level: level.nullable(),
  verdict: verdict.nullable(),
  format: z.string().nullable(),
  findings: z.array(findingSchema).describe('What is wrong, where, and what follows from it'),
  filesChecked: z.int().nullable(),
  entriesChecked: z.int().nullable(),
  bytesRead: z.int().nullable(),
  decodedBytes: z.int().nullable(),
  selfTest: z
    .object({ file: z.string(), offset: z.int(), summary: z.string(), finding: findingSchema })
    .nullable()
    .describe('One byte that was changed in a copy, and where it was found'),
});

export function checkView(run: CheckRun): z.input<typeof checkSchema> {
  return {
    ...runView(run),
    pointId: run.pointId,
    reason: run.reason,
    level: run.level ?? null,
    verdict: run.verdict ?? null,
    format: run.format ?? null,
    findings: run.findings.map((finding) => ({ ...finding })),
    filesChecked: run.filesChecked ?? null,
    entriesChecked: run.entriesChecked ?? null,
    bytesRead: run.bytesRead ?? null,
    decodedBytes: run.decodedBytes ?? null,
    selfTest: run.selfTest ? { ...run.selfTest, finding: { ...run.selfTest.finding } } : null,
  };
}

function textOf(instant: Temporal.Instant | undefined): string | null {
  return instant?.toString() ?? null;
}
