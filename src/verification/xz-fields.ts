import { crc32 } from 'node:zlib';
import type { DecodeProblem } from './decoder.ts';

/** What a field says, or why it cannot be so. */
export type XzObjection = {
  readonly kind: Extract<DecodeProblem['kind'], 'corrupt' | 'unknown-format'>;
  readonly why: string;
};

export const XZ_MAGIC = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]);
export const XZ_STREAM_HEADER_BYTES = 12;
const FOOTER_MAGIC = 'YZ';

/** Bytes of the check behind each block, by its identifier (section 2.1.1.2). */
const CHECK_BYTES = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64];
/** None, CRC32, CRC64, SHA-256: the others are reserved, so that nobody can compare them. */
const KNOWN_CHECKS: ReadonlySet<number> = new Set([0, 1, 4, 10]);

const LZMA2_FILTER = 0x21;
const DELTA_FILTER = 0x03;
/** Branch filters: x86, PowerPC, IA-64, ARM, ARM Thumb, SPARC, ARM64, RISC-V. */
const BRANCH_FILTERS: ReadonlySet<number> = new Set([4, 5, 6, 7, 8, 9, 10, 11]);

/** The header of a stream: the identifier and the size of its blocks' check. */
export interface XzStreamFlags {
  readonly flags: Buffer;
  readonly checkBytes: number;
}

/** Reads the 12 bytes of a stream header (the .xz file format 1.2.1, section 2.1.1). The magic was compared before. */
export function readStreamHeader(bytes: Buffer): XzStreamFlags | XzObjection {
  const flags = Buffer.from(bytes.subarray(6, 8));
  if (bytes.readUInt32LE(8) !== crc32(flags)) return corrupt('the checksum of the stream header does not fit');
  const [reserved = 0, check = 0] = flags;
  if (reserved !== 0 || check > 0x0f) return unknown('the stream flags are of a later version of the format');
  if (!KNOWN_CHECKS.has(check)) return unknown(`its blocks carry check ${check}, which is not defined`);
  return { flags, checkBytes: CHECK_BYTES[check] ?? 0 };
}

/** Compares the 12 bytes of a stream footer (section 2.1.2) with what was seen before it. */
export function judgeStreamFooter(bytes: Buffer, flags: Buffer, indexBytes: number): XzObjection | undefined {
  if (bytes.toString('latin1', 10, 12) !== FOOTER_MAGIC) return corrupt('the stream footer lacks its magic bytes');
  if (bytes.readUInt32LE(0) !== crc32(bytes.subarray(4, 10))) {
    return corrupt('the checksum of the stream footer does not fit');
  }
  if (!bytes.subarray(8, 10).equals(flags)) return corrupt('the stream footer has other flags than the stream header');
  const backward = (bytes.readUInt32LE(4) + 1) * 4;
  return backward === indexBytes
    ? undefined
    : corrupt(`the stream footer says that the index has ${backward} bytes, it has ${indexBytes}`);
}

/** Twelve bytes that keep to the form of a stream footer, its checksum included. */
export function isStreamFooter(bytes: Buffer): boolean {
  const isWhole = bytes.length === XZ_STREAM_HEADER_BYTES && bytes.toString('latin1', 10, 12) === FOOTER_MAGIC;
  return isWhole && bytes.readUInt32LE(0) === crc32(bytes.subarray(4, 10));
}

/** What a block header says. Sizes are there only if the writer knew them. */
export interface XzBlockHeader {
  readonly compressedBytes: number | undefined;
  readonly uncompressedBytes: number | undefined;
  /** The dictionary that decoding needs in memory. */
  readonly windowBytes: number;
}

