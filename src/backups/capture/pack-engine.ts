import { constants } from 'node:zlib';
import { requireKnownShape } from '../../verification/zlib-engine.ts';
import { PACKERS, type Packing } from '../file-sink.ts';

/** What makes bytes fewer. */
export type Compression = Exclude<Packing, 'none'>;

/** Bytes that come out of one call at most: about what goes in with one. */
const OUTPUT_BYTES = 1_048_576;

const END = { gzip: constants.Z_FINISH, zstd: constants.ZSTD_e_end } as const;

/** Takes what was packed: a view of the engine's own buffer, gone when this returns. */
export type OnPacked = (packed: Buffer) => void;

/**
 * Packs synchronously, with the settings of {@link PACKERS}, into one buffer that is used again and again: for a thread that
 * has nothing else to do. The streams of `node:zlib` hand each piece from thread to thread and allocate a new buffer for it.
 */
export class PackEngine {
  readonly #stream: ReturnType<(typeof PACKERS)[Compression]>;
  readonly #driven: ReturnType<typeof requireKnownShape>;
  readonly #end: number;
  readonly #output = Buffer.allocUnsafeSlow(OUTPUT_BYTES);
  #error: Error | undefined;

  constructor(compression: Compression) {
    this.#stream = PACKERS[compression]();
    this.#driven = requireKnownShape(this.#stream);
    this.#end = END[compression];
    this.#driven.handle.onerror = (message, _errno, code) => {
      this.#error ??= Object.assign(new Error(message), { code });
    };
  }

  /** Packs the next bytes: often nothing comes out yet. @throws Error of zlib or zstd. */
  pack(bytes: Uint8Array, onPacked: OnPacked): void {
    this.#drive(0, bytes, onPacked);
  }

  /** Ends the stream. @throws as {@link pack}. */
  end(onPacked: OnPacked): void {
    this.#drive(this.#end, NOTHING, onPacked);
    this.#stream.destroy();
  }

  #drive(flush: number, input: Uint8Array, onPacked: OnPacked): void {
    const { handle, state } = this.#driven;
    const { length } = this.#output;
    let at = 0;
    let free = 0;
    while (free === 0) {
      handle.writeSync(flush, input, at, input.length - at, this.#output, 0, length);
      if (this.#error !== undefined) throw this.#error;
      free = state[0] ?? length;
      at = input.length - (state[1] ?? 0);
      if (free < length) onPacked(this.#output.subarray(0, length - free));
    }
  }
}

const NOTHING = Buffer.alloc(0);
