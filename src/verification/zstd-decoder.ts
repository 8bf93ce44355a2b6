import { constants, createZstdDecompress } from 'node:zlib';
import { DecodeEngine } from './decode-engine.ts';
import { OUTPUT_BYTES, PackedDecoder } from './packed-decoder.ts';
import { type ZstdFrameProblem, ZstdFrames, type ZstdPart } from './zstd-frames.ts';

/** The smallest window that zstd's decoder can be limited to. */
const WINDOW_LOG_MIN = 10;

/** Decodes zstd, each frame by a decoder of its own once its header is found to ask for no more than is allowed. */
export class ZstdDecoder extends PackedDecoder {
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
