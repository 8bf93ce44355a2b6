import {
  type DecodedConsumer,
  type DecodeOptions,
  type DecodeProblem,
  type Decoder,
  drive,
  type Step,
} from './decoder.ts';

/** Bytes given to a decoder at once: a decoding error is known to lie in one of these. */
const SLICE_BYTES = 65_536;

/** What the decoders in this process share: counting, the first problem, the bound on expansion. */
export abstract class PackedDecoder implements Decoder {
  problem: DecodeProblem | undefined;
  decodedBytes = 0;
  /** Packed bytes taken before the current slice. */
  protected position = 0;
  protected readonly options: DecodeOptions;
  readonly #consume: DecodedConsumer;
  readonly #decodedBytesMax: number;

  constructor(consume: DecodedConsumer, options: DecodeOptions) {
    this.#consume = consume;
    this.options = options;
    const { expansionRatioMax, expansionFreeBytes } = options.limits;
    this.#decodedBytesMax = Math.max(expansionFreeBytes, expansionRatioMax * options.storedBytes);
  }

  write(bytes: Buffer): Step {
    return this.problem === undefined ? drive(this.#decodeAll(bytes)) : undefined;
  }

  abstract end(): Promise<void>;

  abstract close(): void;

  /** Decodes a slice; yields what it has to wait for. */
  protected abstract decodeSlice(slice: Buffer): Generator<Promise<void>, void>;

  *#decodeAll(bytes: Buffer): Generator<Promise<void>, void> {
    for (let start = 0; start < bytes.length && this.problem === undefined; start += SLICE_BYTES) {
      const slice = bytes.subarray(start, start + SLICE_BYTES);
      yield* this.decodeSlice(slice);
      if (this.problem === undefined) this.position += slice.length;
    }
  }

  /** Hands decoded bytes on. */
  protected put(decoded: Buffer): Step {
    if (this.problem !== undefined || decoded.length === 0) return undefined;
    this.decodedBytes += decoded.length;
    if (this.decodedBytes > this.#decodedBytesMax) {
      const message = `${this.options.storedBytes} stored bytes unpack to more than ${this.#decodedBytesMax}: an expansion bomb`;
      this.fail('hostile', this.position, this.position + SLICE_BYTES, message);
      return undefined;
    }
    return this.#consume(decoded);
  }

  protected fail(
    kind: DecodeProblem['kind'],
    offset: number,
    endOffset: number,
    message: string,
    isLocated = true,
  ): void {
    this.problem ??= { kind, offset, endOffset, decodedOffset: this.decodedBytes, isLocated, message };
    this.close();
  }
}
