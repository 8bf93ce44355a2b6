import { type Finding, printable, type Verdict, verdictOf, worstFirst } from '../../verification/finding.ts';
import { includesLevel, type Level, lowestLevel } from '../../verification/level.ts';
import type { VerifyTarget } from '../../verification/target.ts';
import type { PathResult } from '../../verification/verify-file.ts';
import type { BackupSet, RecoveryPoint } from '../backup-catalogue.ts';
import { type DriftQuestion, driftOf } from './drift.ts';
import { rooted } from './rooted-finding.ts';

/** What a check of an external point found. */
export interface ExternalCheck {
  readonly verdict: Verdict;
  /** Undefined when the point is not there. */
  readonly level: Level | undefined;
  readonly findings: readonly Finding[];
  readonly filesChecked: number;
  readonly entriesChecked: number;
  readonly bytesRead: number;
  readonly decodedBytes: number;
  readonly format: string | undefined;
  readonly wasReadInFull: boolean;
  /** Of what was read, to be recorded where nothing is on record; undefined when it may not be. */
  readonly digest: string | undefined;
  readonly digestOrigin: RecoveryPoint['digestOrigin'];
  /** SHA-256 by path, of a point that is several files. */
  readonly fileDigests: ReadonlyMap<string, string>;
}

/** One target with what its check found. */
export interface ReadTarget {
  readonly target: VerifyTarget;
  readonly result: PathResult;
}

/** Findings that are kept of one check. */
const FINDINGS_MAX = 200;

/** The findings of a target, named from the repository's root. */
export function findingsOf({ target, result }: ReadTarget): Finding[] {
  if (target.kind !== 'directory') return [...result.findings];
  return result.findings.map((finding) => rooted(finding, { below: target.path }));
}

/** What all targets together were taken for: one format, or `mixed`. */
function formatOf(read: readonly ReadTarget[]): string | undefined {
  const formats = new Set(read.filter(({ target }) => target.kind !== 'judged').map(({ result }) => result.format));
  return formats.size > 1 ? 'mixed' : [...formats][0];
}

/** A finding when the point is of another format than its set expects. */
export function formatFinding(
  set: BackupSet,
  point: Pick<RecoveryPoint, 'name'>,
  format: string | undefined,
): Finding[] {
  const expected = set.external?.expectedFormat;
  if (expected === undefined || format === undefined || format === expected) return [];
  const message = `${printable(point.name)} is of the format ${format}; the set expects ${expected}.`;
  return [{ kind: 'mismatched-type', file: point.name, expected, actual: format, message }];
}

/** Size and count of entries of the sound points before one, oldest first. */
export interface PointHistory {
  readonly sizes: readonly number[];
  readonly entries: readonly number[];
}

/** What the history of a point lets expect. */
export interface DriftFigures {
  readonly sizeBytes: number;
  readonly entries: number;
}

/** Findings about a size or a count of entries that the history does not let expect. */
export function driftFindings(name: string, { sizeBytes, entries }: DriftFigures, history: PointHistory): Finding[] {
  const questions: DriftQuestion[] = [
    { what: 'bytes', value: sizeBytes, history: history.sizes },
    { what: 'entries', value: entries, history: history.entries },
  ];
  return questions.map((question) => driftOf(question, name)).filter((finding) => finding !== undefined);
}

/** The figures and the verdict over all that was read and found. */
export function combined(read: readonly ReadTarget[], findings: readonly Finding[]) {
  const sum = (of: (result: PathResult) => number) => read.reduce((total, { result }) => total + of(result), 0);
  const checked = read.filter(({ result }) => includesLevel(result.level, 'digest'));
  return {
    verdict: verdictOf(findings, checked.length),
    level: lowestLevel(read.map(({ result }) => result.level)) ?? 'presence',
    findings: bounded(worstFirst(findings)),
    filesChecked: read.filter(({ target }) => target.kind !== 'judged').length,
    entriesChecked: sum(({ entries }) => entries),
    bytesRead: sum(({ bytes }) => bytes),
    decodedBytes: sum(({ decodedBytes }) => decodedBytes),
    format: formatOf(read),
  };
}

function bounded(findings: readonly Finding[]): Finding[] {
  const [first] = findings;
  if (first === undefined || findings.length <= FINDINGS_MAX) return [...findings];
  const kept = findings.slice(0, FINDINGS_MAX - 1);
  const next = findings[FINDINGS_MAX - 1] ?? first;
  const message = `and ${findings.length - kept.length} more findings, none of them worse`;
  return [...kept, { kind: next.kind, file: next.file, message }];
}

/** A check that ends before anything is read. */
export function unread(verdict: Verdict, level: Level | undefined, findings: readonly Finding[]): ExternalCheck {
  return {
    ...{ verdict, level, findings: bounded(worstFirst(findings)) },
    ...{ filesChecked: 0, entriesChecked: 0, bytesRead: 0, decodedBytes: 0, format: undefined },
    ...{ wasReadInFull: false, digest: undefined, digestOrigin: undefined, fileDigests: new Map() },
  };
}
