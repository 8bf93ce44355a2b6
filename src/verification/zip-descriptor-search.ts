import { crc32 } from 'node:zlib';
import { descriptorLength } from './zip-local.ts';

const SIGNATURE = Buffer.from('PK\x07\x08', 'latin1');
const SHORT_BYTES = 16;
const LONG_BYTES = 24;

/**
 * Finds the end of stored data of which only the data descriptor behind it tells the length: the first descriptor that fits
 * the bytes before it.
 */
export class DescriptorSearch {
  /** The entry has a zip64 extra field: its descriptor has 64-bit sizes, which matters where it has no data. */
  readonly #isLong: boolean;
  #crc = 0;
  #length = 0;
  /** Bytes that may be the start of a descriptor. */
  #carried: Buffer = Buffer.alloc(0);

  constructor(isLong: boolean) {
    this.#isLong = isLong;
  }

  /** Takes the bytes from `at` on; returns where in them the descriptor ends, undefined when it has not come. */
  take(bytes: Buffer, at: number): number | undefined {
    const carriedBytes = this.#carried.length;
    const joined = carriedBytes === 0 ? bytes.subarray(at) : Buffer.concat([this.#carried, bytes.subarray(at)]);
    let from = 0;
    for (;;) {
      const found = joined.indexOf(SIGNATURE, from);
      const dataEnd = found < 0 ? Math.max(from, joined.length - SIGNATURE.length + 1) : found;
      this.#count(joined, from, dataEnd);
      const room = joined.length - dataEnd;
      const numbers = { crc: this.#crc, packedBytes: this.#length, sizeBytes: this.#length };
      const isThere = found >= 0 && room >= (this.#isLong ? LONG_BYTES : SHORT_BYTES);
      const length = isThere ? descriptorLength(joined, found, this.#isLong ? LONG_BYTES : room, numbers) : 0;
      if (length > 0) return at - carriedBytes + found + length;
      if (found < 0 || room < LONG_BYTES) {
        this.#carried = Buffer.from(joined.subarray(dataEnd));
        return undefined;
      }
      this.#count(joined, found, found + 1);
      from = found + 1;
    }
  }

  #count(bytes: Buffer, from: number, to: number): void {
    this.#crc = crc32(bytes.subarray(from, to), this.#crc);
    this.#length += to - from;
  }
}
