import { DecodingChild, type SpawnProgram } from './decoding-child.ts';
import { sevenZip } from './seven-zip.ts';

/** A range of the bytes that were looked through. */
export interface BrokenRange {
  readonly offset: number;
  readonly endOffset: number;
  /** Exactly this block or tail; otherwise the damage lies somewhere in the range. */
  readonly isLocated: boolean;
}

/** Where a block or the end of a stream begins. They begin at any bit. */
interface Mark {
  readonly bit: number;
  readonly isEnd: boolean;
}

const BLOCK_MAGIC = 0x314159265359n;
const END_MAGIC = 0x177245385090n;
const MAGIC_BITS = 48;
const CRC_BITS = 32;
/** How much may be decoded again for each look. A block decodes to at most its level times 100 kB. */
const REPEATED_BYTES_MAX = 100_000_000;
const LEVEL_BYTES = 100_000;
const LEVEL_MAX = 9;

/** The header `BZh1` to `BZh9`, behind it a block or the end; or the first bytes of that. */
export function isBzip2Start(bytes: Buffer): boolean {
  const level = bytes[3] ?? 0x31;
  if (!'BZh'.startsWith(bytes.toString('latin1', 0, 3)) || level < 0x31 || level > 0x39) return false;
  const magic = bytes.subarray(4, 10);
  return [BLOCK_MAGIC, END_MAGIC].some((known) => bytesOf(known, 6).subarray(0, magic.length).equals(magic));
}

/** Where bytes stand that do not belong to any stream; the rest of what was given if it cannot be told. */
export function findForeignBytes(kept: Buffer): BrokenRange {
  for (const { bit, isEnd } of findMarks(kept)) {
    const end = Math.ceil((bit + MAGIC_BITS + CRC_BITS) / 8);
    if (isEnd && !isBzip2Start(kept.subarray(end, end + 10)))
      return { offset: end, endOffset: kept.length, isLocated: true };
  }
  return { offset: 0, endOffset: kept.length, isLocated: false };
}

/**
 * Finds the first block that cannot be decoded, in bytes that begin anywhere in a stream: blocks from the first one on are
 * packed into a stream of their own and decoded again, halving the range each time.
 */
export async function findBrokenBlock(kept: Buffer, spawn: SpawnProgram | undefined): Promise<BrokenRange> {
  const marks = findMarks(kept);
  const blocks = marks.flatMap(({ bit, isEnd }, index) => {
    const next = marks[index + 1];
    return isEnd || next === undefined ? [] : [{ bit, endBit: next.bit }];
  });
  const level = isBzip2Start(kept.subarray(0, 10)) ? Number(String.fromCharCode(kept[3] ?? 0)) : LEVEL_MAX;
  if (blocks.length * level * LEVEL_BYTES > REPEATED_BYTES_MAX)
    return { offset: 0, endOffset: kept.length, isLocated: false };
  let good = 0;
  let bad = blocks.length + 1;
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (await decodes(streamOf(kept, blocks.slice(0, middle)), spawn)) good = middle;
    else bad = middle;
  }
  const broken = blocks[good];
  if (broken !== undefined) return rangeOf(broken.bit, broken.endBit);
  // All whole blocks are good: it is what stands behind the last one of them.
  return { offset: Math.floor((blocks.at(-1)?.endBit ?? 0) / 8), endOffset: kept.length, isLocated: blocks.length > 0 };
}

function rangeOf(bit: number, endBit: number): BrokenRange {
  return { offset: Math.floor(bit / 8), endOffset: Math.ceil(endBit / 8), isLocated: true };
}

async function decodes(stream: Buffer, spawn: SpawnProgram | undefined): Promise<boolean> {
  const child = new DecodingChild(sevenZip('bzip2'), () => undefined, spawn);
  await child.write(stream);
  return (await child.finish()).how === 'decoded';
}

/** All marks, in order. */
function findMarks(bytes: Buffer): Mark[] {
  const marks: Mark[] = [];
  for (const magic of [BLOCK_MAGIC, END_MAGIC]) {
    for (let shift = 0; shift < 8; shift += 1) {
      // Five whole bytes are the same wherever the magic stands with this shift; the bits beside them are compared after.
      const middle = bytesOf((magic >> BigInt(shift)) & 0xffffffffffn, 5);
      for (let at = bytes.indexOf(middle); at !== -1; at = bytes.indexOf(middle, at + 1)) {
        const bit = (at + 5) * 8 + shift - MAGIC_BITS;
        if (bitsAt(bytes, bit, MAGIC_BITS) === magic) marks.push({ bit, isEnd: magic === END_MAGIC });
      }
    }
  }
  return marks.sort((left, right) => left.bit - right.bit);
}

/** A stream of these blocks: header, blocks, end mark and the CRC over all of their CRCs. */
function streamOf(bytes: Buffer, blocks: readonly { readonly bit: number; readonly endBit: number }[]): Buffer {
  const writer = new BitWriter(bytes.length + 64);
  writer.copy(Buffer.from('BZh9'), 0, 32);
  let combined = 0;
  for (const { bit, endBit } of blocks) {
    writer.copy(bytes, bit, endBit);
    const crc = Number(bitsAt(bytes, bit + MAGIC_BITS, CRC_BITS) ?? 0n);
    combined = ((combined << 1) | (combined >>> 31)) ^ crc;
  }
  writer.copy(bytesOf(END_MAGIC, 6), 0, MAGIC_BITS);
  writer.copy(bytesOf(BigInt(combined >>> 0), 4), 0, CRC_BITS);
  return writer.bytes();
}

class BitWriter {
  readonly #bytes: Buffer;
  #bits = 0;

  constructor(size: number) {
    this.#bytes = Buffer.alloc(size);
  }

  /** Adds the bits of a range, eight at a time. */
  copy(source: Buffer, bit: number, endBit: number): void {
    for (let at = bit; at < endBit; at += 8) {
      const index = at >> 3;
      const pair = ((source[index] ?? 0) << 8) | (source[index + 1] ?? 0);
      const count = Math.min(8, endBit - at);
      const value = ((pair >> (8 - (at & 7))) & 0xff) >> (8 - count);
      this.#add(value, count);
    }
  }

  #add(value: number, count: number): void {
    const index = this.#bits >> 3;
    const pair = value << (16 - count - (this.#bits & 7));
    this.#bytes[index] = (this.#bytes[index] ?? 0) | (pair >> 8);
    this.#bytes[index + 1] = pair & 0xff;
    this.#bits += count;
  }

  bytes(): Buffer {
    return this.#bytes.subarray(0, Math.ceil(this.#bits / 8));
  }
}

/** Bits from any place; undefined outside of the bytes. */
function bitsAt(bytes: Buffer, bit: number, count: number): bigint | undefined {
  const end = Math.ceil((bit + count) / 8);
  if (bit < 0 || end > bytes.length) return undefined;
  const value = BigInt(`0x${bytes.toString('hex', Math.floor(bit / 8), end)}`);
  return (value >> BigInt(end * 8 - bit - count)) & ((1n << BigInt(count)) - 1n);
}

function bytesOf(value: bigint, length: number): Buffer {
  return Buffer.from(value.toString(16).padStart(length * 2, '0'), 'hex');
}
