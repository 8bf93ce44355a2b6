import { diagnose, grouped } from './diagnosis.ts';
import type { ListedFile, Listing } from './directory-listing.ts';
import { BACKUP_MANIFEST_FILE, MANIFEST_FILE } from './directory-marks.ts';
import { type Finding, printable, withConsequences } from './finding.ts';
import type { ManifestFile } from './manifest.ts';
import type { ManifestReading } from './manifest-read.ts';
import type { PointFile, PointReading } from './recovery-point-reading.ts';

/** All that is known of a recovery point when its files were read. */
export interface PointEvidence {
  readonly reading: ManifestReading;
  readonly listing: Listing;
  readonly point: PointReading;
  /** The files were read. Otherwise only their presence and length is judged. */
  readonly isDeep: boolean;
}

/** The root findings of a recovery point, each with what followed from it. */
export function judge(evidence: PointEvidence): Finding[] {
  const { reading, listing, point, isDeep } = evidence;
  if (listing.failure !== undefined) return [directoryFinding(listing.failure)];
  const files = isDeep ? blameBackupManifest(point.files) : judgePresence(reading.manifest?.files ?? [], listing.files);
  const others = [
    ...point.findings,
    ...unexpectedFindings(reading, listing.files, listing.isComplete),
    ...incompleteFindings(reading),
  ];
  const fileFindings = files.flatMap(({ findings }) => findings);
  if (reading.finding === undefined) return [...fileFindings, ...others];
  // What only a changed manifest complains about, and nothing in the file itself, is the manifest's fault.
  const isManifestChanged = reading.finding.kind === 'altered';
  const isBlamed = (judged: JudgedFile) => isManifestChanged && !judged.hasOwnFault;
  const blamed = files.filter(isBlamed).flatMap(({ findings }) => findings);
  const standing = files.filter((judged) => !isBlamed(judged)).flatMap(({ findings }) => findings);
  if (!isManifestChanged) return [reading.finding, ...standing, ...others];
  return [withConsequences(reading.finding, [...blamed, ...others]), ...standing];
}

interface JudgedFile {
  readonly path: string;
  readonly findings: readonly Finding[];
  /** Something is wrong that would be wrong under any manifest. */
  readonly hasOwnFault: boolean;
}

/** Entries that disagree with a `backup_manifest` which is itself not as recorded are that file's fault. */
function blameBackupManifest(files: readonly PointFile[]): JudgedFile[] {
  const list = files.find(({ path }) => path === BACKUP_MANIFEST_FILE);
  const listFindings = list === undefined ? [] : diagnose(list);
  const [listRoot, ...listRest] = listFindings;
  const blamed: Finding[] = [];
  const judged = files
    .filter((file) => file !== list)
    .map((file): JudgedFile => {
      const withoutContents = diagnose({ ...file, contents: [] });
      const isListsFault = listRoot !== undefined && withoutContents.length === 0 && file.contents.length > 0;
      if (isListsFault) blamed.push(...file.contents);
      const findings = isListsFault ? [] : diagnose(file);
      return { path: file.path, findings, hasOwnFault: hasOwnFault(file) };
    });
  if (list === undefined) return judged;
  const findings = listRoot === undefined ? [] : [withConsequences(listRoot, blamed), ...listRest];
  return [{ path: list.path, findings, hasOwnFault: hasOwnFault(list) }, ...judged];
}

function hasOwnFault({ inspection, contents }: PointFile): boolean {
  const { openFailure, read, structure } = inspection;
  const isUnread = openFailure !== undefined && openFailure.reason !== 'missing';
  const isReadBadly = read !== undefined && (read.changed || read.failure !== undefined || read.sizeBytes === 0);
  return isUnread || isReadBadly || structure.length > 0 || contents.length > 0;
}

function judgePresence(named: readonly ManifestFile[], listed: readonly ListedFile[]): JudgedFile[] {
  const byPath = new Map(listed.map((file) => [file.path, file]));
  return named.map((file) => {
    const finding = presenceFinding(file, byPath.get(file.path));
    return { path: file.path, findings: finding === undefined ? [] : [finding], hasOwnFault: false };
  });
}

function presenceFinding({ path, sizeBytes }: ManifestFile, found: ListedFile | undefined): Finding | undefined {
  const name = printable(path);
  if (found === undefined) return { kind: 'missing', file: path, message: `${name} is not there.` };
  if (found.type !== 'file') {
    return {
      kind: 'hostile',
      file: path,
      message: `${name} is not a regular file; links and devices are not followed.`,
    };
  }
  if (found.sizeBytes === sizeBytes) return undefined;
  const kind = found.sizeBytes === 0 ? 'empty' : found.sizeBytes < sizeBytes ? 'truncated' : 'altered';
  const message = `${name} has ${found.sizeBytes} bytes; the manifest records ${sizeBytes}.`;
  return { kind, file: path, expected: `${sizeBytes} bytes`, actual: `${found.sizeBytes} bytes`, message };
}

/** Files that nobody names. Without a manifest nobody could. */
function unexpectedFindings(
  { manifest }: ManifestReading,
  listed: readonly ListedFile[],
  isComplete: boolean,
): Finding[] {
  if (manifest === undefined) return [];
  const named = new Set([MANIFEST_FILE, ...manifest.files.map(({ path }) => path)]);
  const findings = listed
    .filter(({ path }) => !named.has(path))
    .map(({ path, type }): Finding => {
      const what = type === 'file' ? '' : ` (a ${type === 'special' ? 'device, pipe or socket' : type})`;
      return {
        kind: 'unexpected',
        file: path,
        message: `${printable(path)}${what} is here, but the manifest does not name it.`,
      };
    });
  const what = 'files that the manifest does not name are here';
  if (isComplete) return grouped(findings, what);
  return [
    ...grouped(findings, what),
    { kind: 'suspect', file: '.', message: 'More files are here than are looked at.' },
  ];
}

/** What its maker could not read of the source is in no archive, however sound that is. */
function incompleteFindings({ manifest }: ManifestReading): Finding[] {
  return (manifest?.files ?? []).flatMap(({ path, tree }): Finding[] => {
    if (tree === undefined || tree.unreadCount === 0) return [];
    const names = tree.unreadCount === 1 ? '1 name' : `${tree.unreadCount} names`;
    const message = `${printable(path)} lacks a part of its source: ${names} in it could not be read when it was taken; its record says which.`;
    return [{ kind: 'incomplete', file: path, message }];
  });
}

function directoryFinding(failure: NonNullable<Listing['failure']>): Finding {
  switch (failure) {
    case 'missing':
      return { kind: 'missing', file: '.', message: 'The directory of the recovery point is not there.' };
    case 'no-access':
      return {
        kind: 'no-access',
        file: '.',
        message: 'The directory of the recovery point may not be read by this process.',
      };
    case 'not-a-directory':
      return { kind: 'mismatched-type', file: '.', message: 'The recovery point is not a directory.' };
  }
}
