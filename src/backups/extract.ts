import type { KeyObject } from 'node:crypto';
import { chmod, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { explainFullDisk } from './disk.ts';
import { copyDigested, makeEmptyDirectory } from './fetch.ts';
import { POINT_FILES, type PointRecord } from './point-record.ts';
import { manifestFile, openStoredPoint, type StoredPoint } from './stored-point.ts';
import type { UnpackMessage, UnpackTask } from './unpack.worker.ts';
import { archiveDamaged, unpackErrorOf } from './unpack-failure.ts';
import { endOfThread } from './unpacking-thread.ts';
import type { UnpackedArchive } from './verify.worker.ts';

export interface ExtractOptions {
  /** A recovery point, in its repository or fetched. */
  readonly pointDirectory: string;
  /** Becomes the data directory. Does not exist yet, or is empty. */
  readonly target: string;
  /** Left out, the signature is not looked at (`openStoredPoint`); the digests always are. */
  readonly publicKeys?: readonly KeyObject[] | undefined;
  /** Stored bytes read so far, of all that will be read. */
  readonly onProgress?: (readBytes: number, totalBytes: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** What `startRestored` starts from: a data directory that is ready for recovery, or a directory that holds a dump. */
export interface ExtractedPoint {
  readonly dataDirectory: string;
  readonly record: PointRecord;
  readonly files: number;
}

/**
 * Unpacks a base backup into a data directory and puts its write-ahead log into `pg_wal`, where recovery finds it without
 * any command. Every stored byte is digested on the way and must be what the manifest says; only files and directories
 * are unpacked, for their owner alone. A dump is copied as it is. When it fails, the target is removed.
 *
 * @throws AppError `unprocessable`: `point-not-trusted`, `point-damaged`, `point-hostile`; `conflict`
 * `directory-not-empty`; `unavailable` `disk-full`.
 */
export async function extractPoint(options: ExtractOptions): Promise<ExtractedPoint> {
  const point = await openStoredPoint(options.pointDirectory, options.publicKeys);
  await makeEmptyDirectory(options.target);
  try {
    const files = point.record.method === 'pg-dump' ? await takeDump(options, point) : await unpackAll(options, point);
    await chmod(options.target, 0o700);
    return { dataDirectory: options.target, record: point.record, files };
  } catch (thrown) {
    await rm(options.target, { recursive: true, force: true });
    options.signal?.throwIfAborted();
    throw await explainFullDisk(options.target, thrown);
  }
}

export interface AdoptOptions {
  readonly pointDirectory: string;
  /** Where the archives were unpacked while they were verified (`VerifyThread`), and what became of each. */
  readonly unpackedInto: string;
  readonly unpacked: readonly UnpackedArchive[];
  /** Becomes the data directory. Does not exist yet; on the same file system. */
  readonly target: string;
  readonly publicKeys?: readonly KeyObject[] | undefined;
}

/**
 * Makes the data directory of a base backup that was unpacked while it was verified, and was found sound: these files are of the
 * very bytes that were verified.
 * @throws AppError as {@link extractPoint}, for an archive that could not be unpacked.
 */
export async function adoptUnpacked(options: AdoptOptions): Promise<ExtractedPoint> {
  const { pointDirectory, unpackedInto, unpacked, target } = options;
  const { record } = await openStoredPoint(pointDirectory, options.publicKeys);
  for (const { path, failure } of unpacked) {
    if (failure === undefined) continue;
    throw await explainFullDisk(unpackedInto, unpackErrorOf(join(pointDirectory, path), failure));
  }
  await writeFile(join(unpackedInto, 'recovery.signal'), '', { mode: 0o600 });
  await rename(unpackedInto, target);
  return { dataDirectory: target, record, files: unpacked.reduce((sum, { files }) => sum + files, 0) };
}

async function unpackAll(options: ExtractOptions, point: StoredPoint): Promise<number> {
  const count = { files: 0, readBytes: 0 };
  await unpack(options, point, POINT_FILES.archive, options.target, count);
  await unpack(options, point, POINT_FILES.wal, join(options.target, 'pg_wal'), count);
  await writeFile(join(options.target, 'recovery.signal'), '', { mode: 0o600 });
  return count.files;
}

/** A dump needs no unpacking, only to be the one on record. */
async function takeDump({ target, signal, onProgress }: ExtractOptions, point: StoredPoint): Promise<number> {
  const { sizeBytes, sha256: recorded } = manifestFile(point, POINT_FILES.dump);
  const from = join(point.directory, POINT_FILES.dump);
  const { sha256 } = await copyDigested(from, join(target, POINT_FILES.dump), {
    signal,
    onBytes: (copied) => onProgress?.(copied, sizeBytes),
  });
  if (sha256 !== recorded) throw archiveDamaged(from, `its SHA-256 is ${sha256}, on record is ${recorded}`);
  return 1;
}

interface Count {
  files: number;
  readBytes: number;
}

async function unpack(
  options: ExtractOptions,
  point: StoredPoint,
  path: string,
  target: string,
  count: Count,
): Promise<void> {
  const totalBytes =
    manifestFile(point, POINT_FILES.archive).sizeBytes + manifestFile(point, POINT_FILES.wal).sizeBytes;
  const archive = join(point.directory, path);
  const end = await inThread({ archive, target }, options.signal, (bytes) => {
    count.readBytes += bytes;
    options.onProgress?.(count.readBytes, totalBytes);
  });
  if (end.kind === 'failed') throw unpackErrorOf(archive, end);
  const recorded = manifestFile(point, path).sha256;
  if (end.sha256 !== recorded) throw archiveDamaged(archive, `its SHA-256 is ${end.sha256}, on record is ${recorded}`);
  count.files += end.files;
}

/** Runs the unpacking thread to its end. */
async function inThread(task: UnpackTask, signal: AbortSignal | undefined, onBytes: (bytes: number) => void) {
  signal?.throwIfAborted();
  const thread = new Worker(new URL('./unpack.worker.ts', import.meta.url), { workerData: task });
  return endOfThread<UnpackMessage>(thread, signal, onBytes);
}
