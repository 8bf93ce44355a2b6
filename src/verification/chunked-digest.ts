import { createHash, hash } from 'node:crypto';
import { type RunningDigest, startDigest } from './digest-algorithm.ts';

/** The smallest chunk: a damaged region of a disk is most often 64 KiB long. */
export const CHUNK_BYTES_MIN = 65_536;

/** A file has at most this many chunks, so that its digests stay below 1 MiB whatever its size. */
const CHUNKS_MAX = 65_536;

/** Bytes kept of each chunk's SHA-256. The whole file's digest proves; a chunk's digest only has to locate. */
export const CHUNK_DIGEST_BYTES = 16;

/** The digests of a file's chunks. */
export interface ChunkDigests {
  readonly chunkBytes: number;
  /** SHA-256 of each chunk, cut to 128 bits, one after the other. */
  readonly chunkDigests: Buffer;
}

/** The digests of one file. */
export interface FileDigest {
  readonly sizeBytes: number;
  /** SHA-256 of the whole file, 64 lower-case hexadecimal digits. */
  readonly sha256: string;
  /** Other digests of the whole file that were asked for, in hexadecimal, by their name in `node:crypto`. */
  readonly others: Readonly<Record<string, string>>;
  readonly chunks?: ChunkDigests;
}

/** Which digests of a file are wanted besides its SHA-256. */
export interface WantedDigests {
  /** Length of the chunks, when those are wanted. */
  readonly chunkBytes?: number | undefined;
  /** As `startDigest` names them. */
  readonly algorithms?: readonly string[] | undefined;
}

/** The chunk size for a file: 64 KiB up to 4 GiB, then doubled until there are at most 65,536 chunks. */
export function chunkBytesFor(sizeBytes: number): number {
  let chunkBytes = CHUNK_BYTES_MIN;
  while (sizeBytes > chunkBytes * CHUNKS_MAX) chunkBytes *= 2;
  return chunkBytes;
}

/** How many chunks a file of this size has. */
export function chunkCount(sizeBytes: number, chunkBytes: number): number {
  return Math.ceil(sizeBytes / chunkBytes);
}

/** Digests a file as a whole, and chunk by chunk where that is wanted, while it streams past. */
export class ChunkedDigest {
  readonly #chunkBytes: number | undefined;
  readonly #whole = createHash('sha256');
  readonly #others: readonly { readonly algorithm: string; readonly digest: RunningDigest }[];
  readonly #digests: Buffer[] = [];
  #partial: ReturnType<typeof createHash> | undefined;
  #partialBytes = 0;
  #sizeBytes = 0;

  constructor({ chunkBytes, algorithms = [] }: WantedDigests = {}) {
    this.#chunkBytes = chunkBytes;
    this.#others = algorithms.map((algorithm) => ({ algorithm, digest: startDigest(algorithm) }));
  }

  /** Takes the next bytes of the file. The buffer is free again when this returns. */
  update(bytes: Uint8Array): void {
    this.#whole.update(bytes);
    for (const { digest } of this.#others) digest.update(bytes);
    this.#sizeBytes += bytes.length;
    if (this.#chunkBytes === undefined) return;
    for (let start = 0; start < bytes.length; ) {
      const piece = bytes.subarray(start, start + this.#chunkBytes - this.#partialBytes);
      this.#addToChunk(piece, this.#chunkBytes);
      start += piece.length;
    }
  }

  /** The digests of everything taken. No further bytes may be given. */
  finish(): FileDigest {
    if (this.#partial !== undefined) this.#digests.push(this.#partial.digest().subarray(0, CHUNK_DIGEST_BYTES));
    this.#partial = undefined;
    const chunks = this.#chunkBytes && { chunkBytes: this.#chunkBytes, chunkDigests: Buffer.concat(this.#digests) };
    return {
      sizeBytes: this.#sizeBytes,
      sha256: this.#whole.digest('hex'),
      others: Object.fromEntries(this.#others.map(({ algorithm, digest }) => [algorithm, digest.finish()])),
      ...(chunks ? { chunks } : {}),
    };
  }

  #addToChunk(piece: Uint8Array, chunkBytes: number): void {
    if (this.#partial === undefined && piece.length === chunkBytes) {
      this.#digests.push(hash('sha256', piece, 'buffer').subarray(0, CHUNK_DIGEST_BYTES));
      return;
    }
    this.#partial ??= createHash('sha256');
    this.#partial.update(piece);
    this.#partialBytes += piece.length;
    if (this.#partialBytes < chunkBytes) return;
    this.#digests.push(this.#partial.digest().subarray(0, CHUNK_DIGEST_BYTES));
    this.#partial = undefined;
    this.#partialBytes = 0;
  }
}

/** A range of bytes: `offset` is in it, `endOffset` is not. */
export interface ByteRange {
  readonly offset: number;
  readonly endOffset: number;
}

/** A file whose chunks are known. */
export interface ChunkedFile extends ChunkDigests {
  readonly sizeBytes: number;
}

/**
 * The ranges of the recorded file that differ in the file that was read; neighbouring damaged chunks are one range.
 * Bytes that only one of the two files has are part of the last range. Both need the same chunk size.
 */
export function differingRanges(recorded: ChunkedFile, read: ChunkedFile): ByteRange[] {
  const sizeBytes = Math.max(recorded.sizeBytes, read.sizeBytes);
  const ranges: { offset: number; endOffset: number }[] = [];
  for (let index = 0; index < chunkCount(sizeBytes, recorded.chunkBytes); index += 1) {
    const at = index * CHUNK_DIGEST_BYTES;
    const expected = recorded.chunkDigests.subarray(at, at + CHUNK_DIGEST_BYTES);
    const actual = read.chunkDigests.subarray(at, at + CHUNK_DIGEST_BYTES);
    if (expected.equals(actual)) continue;
    const offset = index * recorded.chunkBytes;
    const endOffset = Math.min(offset + recorded.chunkBytes, sizeBytes);
    const last = ranges.at(-1);
    if (last?.endOffset === offset) last.endOffset = endOffset;
    else ranges.push({ offset, endOffset });
  }
  return ranges;
}
