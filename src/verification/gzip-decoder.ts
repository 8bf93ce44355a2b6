import { createGunzip } from 'node:zlib';
import { DecodeEngine } from './decode-engine.ts';
import type { DecodedConsumer, DecodeOptions } from './decoder.ts';
import { OUTPUT_BYTES, PackedDecoder } from './packed-decoder.ts';

/** Decodes gzip, every member of it, with zlib's own checks of CRC and length. */
export class GzipDecoder extends PackedDecoder {
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