/** Reads a whole block header with its checksum (section 3.1). */
export function readBlockHeader(bytes: Buffer): XzBlockHeader | XzObjection {
  const end = bytes.length - 4;
  if (bytes.readUInt32LE(end) !== crc32(bytes.subarray(0, end))) {
    return corrupt('the checksum of a block header does not fit');
  }
  const flags = bytes[1] ?? 0;
  if ((flags & 0x3c) !== 0) return unknown('a block header has flags of a later version of the format');
  const reader = new VliReader(bytes.subarray(0, end), 2);
  const compressedBytes = (flags & 0x40) === 0 ? undefined : reader.next();
  const uncompressedBytes = (flags & 0x80) === 0 ? undefined : reader.next();
  const windowBytes = readFilters(reader, (flags & 0x03) + 1);
  if (reader.isBroken || compressedBytes === 0) return corrupt('a number in a block header is malformed');
  if (typeof windowBytes !== 'number') return windowBytes;
  if (!reader.isRestZero) return unknown('a block header has fields of a later version of the format');
  return { compressedBytes, uncompressedBytes, windowBytes };
}

/** The filters of a block (section 5): any of delta and the branch filters, LZMA2 behind them. */
function readFilters(reader: VliReader, count: number): number | XzObjection {
  for (let left = count; left > 0; left -= 1) {
    const id = reader.next();
    const properties = reader.bytes(reader.next());
    if (reader.isBroken) break;
    const isLast = left === 1;
    if (id === LZMA2_FILTER && isLast && properties.length === 1) return readWindow(properties[0] ?? 0);
    const isKnown =
      (id === DELTA_FILTER && properties.length === 1) ||
      (BRANCH_FILTERS.has(id) && (properties.length === 0 || properties.length === 4));
    if (!isKnown || isLast) return unknown(`a block uses filter 0x${id.toString(16)} in a way that is not defined`);
  }
  return corrupt('the filters of a block header are malformed');
}

/** The dictionary size of LZMA2 (section 5.3.1): 2^n or 2^n + 2^(n-1), up to 4 GiB - 1. */
function readWindow(property: number): number | XzObjection {
  if (property > 40) return unknown(`a block uses a dictionary of the undefined size ${property}`);
  return property === 40 ? 2 ** 32 - 1 : (2 | (property & 1)) * 2 ** (Math.floor(property / 2) + 11);
}

/** Longest form of a number: nine bytes of seven bits. */
const VLI_BYTES_MAX = 9;

/**
 * A number of variable length (section 1.2), byte by byte: undefined until its last byte. Above 2^53 it is not exact;
 * no size in a file is that large.
 */
export class Vli {
  #value = 0;
  #scale = 1;
  #bytes = 0;
  isBroken = false;

  take(byte: number): number | undefined {
    this.#bytes += 1;
    this.#value += (byte & 0x7f) * this.#scale;
    this.#scale *= 128;
    const isLast = byte < 0x80;
    // A zero at the end would say the same number in more bytes.
    if ((isLast && byte === 0 && this.#bytes > 1) || (!isLast && this.#bytes === VLI_BYTES_MAX)) this.isBroken = true;
    if (!isLast) return undefined;
    const value = this.#value;
    this.#value = 0;
    this.#scale = 1;
    this.#bytes = 0;
    return value;
  }
}

/** Numbers and bytes of one header, in order. Once broken, all that follows is 0 and empty. */
class VliReader {
  readonly #bytes: Buffer;
  readonly #vli = new Vli();
  #at: number;
  #isShort = false;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get isBroken(): boolean {
    return this.#isShort || this.#vli.isBroken;
  }

  get isRestZero(): boolean {
    return this.#bytes.subarray(this.#at).every((byte) => byte === 0);
  }

  next(): number {
    while (this.#at < this.#bytes.length && !this.isBroken) {
      const value = this.#vli.take(this.#bytes[this.#at] ?? 0);
      this.#at += 1;
      if (value !== undefined) return value;
    }
    this.#isShort = true;
    return 0;
  }

  bytes(length: number): Buffer {
    if (length > this.#bytes.length - this.#at) this.#isShort = true;
    const taken = this.#isShort ? Buffer.alloc(0) : this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += taken.length;
    return taken;
  }
}

/** Zeros that fill up to a multiple of four. */
export function paddingOf(bytes: number): number {
  return (4 - (bytes % 4)) % 4;
}

function corrupt(why: string): XzObjection {
  return { kind: 'corrupt', why };
}

function unknown(why: string): XzObjection {
  return { kind: 'unknown-format', why };
}
