import { GATHER_BYTES } from '../../file-sink.ts';
import type { PackedSink } from './tree-packer.ts';

/** Long enough that a compressor has something to do while the next block is filled. */
const BLOCK_BYTES = 1_048_576;

/**
 * Two blocks that are filled in place in turn, by synchronous reads above all: while a compressor's thread has the one, the other
 * is filled. The sink must have taken in a whole block when its `write` resolves, as compressors do: fresh memory for each
 * block costs a tenth of a capture.
 */
export class BlockOutput {
  block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  /** Bytes of the block that are filled. */
  used = 0;
  #other = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  readonly #sink: PackedSink;
  #inFlight: Promise<void> = Promise.resolve();

  constructor(sink: PackedSink) {
    this.#sink = sink;
  }

  get roomBytes(): number {
    return this.block.length - this.used;
  }

  /** Hands the block over, whether full or not. Rejects with what became of the one before. */
  async send(): Promise<void> {
    await this.#inFlight;
    const filled = this.block.subarray(0, this.used);
    // What is shorter may wait in the sink for more to come.
    this.#inFlight = this.#sink.write(this.used < GATHER_BYTES ? Buffer.from(filled) : filled);
    [this.block, this.#other] = [this.#other, this.block];
    this.used = 0;
    // Told by whoever sends next, or ends.
    this.#inFlight.catch(() => {});
  }

  /** All of it is with the sink. */
  async end(): Promise<void> {
    await this.send();
    await this.#inFlight;
  }
}
