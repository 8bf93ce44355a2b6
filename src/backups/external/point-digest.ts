import { createHash } from 'node:crypto';
import { type Finding, printable } from '../../verification/finding.ts';
import type { RecoveryPoint } from '../backup-catalogue.ts';

/**
 * The digest of a point: of one file its own, of several the SHA-256 of the list "digest, two blanks, path, newline" in the
 * order of the paths' bytes.
 */
export function pointDigest(digests: ReadonlyMap<string, string>, isOneFile: boolean): string | undefined {
  if (isOneFile) return [...digests.values()][0];
  const paths = [...digests.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const list = createHash('sha256');
  for (const path of paths) list.update(`${digests.get(path)}  ${path}\n`);
  return list.digest('hex');
}

/** What was read, against what the catalogue has on record. */
export interface DigestComparison {
  readonly point: Pick<RecoveryPoint, 'name' | 'digest'>;
  readonly isOneFile: boolean;
  /** SHA-256 by path: of the files that were read to their ends. */
  readonly actual: ReadonlyMap<string, string>;
  /** The same, as it was recorded. */
  readonly recorded: ReadonlyMap<string, string>;
  /** What is said of them already. */
  readonly seen: readonly Finding[];
  /** Files with findings, by path. */
  readonly spokenOf: ReadonlySet<string>;
  /** Every file that is there was read to its end. */
  readonly isWhole: boolean;
}

/** Files that are missing, new, or other than on record, by name; nothing when nothing is on record. */
export function compareDigests(comparison: DigestComparison): Finding[] {
  const { point, actual, recorded, isOneFile, seen, spokenOf, isWhole } = comparison;
  if (point.digest === undefined) return [];
  const findings: Finding[] = [];
  for (const [path, wanted] of isOneFile ? [[point.name, point.digest] as const] : recorded) {
    const found = actual.get(path);
    if (spokenOf.has(path) || found === wanted) continue;
    if (found !== undefined) findings.push(altered(path, wanted, found));
    else if (isWhole) findings.push(missing(path));
  }
  if (!isOneFile && recorded.size > 0) {
    const known = new Set(seen.filter(({ kind }) => kind === 'unexpected').map(({ file }) => file));
    for (const path of actual.keys()) if (!recorded.has(path) && !known.has(path)) findings.push(unexpected(path));
  }
  if (findings.length > 0 || spokenOf.size > 0 || !isWhole) return findings;
  const digest = pointDigest(actual, isOneFile);
  return digest === point.digest ? [] : [altered(point.name, point.digest, digest ?? 'nothing')];
}

function altered(file: string, wanted: string, found: string): Finding {
  const message = `${printable(file)} is not what the catalogue records.`;
  return { kind: 'altered', file, expected: `sha256:${wanted}`, actual: `sha256:${found}`, message };
}

function missing(file: string): Finding {
  return { kind: 'missing', file, message: `${printable(file)} is not there; the catalogue records it.` };
}

function unexpected(file: string): Finding {
  const message = `${printable(file)} is here, but was not when the point was first read.`;
  return { kind: 'unexpected', file, message };
}
