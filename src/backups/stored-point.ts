import type { KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, messageOf } from '../kernel/errors.ts';
import { MANIFEST_FILE } from '../verification/directory-marks.ts';
import type { Finding } from '../verification/finding.ts';
import { type Manifest, type ManifestFile, parseManifest, verifyManifest } from '../verification/manifest.ts';
import { type PointRecord, readPointRecord } from './point-record.ts';

/** A recovery point whose manifest was read (and its signature checked, when keys were given). Its files were not. */
export interface StoredPoint {
  readonly directory: string;
  readonly manifest: Manifest;
  readonly record: PointRecord;
}

/**
 * Opens a recovery point for a restore.
 *
 * @param publicKeys the Ed25519 keys whose signature is trusted; left out, the signature is not looked at: for the
 * machine that has lost its keys together with everything else.
 * @throws AppError `unprocessable` `point-not-trusted` when manifest or signature do not fit.
 */
export async function openStoredPoint(directory: string, publicKeys?: readonly KeyObject[]): Promise<StoredPoint> {
  let bytes: Buffer;
  try {
    bytes = await readFile(join(directory, MANIFEST_FILE));
  } catch (cause) {
    const why = `${MANIFEST_FILE} cannot be read (${messageOf(cause)})`;
    throw new AppError('unprocessable', 'point-not-trusted', `${directory} is no whole recovery point: ${why}`, {
      cause,
    });
  }
  const { manifest, finding } = parseManifest(bytes);
  if (manifest === undefined) throw notTrusted(directory, finding);
  const doubt = publicKeys === undefined ? undefined : verifyManifest(manifest, publicKeys);
  if (doubt !== undefined) throw notTrusted(directory, doubt);
  return { directory, manifest, record: await readPointRecord(directory) };
}

/** What the manifest says of one file. */
export function manifestFile(point: StoredPoint, path: string): ManifestFile {
  const file = point.manifest.files.find((candidate) => candidate.path === path);
  if (file === undefined) throw new AppError('unprocessable', 'point-incomplete', `${point.directory} has no ${path}`);
  return file;
}

function notTrusted(directory: string, finding: Finding): AppError {
  return new AppError('unprocessable', 'point-not-trusted', `${directory} is not trusted: ${finding.message}`);
}
