/** Zstandard data frame, little-endian (RFC 8878, 3.1.1). */
const DATA_MAGIC = 0xfd2fb528;
/** Skippable frames: the low four bits are free (RFC 8878, 3.1.2). */
const SKIPPABLE_MAGIC = 0x184d2a50;
/** The most that one block can hold, packed or not. */
export const ZSTD_BLOCK_BYTES_MAX = 131_072;
const CHECKSUM_BYTES = 4;

/** What lies in a piece of a zstd stream, in order. */
export type ZstdPart =
  /** A data frame starts; `header` is its complete header, to be given to a decoder first. */
  | {
      readonly type: 'frame';
      readonly start: number;
      readonly header: Buffer;
      readonly windowBytes: number;
      readonly dictionaryId: number;
      /** Bytes that come out of it, when its header says so. */
      readonly contentBytes?: number;
    }
  /** Bytes of the current data frame behind its header. */
  | { readonly type: 'data'; readonly bytes: Buffer }
  /** The current data frame is complete. */
  | { readonly type: 'end' };

/** Where and how the framing itself is broken. Offsets are in the stored file. */
export interface ZstdFrameProblem {
  readonly kind: 'truncated' | 'corrupt';
  readonly offset: number;
  readonly endOffset: number;
  readonly message: string;
}

type State = 'magic' | 'skip-size' | 'skip' | 'descriptor' | 'header' | 'block-header' | 'block' | 'checksum';

/**
 * Follows the framing of a zstd stream (RFC 8878) without decoding it: every frame, skippable ones too, block by block.
 *
 * `node:zlib` decodes the first frame only: it silently drops everything behind it and takes a skippable frame at the
 * start for the whole stream. So the frames are told apart here, and each is given to a decoder of its own.
 */
export class ZstdFrames {
  readonly #pending = Buffer.alloc(18);
  #pendingBytes = 0;
  #state: State = 'magic';
  #needed = 4;
  #position = 0;
  #frames = 0;
  #blockBytesMax = ZSTD_BLOCK_BYTES_MAX;
  #hasChecksum = false;
  #lastBlock = false;
  #problem: ZstdFrameProblem | undefined;

  /** What is wrong with the framing. Nothing is parsed after the first problem. */
  get problem(): ZstdFrameProblem | undefined {
    return this.#problem;
  }

  /** Where the current frame starts; between frames, where the last one ended. */
  frameStart = 0;
  /** Where the skippable frame before begins: no checksum covers its length, so that what follows it may be misplaced. */
  #skippedStart: number | undefined;

  /** Takes the next bytes and tells what they are. `data` parts are views of `bytes`, neighbouring ones are joined. */
  walk(bytes: Buffer): ZstdPart[] {
    const parts: ZstdPart[] = [];
    let at = 0;
    let dataFrom = -1;
    const flushData = (to: number) => {
      if (dataFrom >= 0 && to > dataFrom) parts.push({ type: 'data', bytes: bytes.subarray(dataFrom, to) });
      dataFrom = -1;
    };
    while (at < bytes.length && this.#problem === undefined) {
      const inBody = this.#state === 'block' || this.#state === 'block-header' || this.#state === 'checksum';
      if (inBody && dataFrom < 0) dataFrom = at;
      const taken = Math.min(this.#needed, bytes.length - at);
      if (this.#state !== 'block' && this.#state !== 'skip') {
        bytes.copy(this.#pending, this.#pendingBytes, at, at + taken);
        this.#pendingBytes += taken;
      }
      at += taken;
      this.#position += taken;
      this.#needed -= taken;
      if (this.#needed > 0) break;
      const part = this.#advance();
      if (part === undefined) continue;
      if (part.type === 'end') flushData(at);
      parts.push(part);
    }
    flushData(at);
    return parts;
  }

  /** Says that the stream ends here. Returns the problem, if there is one. */
  finish(): ZstdFrameProblem | undefined {
    if (this.#problem !== undefined || (this.#state === 'magic' && this.#pendingBytes === 0)) return this.#problem;
    const magicStart = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]).subarray(0, this.#pendingBytes);
    if (this.#state === 'magic' && !magicStart.equals(this.#pending.subarray(0, this.#pendingBytes))) {
      return this.#fail(
        'corrupt',
        this.frameStart,
        'bytes that belong to no frame stand at the end of the zstd stream',
      );
    }
    const from = this.#state === 'skip' ? this.#skippedStart : undefined;
    return this.#fail('truncated', from ?? this.#position, 'the zstd stream ends inside a frame');
  }

  /** The bytes that the state needed are there: act on them and go to the next state. */
  #advance(): ZstdPart | undefined {
    switch (this.#state) {
      case 'magic':
        return this.#onMagic();
      case 'skip-size':
        this.#skippedStart ??= this.frameStart;
        this.#expect('skip', this.#pending.readUInt32LE(4));
        if (this.#needed === 0) this.#endFrame();
        return undefined;
      case 'skip':
        this.#endFrame();
        return undefined;
      case 'descriptor':
        this.#state = 'header';
        this.#needed = headerBytes(this.#pending.readUInt8(4)) - 5;
        return this.#needed === 0 ? this.#onHeader() : undefined;
      case 'header':
        return this.#onHeader();
      case 'block-header':
        return this.#onBlockHeader();
      case 'block':
        return this.#onBlockEnd();
      case 'checksum':
        return this.#endData();
    }
  }

  #onMagic(): undefined {
    const magic = this.#pending.readUInt32LE(0);
    if (magic === DATA_MAGIC) {
      this.#state = 'descriptor';
      this.#needed = 1;
    } else if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) {
      this.#state = 'skip-size';
      this.#needed = 4;
    } else {
      const what =
        this.#frames === 0 ? 'this is not a zstd stream' : 'bytes that belong to no frame follow the zstd stream';
      this.#fail('corrupt', this.#skippedStart ?? this.frameStart, what);
    }
  }

