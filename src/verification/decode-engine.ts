import type { Transform } from 'node:stream';

/** A decoding stream of `node:zlib`: `bytesWritten` is what its engine has consumed. */
export type DecodeStream = Transform & { readonly bytesWritten: number };

/**
 * A decoding stream as calls that can be awaited. It decodes on another thread: what came out of one write is given to
 * `take` while the next one is being decoded, so that both threads have work. Two pieces wait at most, each one output
 * buffer.
 */
export class DecodeEngine {
  readonly #stream: DecodeStream;
  readonly #take: (decoded: Buffer) => void;
  #waiting: Buffer[] = [];
  #wake: (() => void) | undefined;
  #finished = false;
  #thrown: unknown;
  error: Error | undefined;

  constructor(stream: DecodeStream, take: (decoded: Buffer) => void) {
    this.#stream = stream;
    this.#take = take;
    stream.on('data', (decoded: Buffer) => {
      // Before that, the stream has handed its thread the next piece of work.
      if (this.#waiting.push(decoded) === 1) setImmediate(() => this.#takeWaiting());
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

  /**
   * Resolves when the bytes are decoded, or the stream failed, ended or was closed. What came out last still waits, for the
   * next call. Rejects with what `take` threw.
   */
  async write(bytes: Buffer): Promise<void> {
    await this.#until((done) => this.#stream.write(bytes, done));
    if (this.#thrown !== undefined) throw this.#thrown;
  }

  /** Says that no more bytes come. Resolves when the last decoded byte was taken, or the stream failed. */
  async end(): Promise<void> {
    await this.#until(() => this.#stream.end());
    this.drain();
  }

  /** Has everything taken that came out so far. Throws what `take` threw. */
  drain(): void {
    this.#takeWaiting();
    if (this.#thrown !== undefined) throw this.#thrown;
  }

  close(): void {
    this.#stream.destroy();
  }

  async #until(act: (done: () => void) => void): Promise<void> {
    if (this.#finished) return;
    const acted = new Promise<void>((resolve) => {
      this.#wake = resolve;
      act(resolve);
    });
    this.#takeWaiting();
    await acted;
    this.#wake = undefined;
  }

  /** What `take` throws would end the process where a listener calls it: it is kept, and thrown where someone awaits. */
  #takeWaiting(): void {
    const pieces = this.#waiting;
    this.#waiting = [];
    try {
      for (const decoded of pieces) this.#take(decoded);
    } catch (thrown) {
      this.#thrown ??= thrown;
      this.#stream.destroy();
    }
  }
}
