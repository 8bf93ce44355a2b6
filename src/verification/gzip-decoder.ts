import { crc32 } from 'node:zlib';
import type { DecodedConsumer, DecodeOptions } from './decoder.ts';
import { readGzipHeader } from './gzip-header.ts';
import { PackedDecoder } from './packed-decoder.ts';
import { ZlibEngine } from './zlib-engine.ts';

const TRAILER_BYTES = 8;
/** Deflate notices damage late: what it decodes wrongly at first may look right. */
const LATE_BYTES = 65_536;

/**
 * Decodes gzip (RFC 1952), every member of it. Header checksum, CRC-32 and length of each member are compared here; bytes
 * behind the last member are a problem, zeros too.
 */
export class GzipDecoder extends PackedDecoder {
  readonly #engine = new ZlibEngine('deflate-raw');
  #state: 'header' | 'body' | 'trailer' = 'header';
  /** The bytes of a header or trailer that came in pieces. */
  #pending = Buffer.alloc(0);
  #members = 0;
  #memberStart = 0;
  #crc = 0;
  #memberBytes = 0;
  /** The last bytes given: where the trailer of a member that does not end would lie. */
  #tail = Buffer.alloc(0);

  constructor(consume: DecodedConsumer, options: DecodeOptions) {
    super(consume, options);
  }

  async end(): Promise<void> {
    if (this.problem !== undefined) return;
    if (this.#state === 'header' && this.#pending.length === 0 && this.#members > 0) return;
    if (this.#members > 0 && this.#state === 'header' && !isMagicStart(this.#pending)) this.#failBehindEnd();
    else if (this.#state === 'body' && this.#hasTrailer()) {
      const message = 'the gzip stream cannot be decoded: it does not end, although its trailer is there';
      this.fail('corrupt', this.#lateFrom(), this.position, message);
    } else this.fail('truncated', this.position, this.position, 'the gzip stream ends before its trailer');
  }

  close(): void {
    this.#engine.close();
  }

  protected *decodeSlice(slice: Buffer): Generator<Promise<void>, void> {
    let at = 0;
    this.#tail = Buffer.concat([this.#tail, slice.subarray(-TRAILER_BYTES)]).subarray(-TRAILER_BYTES);
    while (at < slice.length && this.problem === undefined) {
      if (this.#state === 'body') at = yield* this.#inflate(slice, at);
      else if (this.#state === 'header') at = this.#takeHeader(slice, at);
      else at = this.#takeTrailer(slice, at);
    }
  }

  /** All of these return where in the slice they stopped. */
  #takeHeader(slice: Buffer, at: number): number {
    const before = this.#pending.length;
    if (before === 0) this.#memberStart = this.position + at;
    const bytes = before === 0 ? slice.subarray(at) : Buffer.concat([this.#pending, slice.subarray(at)]);
    const header = readGzipHeader(bytes);
    if (header === 'more') {
      this.#pending = Buffer.from(bytes);
      return slice.length;
    }
    if ('problem' in header) {
      if (this.#members > 0 && !isMagicStart(bytes)) this.#failBehindEnd();
      else this.fail(header.kind, this.#memberStart, this.position + slice.length, header.problem);
      return slice.length;
    }
    this.#pending = EMPTY;
    this.#engine.reset();
    this.#crc = 0;
    this.#memberBytes = 0;
    this.#state = 'body';
    return at + header.bytes - before;
  }

  *#inflate(slice: Buffer, from: number): Generator<Promise<void>, number> {
    let at = from;
    for (;;) {
      const input = slice.subarray(at);
      const { output, consumed, hasMore } = this.#engine.decode(input);
      if (this.#engine.error !== undefined) {
        const message = `the gzip stream cannot be decoded: ${this.#engine.error.message}`;
        this.fail('corrupt', this.#lateFrom(), this.position + slice.length, message);
        return slice.length;
      }
      at += consumed;
      if (output.length > 0) {
        this.#crc = crc32(output, this.#crc);
        this.#memberBytes += output.length;
        const step = this.put(output);
        if (step !== undefined) yield step;
        if (this.problem !== undefined) return slice.length;
      }
      if (hasMore) continue;
      // Input that is left although there was room for output: the stream has ended before it.
      if (at < slice.length) this.#state = 'trailer';
      return at;
    }
  }

  #takeTrailer(slice: Buffer, at: number): number {
    const taken = Math.min(TRAILER_BYTES - this.#pending.length, slice.length - at);
    const bytes = Buffer.concat([this.#pending, slice.subarray(at, at + taken)]);
    if (bytes.length < TRAILER_BYTES) {
      this.#pending = bytes;
      return slice.length;
    }
    this.#pending = EMPTY;
    const end = this.position + at + taken;
    const wrong =
      bytes.readUInt32LE(0) !== this.#crc
        ? 'incorrect data check'
        : bytes.readUInt32LE(4) !== this.#memberBytes % 2 ** 32
          ? 'incorrect length check'
          : undefined;
    // A wrong CRC or length says only that damage lies somewhere in the member.
    if (wrong !== undefined) {
      this.fail('corrupt', this.#memberStart, end, `the gzip stream cannot be decoded: ${wrong}`, false);
    }
    this.#members += 1;
    this.#state = 'header';
    return at + taken;
  }

  #lateFrom(): number {
    return Math.max(this.#memberStart, this.position - LATE_BYTES);
  }

  /**
   * Whether the last bytes can be a trailer: the length in it is about what came out. A stream whose end mark is damaged
   * runs on through its trailer, and is not cut; by chance a cut one ends like this once in 30,000 times.
   */
  #hasTrailer(): boolean {
    if (this.#tail.length < TRAILER_BYTES) return false;
    const difference = (this.#memberBytes - this.#tail.readUInt32LE(4)) | 0;
    return Math.abs(difference) <= LATE_BYTES;
  }

  #failBehindEnd(): void {
    const { storedBytes } = this.options;
    this.fail('corrupt', this.#memberStart, storedBytes, 'bytes follow the end of the gzip stream');
  }
}

const EMPTY = Buffer.alloc(0);

function isMagicStart(bytes: Buffer): boolean {
  return bytes.length > 0 && bytes[0] === 0x1f && (bytes.length < 2 || bytes[1] === 0x8b);
}
