import { Transform, type TransformCallback } from 'node:stream';
import { encryptingTo } from '../../verification/age-encryption.ts';
import { ChunkedDigest, type FileDigest } from '../../verification/chunked-digest.ts';
import { FileSink, type Packing } from '../file-sink.ts';

/**
 * Writes one new file, and digests the very bytes that are stored. A failure of the disk is thrown by a write that comes after it,
 * or by {@link DigestedSink.finish}.
 */
export interface DigestedSink extends AsyncDisposable {
  /** Takes the next bytes. */
  write(bytes: Buffer): Promise<void>;
  /** Has the file on disk. */
  finish(): Promise<FileDigest>;
}

/** How a file is written, and digested. */
export interface DigestedFileOptions {
  readonly packing: Packing;
  /** age recipients; none: it is not encrypted. */
  readonly recipients: readonly string[];
  /** Length of the chunks that have digests of their own. */
  readonly chunkBytes: number;
}

/** Writes in this thread, packed and encrypted on the way where that is wanted. */
export class DigestedFile implements DigestedSink {
  readonly #digest: ChunkedDigest;
  readonly #sink: FileSink;

  constructor(path: string, { packing, recipients, chunkBytes }: DigestedFileOptions) {
    this.#digest = new ChunkedDigest({ chunkBytes });
    const encryption = recipients.length === 0 ? [] : [encryptingTo(recipients)];
    this.#sink = new FileSink(path, { packing, stages: [...encryption, digesting(this.#digest)] });
  }

  write(bytes: Buffer): Promise<void> {
    return this.#sink.write(bytes);
  }

  async finish(): Promise<FileDigest> {
    await this.#sink.finish();
    return this.#digest.finish();
  }

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
