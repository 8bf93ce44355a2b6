import { join } from 'node:path';
import { Transform, type TransformCallback } from 'node:stream';
import { ChunkedDigest, chunkBytesFor } from '../../verification/chunked-digest.ts';
import type { ManifestFile } from '../../verification/manifest.ts';
import { FileSink, type Packing } from '../file-sink.ts';

/** A file of a recovery point that is to be written. */
export interface PointFileOptions {
  readonly directory: string;
  /** Its name in the directory. */
  readonly name: string;
  readonly packing: Packing;
  /** About how long it will be: its pieces, whose digests locate damage, are chosen by it. */
  readonly sizeBytesAbout: number;
}

/**
 * Writes a new file of a recovery point, packed on the way, and describes it from the very bytes that are written. It counts
 * only after {@link finish}, which has it on disk. Failures are thrown as by {@link FileSink}.
 */
export class PointFile implements AsyncDisposable {
  readonly #options: PointFileOptions;
  readonly #digest: ChunkedDigest;
  readonly #sink: FileSink;
  #writtenBytes = 0;

  constructor(options: PointFileOptions) {
    const { directory, name, packing, sizeBytesAbout } = options;
    this.#options = options;
    this.#digest = new ChunkedDigest({ chunkBytes: chunkBytesFor(sizeBytesAbout) });
    this.#sink = new FileSink(join(directory, name), { packing, stages: [digesting(this.#digest)] });
  }

  /** Takes the next bytes. The buffer belongs to the file from now on. */
  write(bytes: Buffer): Promise<void> {
    this.#writtenBytes += bytes.length;
    return this.#sink.write(bytes);
  }

  /** Ends the file, and says what a manifest says of it. */
  async finish(): Promise<ManifestFile> {
    await this.#sink.finish();
    const { sizeBytes, sha256, chunks } = this.#digest.finish();
    if (chunks === undefined) throw new Error('digests of pieces were asked for');
    const { name, packing } = this.#options;
    return {
      path: name,
      sizeBytes,
      sha256,
      chunkBytes: chunks.chunkBytes,
      chunks: chunks.chunkDigests.toString('base64'),
      ...(packing === 'none' ? {} : { decodedBytes: this.#writtenBytes }),
    };
  }

  /** Gives up a file that was not finished; its remains are the caller's to remove. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sink[Symbol.asyncDispose]();
  }
}

/** Digests what passes through. */
function digesting(digest: ChunkedDigest): Transform {
  return new Transform({
    transform(bytes: Buffer, _encoding: BufferEncoding, done: TransformCallback) {
      digest.update(bytes);
      done(null, bytes);
    },
  });
}
