import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../kernel/errors.ts';
import { chunkBytesFor } from './chunked-digest.ts';
import { diagnose } from './diagnosis.ts';
import { MANIFEST_FILE } from './directory-marks.ts';
import { printable } from './finding.ts';
import { formatName } from './format.ts';
import { type Inspection, inspectFile } from './inspection.ts';
import { DEFAULT_LIMITS, LISTED_ENTRIES_MAX } from './limits.ts';
import {
  isRelativePath,
  MANIFEST_FORMAT,
  type Manifest,
  type ManifestEntry,
  type ManifestFile,
  type WalRange,
} from './manifest.ts';
import type { WalkedEntry } from './tar-walker.ts';

/** One file to be named in a manifest. */
export interface FileToName {
  /** Relative to the directory, with `/`. */
  readonly path: string;
  /** List the entries of this tar archive too, at most 100,000 of them. Each takes about 300 bytes. */
  readonly entries?: boolean;
  /** As `formatName` says it; undefined: any that is sound. */
  readonly expectedFormat?: string | undefined;
}

/** What a manifest says besides its files. */
export interface ManifestOptions {
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  /** Free words of the writer. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** The write-ahead log that the recovery point must hold. */
  readonly requiredWal?: readonly WalRange[];
  readonly signal?: AbortSignal;
  /** Bytes read so far, over all files. */
  readonly onProgress?: (bytesRead: number) => void;
}

/**
 * Reads every file once, back from the disk, and describes it; archives are decoded to their end on the way. What is
 * described already, by whoever wrote it, is taken as it is. Nothing is written, and the result is not signed yet.
 *
 * @throws {AppError} `unprocessable` when a file is missing, empty, broken inside, hostile, not a regular file, or
 *   changed while it was read, or of another format than expected: what is not sound must not get a manifest that calls it so.
 */
export async function createManifest(
  directory: string,
  files: readonly (FileToName | ManifestFile)[],
  options: ManifestOptions,
): Promise<Manifest> {
  const paths = files.map(({ path }) => path);
  for (const path of paths) {
    if (!isRelativePath(path) || path === MANIFEST_FILE) throw unfit(path, 'is not a name that a manifest can hold');
  }
  if (paths.length === 0 || new Set(paths).size < paths.length) {
    throw new AppError(
      'unprocessable',
      'manifest-names-unfit',
      'A manifest names at least one file, and each only once.',
    );
  }
  let bytesRead = 0;
  const onRead = (bytes: number) => {
    bytesRead += bytes;
    options.onProgress?.(bytesRead);
  };
  const named: ManifestFile[] = [];
  for (const file of files) {
    named.push('sha256' in file ? file : await describeFile(directory, file, onRead, options.signal));
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
  onRead: (bytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<ManifestFile> {
  const entries: ManifestEntry[] = [];
  const onEntry = (entry: WalkedEntry) => {
    if (entries.length === LISTED_ENTRIES_MAX) throw unfit(file.path, `has more than ${LISTED_ENTRIES_MAX} entries`);
    entries.push(...listed(entry));
  };
  const inspection = await inspectFile({
    directory,
    file: file.path,
    level: 'content',
    keepsDocuments: true,
    limits: DEFAULT_LIMITS,
    signal,
    onRead,
    wanted: { chunkBytes: chunkBytesFor(await sizeOf(join(directory, file.path))) },
    hooks: file.entries === true ? { entryDigest: 'sha256', onEntry } : {},
  });
  const [wrong] = diagnose({ inspection, contents: [] });
  if (wrong !== undefined) throw unfit(file.path, `is not sound (${wrong.kind}): ${wrong.message}`);
  const format = formatName(inspection.format);
  if (file.expectedFormat !== undefined && file.expectedFormat !== format) {
    throw unfit(file.path, `is of the format ${format}, where ${file.expectedFormat} is expected`);
  }
  if (file.entries === true && inspection.format.content !== 'tar') throw unfit(file.path, 'is no tar archive');
  return { path: file.path, ...digestsOf(inspection), ...(file.entries === true ? { entries } : {}) };
}

function digestsOf({ file, format, digest, decodedBytes }: Inspection): Omit<ManifestFile, 'path'> {
  if (digest?.chunks === undefined) throw unfit(file, 'was not read');
  const { sizeBytes, sha256 } = digest;
  const { chunkBytes, chunkDigests } = digest.chunks;
  const chunks = chunkDigests.toString('base64');
  return { sizeBytes, sha256, chunkBytes, chunks, ...(format.packings.length === 0 ? {} : { decodedBytes }) };
}

/** Zero for what is not there: reading it will say so. */
function sizeOf(path: string): Promise<number> {
  return lstat(path).then(
    ({ size }) => size,
    () => 0,
  );
}

/** What a manifest says of an entry. Types that it does not know are refused with the archive, by the rules for entries. */
function listed({ path, type, sizeBytes, mode, mtimeSeconds, digest, target }: WalkedEntry): ManifestEntry[] {
  if (type !== 'file' && type !== 'directory' && type !== 'symlink' && type !== 'hardlink') return [];
  const common = { path, type, sizeBytes, mode, mtimeSeconds };
  return [
    { ...common, ...(digest === undefined ? {} : { sha256: digest }), ...(target === undefined ? {} : { target }) },
  ];
}

function unfit(path: string, what: string): AppError {
  return new AppError('unprocessable', 'file-unfit-for-manifest', `${printable(path)} ${what}. It gets no manifest.`);
}
