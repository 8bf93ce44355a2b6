import type { DecodedConsumer, DecodeOptions } from './decoder.ts';
import { PackedDecoder } from './packed-decoder.ts';
import { ZlibEngine } from './zlib-engine.ts';
import { ZSTD_BLOCK_BYTES_MAX, type ZstdFrameProblem, ZstdFrames, type ZstdPart } from './zstd-frames.ts';

/** The smallest window that zstd's decoder can be limited to. */
const WINDOW_LOG_MIN = 10;
const BLOCK_HEADER_BYTES = 3;

/** Errors of one block: it is gathered whole before it is decoded, so that the damage may lie in slices before. */
const BLOCK_ERRORS: ReadonlySet<string> = new Set([
  'ZSTD_error_corruption_detected',
  'ZSTD_error_dictionary_corrupted',
]);

/** Where the decoder's own words would be taken for something else. */
const WORDS: Readonly<Record<string, string>> = {
  ZSTD_error_dstSize_tooSmall: 'a block unpacks to more than it may',
};

/** Decodes zstd, every frame of it once its header is found to ask for no more memory than is allowed. */
export class ZstdDecoder extends PackedDecoder {
  readonly #frames = new ZstdFrames();
  readonly #engine: ZlibEngine;
  /** The frame that is being decoded: where it starts, what its header says, and whether its last block is in the slice. */
  #frame = { start: 0, contentBytes: -1, decodedBefore: 0, isEnding: false };

  constructor(consume: DecodedConsumer, options: DecodeOptions) {
    super(consume, options);
    const windowLogMax = Math.max(WINDOW_LOG_MIN, Math.ceil(Math.log2(options.limits.windowBytesMax)));
    this.#engine = new ZlibEngine('zstd', { windowLogMax });
  }

  async end(): Promise<void> {
    this.#takeProblem(this.#frames.finish());
  }

  close(): void {
    this.#engine.close();
  }

  protected *decodeSlice(slice: Buffer): Generator<Promise<void>, void> {
    const parts = this.#frames.walk(slice);
    for (const [index, part] of parts.entries()) {
      if (part.type === 'end') continue;
      if (part.type === 'frame') this.#enter(part);
      this.#frame.isEnding = parts[index + 1]?.type === 'end';
      if (part.type === 'data' || this.#canDecode(part, slice.length)) {
        yield* this.#decode(part.type === 'data' ? part.bytes : part.header, slice.length);
      }
      if (this.problem !== undefined) return;
    }
    this.#takeProblem(this.#frames.problem);
  }

  /** The decoder goes from frame to frame by itself: that it stands at the start of one is what `ZstdFrames` sees to. */
  *#decode(bytes: Buffer, sliceBytes: number): Generator<Promise<void>, void> {
    for (let input = bytes, hasMore = true; input.length > 0 || hasMore; ) {
      const decoded = this.#engine.decode(input);
      if (this.#engine.error !== undefined) {
        this.#failWith(this.#engine.error, sliceBytes);
        return;
      }
      const step = this.put(decoded.output);
      if (step !== undefined) yield step;
      if (this.problem !== undefined) return;
      input = input.subarray(decoded.consumed);
      hasMore = decoded.hasMore;
    }
  }

  #enter({ start, contentBytes }: Extract<ZstdPart, { type: 'frame' }>): void {
    this.#frame = { start, contentBytes: contentBytes ?? -1, decodedBefore: this.decodedBytes, isEnding: false };
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

  #failWith(error: { readonly message: string; readonly code: string }, sliceBytes: number): void {
    const isChecksum = error.code === 'ZSTD_error_checksum_wrong';
    const why = WORDS[error.code] ?? error.message;
    const message = `the zstd stream cannot be decoded: ${why}`;
    this.fail('corrupt', this.#damagedFrom(error.code), this.position + sliceBytes, message, !isChecksum);
  }

  /** A wrong checksum, or a length that is not the header's, says only that damage lies somewhere in the frame. */
  #damagedFrom(code: string): number {
    const { start, contentBytes, decodedBefore, isEnding } = this.#frame;
    if (!BLOCK_ERRORS.has(code)) return start;
    const cameOut = this.decodedBytes - decodedBefore;
    const isLengthInDoubt = isEnding || Math.abs(contentBytes - cameOut) <= ZSTD_BLOCK_BYTES_MAX;
    if (contentBytes >= 0 && isLengthInDoubt) return start;
    return Math.max(start, this.position - ZSTD_BLOCK_BYTES_MAX - BLOCK_HEADER_BYTES);
  }

  #takeProblem(problem: ZstdFrameProblem | undefined): void {
    if (problem !== undefined) this.fail(problem.kind, problem.offset, problem.endOffset, problem.message);
  }
}
