import { type AgeDecodeOptions, createAgeDecoder } from './age-decoder.ts';
import { createBzip2Decoder } from './bzip2-decoder.ts';
import type { DecodedConsumer, Decoder, Packing } from './decoder.ts';
import { GzipDecoder } from './gzip-decoder.ts';
import { createXzDecoder } from './xz-decoder.ts';
import { ZstdDecoder } from './zstd-decoder.ts';

/** A decoder for this packing. Every frame and member is decoded; bytes behind the last one are a problem. */
export function createDecoder(packing: Packing, consume: DecodedConsumer, options: AgeDecodeOptions): Decoder {
  switch (packing) {
    case 'gzip':
      return new GzipDecoder(consume, options);
    case 'zstd':
      return new ZstdDecoder(consume, options);
    case 'xz':
      return createXzDecoder(consume, options);
    case 'bzip2':
      return createBzip2Decoder(consume, options);
    case 'age':
      return createAgeDecoder(consume, options);
  }
}
