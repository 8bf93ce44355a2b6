import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from '../../database/database.ts';
import type { Logger } from '../../kernel/log.ts';
import { type Finding, printable, type Verdict, verdictOf } from '../../verification/finding.ts';
import type { BackupSet, RecoveryPoint } from '../backup-catalogue.ts';
import type { RunKey } from '../run.store.ts';
import type { ListsBeside } from './listed-digest.ts';
import { compareDigests, pointDigest } from './point-digest.ts';
import { filesThere, type PointFiles, type PointsPlace } from './point-files.ts';
import { filesOfPoint } from './point-history.queries.ts';
import { marksOf } from './point-marks.ts';
import { combined, type DriftFigures, type ExternalCheck, findingsOf, formatFinding, unread } from './point-result.ts';
import { type PointPlan, planPoint } from './point-targets.ts';
import type { RepositoryReader } from './repository-reader.ts';
import { type PointReading, READ_TRIES_MAX, readTargets } from './target-reading.ts';

/** What the examination of a point is given. */
export interface Examination {
  readonly db: Database;
  readonly log: Logger;
  readonly set: BackupSet;
  readonly place: PointsPlace;
  /** What lies there beside the points. */
  readonly lists: ListsBeside;
  readonly point: RecoveryPoint;
  /** The check that keeps what was read of files, for another attempt; undefined: nothing is kept. */
  readonly run: RunKey | undefined;
  readonly reader: RepositoryReader;
  readonly signal: AbortSignal;
  readonly onProgress: (bytesRead: number, totalBytes: number) => void;
  readonly retryPauseMs: number;
}

/** What a look at a point showed: a judgement for which nothing has to be read, or what is to be read. */
export type PointLook =
  | { readonly isJudged: true; readonly check: ExternalCheck }
  | ({ readonly isJudged: false } & Omit<Evidence, 'reading'>);

/** What was found of a point, but for what only the points before it tell. */
export interface Examined {
  /** What the history has to say something to; undefined: nothing. */
  readonly figures: DriftFigures | undefined;
  /** That reading it took. */
  readonly seconds: number;
  /** Everything was read, and nothing but the history can say something against it. */
  readonly isSound: boolean;
  /** The judgement, with what the history says. */
  readonly conclude: (drift: readonly Finding[]) => ExternalCheck;
}

/** Looks at a point without reading it. */
export async function lookAtPoint(examination: Examination): Promise<PointLook> {
  const { db, set, place, lists, point, reader } = examination;
  const { root } = place;
  const isMany = set.external?.layout !== 'file';
  const known = isMany ? await filesOfPoint(db, point.id) : new Map<string, undefined>();
  const paths = set.external?.layout === 'files' && known.size > 0 ? [...known.keys()] : [point.name];
  const there = await lookPatiently(paths, examination);
  const early = judgedUnread(examination, there);
  if (early !== undefined) return { isJudged: true, check: early };
  const isOneFile = !isMany && there.directory === undefined;
  const recorded = recordedDigests(point, known, isOneFile);
  const plan = await planPoint({ root, lists, set, point, there, recorded, limits: reader.limits });
  return { isJudged: false, there, recorded, isOneFile, plan };
}

/** Reads a point in full and judges it. Nothing is recorded. */
export async function readPoint(examination: Examination, look: PointLook): Promise<Examined> {
  if (look.isJudged) return { figures: undefined, seconds: 0, isSound: false, conclude: () => look.check };
  const startedMs = performance.now();
  const reading = await readPlan(look.plan, look.there, examination);
  const seconds = (performance.now() - startedMs) / 1000;
  return { ...judge(examination, { ...look, reading }), seconds };
}

async function lookPatiently(
  paths: readonly string[],
  { place, reader, signal, retryPauseMs }: Examination,
): Promise<PointFiles> {
  for (let tries = 1; ; tries += 1) {
    const there = await filesThere(place, paths, reader.limits);
    if (there.missing.length === 0 || tries >= READ_TRIES_MAX) return there;
    await pause(retryPauseMs * tries, undefined, { signal });
  }
}

/** Not there, refused, empty or too small: nothing has to be read for that. */
function judgedUnread({ set, point }: Examination, there: PointFiles): ExternalCheck | undefined {
  const name = printable(point.name);
  if (there.files.length === 0 && there.findings.length === 0 && there.directory === undefined) {
    const message = `The recovery point ${name} is not there.`;
    return unread('missing', undefined, [{ kind: 'missing', file: point.name, message }]);
  }
  if (there.files.length === 0 && there.findings.length > 0) {
    return unread(verdictOf(there.findings, 0), 'presence', there.findings);
  }
  const sizeBytes = there.files.reduce((sum, file) => sum + file.sizeBytes, 0);
  const minimum = set.external?.minimumBytes;
  if (sizeBytes === 0) {
    return unread('damaged', 'presence', [{ kind: 'empty', file: point.name, message: `${name} holds no byte.` }]);
  }
  if (minimum === undefined || sizeBytes >= minimum) return undefined;
  const message = `${name} has ${sizeBytes} bytes; the set demands at least ${minimum}.`;
  const sizes = { expected: `at least ${minimum} bytes`, actual: `${sizeBytes} bytes` };
  return unread('damaged', 'presence', [{ kind: 'truncated', file: point.name, ...sizes, message }]);
}

