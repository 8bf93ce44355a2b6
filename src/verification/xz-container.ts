import type { DecodeProblem } from './decoder.ts';
import { StoredRanges } from './stored-ranges.ts';
import { XzBlock } from './xz-block.ts';
import {
  isStreamFooter,
  judgeStreamFooter,
  readBlockHeader,
  readStreamHeader,
  XZ_MAGIC,
  XZ_STREAM_HEADER_BYTES,
  type XzObjection,
  type XzStreamFlags,
} from './xz-fields.ts';
import { XzIndex, XzRecords } from './xz-index.ts';

/** What is wrong with the container. */
export interface XzProblem extends Omit<DecodeProblem, 'decodedOffset' | 'isLocated'> {
  /** Everything before this offset keeps to the format: a decoder may be given it. */
  readonly soundBytes: number;
}

/** What comes next. */
type Field =
  | 'stream-header'
  | 'block-start'
  | 'block-header'
  | 'chunk-start'
  | 'chunk-header'
  | 'block-end'
  | 'index-number'
  | 'index-end'
  | 'stream-footer'
  | 'stream-padding';

/** The longest field is a block header. */
const FIELD_BYTES_MAX = 1024;

/**
 * Walks the container of .xz files without decoding what is in it (the .xz file format 1.2.1; LZMA2 as liblzma reads it):
 * headers, footers, index and padding of every stream, blocks and the chunks in them. It is stricter than a decoder has to
 * be, and it knows where in the file each decoded byte comes from.
 */
export class XzContainer {
  problem: XzProblem | undefined;
  /** The chunks of LZMA2, and the blocks. */
  readonly chunks = new StoredRanges();
  readonly blocks = new StoredRanges();
  /** The chunks whose bytes are stored as they are: nothing but the check of the block sees damage in them. */
  readonly storedChunks = new StoredRanges();
  /** The largest dictionary that a block asked for. */
  windowBytes = 0;
  /** Bytes that all chunks seen so far decode to. */
  decodedBytes = 0;
  readonly #windowBytesMax: number;
  /** Bytes taken. */
  #position = 0;
  /** Bytes of a chunk that nobody looks at here. */
  #skip = 0;
  #field: Field = 'stream-header';
  #fieldStart = 0;
  readonly #bytes = Buffer.alloc(FIELD_BYTES_MAX);
  #have = 0;
  #need = XZ_STREAM_HEADER_BYTES;
  /** The last bytes that were taken, as many as a footer has. */
  #tail: Buffer = Buffer.alloc(0);
  #streams = 0;
  #stream: XzStreamFlags = { flags: Buffer.alloc(2), checkBytes: 0 };
  #block: XzBlock | undefined;
  #lastChunkStart = 0;
  #records = new XzRecords();
  #index: XzIndex | undefined;

  constructor(windowBytesMax: number) {
    this.#windowBytesMax = windowBytesMax;
  }

