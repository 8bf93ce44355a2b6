import { createHash, type KeyObject } from 'node:crypto';
import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MANIFEST_FILE } from '../verification/directory-marks.ts';
import { type Finding, verdictOf } from '../verification/finding.ts';
import type { CheckResult } from '../verification/recovery-point.ts';
import type { BackupSet, RecoveryPoint, Repository } from './backup-catalogue.ts';
import { requireAvailable } from './repository.identity.ts';
import type { VerifyThread } from './verify-thread.ts';

/** What a check of a stored point found. */
export interface StoredPointCheck extends Omit<CheckResult, 'level' | 'fileDigests'> {
  /** Undefined when the point is not there. */
  readonly level: CheckResult['level'] | undefined;
  /** SHA-256 of the manifest as it lies there. */
  readonly digest: string | undefined;
}

export interface CheckStoredPointOptions {
  readonly repository: Pick<Repository, 'root' | 'identityKind' | 'identity'>;
  readonly set: Pick<BackupSet, 'name' | 'external'>;
  readonly point: Pick<RecoveryPoint, 'name' | 'digest'>;
  readonly publicKeys: readonly KeyObject[];
  readonly verifier: Pick<VerifyThread, 'verify'>;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (bytesRead: number, totalBytes: number) => void;
}

/** Where a point of a set lies: by its path in the repository, or, of Muster's own database, in the directory of the set. */
export function pointDirectoryOf(
  repository: Pick<Repository, 'root'>,
  set: Pick<BackupSet, 'name' | 'external'>,
  point: Pick<RecoveryPoint, 'name'>,
): string {
  return set.external === undefined ? join(repository.root, set.name, point.name) : join(repository.root, point.name);
}

/**
 * Reads a stored point back in full and judges it: `missing` when its directory is gone, `altered` when it is a valid point,
 * but not the one that was registered.
 *
 * @throws AppError `unavailable` `repository-unavailable`, before or after: what a check sees while a disk goes away says
 * nothing about the backup. The signal's reason after an abort.
 */
export async function checkStoredPoint(options: CheckStoredPointOptions): Promise<StoredPointCheck> {
  const { repository, signal } = options;
  await requireAvailable(repository);
  const directory = pointDirectoryOf(repository, options.set, options.point);
  const result = (await isThere(directory)) ? await readBack(directory, options) : notThere(directory);
  if (result.verdict !== 'sound') await requireAvailable(repository);
  signal?.throwIfAborted();
  return result;
}

async function readBack(directory: string, options: CheckStoredPointOptions): Promise<StoredPointCheck> {
  const { point, publicKeys, verifier, signal, onProgress } = options;
  const task = { pointDirectory: directory, publicKeys, level: 'content' } as const;
  const { check: result } = await verifier.verify(task, { signal, ...(onProgress && { onProgress }) });
  const digest = await digestOf(join(directory, MANIFEST_FILE));
  if (digest === undefined || point.digest === undefined || digest === point.digest) return { ...result, digest };
  const swapped: Finding = {
    kind: 'altered',
    file: MANIFEST_FILE,
    expected: point.digest,
    actual: digest,
    message: 'The manifest is not the one that was registered for this recovery point.',
  };
  const findings = [swapped, ...result.findings];
  return { ...result, digest, findings, verdict: verdictOf(findings, result.filesChecked) };
}

function notThere(directory: string): StoredPointCheck {
  const message = `The recovery point is not there: ${directory} does not exist.`;
  return {
    verdict: 'missing',
    level: undefined,
    findings: [{ kind: 'missing', file: '.', message }],
    filesChecked: 0,
    entriesChecked: 0,
    bytesRead: 0,
    decodedBytes: 0,
    durationMs: 0,
    digest: undefined,
  };
}

async function isThere(directory: string): Promise<boolean> {
  try {
    await lstat(directory);
    return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw thrown;
  }
}

async function digestOf(path: string): Promise<string | undefined> {
  return readFile(path).then(
    (bytes) => createHash('sha256').update(bytes).digest('hex'),
    // The check itself has a finding for a manifest that cannot be read.
    () => undefined,
  );
}
