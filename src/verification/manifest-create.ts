import { join } from 'node:path';
import { AppError } from '../kernel/errors.ts';
import { ChunkedDigest, chunkBytesFor } from './chunked-digest.ts';
import { printable } from './finding.ts';
import { MANIFEST_FORMAT, type Manifest, type ManifestFile, type WalRange } from './manifest.ts';
import { openStored, readStored } from './stored-file.ts';

/** One file to be named in a manifest. */
export interface FileToName {
  /** Relative to the directory, with `/`. */
  readonly path: string;
  /** Decode the archive and list its entries too. For archives of few entries: each takes about 250 bytes. */
  readonly entries?: boolean;
}

/** What a manifest says besides its files. */
export interface ManifestOptions {
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly attributes?: Readonly<Record<string, string>>;
  /** The write-ahead log that the recovery point must hold. */
  readonly requiredWal?: readonly WalRange[];
  readonly signal?: AbortSignal;
  /** Bytes read so far, over all files. */
  readonly onProgress?: (bytesRead: number) => void;
}

/**
 * Reads every named file once and describes it; nothing is written. The result is not signed yet.
 *
 * @throws {AppError} `unprocessable` when a file is missing, empty, not a regular file, or changed while it was read:
 *   such a backup must not get a manifest that calls it good.
 */
export async function createManifest(
  directory: string,
  files: readonly FileToName[],
  options: ManifestOptions,
): Promise<Manifest> {
  const named: ManifestFile[] = [];
  let bytesBefore = 0;
  for (const file of files) {
    const described = await describeFile(directory, file, options.signal, (bytes) =>
      options.onProgress?.(bytesBefore + bytes),
    );
    bytesBefore += described.sizeBytes;
    named.push(described);
  }
  return {
    format: MANIFEST_FORMAT,
    createdAt: options.createdAt,
    attributes: { ...options.attributes },
    ...(options.requiredWal === undefined ? {} : { requiredWal: [...options.requiredWal] }),
    files: named,
  };
}

async function describeFile(
  directory: string,
  file: FileToName,
  signal: AbortSignal | undefined,
  onProgress: (bytesRead: number) => void,
): Promise<ManifestFile> {
  const handle = await openStored(join(directory, file.path));
  if ('reason' in handle) throw unfit(file.path, `cannot be read: ${handle.reason} (${handle.code})`);
  const digest = new ChunkedDigest(chunkBytesFor((await handle.stat()).size));
  let bytesRead = 0;
  const read = await readStored(
    handle,
    (bytes) => {
      digest.update(bytes);
      bytesRead += bytes.length;
      onProgress(bytesRead);
    },
    { signal },
  );
  if (read.failure !== undefined)
    throw unfit(file.path, `cannot be read at byte ${read.failure.offset} (${read.failure.code})`);
  if (read.changed) throw unfit(file.path, 'changed while it was read');
  if (read.bytesRead === 0) throw unfit(file.path, 'is empty');
  const { sizeBytes, sha256, chunkBytes, chunkDigests } = digest.finish();
  return { path: file.path, sizeBytes, sha256, chunkBytes, chunks: chunkDigests.toString('base64') };
}

function unfit(path: string, what: string): AppError {
  return new AppError('unprocessable', 'file-unfit-for-manifest', `${printable(path)} ${what}; it gets no manifest.`);
}
