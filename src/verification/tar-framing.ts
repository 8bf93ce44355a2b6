import type { ByteRange } from './chunked-digest.ts';
import type { FindingKind } from './finding.ts';
import { BLOCK_BYTES, isZeroBlock } from './tar-header.ts';

/** What follows a header block. */
export interface AfterHeader {
  /** Bytes of data, without the padding to the next block. */
  readonly bodyBytes: number;
  /** Old GNU sparse: blocks of the sparse map come before the data. */
  readonly hasMapBlocks: boolean;
}

/** Who makes sense of the blocks. */
export interface FramingHandler {
  /** A header block at this offset of the stream; undefined when it is none, and the walk cannot go on. */
  header(block: Buffer, offset: number): AfterHeader | undefined;
  /** The next bytes of the data that belongs to the last header. */
  body(bytes: Buffer): void;
  /** All of that data was seen. */
  bodyEnd(): void;
  /** The framing itself is wrong in this range of the stream. */
  problem(
    kind: Extract<FindingKind, 'truncated' | 'corrupt' | 'suspect' | 'empty'>,
    range: ByteRange,
    message: string,
  ): void;
}

type State = 'header' | 'map' | 'body' | 'padding' | 'end' | 'after-end' | 'broken';

const ZEROS = Buffer.alloc(65_536);

/**
 * Cuts a tar stream into headers and data, and holds it to the rules of its frame: whole blocks, zeros as padding, two
 * zero blocks at the end, nothing but zeros behind them. Bounded memory: one block.
 */
export class TarFraming {
  readonly #handler: FramingHandler;
  readonly #block = Buffer.alloc(BLOCK_BYTES);
  #blockBytes = 0;
  #state: State = 'header';
  #position = 0;
  #remaining = 0;
  #bodyBytes = 0;

  constructor(handler: FramingHandler) {
    this.#handler = handler;
  }

  /** Bytes taken. */
  get position(): number {
    return this.#position;
  }

  /** Both zero blocks were seen, and nothing but whole zero blocks since. */
  get isEnded(): boolean {
    return this.#state === 'after-end' && this.#position % BLOCK_BYTES === 0;
  }

  /** Takes the next bytes. The buffer is free again when this returns. */
  write(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#state === 'broken') this.#skip(bytes.length - at);
      else if (this.#state === 'body') this.#takeBody(bytes, at);
      else if (this.#state === 'padding') this.#takeZeros(bytes.subarray(at, at + this.#remaining));
      else if (this.#state === 'after-end') this.#takeZeros(bytes.subarray(at, at + ZEROS.length));
      else this.#takeBlock(bytes, at);
      at += this.#taken;
    }
  }

  /** Says that the stream ends here. Whether the end blocks may be missing is told by the caller. */
  end(endBlocks: 'required' | 'optional'): void {
    const at = this.#position;
    const here = { offset: at, endOffset: at };
    if (this.#state === 'broken') return;
    if (at === 0) this.#handler.problem('empty', here, 'the archive is empty');
    else if (this.#state === 'body' || this.#state === 'padding' || this.#state === 'map') {
      this.#handler.problem('truncated', here, 'the archive ends inside an entry');
    } else if (this.#blockBytes > 0 || at % BLOCK_BYTES !== 0) {
      this.#handler.problem('truncated', here, 'the archive ends inside a block');
    } else if (this.#state !== 'after-end' && endBlocks === 'required') {
      this.#handler.problem('truncated', here, 'the archive ends without its two zero blocks: more may have followed');
    }
  }

  /** Bytes that the last step took. */
  #taken = 0;

  #skip(count: number): void {
    this.#taken = count;
    this.#position += count;
  }

  #takeBody(bytes: Buffer, at: number): void {
    const piece = bytes.subarray(at, at + this.#remaining);
    this.#skip(piece.length);
    this.#remaining -= piece.length;
    this.#handler.body(piece);
    if (this.#remaining === 0) this.#leaveBody();
  }

  #leaveBody(): void {
    this.#remaining = (BLOCK_BYTES - (this.#bodyBytes % BLOCK_BYTES)) % BLOCK_BYTES;
    this.#state = this.#remaining === 0 ? 'header' : 'padding';
    this.#handler.bodyEnd();
  }

  #takeZeros(piece: Buffer): void {
    const offset = this.#position;
    this.#skip(piece.length);
    const isZero = piece.equals(ZEROS.subarray(0, piece.length));
    if (this.#state === 'after-end') {
      if (isZero) return;
      this.#handler.problem('corrupt', nonZeroRange(piece, offset), 'data follows the end of the archive');
      this.#state = 'broken';
      return;
    }
    if (!isZero)
      this.#handler.problem('suspect', nonZeroRange(piece, offset), 'data is hidden in the padding behind an entry');
    this.#remaining -= piece.length;
    if (this.#remaining === 0) this.#state = 'header';
  }

  #takeBlock(bytes: Buffer, at: number): void {
    const count = Math.min(BLOCK_BYTES - this.#blockBytes, bytes.length - at);
    const isWhole = count === BLOCK_BYTES;
    if (!isWhole) bytes.copy(this.#block, this.#blockBytes, at, at + count);
    this.#skip(count);
    this.#blockBytes += count;
    if (this.#blockBytes < BLOCK_BYTES) return;
    this.#blockBytes = 0;
    this.#onBlock(isWhole ? bytes.subarray(at, at + BLOCK_BYTES) : this.#block, this.#position - BLOCK_BYTES);
  }

  #onBlock(block: Buffer, offset: number): void {
    if (this.#state === 'map') {
      if (block[504] === 0) this.#enterBody();
    } else if (isZeroBlock(block)) {
      this.#state = this.#state === 'end' ? 'after-end' : 'end';
    } else if (this.#state === 'end') {
      // Either of the two blocks may be the damaged one.
      const range = { offset: offset - BLOCK_BYTES, endOffset: offset + BLOCK_BYTES };
      this.#handler.problem('corrupt', range, 'a zeroed block stands in the middle of the archive');
      this.#state = 'broken';
    } else {
      this.#onHeader(block, offset);
    }
  }

  #onHeader(block: Buffer, offset: number): void {
    const after = this.#handler.header(block, offset);
    if (after === undefined) {
      this.#state = 'broken';
      return;
    }
    this.#bodyBytes = after.bodyBytes;
    if (after.hasMapBlocks) this.#state = 'map';
    else this.#enterBody();
  }

  #enterBody(): void {
    this.#state = 'body';
    this.#remaining = this.#bodyBytes;
    if (this.#remaining === 0) this.#leaveBody();
  }
}

/** From the first to the last byte that is not zero; the piece lies at `offset` of the stream. */
function nonZeroRange(piece: Buffer, offset: number): ByteRange {
  const first = piece.findIndex((byte) => byte !== 0);
  const last = piece.findLastIndex((byte) => byte !== 0);
  return { offset: offset + first, endOffset: offset + last + 1 };
}
