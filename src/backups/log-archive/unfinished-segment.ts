import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from '../../kernel/durable-files.ts';
import { AppError } from '../../kernel/errors.ts';
import { FileSink } from '../file-sink.ts';
import { type OpenSegment, writeFully } from '../segment-writer.ts';
import { segmentFile, unfinishedFile } from './archive-directory.ts';

/** The unit in which PostgreSQL writes its log. */
const PAGE_BYTES = 8192;
const READ_BYTES = 1_048_576;

/**
 * A segment that is being filled, in a hidden file beside the complete ones. A file that an earlier stream left is gone over
 * again from its beginning: what is in it must be what the server says now. Complete, it is compressed and gets its name.
 */
export class UnfinishedSegment implements OpenSegment {
  readonly #directory: string;
  readonly #name: string;
  readonly #file: FileHandle;
  /** So much of the file is from an earlier stream. */
  readonly #knownBytes: number;

  private constructor(directory: string, name: string, file: FileHandle, knownBytes: number) {
    this.#directory = directory;
    this.#name = name;
    this.#file = file;
    this.#knownBytes = knownBytes;
  }

  static async open(directory: string, name: string): Promise<UnfinishedSegment> {
    const path = join(directory, unfinishedFile(name));
    const file = await open(path, 'r+').catch(async (thrown: NodeJS.ErrnoException) => {
      if (thrown.code !== 'ENOENT') throw thrown;
      const made = await open(path, 'wx+', 0o600);
      await syncDirectory(directory);
      return made;
    });
    return new UnfinishedSegment(directory, name, file, (await file.stat()).size);
  }

  /** @throws AppError `conflict` `wal-diverged` when other bytes lie there already. */
  async write(bytes: Buffer, offset: number): Promise<void> {
    if (offset < this.#knownBytes) await this.#compare(bytes, offset);
    await writeFully(this.#file, bytes, offset);
  }

  /** Has on disk what was written. */
  sync(): Promise<void> {
    return this.#file.datasync();
  }

  async finish(): Promise<void> {
    await this.sync();
    const complete = join(this.#directory, segmentFile(this.#name));
    const growing = join(this.#directory, `.${segmentFile(this.#name)}.new`);
    // A process that was killed at this point has left one.
    await rm(growing, { force: true });
    await this.#compressInto(growing);
    await rename(growing, complete);
    await syncDirectory(this.#directory);
    await this.close();
    await rm(join(this.#directory, unfinishedFile(this.#name)));
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  async #compressInto(path: string): Promise<void> {
    await using sink = new FileSink(path, { packing: 'zstd' });
    for (let position = 0; ; ) {
      const buffer = Buffer.allocUnsafe(READ_BYTES);
      const { bytesRead } = await this.#file.read(buffer, 0, buffer.length, position);
      if (bytesRead === 0) break;
      position += bytesRead;
      await sink.write(buffer.subarray(0, bytesRead));
    }
    await sink.finish();
  }

  async #compare(bytes: Buffer, offset: number): Promise<void> {
    const known = Buffer.alloc(Math.min(bytes.length, this.#knownBytes - offset));
    const { bytesRead } = await this.#file.read(known, 0, known.length, offset);
    if (saysTheSame(known.subarray(0, bytesRead), bytes, offset)) return;
    throw new AppError(
      'conflict',
      'wal-diverged',
      `The server's log is not the one that ${join(this.#directory, unfinishedFile(this.#name))} holds: the database was put back to an earlier state`,
    );
  }
}

/** Bytes that were never flushed read as zeros after a power cut: they contradict nothing. Everything else must be equal. */
function saysTheSame(known: Buffer, bytes: Buffer, offset: number): boolean {
  for (let from = 0; from < known.length; ) {
    const until = Math.min(known.length, from + PAGE_BYTES - ((offset + from) % PAGE_BYTES));
    const page = known.subarray(from, until);
    if (!page.equals(bytes.subarray(from, until))) {
      const differs = page.findIndex((byte, index) => byte !== bytes[from + index]);
      if (!page.subarray(differs).every((byte) => byte === 0)) return false;
    }
    from = until;
  }
  return true;
}
