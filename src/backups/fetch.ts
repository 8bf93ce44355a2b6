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

/** One file as it was copied. */
export interface FetchedFile {
  readonly path: string;
  readonly sizeBytes: number;
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
      const sizeBytes = await copyFile(join(pointDirectory, path), join(target, path), { signal, onBytes });
      copiedBytes += sizeBytes;
      fetched.push({ path, sizeBytes });
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

interface CopyOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told how many bytes are copied so far; waited for. */
  readonly onBytes: (copiedBytes: number) => void | Promise<void>;
}

/** Copies one file and digests what it reads. */
export async function copyDigested(
  from: string,
  to: string,
  options: CopyOptions,
): Promise<{ readonly sizeBytes: number; readonly sha256: string }> {
  const hash = createHash('sha256');
  const sizeBytes = await copyFile(from, to, options, (bytes) => hash.update(bytes));
  return { sizeBytes, sha256: hash.digest('hex') };
}

/** Copies one file to where nothing is: reads the next piece while it writes the last one. Answers its size. */
export async function copyFile(
  from: string | Buffer,
  to: string | Buffer,
  options: CopyOptions,
  look: (bytes: Buffer) => void = () => {},
): Promise<number> {
  await using source = await open(from, 'r');
  await using copy = await open(to, 'wx', 0o600);
  let [buffer, other] = [Buffer.allocUnsafe(COPY_BYTES), Buffer.allocUnsafe(COPY_BYTES)];
  let sizeBytes = 0;
  let reading = source.read(buffer, 0, COPY_BYTES, 0);
  try {
    for (;;) {
      options.signal?.throwIfAborted();
      const { bytesRead } = await reading;
      if (bytesRead === 0) return sizeBytes;
      sizeBytes += bytesRead;
      const bytes = buffer.subarray(0, bytesRead);
      [buffer, other] = [other, buffer];
      reading = source.read(buffer, 0, COPY_BYTES, sizeBytes);
      const writing = copy.appendFile(bytes);
      look(bytes);
      await writing;
      await options.onBytes(sizeBytes);
    }
  } finally {
    // The handle must not close beneath a read.
    await reading.catch(() => {});
  }
}
