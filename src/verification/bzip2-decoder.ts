import { findBrokenBlock, findForeignBytes, isBzip2Start } from './bzip2-blocks.ts';
import type { DecodedConsumer, Decoder } from './decoder.ts';
import { type ChildDecodeOptions, DecodingChild } from './decoding-child.ts';
import { PackedDecoder } from './packed-decoder.ts';
import { sevenZip } from './seven-zip.ts';

/** Bytes that tell bzip2: its header, and the first block's magic or that of the end. */
const START_BYTES = 10;
/**
 * What is kept of the packed bytes to look for the damaged block in: more than the pipes (0.2 MiB), 7-Zip's own buffer and the
 * blocks that it works on (0.9 MiB each) can hold.
 */
const KEPT_BYTES = 6_291_456;

/** Words of 7-Zip. */
const ENDS_EARLY = 'Unexpected end of data';
const BYTES_BEHIND = 'There are some data after the end of the payload data';

/**
 * Decodes bzip2, every stream of a concatenation. 7-Zip, in a process of its own, decodes and compares the CRC of each block
 * and of each stream. The format has no sizes and no byte boundaries to walk by: only after a failure its blocks are looked for.
 */
export function createBzip2Decoder(consume: DecodedConsumer, options: ChildDecodeOptions): Decoder {
  return new Bzip2Decoder(consume, options);
}

class Bzip2Decoder extends PackedDecoder {
  readonly #options: ChildDecodeOptions;
  #child: DecodingChild | undefined;
  #start = Buffer.alloc(0);
  /** The last bytes that were given to the child, and where they begin. */
  readonly #kept: Buffer[] = [];
  #keptStart = 0;

  constructor(consume: DecodedConsumer, options: ChildDecodeOptions) {
    super(consume, options);
    this.#options = options;
  }

  async end(): Promise<void> {
    if (this.problem !== undefined) return;
    if (this.#start.length < START_BYTES) this.#failAtStart();
    else await this.#conclude('at-end');
  }

  close(): void {
    this.#child?.close();
  }

  protected *decodeSlice(slice: Buffer): Generator<Promise<void>, void> {
    let bytes = slice;
    if (this.#start.length < START_BYTES) {
      bytes = Buffer.concat([this.#start, slice]);
      this.#start = Buffer.from(bytes.subarray(0, START_BYTES));
      if (!isBzip2Start(this.#start)) this.#failAtStart();
      if (this.problem !== undefined || bytes.length < START_BYTES) return;
    }
    this.#keep(bytes);
    this.#child ??= new DecodingChild(sevenZip('bzip2'), (decoded) => this.put(decoded), this.#options.spawn);
    yield this.#child.write(bytes);
    if (this.problem === undefined && this.#child.end?.how === 'refused') yield this.#conclude('inside');
  }

  #keep(bytes: Buffer): void {
    this.#kept.push(Buffer.from(bytes));
    let kept = this.#kept.reduce((sum, piece) => sum + piece.length, 0);
    for (let first = this.#kept[0]; first !== undefined && kept - first.length >= KEPT_BYTES; first = this.#kept[0]) {
      this.#kept.shift();
      this.#keptStart += first.length;
      kept -= first.length;
    }
  }

  #failAtStart(): void {
    const end = this.position;
    if (isBzip2Start(this.#start)) this.fail('truncated', end, end, 'the bzip2 stream ends in its header');
    else this.fail('corrupt', 0, START_BYTES, 'it does not begin as a bzip2 stream does');
  }

  async #conclude(where: 'inside' | 'at-end'): Promise<void> {
    const end = await this.#child?.finish();
    if (this.problem !== undefined || end === undefined || end.how === 'decoded') return;
    const { storedBytes } = this.options;
    if (end.how === 'absent') {
      this.fail('unknown-format', 0, storedBytes, `the bzip2 stream was not decoded: ${end.message}`);
    } else if (end.message === ENDS_EARLY && where === 'at-end') {
      this.fail('truncated', this.position, this.position, 'the bzip2 stream ends before its end mark');
    } else await this.#failWhereRefused(end.message);
  }

  async #failWhereRefused(words: string): Promise<void> {
    const kept = Buffer.concat(this.#kept);
    const isBehindEnd = words === BYTES_BEHIND;
    const range = isBehindEnd ? findForeignBytes(kept) : await findBrokenBlock(kept, this.#options.spawn);
    const what = isBehindEnd
      ? 'bytes follow the end of the bzip2 stream'
      : `the bzip2 stream cannot be decoded: ${words}`;
    this.fail('corrupt', this.#keptStart + range.offset, this.#keptStart + range.endOffset, what, range.isLocated);
  }
}
