import type { KeyObject } from 'node:crypto';
import { verifyBag } from './bagit.ts';
import { verifyBaseBackup } from './base-backup.ts';
import { readDigestList } from './digest-list.ts';
import type { DirectoryCheck } from './directory-check.ts';
import { verdictOf, worstFirst } from './finding.ts';
import { lowestLevel } from './level.ts';
import { verifyPgDirectory } from './pg-directory-check.ts';
import { verifyRecoveryPoint } from './recovery-point.ts';
import { verifyDocument } from './signed-document.ts';
import { readDocument } from './stored-document.ts';
import { verifyTree } from './tree-verify.ts';
import type { PathResult, VerifyOptions } from './verify-file.ts';

/** Directories that are one thing: something in them says what all of it must be. */
export type DirectoryKind = 'recovery-point' | 'bag' | 'base-backup' | 'postgres-directory' | 'tree';

/** A directory that is checked as a whole. */
export interface DirectoryToVerify {
  readonly path: string;
  readonly directory: string;
  readonly what: DirectoryKind;
  /** For a `tree`: where its list lies. */
  readonly list?: string | undefined;
}

/** How directories are checked. */
export interface DirectoryOptions extends VerifyOptions {
  /** The Ed25519 keys whose signature on a manifest is trusted. */
  readonly publicKeys: readonly KeyObject[];
}

/** Checks a directory as a whole: one result. */
export async function verifyDirectory(target: DirectoryToVerify, options: DirectoryOptions): Promise<PathResult> {
  const startedMs = performance.now();
  const check = await CHECKS[target.what](target, options);
  const findings = worstFirst(check.findings);
  return {
    path: target.path,
    verdict: verdictOf(findings, check.filesChecked),
    level: check.filesChecked === 0 ? 'presence' : (lowestLevel([check.level, options.level]) ?? 'presence'),
    format: target.what,
    bytes: check.bytesRead,
    decodedBytes: check.decodedBytes ?? check.bytesRead,
    entries: check.entries ?? check.filesChecked,
    seconds: (performance.now() - startedMs) / 1000,
    findings,
    ...(check.fileDigests === undefined ? {} : { fileDigests: check.fileDigests }),
  };
}

const CHECKS: Readonly<
  Record<DirectoryKind, (target: DirectoryToVerify, options: DirectoryOptions) => Promise<DirectoryCheck>>
> = {
  'recovery-point': checkRecoveryPoint,
  bag: checkBag,
  'base-backup': ({ directory }, options) => verifyBaseBackup(directory, options),
  'postgres-directory': ({ directory }, options) => verifyPgDirectory(directory, options),
  tree: checkTree,
};

async function checkRecoveryPoint(
  { directory }: DirectoryToVerify,
  options: DirectoryOptions,
): Promise<DirectoryCheck> {
  const { publicKeys, level, limits, onRead, pace, digests, identities } = options;
  let before = 0;
  const check = await verifyRecoveryPoint(directory, {
    ...{ publicKeys, level, limits, digests, pace, identities },
    onProgress: ({ bytesRead }) => {
      onRead?.(bytesRead - before);
      before = bytesRead;
    },
  });
  return { ...check, entries: check.entriesChecked };
}

async function checkBag({ directory }: DirectoryToVerify, options: DirectoryOptions) {
  const { level, limits, signal, onRead, pace } = options;
  const isPresenceOnly = level === 'presence';
  const { findings, filesChecked, bytesRead } = await verifyBag(directory, {
    ...{ limits, signal, onRead, pace, isPresenceOnly },
  });
  return { findings, filesChecked, bytesRead, level: 'content' } as const;
}

async function checkTree(target: DirectoryToVerify, options: DirectoryOptions): Promise<DirectoryCheck> {
  const { level, limits, signal, onRead, pace, publicKeys } = options;
  const { directory, list: file = '' } = target;
  const { bytes, finding } = await readDocument(file, file, { ...limits, signal });
  const read = bytes === undefined ? { finding } : readDigestList(bytes, file, limits);
  if (!('list' in read) || read.list === undefined) {
    const findings = read.finding === undefined ? [] : [read.finding];
    return { findings, filesChecked: 0, bytesRead: 0, level: 'presence' };
  }
  const document = read.treeManifest ?? read.manifest;
  const signed = document && publicKeys.length > 0 ? verifyDocument(document, publicKeys, file) : undefined;
  let before = 0;
  const check = await verifyTree(directory, read.list, {
    ...{ limits, signal, pace, isPresenceOnly: level === 'presence' },
    mayBeUnlisted: (path) => file === `${directory}/${path}`,
    onProgress: (bytesRead) => {
      onRead?.(bytesRead - before);
      before = bytesRead;
    },
  });
  const findings = [...(signed === undefined ? [] : [signed]), ...check.findings];
  return { findings, filesChecked: check.checkedCount, bytesRead: check.bytesRead, level: 'content' };
}
