import { createHash } from 'node:crypto';
import { lstat, mkdir, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../kernel/errors.ts';
import { explainFullDisk } from './disk.ts';

const COPY_BYTES = 1_048_576;

export interface FetchOptions {
  readonly pointDirectory: string;
  /** A directory that does not exist yet, or is empty. Its parent exists. */
  readonly target: string;
  readonly onProgress?: (copiedBytes: number, totalBytes: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** One file as it was copied. The digest is of the bytes that were read, at the moment they were read. */
export interface FetchedFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/**
 * Copies a recovery point out of its repository, as it stands: damage is copied too, for the check that follows to find.
 * The repository is only read. What is no regular file (a named pipe would block for ever) is left out, so the check
 * misses it.
 *
 * @throws AppError `not-found` when the point is not there, `conflict` when the target holds something, `disk-full`.
 */
export async function fetchPoint(options: FetchOptions): Promise<FetchedFile[]> {
  const { pointDirectory, target, signal } = options;
  const names = await namesIn(pointDirectory);
  await makeEmptyDirectory(target);
  const found = await Promise.all(
    names.map(async (path) => ({ path, stats: await lstat(join(pointDirectory, path)) })),
  );
  const files = found.filter(({ stats }) => stats.isFile());
  const totalBytes = files.reduce((sum, { stats }) => sum + stats.size, 0);
  const fetched: FetchedFile[] = [];
  let copiedBytes = 0;
  try {
    for (const { path } of files) {
      const onBytes = (bytes: number) => options.onProgress?.(copiedBytes + bytes, totalBytes);
      const file = await copyDigested(join(pointDirectory, path), join(target, path), { signal, onBytes });
      copiedBytes += file.sizeBytes;
      fetched.push({ path, ...file });
    }
  } catch (thrown) {
    throw await explainFullDisk(target, thrown);
  }
  return fetched;
}

async function namesIn(pointDirectory: string): Promise<string[]> {
  try {
    return (await readdir(pointDirectory)).sort();
  } catch (cause) {
    throw new AppError('not-found', 'point-missing', `The recovery point ${pointDirectory} is not there`, { cause });
  }
}

/**
 * Makes a directory for its owner alone, or takes an empty one.
 * @throws AppError `conflict` `directory-not-empty`.
 */
export async function makeEmptyDirectory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const [found] = await readdir(directory);
  if (found === undefined) return;
  throw new AppError(
    'conflict',
    'directory-not-empty',
    `${directory} is not empty (it holds ${found}): nothing is restored over existing data. Choose another directory or empty this one.`,
  );
}

/** Copies one file and digests what it reads; `onBytes` is told how many bytes are copied so far. */
export async function copyDigested(
  from: string,
  to: string,
  options: { readonly signal?: AbortSignal | undefined; readonly onBytes: (copiedBytes: number) => void },
): Promise<Omit<FetchedFile, 'path'>> {
  await using source = await open(from, 'r');
  await using copy = await open(to, 'wx', 0o600);
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(COPY_BYTES);
  let sizeBytes = 0;
  for (;;) {
    options.signal?.throwIfAborted();
    const { bytesRead } = await source.read(buffer, 0, buffer.length, sizeBytes);
    if (bytesRead === 0) break;
    const bytes = buffer.subarray(0, bytesRead);
    hash.update(bytes);
    await copy.appendFile(bytes);
    sizeBytes += bytesRead;
    options.onBytes(sizeBytes);
  }
  return { sizeBytes, sha256: hash.digest('hex') };
}
