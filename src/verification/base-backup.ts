import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { BackupManifest } from './backup-manifest.ts';
import { readDigestList } from './digest-list.ts';
import type { DirectoryCheck } from './directory-check.ts';
import { listDirectory } from './directory-listing.ts';
import { BACKUP_MANIFEST_FILE } from './directory-marks.ts';
import { type Finding, printable } from './finding.ts';
import { lowestLevel } from './level.ts';
import { judge } from './recovery-point-judgement.ts';
import { BASE_ARCHIVE, isPartOfArchives, readPoint } from './recovery-point-reading.ts';
import { readDocument } from './stored-document.ts';
import { openStored } from './stored-file.ts';
import { verifyTree } from './tree-verify.ts';
import type { VerifyOptions } from './verify-file.ts';
import { isSegmentName, SEGMENT_HEADER_BYTES } from './wal.ts';
import { WalContents } from './wal-contents.ts';

/**
 * What a data directory may hold beside what its manifest lists: the manifest, the log, and what pg_basebackup itself
 * writes afterwards (PostgreSQL documentation, pg_verifybackup).
 */
const UNLISTED = /^(backup_manifest|pg_wal(\/.*)?|postgresql\.auto\.conf|recovery\.signal|standby\.signal)$/;

/** Checks a base backup of PostgreSQL against its own manifest: a data directory, or the archives of one. */
export async function verifyBaseBackup(directory: string, options: VerifyOptions): Promise<DirectoryCheck> {
  const names = await readdir(directory).catch(() => []);
  // The archive of the data directory may be the one that is lost.
  return names.some((name) => isPartOfArchives(name) && name !== BACKUP_MANIFEST_FILE)
    ? verifyArchives(directory, options)
    : verifyDataDirectory(directory, options);
}

async function verifyArchives(directory: string, options: VerifyOptions): Promise<DirectoryCheck> {
  const { level, limits, signal, onRead, pace, digests } = options;
  const listing = await listDirectory(directory, () => false, limits.filesMax);
  const files = listing.failure === undefined ? listing.files : [];
  const paths = files.filter(({ type, path }) => type === 'file' && isPartOfArchives(path)).map(({ path }) => path);
  if (level === 'presence') return { findings: [], filesChecked: paths.length, bytesRead: 0, level };
  const known = { manifest: undefined, isTrusted: false };
  const read = { directory, level, limits, signal, digests, pace, ...known, onRead: onRead ?? (() => {}) };
  const point = await readPoint(paths, read);
  const unexpected = files.map(({ path }) => path).filter((path) => !isPartOfArchives(path));
  const findings = [
    ...(paths.some((path) => BASE_ARCHIVE.test(path)) ? [] : [noBase()]),
    ...judge({ reading: { bytesRead: 0 }, listing, point, isDeep: true }),
    ...unexpected.map((path): Finding => {
      const message = `${printable(path)} is here, but is no part of a base backup.`;
      return { kind: 'unexpected', file: path, message };
    }),
  ];
  const inspections = point.files.map(({ inspection }) => inspection);
  return {
    findings,
    filesChecked: inspections.length,
    bytesRead: sum(inspections.map(({ read: stored }) => stored?.bytesRead ?? 0)),
    decodedBytes: sum(inspections.map(({ decodedBytes }) => decodedBytes)),
    entries: sum(inspections.map(({ content }) => content?.entries ?? 0)),
    level: lowestLevel([level, ...point.files.map((file) => file.level)]) ?? 'presence',
  };
}

function noBase(): Finding {
  const message = 'base.tar is not there, in no packing: the data directory is lost.';
  return { kind: 'missing', file: 'base.tar', message };
}

async function verifyDataDirectory(directory: string, options: VerifyOptions): Promise<DirectoryCheck> {
  const { level, limits, signal, onRead, pace } = options;
  const { bytes, finding } = await readDocument(join(directory, BACKUP_MANIFEST_FILE), BACKUP_MANIFEST_FILE, {
    ...limits,
    signal,
  });
  const nothing = (found: Finding): DirectoryCheck => ({
    findings: [found],
    filesChecked: 0,
    bytesRead: 0,
    level: 'presence',
  });
  if (bytes === undefined) return nothing(finding);
  const read = readDigestList(bytes, BACKUP_MANIFEST_FILE, limits);
  if (read.list === undefined) return nothing(read.finding);
  let before = 0;
  const check = await verifyTree(directory, read.list, {
    ...{ limits, signal, pace, isPresenceOnly: level === 'presence' },
    mayBeUnlisted: (path) => UNLISTED.test(path),
    onProgress: (bytesRead) => {
      onRead?.(bytesRead - before);
      before = bytesRead;
    },
  });
  const hasDigests = read.backupManifest?.digestAlgorithm !== undefined;
  return {
    findings: [...check.findings, ...(await walFindings(directory, read.backupManifest))],
    filesChecked: check.checkedCount,
    bytesRead: bytes.length + check.bytesRead,
    level: hasDigests ? 'content' : 'presence',
  };
}

/** The log that the manifest asks for must lie in `pg_wal`, and each segment must be what its name says. */
async function walFindings(directory: string, manifest: BackupManifest | undefined): Promise<Finding[]> {
  const wal = new WalContents([]);
  const names = await readdir(join(directory, 'pg_wal')).catch(() => []);
  for (const name of names.filter(isSegmentName)) {
    const entry = await segmentEntry(directory, name);
    if (entry !== undefined) wal.take('pg_wal', entry);
  }
  const problem = manifest !== undefined && manifest.checksumAlgorithm === 'NONE' ? [noChecksums()] : [];
  return [
    ...problem,
    ...wal.segmentFindings(manifest?.systemIdentifier),
    ...wal.missingFindings(manifest?.walRanges ?? [], 'pg_wal', BACKUP_MANIFEST_FILE),
  ];
}

function noChecksums(): Finding {
  const message = 'The backup_manifest was made without checksums: nothing vouches for the content of the files.';
  return { kind: 'no-record', file: BACKUP_MANIFEST_FILE, message };
}

/** A segment with its head; undefined for what is no regular file or cannot be read: then it is not there. */
async function segmentEntry(directory: string, name: string) {
  const path = `pg_wal/${name}`;
  const handle = await openStored(join(directory, path));
  if ('reason' in handle) return undefined;
  try {
    const head = Buffer.alloc(SEGMENT_HEADER_BYTES);
    const { bytesRead } = await handle.read(head, 0, head.length, 0);
    const { size } = await handle.stat();
    const place = { headerOffset: 0, dataOffset: 0 };
    const kind = { type: 'file', mode: 0, mtimeSeconds: 0, sparse: false } as const;
    return { path, sizeBytes: size, head: head.subarray(0, bytesRead), ...place, ...kind };
  } catch {
    return undefined;
  } finally {
    await handle.close();
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
