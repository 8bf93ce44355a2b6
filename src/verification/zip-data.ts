import { crc32 } from 'node:zlib';
import type { ContentSink } from './content-sink.ts';
import type { VerificationLimits } from './limits.ts';
import { METHOD } from './zip-records.ts';
import { ZlibEngine } from './zlib-engine.ts';

/** Why the data of an entry is not what it should be; `why` goes on from "its data ". */
export interface ZipDataProblem {
  readonly kind: 'corrupt' | 'hostile';
  readonly why: string;
  readonly expected?: string;
  readonly actual?: string;
}

/** What is known of the data before it is seen. */
export interface ZipDataClaim {
  readonly method: number;
  /** Unpacked bytes; Infinity when only the data itself tells. */
  readonly sizeBytes: number;
}

const PROBE = Buffer.alloc(1);
const NOTHING = Buffer.alloc(0);

/** Unpacks the data of one entry after the other, and bounds what all of them together may unpack to. */
export class ZipData {
  readonly #deflate = new ZlibEngine('deflate-raw');
  #zstd: ZlibEngine | undefined;
  readonly #windowLogMax: number;
  #unpackedLeft: number;
  #method = 0;
  #sizeMax = 0;
  #keepBytes = 0;
  crc = 0;
  /** Bytes unpacked of this entry. */
  unpackedBytes = 0;
  /** The packed stream has come to its own end. Always false for data that is merely stored. */
  isEnded = false;
  problem: ZipDataProblem | undefined;
  /** Takes what is unpacked of this entry. */
  sink: ContentSink | undefined;
  /** The first unpacked bytes, as many as were asked for. */
  kept: Buffer = NOTHING;

  constructor(limits: VerificationLimits, storedBytes: number) {
    this.#windowLogMax = Math.floor(Math.log2(limits.windowBytesMax));
    this.#unpackedLeft = Math.max(limits.expansionFreeBytes, limits.expansionRatioMax * storedBytes);
  }

  /** The archive has unpacked to more than it may, which was told: nothing more is unpacked. */
  get isExhausted(): boolean {
    return this.#unpackedLeft < 0;
  }

  /** Begins an entry. */
  begin(claim: ZipDataClaim, keepBytes: number, sink?: ContentSink): void {
    this.#method = claim.method;
    this.#sizeMax = claim.sizeBytes;
    this.#keepBytes = keepBytes;
    this.crc = 0;
    this.unpackedBytes = 0;
    this.isEnded = false;
    this.problem = undefined;
    this.kept = NOTHING;
    this.sink = sink;
    if (claim.method !== METHOD.stored) this.#engine().reset();
  }

  /**
   * Unpacks the bytes from `from` to `to`, and returns where it stopped: at `to`, unless the packed stream ended before it or
   * there is a problem. With `isLast` the data is known to end at `to`: the byte behind it may then be looked at to see
   * whether the packed stream wants more.
   */
  take(bytes: Buffer, from: number, to: number, isLast: boolean): number {
    if (this.problem !== undefined) return to;
    if (this.#method !== METHOD.stored) return this.#unpack(bytes, from, to, isLast && this.#method === METHOD.deflate);
    this.#put(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to));
    return to;
  }

  /** Says that no more data comes, and tells what is wrong with it. */
  finish(crc: number): ZipDataProblem | undefined {
    if (this.problem === undefined && this.#method === METHOD.deflate && !this.isEnded) this.#probe();
    if (this.problem !== undefined) return this.problem;
    if (Number.isFinite(this.#sizeMax) && this.unpackedBytes < this.#sizeMax) {
      const sizes = { expected: `${this.#sizeMax} bytes`, actual: `${this.unpackedBytes} bytes` };
      return { kind: 'corrupt', why: `unpacks to ${this.unpackedBytes} bytes instead of ${this.#sizeMax}`, ...sizes };
    }
    if (this.crc === crc) return undefined;
    return { kind: 'corrupt', why: 'does not have its CRC-32', expected: hexOf(crc), actual: hexOf(this.crc) };
  }

  close(): void {
    this.#deflate.close();
    this.#zstd?.close();
  }

  #engine(): ZlibEngine {
    if (this.#method === METHOD.deflate) return this.#deflate;
    this.#zstd ??= new ZlibEngine('zstd', { windowLogMax: this.#windowLogMax });
    return this.#zstd;
  }

  #unpack(bytes: Buffer, from: number, to: number, mayLook: boolean): number {
    if (this.isEnded) return from;
    const engine = this.#engine();
    const limit = mayLook ? Math.min(to + 1, bytes.length) : to;
    let at = from;
    for (;;) {
      const { output, consumed, hasMore } = engine.decode(bytes.subarray(at, limit));
      if (engine.error !== undefined) {
        this.problem = { kind: 'corrupt', why: `cannot be unpacked: ${engine.error.message}` };
        return to;
      }
      at += consumed;
      if (output.length > 0) this.#put(output);
      if (this.problem !== undefined) return to;
      if (hasMore) continue;
      // Input that is left although there was room for output: the stream has ended before it.
      if (at === limit) break;
      if (this.#method === METHOD.zstd && consumed > 0) engine.reset();
      else {
        this.isEnded = true;
        return at;
      }
    }
    if (at > to) this.#failUnended();
    return to;
  }

  /** The stream may have ended exactly where the data does: then it takes nothing more. */
  #probe(): void {
    const { output, consumed } = this.#deflate.decode(PROBE);
    if (consumed > 0 || output.length > 0 || this.#deflate.error !== undefined) this.#failUnended();
    else this.isEnded = true;
  }

  #failUnended(): void {
    this.problem = { kind: 'corrupt', why: 'does not come to its end within its packed size' };
  }

  #put(output: Buffer): void {
    this.crc = crc32(output, this.crc);
    this.unpackedBytes += output.length;
    this.#unpackedLeft -= output.length;
    if (this.kept.length < this.#keepBytes) {
      this.kept = Buffer.concat([this.kept, output.subarray(0, this.#keepBytes - this.kept.length)]);
    }
    if (this.unpackedBytes > this.#sizeMax) {
      const sizes = { expected: `${this.#sizeMax} bytes`, actual: `at least ${this.unpackedBytes} bytes` };
      this.problem = { kind: 'corrupt', why: `unpacks to more than its ${this.#sizeMax} bytes`, ...sizes };
    } else if (this.#unpackedLeft < 0) {
      this.problem = { kind: 'hostile', why: 'makes the archive unpack to more than is allowed: an expansion bomb' };
    } else this.sink?.data(output);
  }
}

function hexOf(crc: number): string {
  return crc.toString(16).padStart(8, '0');
}
