import type { DecodedConsumer, DecodeOptions, Decoder, Packing } from './decoder.ts';
import { GzipDecoder } from './gzip-decoder.ts';
import { ZstdDecoder } from './zstd-decoder.ts';

/** Makes a decoder for each packing. Every frame and member is decoded; bytes behind the last one are a problem. */
const DECODERS: Readonly<Record<Packing, ((consume: DecodedConsumer, options: DecodeOptions) => Decoder) | undefined>> =
  {
    gzip: (consume, options) => new GzipDecoder(consume, options),
    zstd: (consume, options) => new ZstdDecoder(consume, options),
    xz: undefined,
    bzip2: undefined,
    age: undefined,
  };

/** A decoder for this packing; undefined when there is none. */
export function createDecoder(packing: Packing, consume: DecodedConsumer, options: DecodeOptions): Decoder | undefined {
  return DECODERS[packing]?.(consume, options);
}
