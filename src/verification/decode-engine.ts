import type { Transform } from 'node:stream';

/** A decoding stream of `node:zlib`: `bytesWritten` is what its engine has consumed. */
export type DecodeStream = Transform & { readonly bytesWritten: number };

/**
 * A decoding stream as calls that can be awaited. Decoded bytes go to `take` as they come; because that is
 * synchronous, at most one output buffer is ever waiting.
 */
export class DecodeEngine {
  readonly #stream: DecodeStream;
  #wake: (() => void) | undefined;
  #finished = false;
  #thrown: unknown;
  error: Error | undefined;

  constructor(stream: DecodeStream, take: (decoded: Buffer) => void) {
    this.#stream = stream;
    // What a listener throws would end the process: it is kept, and thrown where someone awaits.
    stream.on('data', (decoded: Buffer) => {
      try {
        take(decoded);
      } catch (thrown) {
        this.#thrown ??= thrown;
        stream.destroy();
      }
    });
    stream.on('error', (error: Error) => {
      this.error ??= error;
    });
    const finish = () => {
      this.#finished = true;
      this.#wake?.();
    };
    stream.on('end', finish);
    stream.on('close', finish);
  }

  /** Stored bytes that the engine took. Fewer than were written means that it saw the end before them. */
  get consumedBytes(): number {
    return this.#stream.bytesWritten;
  }

  /** Resolves when the bytes are decoded, or the stream failed, ended or was closed. Rejects with what `take` threw. */
  write(bytes: Buffer): Promise<void> {
    return this.#until((done) => this.#stream.write(bytes, done));
  }

  /** Says that no more bytes come. Resolves when the last decoded byte was given, or the stream failed. */
  end(): Promise<void> {
    return this.#until(() => this.#stream.end());
  }

  close(): void {
    this.#stream.destroy();
  }

  async #until(act: (done: () => void) => void): Promise<void> {
    if (this.#finished) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      act(resolve);
    });
    this.#wake = undefined;
    if (this.#thrown !== undefined) throw this.#thrown;
  }
}