  #onHeader(): ZstdPart {
    this.#skippedStart = undefined;
    const header = Buffer.from(this.#pending.subarray(0, this.#pendingBytes));
    const parsed = parseFrameHeader(header);
    this.#hasChecksum = parsed.hasChecksum;
    this.#blockBytesMax = Math.min(ZSTD_BLOCK_BYTES_MAX, Math.max(parsed.windowBytes, 1));
    this.#frames += 1;
    this.#expect('block-header', 3);
    const { windowBytes, dictionaryId, contentBytes } = parsed;
    const sized = contentBytes === undefined ? {} : { contentBytes };
    return { type: 'frame', start: this.frameStart, header, windowBytes, dictionaryId, ...sized };
  }

  #onBlockHeader(): ZstdPart | undefined {
    const header = this.#pending.readUIntLE(0, 3);
    const type = (header >> 1) & 3;
    const sizeBytes = header >> 3;
    this.#lastBlock = (header & 1) === 1;
    if (type === 3 || sizeBytes > this.#blockBytesMax) {
      this.#fail('corrupt', this.#position - 3, 'a zstd block header is impossible');
      return undefined;
    }
    this.#expect('block', type === 1 ? 1 : sizeBytes);
    return this.#needed === 0 ? this.#onBlockEnd() : undefined;
  }

  #onBlockEnd(): ZstdPart | undefined {
    if (!this.#lastBlock) this.#expect('block-header', 3);
    else if (this.#hasChecksum) this.#expect('checksum', CHECKSUM_BYTES);
    else return this.#endData();
    return undefined;
  }

  #endData(): ZstdPart {
    this.#endFrame();
    return { type: 'end' };
  }

  #endFrame(): void {
    this.frameStart = this.#position;
    this.#expect('magic', 4);
  }

  #expect(state: State, needed: number): void {
    this.#state = state;
    this.#needed = needed;
    this.#pendingBytes = 0;
  }

  #fail(kind: ZstdFrameProblem['kind'], offset: number, message: string): ZstdFrameProblem {
    this.#problem = { kind, offset, endOffset: Math.max(this.#position, offset), message };
    return this.#problem;
  }
}

/** Length of a frame header, magic included, from its descriptor byte (RFC 8878, 3.1.1.1). */
function headerBytes(descriptor: number): number {
  const singleSegment = (descriptor & 0x20) !== 0;
  const contentSizeFlag = descriptor >> 6;
  const contentSizeBytes = contentSizeFlag === 0 ? (singleSegment ? 1 : 0) : 1 << contentSizeFlag;
  return 5 + (singleSegment ? 0 : 1) + (DICTIONARY_ID_BYTES[descriptor & 3] ?? 0) + contentSizeBytes;
}

const DICTIONARY_ID_BYTES = [0, 1, 2, 4] as const;

function parseFrameHeader(header: Buffer) {
  const descriptor = header.readUInt8(4);
  const singleSegment = (descriptor & 0x20) !== 0;
  const dictionaryBytes = DICTIONARY_ID_BYTES[descriptor & 3] ?? 0;
  const dictionaryAt = singleSegment ? 5 : 6;
  const dictionaryId = dictionaryBytes === 0 ? 0 : header.readUIntLE(dictionaryAt, dictionaryBytes);
  const hasChecksum = (descriptor & 0x04) !== 0;
  const sizeField = header.subarray(dictionaryAt + dictionaryBytes);
  const contentBytes = sizeField.length === 0 ? undefined : readContentSize(sizeField);
  if (!singleSegment) {
    const window = header.readUInt8(5);
    const base = 2 ** (10 + (window >> 3));
    return { windowBytes: base + (base / 8) * (window & 7), dictionaryId, hasChecksum, contentBytes };
  }
  // A single segment has no window of its own: the whole content is the window.
  return { windowBytes: contentBytes ?? 0, dictionaryId, hasChecksum, contentBytes };
}

function readContentSize(field: Buffer): number {
  if (field.length === 1) return field.readUInt8(0);
  if (field.length === 2) return field.readUInt16LE(0) + 256;
  if (field.length === 4) return field.readUInt32LE(0);
  return Number(field.readBigUInt64LE(0));
}
