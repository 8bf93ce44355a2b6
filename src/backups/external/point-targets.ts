import { relative } from 'node:path';
import type { RecordedFile } from '../../verification/diagnosis.ts';
import { type Finding, printable } from '../../verification/finding.ts';
import type { VerificationLimits } from '../../verification/limits.ts';
import type { VerifyTarget } from '../../verification/target.ts';
import { planTargets } from '../../verification/verify-plan.ts';
import type { BackupSet, RecoveryPoint } from '../backup-catalogue.ts';
import type { ListsBeside } from './listed-digest.ts';
import type { PlacedFile, PointFiles } from './point-files.ts';
import { rooted } from './rooted-finding.ts';

/** What is to be read of a point, and what could be said without reading. */
export interface PointPlan {
  readonly targets: readonly VerifyTarget[];
  readonly findings: readonly Finding[];
  /** Everything that is read is vouched for by a list or manifest that lies there. */
  readonly isListed: boolean;
}

/** What a plan is made of. */
export interface PlanSubject {
  /** The repository's, without links. */
  readonly root: string;
  readonly set: BackupSet;
  readonly point: Pick<RecoveryPoint, 'name' | 'digest'>;
  readonly there: PointFiles;
  /** SHA-256 of its files by path, as far as the catalogue knows them. */
  readonly recorded: ReadonlyMap<string, string>;
  readonly limits: VerificationLimits;
  /** Of the repository. */
  readonly lists: ListsBeside;
}

/** What there is to check of a point, and against what: the lists beside it, or what the catalogue has on record. */
export async function planPoint(subject: PlanSubject): Promise<PointPlan> {
  return subject.there.directory === undefined ? planFiles(subject) : planDirectory(subject, subject.there.directory);
}

async function planFiles(subject: PlanSubject): Promise<PointPlan> {
  const targets: VerifyTarget[] = [];
  const findings: Finding[] = [];
  let unlisted = 0;
  for (const file of subject.there.files) {
    const listed = isFromLists(subject) ? await subject.lists.digestOf(file.path) : undefined;
    if (listed === undefined) unlisted += 1;
    if (listed?.finding !== undefined) findings.push(listed.finding);
    targets.push(fileTarget(subject, file, listed?.recorded));
  }
  if (isFromLists(subject) && unlisted > 0) findings.push(noList(subject.point.name, unlisted));
  return { targets, findings, isListed: isFromLists(subject) && unlisted === 0 && findings.length === 0 };
}

function isFromLists({ set }: PlanSubject): boolean {
  return set.external?.digestSource === 'manifest';
}

function fileTarget(
  subject: PlanSubject,
  { path, location, sizeBytes }: PlacedFile,
  listed?: RecordedFile,
): VerifyTarget {
  const file = typeof location === 'string' ? relative(subject.root, location) : path;
  const bytes = typeof location === 'string' ? {} : { location };
  const recorded = listed ?? catalogueRecord(subject, path);
  return { kind: 'file', path, directory: subject.root, file, sizeBytes, recorded, ...bytes };
}

function catalogueRecord({ recorded }: PlanSubject, path: string): RecordedFile | undefined {
  const hex = recorded.get(path);
  return hex === undefined ? undefined : { source: 'the catalogue', digests: [{ algorithm: 'sha256', hex }] };
}

async function planDirectory(subject: PlanSubject, directory: string): Promise<PointPlan> {
  const { point, limits } = subject;
  const planned = await planTargets([directory], { limits, publicKeys: [] });
  const targets = planned.map((target) => placed(subject, target, directory));
  // A dump's table of contents names its files, but vouches for no byte of them.
  const isVouched = (target: VerifyTarget) =>
    target.kind === 'directory'
      ? target.what !== 'postgres-directory'
      : target.kind === 'judged' || target.recorded !== undefined;
  const isListed = planned.some(({ kind }) => kind !== 'judged') && planned.every(isVouched);
  const findings = isFromLists(subject) && !isListed ? [noList(point.name, planned.length)] : [];
  return { targets: targets.map((target) => renamed(target, point.name, directory)), findings, isListed };
}

/** A file by its path from the repository's root, with what is on record of it. */
function placed(subject: PlanSubject, target: VerifyTarget, directory: string): VerifyTarget {
  if (target.kind !== 'file') return target;
  const whole = `${target.directory}/${target.file}`;
  const path = `${subject.point.name}/${relative(directory, whole)}`;
  const recorded = target.recorded ?? catalogueRecord(subject, path);
  return { ...target, path, directory: subject.root, file: relative(subject.root, whole), recorded };
}

/** What was judged in the planning, and whole directories, bear whole paths. */
function renamed(target: VerifyTarget, name: string, directory: string): VerifyTarget {
  if (target.kind === 'directory') return { ...target, path: name };
  if (target.kind !== 'judged') return target;
  const path = target.path === directory ? name : `${name}/${relative(directory, target.path)}`;
  const findings = target.result.findings.map((found) => rooted(found, { absolute: target.path, name: path }));
  return { ...target, path, result: { ...target.result, path, findings } };
}

function noList(name: string, count: number): Finding {
  const message = `A list or manifest should say what the bytes of ${printable(name)} must be: of ${count} of its files none does.`;
  return { kind: 'no-record', file: name, message };
}