function recordedDigests(
  point: RecoveryPoint,
  known: ReadonlyMap<string, string | undefined>,
  isOneFile: boolean,
): ReadonlyMap<string, string> {
  const recorded = new Map<string, string>();
  if (isOneFile && point.digest !== undefined) recorded.set(point.name, point.digest);
  if (!isOneFile) for (const [path, digest] of known) if (digest !== undefined) recorded.set(path, digest);
  return recorded;
}

function readPlan(plan: PointPlan, there: PointFiles, examination: Examination): Promise<PointReading> {
  const { onProgress } = examination;
  const isTwice = plan.targets.some(({ kind }) => kind === 'directory');
  const storedBytes = there.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let bytesRead = 0;
  const onRead = (bytes: number) => {
    bytesRead += bytes;
    onProgress(bytesRead, isTwice ? 2 * storedBytes : storedBytes);
  };
  return readTargets(plan.targets, { ...examination, files: there.files, onRead });
}

interface Evidence {
  readonly there: PointFiles;
  readonly plan: PointPlan;
  readonly reading: PointReading;
  readonly recorded: ReadonlyMap<string, string>;
  readonly isOneFile: boolean;
}

/** With one of these nothing more is said of size and format, and no digest is recorded. */
const BAD: ReadonlySet<Verdict> = new Set(['hostile', 'altered', 'damaged', 'missing']);

function judge(examination: Examination, evidence: Evidence): Omit<Examined, 'seconds'> {
  const { set, point } = examination;
  const { there, plan, reading, recorded, isOneFile } = evidence;
  const gone = there.missing.map((file): Finding => {
    return { kind: 'missing', file, message: `${printable(file)} is not there.` };
  });
  const seen = [...gone, ...there.findings, ...plan.findings, ...reading.findings, ...reading.read.flatMap(findingsOf)];
  const isWhole = there.missing.length === 0 && there.files.every(({ path }) => reading.digests.has(path));
  const spokenOf = new Set([...seen.map(({ file }) => file), ...reading.read.filter(hasFindings).map(pathOf)]);
  const compared = compareDigests({ point, isOneFile, actual: reading.digests, recorded, seen, spokenOf, isWhole });
  const proven = [
    ...seen,
    ...compared,
    ...changedFindings(examination, evidence),
    ...restlessFindings(point, seen, isWhole),
  ];
  const first = combined(reading.read, proven);
  const isSpeaking = !BAD.has(first.verdict);
  const format = isSpeaking ? formatFinding(set, point, first.format) : [];
  const conclude = (drift: readonly Finding[]): ExternalCheck => {
    const check = combined(reading.read, [...proven, ...format, ...drift]);
    const mayRecord = isWhole && !BAD.has(check.verdict) && !isMoving(proven);
    const digest = mayRecord ? pointDigest(reading.digests, isOneFile) : undefined;
    return {
      ...check,
      wasReadInFull: isWhole,
      digest,
      digestOrigin: digest === undefined ? undefined : plan.isListed ? 'manifest' : 'first-read',
      fileDigests: mayRecord && !isOneFile ? reading.digests : new Map(),
    };
  };
  const sizeBytes = there.files.reduce((sum, file) => sum + file.sizeBytes, 0);
  const figures = isSpeaking ? { sizeBytes, entries: first.entriesChecked } : undefined;
  return { figures, isSound: first.verdict === 'sound', conclude };
}

/** Nothing is wrong, and still not every file was read: they came or went meanwhile. */
function restlessFindings({ name }: RecoveryPoint, seen: readonly Finding[], isWhole: boolean): Finding[] {
  if (isWhole || seen.length > 0) return [];
  const message = `Files of ${printable(name)} came or went while it was read: check it again.`;
  return [{ kind: 'changed-while-read', file: name, message }];
}

function hasFindings({ result }: PointReading['read'][number]): boolean {
  return result.findings.length > 0;
}

function pathOf({ target }: PointReading['read'][number]): string {
  return target.path;
}

function isMoving(findings: readonly Finding[]): boolean {
  return findings.some(({ kind }) => kind === 'changed-while-read');
}

/** It changed after it was registered, and nobody knows what it must be. An operator can accept it as it is now. */
function changedFindings({ point, place }: Examination, { there, isOneFile }: Evidence): Finding[] {
  if (point.digest !== undefined) return [];
  const [file] = there.files;
  // A link has marks of its own, and of several files discovery says which belong to the point.
  const isPlain = isOneFile && file !== undefined && file.location === `${place.root}/${point.name}`;
  const isOther = isPlain && point.marks !== undefined && !point.marks.equals(marksOf([file]));
  if (point.verdict !== 'altered' && !isOther) return [];
  const message = `${printable(point.name)} changed after it was registered, and no digest of it was on record: accept it as it is now, or replace it.`;
  return [{ kind: 'altered', file: point.name, message }];
}