  /** Takes the next bytes of the file. */
  walk(slice: Buffer): void {
    const start = this.#position;
    for (let at = 0; at < slice.length && this.problem === undefined; ) {
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, slice.length - at);
        this.#skip -= skipped;
        at += skipped;
      } else {
        if (this.#have === 0) {
          if (this.#field === 'stream-padding') at += zerosAt(slice, at);
          this.#fieldStart = start + at;
        }
        const taken = slice.copy(this.#bytes, this.#have, at, at + this.#need - this.#have);
        this.#have += taken;
        at += taken;
        this.#position = start + at;
        if (this.#have === this.#need) this.#object(this.#takeField(this.#bytes.subarray(0, this.#have)));
      }
    }
    if (this.problem === undefined) this.#position = start + slice.length;
    this.#tail = lastBytes(this.#tail, slice);
  }

  /** Says that the file ends here. */
  finish(): void {
    if (this.problem !== undefined) return;
    if (this.#field === 'stream-padding' || this.#field === 'stream-header') {
      const pending = this.#bytes.subarray(0, this.#have);
      if (pending.length === 0 && this.#streams > 0) return;
      const magic = XZ_MAGIC.subarray(0, pending.length);
      if (!pending.subarray(0, magic.length).equals(magic)) {
        this.#object(this.#foreignBytes(pending));
        return;
      }
    }
    if (isStreamFooter(this.#tail)) {
      // The end is there: something before it was taken for what it is not.
      this.#object(corrupt('the xz stream has its footer where none may be'));
      return;
    }
    const at = this.#position;
    this.problem = { kind: 'truncated', offset: at, endOffset: at, soundBytes: at, message: ENDS_EARLY };
  }

  /** Reads a field that is there in full, says what is wrong with it, and sets what comes next. */
  #takeField(bytes: Buffer): XzObjection | undefined {
    switch (this.#field) {
      case 'stream-padding':
        return this.#takePadding(bytes);
      case 'stream-header':
        return this.#takeStreamHeader(bytes);
      case 'block-start':
        return bytes[0] === 0 ? this.#openIndex() : this.#more('block-header', ((bytes[0] ?? 0) + 1) * 4);
      case 'block-header':
        return this.#takeBlockHeader(bytes);
      case 'index-number':
        return this.#takeIndexByte(bytes[0] ?? 0);
      case 'index-end':
        return corrupt(this.#index?.end(bytes)) ?? this.#next('stream-footer', XZ_STREAM_HEADER_BYTES);
      case 'stream-footer':
        return this.#takeFooter(bytes);
      default:
        return this.#block === undefined ? undefined : this.#takeBlockField(this.#block, bytes);
    }
  }

  #takeBlockField(block: XzBlock, bytes: Buffer): XzObjection | undefined {
    switch (this.#field) {
      case 'chunk-start':
        return this.#takeChunkStart(block, bytes[0] ?? 0);
      case 'chunk-header':
        return this.#takeChunkHeader(block, bytes);
      default:
        return this.#takeBlockEnd(block, bytes);
    }
  }

  /** A new field. */
  #next(field: Field, need: number): undefined {
    this.#field = field;
    this.#have = 0;
    this.#need = need;
  }

  /** More bytes of the field that is there. */
  #more(field: Field, need: number): undefined {
    this.#field = field;
    this.#need = need;
  }

