import type { DecodedConsumer, DecodeOptions, Decoder, Packing } from './decoder.ts';
import { GzipDecoder } from './gzip-decoder.ts';
import { ZstdDecoder } from './zstd-decoder.ts';

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

  async write(bytes: Buffer, meanwhile?: (piece: Buffer) => void): Promise<void> {
    this.decodedBytes += bytes.length;
    this.#consume(bytes);
    meanwhile?.(bytes);
  }

  async end(): Promise<void> {}

  close(): void {}
}
