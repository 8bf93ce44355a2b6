import { constants, createGunzip, createZstdDecompress } from 'node:zlib';
import { DecodeEngine } from './decode-engine.ts';
import type { FindingKind } from './finding.ts';
import type { VerificationLimits } from './limits.ts';
import { type ZstdFrameProblem, ZstdFrames, type ZstdPart } from './zstd-frames.ts';

/** The ways in which a file may be packed that this engine undoes. */
export type Packing = 'none' | 'gzip' | 'zstd';

/** Why a stream could not be decoded to its end. Offsets are in the stored file. */
export interface DecodeProblem {
  readonly kind: Extract<FindingKind, 'truncated' | 'corrupt' | 'hostile' | 'unknown-format'>;
  readonly offset: number;
  readonly endOffset: number;
  /** Bytes that came out before. */
  readonly decodedOffset: number;
  /** The damage lies where decoding stopped. Otherwise a checksum at the end told only that there is some before it. */
  readonly isLocated: boolean;
  readonly message: string;
}

/** Decodes a stored stream piece by piece. */
export interface Decoder {
  /** Takes the next stored bytes. The buffer is free again when the promise resolves. Never rejects for bad bytes. */
  write(bytes: Buffer): Promise<void>;
  /** Says that the stored stream ends here, and waits for the last decoded bytes. */
  end(): Promise<void>;
  /** Gives up: frees what the decoder holds. Safe at any time, also after `end`. */
  close(): void;
  /** The first problem. After it nothing is decoded any more. */
  readonly problem: DecodeProblem | undefined;
  readonly decodedBytes: number;
}

/** Bounds of decoding. */
export interface DecodeOptions {
  /** Size of the stored file: the expansion ratio is judged against it. */
  readonly storedBytes: number;
  readonly limits: Pick<VerificationLimits, 'expansionRatioMax' | 'expansionFreeBytes' | 'windowBytesMax'>;
}

/** Gets the decoded bytes, in order; the buffer is the consumer's only until it returns. */
export type DecodedConsumer = (decoded: Buffer) => void;

/**
 * Bytes given to a decoder at once. A decoding error is known to lie in one of these, so they are small: that costs up
 * to a fifth of the decoding time against 1 MiB, and tells the place of damage where no manifest does.
 */
const SLICE_BYTES = 65_536;

/** Bytes that a decoder gives at once: larger pieces make decoding measurably faster than the default of 16 KiB. */
const OUTPUT_BYTES = 1_048_576;

/** The smallest window that zstd's decoder can be limited to. */
const WINDOW_LOG_MIN = 10;

/** A decoder for this packing. Every frame and member is decoded; bytes behind the last one are a problem. */
export function createDecoder(packing: Packing, consume: DecodedConsumer, options: DecodeOptions): Decoder {
  switch (packing) {
    case 'none':
      return new PlainDecoder(consume);
    case 'gzip':
      return new GzipDecoder(consume, options);
    case 'zstd':
      return new ZstdDecoder(consume, options);
  }
}

class PlainDecoder implements Decoder {
  readonly problem = undefined;
  decodedBytes = 0;
  readonly #consume: DecodedConsumer;

  constructor(consume: DecodedConsumer) {
    this.#consume = consume;
  }

  async write(bytes: Buffer): Promise<void> {
    this.decodedBytes += bytes.length;
    this.#consume(bytes);
  }

  async end(): Promise<void> {}

  close(): void {}
}

/** What both real decoders share: counting, the first problem, the bound on expansion. */
abstract class PackedDecoder implements Decoder {
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

class GzipDecoder extends PackedDecoder {
  constructor(consume: DecodedConsumer, options: DecodeOptions) {
    super(consume, options);
    this.engine = new DecodeEngine(createGunzip({ chunkSize: OUTPUT_BYTES }), this.take);
  }

  async end(): Promise<void> {
    if (this.problem !== undefined || this.engine === undefined) return;
    await this.engine.end();
    if (this.engine.error !== undefined) this.#failWith(this.engine.error, this.position, this.position);
  }

