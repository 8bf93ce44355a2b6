import type { FileHandle } from 'node:fs/promises';
import { AppError } from '../kernel/errors.ts';
import { segmentName } from '../verification/wal.ts';
import { formatLsn } from './log-position.ts';

/** One segment that is being filled, from its first byte on. */
export interface OpenSegment {
  write(bytes: Buffer, offset: number): Promise<void>;
  /** The segment is complete: what was not written of it is zeros. */
  finish(): Promise<void>;
  /** Lets go of it as it is; nothing happens when it is closed already. */
  close(): Promise<void>;
}

export interface SegmentWriterOptions {
  readonly timeline: number;
  readonly segmentBytes: number;
  /** The first byte of a segment. */
  readonly fromLsn: bigint;
  /** Opens the segment of this name. */
  readonly open: (name: string) => Promise<OpenSegment>;
}

/** Cuts a contiguous stream of write-ahead log into segments. */
export class SegmentWriter implements AsyncDisposable {
  /** Everything before it was written. */
  position: bigint;
  readonly #options: SegmentWriterOptions;
  #segment: OpenSegment | undefined;

  constructor(options: SegmentWriterOptions) {
    this.#options = options;
    this.position = options.fromLsn;
  }

  /** @throws AppError `unavailable` `wal-incomplete` when the bytes do not follow the last ones. */
  async write(startLsn: bigint, bytes: Buffer): Promise<void> {
    if (startLsn !== this.position) throw notContiguous(this.position, startLsn);
    const { segmentBytes, timeline } = this.#options;
    for (let rest = bytes; rest.length > 0; ) {
      const offset = Number(this.position % BigInt(segmentBytes));
      const piece = rest.subarray(0, segmentBytes - offset);
      this.#segment ??= await this.#options.open(segmentName(timeline, this.position, segmentBytes));
      await this.#segment.write(piece, offset);
      this.position += BigInt(piece.length);
      rest = rest.subarray(piece.length);
      if (offset + piece.length === segmentBytes) await this.finish();
    }
  }

  /** Completes the segment that is being filled, if there is one. */
  async finish(): Promise<void> {
    await this.#segment?.finish();
    this.#segment = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const segment = this.#segment;
    this.#segment = undefined;
    await segment?.close();
  }
}

function notContiguous(at: bigint, startLsn: bigint): AppError {
  const message = `The log is not complete after ${formatLsn(at)}: it went on at ${formatLsn(startLsn)}`;
  return new AppError('unavailable', 'wal-incomplete', message);
}

/** A disk that is nearly full takes a part of a write without an error; only the next write fails. */
export async function writeFully(file: FileHandle, bytes: Buffer, offset: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, offset + done);
    done += bytesWritten;
  }
}
