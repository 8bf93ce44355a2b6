import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { type Duplex, PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip, createZstdCompress } from 'node:zlib';
import type { ByteSink } from './base-backup.ts';

/** How a file is packed: `none` stores the bytes as they come. */
export type Packing = 'none' | 'gzip' | 'zstd';

/** Small pieces cost a thread switch each in the compressor; they are gathered up to this size. */
export const GATHER_BYTES = 512 * 1024;

const CHUNK_BYTES = 256 * 1024;

/** Compression that costs little and can be checked: frames of zstd carry a checksum of their content, as gzip always does. */
export const PACKERS: Readonly<Record<Packing, () => Duplex>> = {
  none: () => new PassThrough(),
  gzip: () => createGzip({ chunkSize: CHUNK_BYTES }),
  zstd: () =>
    createZstdCompress({
      chunkSize: CHUNK_BYTES,
      params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 },
    }),
};

/** How a file is written. */
export interface FileSinkOptions {
  readonly packing: Packing;
  /** What the packed bytes go through on their way to the disk, in this order. */
  readonly stages?: readonly Duplex[];
}

/**
 * Writes a new file, compressed or as it is. It counts only after {@link finish}, which has it on disk.
 * A failure of the disk is thrown by the write that comes after it, or by `finish`.
 */
export class FileSink implements ByteSink, AsyncDisposable {
  readonly #input: Duplex;
  readonly #done: Promise<void>;
  #gathered: Buffer[] = [];
  #gatheredBytes = 0;

  constructor(path: string, { packing, stages = [] }: FileSinkOptions) {
    const output = createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true });
    this.#input = PACKERS[packing]();
    this.#done = pipeline([this.#input, ...stages, output]);
    this.#done.catch(() => {
      // Reported to whoever writes or finishes.
    });
  }

  /**
   * Takes the next bytes. The buffer belongs to the file from now on; one of {@link GATHER_BYTES} or more is free again when this
   * resolves, where something packs it.
   */
  async write(bytes: Buffer): Promise<void> {
    this.#gathered.push(bytes);
    this.#gatheredBytes += bytes.length;
    if (this.#gatheredBytes >= GATHER_BYTES) await this.#flush();
  }

  async finish(): Promise<void> {
    await this.#flush();
    this.#input.end();
    await this.#done;
  }

  /** Gives up a file that was not finished; its remains are the caller's to remove. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#input.destroy();
    await this.#done.catch(() => {});
  }

  async #flush(): Promise<void> {
    const [first = NOTHING, ...more] = this.#gathered;
    const bytes = more.length === 0 ? first : Buffer.concat(this.#gathered);
    this.#gathered = [];
    this.#gatheredBytes = 0;
    if (this.#input.destroyed) return this.#done;
    if (this.#input.write(bytes)) return;
    await Promise.race([once(this.#input, 'drain').catch(() => this.#done), this.#done]);
  }
}

const NOTHING = Buffer.alloc(0);
