import type { PackedSink } from './tree-packer.ts';

/** Long enough that a compressor has something to do while the next block is filled. */
const BLOCK_BYTES = 1_048_576;

/**
 * Blocks that are filled in place, by synchronous reads above all, and written one after the other: while one is on its way (a
 * compressor's thread has it) the next is filled.
 */
export class BlockOutput {
  block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  /** Bytes of the block that are filled. */
  used = 0;
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
    const full = this.block.subarray(0, this.used);
    this.block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
    this.used = 0;
    await this.#inFlight;
    this.#inFlight = this.#sink.write(full);
    // Told by whoever sends next, or ends.
    this.#inFlight.catch(() => {});
  }

  /** All of it is with the sink. */
  async end(): Promise<void> {
    await this.send();
    await this.#inFlight;
  }
}
