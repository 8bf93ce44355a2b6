import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createZstdCompress } from 'node:zlib';
import type { ByteSink } from './base-backup.ts';

/** Small pieces cost a thread switch each in the compressor; they are gathered up to this size. */
const GATHER_BYTES = 512 * 1024;

/** Compression that costs little and can be checked: frames carry a checksum of their content. */
const ZSTD_OPTIONS = {
  chunkSize: 256 * 1024,
  params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 },
} as const;

/**
 * Writes a new file, compressed or as it is. It counts only after {@link finish}, which has it on disk.
 * A failure of the disk is thrown by the write that comes after it, or by `finish`.
 */
export class FileSink implements ByteSink, AsyncDisposable {
  readonly #input: Writable;
  readonly #done: Promise<void>;
  #gathered: Buffer[] = [];
  #gatheredBytes = 0;

  constructor(path: string, options: { readonly compress: boolean }) {
    const output = createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true });
    const input = options.compress ? createZstdCompress(ZSTD_OPTIONS) : new PassThrough();
    this.#input = input;
    this.#done = pipeline(input, output);
    this.#done.catch(() => {
      // Reported to whoever writes or finishes.
    });
  }

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
    const bytes = Buffer.concat(this.#gathered);
    this.#gathered = [];
    this.#gatheredBytes = 0;
    if (this.#input.destroyed) return this.#done;
    if (this.#input.write(bytes)) return;
    await Promise.race([once(this.#input, 'drain').catch(() => this.#done), this.#done]);
  }
}
