import type { VerificationLimits } from './limits.ts';
import type { PgCompression } from './pg-archive-head.ts';
import { ZlibEngine } from './zlib-engine.ts';
import { ZstdFrames } from './zstd-frames.ts';

/** Why a stream of data cannot be decoded. */
export interface PgStreamProblem {
  readonly kind: 'corrupt' | 'hostile' | 'unknown-format';
  readonly message: string;
  /** The damage lies before, anywhere in the stream: a checksum at its end told it. */
  readonly isAnywhere: boolean;
}

/** Decodes the streams of an archive, one after the other, with one engine. */
export interface PgStreamDecoder {
  begin(): void;
  /** Takes the next packed bytes. Returns the first problem. */
  write(bytes: Buffer): PgStreamProblem | undefined;
  /** Says that the stream must have ended with the last byte. */
  finish(): PgStreamProblem | undefined;
  close(): void;
}

/** What a decoder gives its bytes to; the buffer is gone when it returns. */
export type PgStreamConsumer = (decoded: Buffer) => void;

/** A decoder for the archive's kind of packing. What comes packed with lz4 is let through unseen. */
export function createPgStreamDecoder(
  compression: PgCompression,
  limits: Pick<VerificationLimits, 'windowBytesMax'>,
  consume: PgStreamConsumer,
): PgStreamDecoder {
  if (compression === 'gzip') return new ZlibStreams(consume);
  if (compression === 'zstd') return new ZstdStreams(limits.windowBytesMax, consume);
  return new PlainStreams(compression === 'none' ? consume : () => undefined);
}

class PlainStreams implements PgStreamDecoder {
  readonly #consume: PgStreamConsumer;

  constructor(consume: PgStreamConsumer) {
    this.#consume = consume;
  }

  begin(): void {}

  write(bytes: Buffer): undefined {
    this.#consume(bytes);
  }

  finish(): undefined {}

  close(): void {}
}

/** Data in a zlib frame (RFC 1950), whose Adler-32 zlib compares by itself. */
class ZlibStreams implements PgStreamDecoder {
  readonly #consume: PgStreamConsumer;
  readonly #engine = new ZlibEngine('zlib');

  constructor(consume: PgStreamConsumer) {
    this.#consume = consume;
  }

  begin(): void {
    this.#engine.reset();
  }

  write(bytes: Buffer): PgStreamProblem | undefined {
    for (let input = bytes, hasMore = true; input.length > 0 || hasMore; ) {
      const decoded = this.#engine.decode(input);
      const { error } = this.#engine;
      if (error !== undefined) {
        return corrupt(`its zlib stream cannot be decoded: ${error.message}`, error.message === 'incorrect data check');
      }
      if (decoded.output.length > 0) this.#consume(decoded.output);
      input = input.subarray(decoded.consumed);
      hasMore = decoded.hasMore;
      // Nothing taken and nothing given: the stream has ended before these bytes.
      if (input.length > 0 && !hasMore) return corrupt('bytes follow the end of its zlib stream');
    }
    return undefined;
  }

  finish(): PgStreamProblem | undefined {
    // zlib takes nothing behind the end of a stream, and would take this byte before it.
    const { consumed, output } = this.#engine.decode(ONE_BYTE);
    if (this.#engine.error === undefined && consumed === 0 && output.length === 0) return undefined;
    return corrupt('its zlib stream has no end');
  }

  close(): void {
    this.#engine.close();
  }
}

/** Data in zstd frames. pg_dump writes one for each stream, without a checksum. */
class ZstdStreams implements PgStreamDecoder {
  readonly #consume: PgStreamConsumer;
  readonly #windowBytesMax: number;
  readonly #engine: ZlibEngine;
  #frames = new ZstdFrames();
  #ended = 0;

  constructor(windowBytesMax: number, consume: PgStreamConsumer) {
    this.#consume = consume;
    this.#windowBytesMax = windowBytesMax;
    this.#engine = new ZlibEngine('zstd', { windowLogMax: Math.max(10, Math.ceil(Math.log2(windowBytesMax))) });
  }

  begin(): void {
    this.#engine.reset();
    this.#frames = new ZstdFrames();
    this.#ended = 0;
  }

  write(bytes: Buffer): PgStreamProblem | undefined {
    for (const part of this.#frames.walk(bytes)) {
      if (part.type === 'end') {
        this.#ended += 1;
        continue;
      }
      if (part.type === 'frame' && (part.windowBytes > this.#windowBytesMax || part.dictionaryId !== 0)) {
        const message = `its zstd frame needs a window of ${part.windowBytes} bytes, allowed are ${this.#windowBytesMax}`;
        return { kind: 'unknown-format', message, isAnywhere: false };
      }
      const problem = this.#decode(part.type === 'data' ? part.bytes : part.header);
      if (problem !== undefined) return problem;
    }
    return this.#broken();
  }

  finish(): PgStreamProblem | undefined {
    this.#frames.finish();
    return this.#broken() ?? (this.#ended > 0 ? undefined : corrupt('it has no zstd frame'));
  }

  close(): void {
    this.#engine.close();
  }

  #decode(bytes: Buffer): PgStreamProblem | undefined {
    for (let input = bytes, hasMore = true; input.length > 0 || hasMore; ) {
      const decoded = this.#engine.decode(input);
      const { error } = this.#engine;
      if (error !== undefined) {
        return corrupt(
          `its zstd stream cannot be decoded: ${error.message}`,
          error.code === 'ZSTD_error_checksum_wrong',
        );
      }
      if (decoded.output.length > 0) this.#consume(decoded.output);
      input = input.subarray(decoded.consumed);
      hasMore = decoded.hasMore;
    }
    return undefined;
  }

  #broken(): PgStreamProblem | undefined {
    const { problem } = this.#frames;
    // The stream's own end is known from the archive, so one that stops early is broken, not cut.
    return problem === undefined ? undefined : corrupt(problem.message);
  }
}

const ONE_BYTE = Buffer.from([0]);

function corrupt(message: string, isAnywhere = false): PgStreamProblem {
  return { kind: 'corrupt', message, isAnywhere };
}
