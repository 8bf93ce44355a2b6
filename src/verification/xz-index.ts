import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { paddingOf, Vli } from './xz-fields.ts';

/** The sizes of all blocks of a stream, as one digest: a list of them has no bound. */
export class XzRecords {
  count = 0;
  readonly #hash = createHash('sha256');
  readonly #record = Buffer.alloc(16);

  add(unpaddedBytes: number, uncompressedBytes: number): void {
    this.count += 1;
    this.#record.writeDoubleLE(unpaddedBytes, 0);
    this.#record.writeDoubleLE(uncompressedBytes, 8);
    this.#hash.update(this.#record);
  }

  /** Ends both lists. */
  equals(other: XzRecords): boolean {
    return this.#hash.digest('hex') === other.#hash.digest('hex');
  }
}

/** Reads the index of a stream (section 4) byte by byte and compares it with the blocks that were there. */
export class XzIndex {
  readonly offset: number;
  readonly #records: XzRecords;
  readonly #named = new XzRecords();
  readonly #vli = new Vli();
  readonly #byte = Buffer.alloc(1);
  #crc = crc32(this.#byte);
  #bytes = 1;
  #numbersLeft: number | undefined;
  #unpaddedBytes: number | undefined;

  /** `records` are the blocks; the byte that begins an index was read. */
  constructor(offset: number, records: XzRecords) {
    this.offset = offset;
    this.#records = records;
  }

  /** All bytes of the index, once it is ended. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes of padding and checksum that follow; undefined as long as numbers do. */
  get endBytes(): number | undefined {
    return this.#numbersLeft === 0 ? paddingOf(this.#bytes) + 4 : undefined;
  }

  /** Takes the next byte of a number, and says what is wrong with it. */
  take(byte: number): string | undefined {
    this.#bytes += 1;
    this.#byte[0] = byte;
    this.#crc = crc32(this.#byte, this.#crc);
    const value = this.#vli.take(byte);
    if (this.#vli.isBroken) return 'a number in the index is malformed';
    if (value === undefined) return undefined;
    if (this.#numbersLeft !== undefined) {
      this.#takeNumber(value);
      this.#numbersLeft -= 1;
      return undefined;
    }
    this.#numbersLeft = value * 2;
    const { count } = this.#records;
    return value === count ? undefined : `the index names ${value} blocks, there are ${count}`;
  }

  #takeNumber(value: number): void {
    if (this.#unpaddedBytes === undefined) {
      this.#unpaddedBytes = value;
      return;
    }
    this.#named.add(this.#unpaddedBytes, value);
    this.#unpaddedBytes = undefined;
  }

  /** Takes the last `endBytes` bytes, and says what is wrong with the index. */
  end(bytes: Buffer): string | undefined {
    const padding = bytes.subarray(0, bytes.length - 4);
    this.#bytes += bytes.length;
    if (padding.some((byte) => byte !== 0)) return 'the padding of the index is not zero';
    if (bytes.readUInt32LE(padding.length) !== crc32(padding, this.#crc))
      return 'the checksum of the index does not fit';
    return this.#records.equals(this.#named) ? undefined : 'the index has other sizes than the blocks';
  }
}
