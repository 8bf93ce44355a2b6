import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ChunkedDigest } from '../../../src/verification/chunked-digest.ts';
import type { RecordedFile } from '../../../src/verification/diagnosis.ts';
import { DigestThread } from '../../../src/verification/digest-thread.ts';
import { DEFAULT_LIMITS, type VerificationLimits } from '../../../src/verification/limits.ts';
import { type PathResult, type VerifyOptions, verifyFile } from '../../../src/verification/verify-file.ts';

/** How one file is checked; what is not said is as `muster verify` has it. */
export interface FileCheckOptions extends Partial<Omit<VerifyOptions, 'limits'>> {
  readonly recorded?: RecordedFile | undefined;
  readonly limits?: Partial<VerificationLimits>;
}

/** As the command line has it. No file of these tests is so large that its thread is started. */
const digests = new DigestThread();

/** Checks a file that lies in the directory, in the way of `muster verify`. */
export function checkStored(directory: string, file: string, options: FileCheckOptions = {}): Promise<PathResult> {
  const { recorded, limits, ...more } = options;
  const target = { path: file, directory, file, recorded };
  return verifyFile(target, { level: 'content', digests, ...more, limits: { ...DEFAULT_LIMITS, ...limits } });
}

/** Stores these bytes under the name and checks them. */
export function checkBytes(
  directory: string,
  file: string,
  bytes: Buffer,
  options: FileCheckOptions = {},
): Promise<PathResult> {
  writeFileSync(join(directory, file), bytes);
  return checkStored(directory, file, options);
}

/** What a list of digests records of the file: its SHA-256 alone. */
export function digestRecord(bytes: Buffer): RecordedFile {
  const digest = new ChunkedDigest();
  digest.update(bytes);
  return { source: 'SHA256SUMS', digests: [{ algorithm: 'sha256', hex: digest.finish().sha256 }] };
}

/** What a manifest of ours records of it: size, SHA-256, and the digests of its chunks. */
export function chunkRecord(bytes: Buffer, chunkBytes = 65_536): RecordedFile {
  const digest = new ChunkedDigest({ chunkBytes });
  digest.update(bytes);
  const { sha256, sizeBytes, chunks } = digest.finish();
  return { source: 'manifest.json', digests: [{ algorithm: 'sha256', hex: sha256 }], sizeBytes, chunks };
}
