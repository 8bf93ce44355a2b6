import { createHash, type KeyObject } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { chmod, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createZstdDecompress } from 'node:zlib';
import { Unpack } from 'tar';
import { AppError, messageOf } from '../kernel/errors.ts';
import { explainFullDisk } from './disk.ts';
import { makeEmptyDirectory } from './fetch.ts';
import { type BaseBackupRecord, POINT_FILES } from './point-record.ts';
import { manifestFile, openStoredPoint, type StoredPoint } from './stored-point.ts';

const READ_BYTES = 1_048_576;
const DECODED_CHUNK_BYTES = 1_048_576;

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

/** A data directory that is ready for recovery (`startRestored`). */
export interface ExtractedPoint {
  readonly dataDirectory: string;
  readonly record: BaseBackupRecord;
  readonly files: number;
}

/**
 * Unpacks a base backup into a data directory and puts its write-ahead log into `pg_wal`, where recovery finds it without
 * any command. Every stored byte is digested on the way and must be what the manifest says; only files and directories
 * are unpacked, for their owner alone. When it fails, the target is removed.
 *
 * @throws AppError `unprocessable`: `point-not-trusted`, `point-damaged`, `point-hostile`; `conflict`
 * `directory-not-empty`; `unavailable` `disk-full`.
 */
export async function extractPoint(options: ExtractOptions): Promise<ExtractedPoint> {
  const point = await openStoredPoint(options.pointDirectory, options.publicKeys);
  const { record } = point;
  if (record.method !== 'base-backup') {
    throw new AppError('unprocessable', 'not-a-base-backup', `${point.directory} holds a dump, not a base backup`);
  }
  await makeEmptyDirectory(options.target);
  try {
    const count = { files: 0, readBytes: 0 };
    await unpack(options, point, POINT_FILES.archive, options.target, count);
    await unpack(options, point, POINT_FILES.wal, join(options.target, 'pg_wal'), count);
    await writeFile(join(options.target, 'recovery.signal'), '', { mode: 0o600 });
    await chmod(options.target, 0o700);
    return { dataDirectory: options.target, record, files: count.files };
  } catch (thrown) {
    await rm(options.target, { recursive: true, force: true });
    options.signal?.throwIfAborted();
    throw await explainFullDisk(options.target, thrown);
  }
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
  const recorded = manifestFile(point, path);
  const totalBytes =
    manifestFile(point, POINT_FILES.archive).sizeBytes + manifestFile(point, POINT_FILES.wal).sizeBytes;
  const hash = createHash('sha256');
  const digest = new Transform({
    transform(bytes: Buffer, _encoding, done) {
      hash.update(bytes);
      count.readBytes += bytes.length;
      options.onProgress?.(count.readBytes, totalBytes);
      done(null, bytes);
    },
  });
  try {
    await pipeline(
      createReadStream(join(point.directory, path), { highWaterMark: READ_BYTES }),
      digest,
      createZstdDecompress({ chunkSize: DECODED_CHUNK_BYTES }),
      unpacker(target, path, count),
      options.signal ? { signal: options.signal } : {},
    );
  } catch (thrown) {
    if (thrown instanceof AppError || isAboutTheTarget(thrown)) throw thrown;
    throw damaged(point, path, messageOf(thrown), thrown);
  }
  const sha256 = hash.digest('hex');
  if (sha256 !== recorded.sha256)
    throw damaged(point, path, `its SHA-256 is ${sha256}, on record is ${recorded.sha256}`);
}

/** Modes, owners and times of the archive mean nothing here: the server's files belong to whoever runs the server. */
function unpacker(target: string, archive: string, count: Count): NodeJS.WritableStream {
  const unpack = new Unpack({
    cwd: target,
    strict: true,
    preserveOwner: false,
    noMtime: true,
    filter: (path, entry) => {
      if (!('type' in entry)) return true;
      if (entry.type !== 'File' && entry.type !== 'OldFile' && entry.type !== 'Directory') {
        throw new AppError(
          'unprocessable',
          'point-hostile',
          `${archive} holds ${JSON.stringify(path)}, a ${entry.type}: only files and directories are unpacked`,
        );
      }
      entry.mode = entry.type === 'Directory' ? 0o700 : 0o600;
      if (entry.type !== 'Directory') count.files += 1;
      return true;
    },
  });
  return unpack as unknown as NodeJS.WritableStream;
}

/** The system's refusals to write say nothing about the backup. */
function isAboutTheTarget(thrown: unknown): boolean {
  const { code, syscall } = thrown as NodeJS.ErrnoException;
  return code === 'ABORT_ERR' || (syscall !== undefined && code !== undefined && syscall !== 'read');
}

function damaged(point: StoredPoint, path: string, why: string, cause?: unknown): AppError {
  return new AppError('unprocessable', 'point-damaged', `${join(point.directory, path)} is damaged: ${why}`, { cause });
}
