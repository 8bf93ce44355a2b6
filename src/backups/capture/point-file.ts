import { createReadStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { chunkBytesFor } from '../../verification/chunked-digest.ts';
import type { ManifestFile } from '../../verification/manifest.ts';
import type { Packing } from '../file-sink.ts';
import { DigestedFile, type DigestedSink } from './digested-file.ts';
import { PackingThread } from './packing-thread.ts';

/** A file of a recovery point that is to be written. */
export interface PointFileOptions {
  readonly directory: string;
  /** Its name in the directory; encrypted, it gets `.age` at its end. */
  readonly name: string;
  readonly packing: Packing;
  /** About how long it will be: its pieces, whose digests locate damage, are chosen by it. */
  readonly sizeBytesAbout: number;
  /** age recipients that the packed bytes are encrypted to on the way; none: they are stored as they are. */
  readonly recipients: readonly string[];
}

/**
 * Writes a new file of a recovery point, packed and encrypted on the way, and describes it from the very bytes that are written.
 * It counts only after {@link finish}, which has it on disk. Failures are thrown as by {@link DigestedSink}.
 */
export class PointFile implements AsyncDisposable {
  readonly #options: PointFileOptions;
  readonly #sink: DigestedSink;
  #writtenBytes = 0;

  constructor(options: PointFileOptions) {
    const { directory, packing, sizeBytesAbout, recipients } = options;
    this.#options = options;
    const path = join(directory, this.#name);
    const chunkBytes = chunkBytesFor(sizeBytesAbout);
    const hasThread = packing !== 'none' && recipients.length === 0;
    this.#sink = hasThread
      ? new PackingThread({ path, compression: packing, chunkBytes })
      : new DigestedFile(path, { packing, recipients, chunkBytes });
  }

  get #name(): string {
    const { name, recipients } = this.#options;
    return recipients.length === 0 ? name : `${name}.age`;
  }

  /** Takes the next bytes. The buffer belongs to the file from now on. */
  write(bytes: Buffer): Promise<void> {
    this.#writtenBytes += bytes.length;
    return this.#sink.write(bytes);
  }

  /** Ends the file, and says what a manifest says of it. */
  async finish(): Promise<ManifestFile> {
    const { sizeBytes, sha256, chunks } = await this.#sink.finish();
    if (chunks === undefined) throw new Error('digests of pieces were asked for');
    const { packing, recipients } = this.#options;
    // How long encrypted content is when it is unpacked is for those who can decrypt it.
    const isMeasured = packing !== 'none' && recipients.length === 0;
    return {
      path: this.#name,
      sizeBytes,
      sha256,
      chunkBytes: chunks.chunkBytes,
      chunks: chunks.chunkDigests.toString('base64'),
      ...(isMeasured ? { decodedBytes: this.#writtenBytes } : {}),
    };
  }

  /** Gives up a file that was not finished; its remains are the caller's to remove. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sink[Symbol.asyncDispose]();
  }
}

const READ_BYTES = 1_048_576;

/**
 * Encrypts a finished file of a recovery point, which was read and found sound before: nobody without a key can do that
 * afterwards. The plain file is removed.
 */
export async function encryptFile(
  directory: string,
  name: string,
  recipients: readonly string[],
): Promise<ManifestFile> {
  const plain = join(directory, name);
  const { size: sizeBytesAbout } = await stat(plain);
  await using file = new PointFile({ directory, name, packing: 'none', sizeBytesAbout, recipients });
  for await (const bytes of createReadStream(plain, { highWaterMark: READ_BYTES })) await file.write(bytes);
  const described = await file.finish();
  await rm(plain);
  return described;
}
