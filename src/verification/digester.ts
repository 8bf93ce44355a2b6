import { ChunkedDigest, type FileDigest, type WantedDigests } from './chunked-digest.ts';

/** Gives the buffers that a file is read into, each again only when nobody needs its last content any more. */
export interface ReadBuffers {
  next(): Buffer | Promise<Buffer>;
}

/** Digests one file while it is read: in this thread, or in another one that shares the buffers. */
export interface Digester {
  readonly buffers: ReadBuffers;
  /** Takes the next bytes of the file. They lie in the buffers in the order in which those were given. */
  update(bytes: Buffer): void;
  /** The digests of everything taken. */
  finish(): FileDigest | Promise<FileDigest>;
  /** Leaves the file, also in the middle. Safe at any time, also after `finish`. */
  close(): void;
}

/** Bytes asked for in one read. */
export const READ_BYTES = 1_048_576;

/** Two buffers: one is consumed while the other is filled. */
export class TwoBuffers implements ReadBuffers {
  readonly #buffers = [Buffer.allocUnsafeSlow(READ_BYTES), Buffer.allocUnsafeSlow(READ_BYTES)] as const;
  #turn = 0;

  next(): Buffer {
    this.#turn = 1 - this.#turn;
    return this.#turn === 0 ? this.#buffers[0] : this.#buffers[1];
  }
}

/** Digests in the thread that reads. */
export class InlineDigester implements Digester {
  readonly buffers: ReadBuffers;
  readonly #digest: ChunkedDigest;

  constructor(wanted: WantedDigests, buffers: ReadBuffers = new TwoBuffers()) {
    this.#digest = new ChunkedDigest(wanted);
    this.buffers = buffers;
  }

  update(bytes: Buffer): void {
    this.#digest.update(bytes);
  }

  finish(): FileDigest {
    return this.#digest.finish();
  }

  close(): void {}
}