  #takePadding(bytes: Buffer): XzObjection | undefined {
    if (bytes.readUInt32LE(0) === 0) return this.#next('stream-padding', PADDING_STEP_BYTES);
    if (!bytes.equals(XZ_MAGIC.subarray(0, bytes.length))) return this.#foreignBytes(bytes);
    return this.#more('stream-header', XZ_STREAM_HEADER_BYTES);
  }

  #foreignBytes(bytes: Buffer): XzObjection | undefined {
    if (this.#streams === 0) return corrupt('it does not begin as an xz stream does');
    const isZeros = bytes.every((byte) => byte === 0);
    return corrupt(
      isZeros ? 'the zeros behind the xz stream are no multiple of four' : 'bytes follow the end of the xz stream',
    );
  }

  #takeStreamHeader(bytes: Buffer): XzObjection | undefined {
    if (!bytes.subarray(0, XZ_MAGIC.length).equals(XZ_MAGIC)) return this.#foreignBytes(bytes);
    const stream = readStreamHeader(bytes);
    if ('why' in stream) return stream;
    this.#stream = stream;
    this.#records = new XzRecords();
    return this.#next('block-start', 1);
  }

  #takeBlockHeader(bytes: Buffer): XzObjection | undefined {
    const header = readBlockHeader(bytes);
    if ('why' in header) return header;
    if (header.windowBytes > this.#windowBytesMax) {
      const why = `a block needs a dictionary of ${header.windowBytes} bytes, allowed are ${this.#windowBytesMax}`;
      return { kind: 'unknown-format', why };
    }
    this.windowBytes = Math.max(this.windowBytes, header.windowBytes);
    const { checkBytes } = this.#stream;
    this.#block = new XzBlock(header, { offset: this.#fieldStart, headerBytes: bytes.length, checkBytes });
    this.#lastChunkStart = this.#position;
    return this.#next('chunk-start', 1);
  }

  #takeChunkStart(block: XzBlock, control: number): XzObjection | undefined {
    if (control !== 0) {
      const headerBytes = block.chunkHeaderBytes(control);
      if (headerBytes !== undefined) return this.#more('chunk-header', headerBytes);
      return corrupt('a chunk of LZMA2 begins with a byte that is not allowed there');
    }
    const wrong = corrupt(block.takeEnd());
    if (wrong !== undefined) return wrong;
    const need = block.paddingBytes + this.#stream.checkBytes;
    return need > 0 ? this.#next('block-end', need) : this.#takeBlockEnd(block, this.#bytes.subarray(0, 0));
  }

  #takeChunkHeader(block: XzBlock, bytes: Buffer): XzObjection | undefined {
    const chunk = block.takeChunk(bytes);
    if (typeof chunk === 'string') return corrupt(chunk);
    this.#lastChunkStart = this.#fieldStart;
    this.#skip = chunk.packedBytes;
    this.decodedBytes += chunk.unpackedBytes;
    const endOffset = this.#position + chunk.packedBytes;
    const range = { offset: this.#fieldStart, endOffset, decodedEnd: this.decodedBytes };
    this.chunks.add(range);
    if (chunk.isStored) this.storedChunks.add(range);
    return this.#next('chunk-start', 1);
  }

  /** What the check says is for the decoder to compare. */
  #takeBlockEnd(block: XzBlock, bytes: Buffer): XzObjection | undefined {
    const padding = bytes.subarray(0, block.paddingBytes);
    if (padding.some((byte) => byte !== 0)) return corrupt('the padding of a block is not zero');
    this.#records.add(block.unpaddedBytes, block.unpackedBytes);
    this.blocks.add({ offset: block.offset, endOffset: this.#position, decodedEnd: this.decodedBytes });
    this.#block = undefined;
    return this.#next('block-start', 1);
  }

  #openIndex(): undefined {
    this.#index = new XzIndex(this.#fieldStart, this.#records);
    return this.#next('index-number', 1);
  }

  #takeIndexByte(byte: number): XzObjection | undefined {
    const wrong = corrupt(this.#index?.take(byte));
    if (wrong !== undefined) return wrong;
    const endBytes = this.#index?.endBytes;
    return endBytes === undefined ? this.#next('index-number', 1) : this.#next('index-end', endBytes);
  }

  #takeFooter(bytes: Buffer): XzObjection | undefined {
    const objection = judgeStreamFooter(bytes, this.#stream.flags, this.#index?.bytes ?? 0);
    if (objection !== undefined) return objection;
    this.#streams += 1;
    this.#index = undefined;
    return this.#next('stream-padding', PADDING_STEP_BYTES);
  }

  #object(objection: XzObjection | undefined): void {
    if (objection === undefined) return;
    const { kind, why: message } = objection;
    const isIndex = this.#field.startsWith('index');
    const soundBytes = isIndex ? (this.#index?.offset ?? this.#fieldStart) : this.#fieldStart;
    // LZMA2 has no checksum of its own: what is wrong in a chunk may have begun in the chunk before.
    const isInChunks = this.#block !== undefined;
    const offset = isInChunks ? this.#lastChunkStart : soundBytes;
    this.problem = { kind, offset, endOffset: this.#position, soundBytes, message };
  }
}

const PADDING_STEP_BYTES = 4;
const ENDS_EARLY = 'the xz stream ends before its footer';

function corrupt(why: string | undefined): XzObjection | undefined {
  return why === undefined ? undefined : { kind: 'corrupt', why };
}

function lastBytes(before: Buffer, slice: Buffer): Buffer {
  const all = slice.length < XZ_STREAM_HEADER_BYTES ? Buffer.concat([before, slice]) : slice;
  return Buffer.from(all.subarray(-XZ_STREAM_HEADER_BYTES));
}

const ZEROS = Buffer.alloc(4096);

/** Zeros at this place of the slice, in whole steps of 4096. */
function zerosAt(slice: Buffer, at: number): number {
  let end = at;
  while (end + ZEROS.length <= slice.length && ZEROS.equals(slice.subarray(end, end + ZEROS.length)))
    end += ZEROS.length;
  return end - at;
}
