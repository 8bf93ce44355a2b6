import type { DecodeEngine } from './decode-engine.ts';
import type { DecodedConsumer, DecodeOptions, DecodeProblem, Decoder } from './decoder.ts';

/**
 * Bytes given to a decoder at once. A decoding error is known to lie in one of these, so they are small: that costs up
 * to a fifth of the decoding time against 1 MiB, and tells the place of damage where no manifest does.
 */
const SLICE_BYTES = 65_536;

/** Bytes that a decoder gives at once: larger pieces make decoding measurably faster than the default of 16 KiB. */
export const OUTPUT_BYTES = 1_048_576;

/** What both real decoders share: counting, the first problem, the bound on expansion. */
export abstract class PackedDecoder implements Decoder {
  problem: DecodeProblem | undefined;
  decodedBytes = 0;
  /** Stored bytes taken before the current slice. */
  protected position = 0;
  protected readonly options: DecodeOptions;
  protected engine: DecodeEngine | undefined;
  readonly #consume: DecodedConsumer;
  readonly #decodedBytesMax: number;

  constructor(consume: DecodedConsumer, options: DecodeOptions) {
    this.#consume = consume;
    this.options = options;
    const { expansionRatioMax, expansionFreeBytes } = options.limits;
    this.#decodedBytesMax = Math.max(expansionFreeBytes, expansionRatioMax * options.storedBytes);
  }

  async write(bytes: Buffer): Promise<void> {
    for (let start = 0; start < bytes.length && this.problem === undefined; start += SLICE_BYTES) {
      const slice = bytes.subarray(start, start + SLICE_BYTES);
      await this.decodeSlice(slice);
      this.position += slice.length;
    }
  }

  abstract end(): Promise<void>;

  close(): void {
    this.engine?.close();
  }

  protected abstract decodeSlice(slice: Buffer): Promise<void>;

  protected readonly take = (decoded: Buffer): void => {
    if (this.problem !== undefined) return;
    this.decodedBytes += decoded.length;
    if (this.decodedBytes > this.#decodedBytesMax) {
      const message = `${this.options.storedBytes} stored bytes unpack to more than ${this.#decodedBytesMax}: an expansion bomb`;
      this.fail('hostile', this.position, this.position + SLICE_BYTES, message);
      return;
    }
    this.#consume(decoded);
  };

  protected fail(
    kind: DecodeProblem['kind'],
    offset: number,
    endOffset: number,
    message: string,
    isLocated = true,
  ): void {
    this.problem ??= {
      kind,
      offset: Math.min(offset, this.options.storedBytes),
      endOffset: Math.min(endOffset, this.options.storedBytes),
      decodedOffset: this.decodedBytes,
      isLocated,
      message,
    };
    this.engine?.close();
  }
}