  protected async decodeSlice(slice: Buffer): Promise<void> {
    const { engine } = this;
    if (engine === undefined) return;
    await engine.write(slice);
    const sliceEnd = this.position + slice.length;
    if (engine.error !== undefined) this.#failWith(engine.error, this.position, sliceEnd);
    else if (engine.consumedBytes < sliceEnd && this.problem === undefined) {
      // zlib stops without an error where a zero byte follows a member.
      this.fail('corrupt', engine.consumedBytes, this.options.storedBytes, 'bytes follow the end of the gzip stream');
    }
  }

  #failWith(error: Error, offset: number, endOffset: number): void {
    if ('code' in error && error.code === 'Z_BUF_ERROR') {
      this.fail('truncated', this.position, this.position, 'the gzip stream ends before its trailer');
      return;
    }
    // A wrong CRC or length says only that damage lies somewhere before it.
    const isTrailer = error.message === 'incorrect data check' || error.message === 'incorrect length check';
    const message = `the gzip stream cannot be decoded: ${error.message}`;
    this.fail('corrupt', isTrailer ? 0 : offset, endOffset, message, !isTrailer);
  }
}

class ZstdDecoder extends PackedDecoder {
  readonly #frames = new ZstdFrames();
  #frameStart = 0;

  async end(): Promise<void> {
    this.#takeProblem(this.#frames.finish());
  }

  protected async decodeSlice(slice: Buffer): Promise<void> {
    this.#frameStart = this.#frames.frameStart;
    for (const part of this.#frames.walk(slice)) {
      await this.#decodePart(part, slice.length);
      if (this.problem !== undefined) return;
    }
    this.#takeProblem(this.#frames.problem);
  }

  async #decodePart(part: ZstdPart, sliceBytes: number): Promise<void> {
    if (part.type === 'frame') {
      if (!this.#canDecode(part, sliceBytes)) return;
      this.engine = new DecodeEngine(createFrameDecoder(part.windowBytes), this.take);
      await this.engine.write(part.header);
    } else if (part.type === 'data') {
      await this.engine?.write(part.bytes);
    } else {
      await this.engine?.end();
    }
    const error = this.engine?.error;
    if (error !== undefined) this.#failWith(error, sliceBytes);
    else if (part.type === 'end') {
      this.engine = undefined;
      this.#frameStart = this.#frames.frameStart;
    }
  }

  #canDecode(frame: Extract<ZstdPart, { type: 'frame' }>, sliceBytes: number): boolean {
    const { windowBytesMax } = this.options.limits;
    const why =
      frame.dictionaryId !== 0
        ? `the zstd frame needs dictionary ${frame.dictionaryId}`
        : frame.windowBytes > windowBytesMax
          ? `the zstd frame needs a window of ${frame.windowBytes} bytes, allowed are ${windowBytesMax}`
          : undefined;
    if (why !== undefined) this.fail('unknown-format', this.position, this.position + sliceBytes, why);
    return why === undefined;
  }

  #failWith(error: Error, sliceBytes: number): void {
    const isChecksum = 'code' in error && error.code === 'ZSTD_error_checksum_wrong';
    // A wrong checksum says only that damage lies somewhere in the frame.
    const offset = isChecksum ? this.#frameStart : this.position;
    const message = `the zstd stream cannot be decoded: ${error.message}`;
    this.fail('corrupt', offset, this.position + sliceBytes, message, !isChecksum);
  }

  #takeProblem(problem: ZstdFrameProblem | undefined): void {
    if (problem !== undefined) this.fail(problem.kind, problem.offset, problem.endOffset, problem.message);
  }
}

/** A decoder for one frame, allowed the window that the frame asks for (which was checked) and no more. */
function createFrameDecoder(windowBytes: number) {
  const windowLog = Math.max(WINDOW_LOG_MIN, Math.ceil(Math.log2(windowBytes)));
  return createZstdDecompress({
    chunkSize: OUTPUT_BYTES,
    params: { [constants.ZSTD_d_windowLogMax]: windowLog },
  });
}
