import { constants, createInflate, createInflateRaw, createZstdDecompress } from 'node:zlib';

/** What an engine decodes: deflate without a frame, deflate in a zlib frame, or one zstd frame. */
export type ZlibFormat = 'deflate-raw' | 'zlib' | 'zstd';

/** The part of Node's own binding that is used here. It is no public interface: `requireKnownShape` looks first. */
interface Handle {
  writeSync(
    flush: number,
    input: Uint8Array,
    inputAt: number,
    inputBytes: number,
    output: Uint8Array,
    outputAt: number,
    outputBytes: number,
  ): void;
  reset(): void;
  close(): void;
  onerror: (message: string, errno: number, code: string) => void;
}

/** What one call decoded. */
export interface Decoded {
  /** A view of the engine's own buffer: gone with the next call. */
  readonly output: Buffer;
  /** Input bytes that were taken. */
  readonly consumed: number;
  /** Not all output fitted: call again with the rest of the input, even if that is empty. */
  readonly hasMore: boolean;
}

/** Why decoding failed, in the words and with the code of zlib or zstd. */
export interface EngineError {
  readonly message: string;
  readonly code: string;
}

/** Bytes that come out of one call at most. Larger ones fall out of the processor's cache. */
const ENGINE_OUTPUT_BYTES = 262_144;

/**
 * Decodes synchronously into one buffer that is used again and again. The streams of `node:zlib` allocate a new buffer
 * for each piece and hand it from thread to thread, which made zstd take 2.5 to 3 times as long and gzip 1.7 times
 * (1.8 GB, Node 24.21). So this drives the binding behind them by itself.
 */
export class ZlibEngine {
  readonly #stream: ReturnType<typeof createInflateRaw>;
  readonly #handle: Handle;
  /** Output bytes left free, input bytes left over: written by each call. */
  readonly #state: Uint32Array;
  readonly #output: Buffer;
  error: EngineError | undefined;

  /** `windowLogMax` bounds the window of a zstd frame, as a power of two. */
  constructor(format: ZlibFormat, options: { readonly windowLogMax?: number; readonly outputBytes?: number } = {}) {
    this.#output = Buffer.allocUnsafeSlow(options.outputBytes ?? ENGINE_OUTPUT_BYTES);
    this.#stream = createStream(format, options.windowLogMax) as ReturnType<typeof createInflateRaw>;
    const { handle, state } = requireKnownShape(this.#stream);
    this.#handle = handle;
    this.#state = state;
    handle.onerror = (message, _errno, code) => {
      this.error ??= { message, code };
    };
  }

  /**
   * Decodes the next bytes as far as the output buffer goes. Nothing consumed and nothing put out from a non-empty input
   * means that the stream has ended before it. After an error nothing is decoded any more.
   */
  decode(input: Uint8Array): Decoded {
    if (this.error !== undefined) return { output: EMPTY, consumed: 0, hasMore: false };
    const { length } = this.#output;
    this.#handle.writeSync(constants.Z_NO_FLUSH, input, 0, input.length, this.#output, 0, length);
    if (this.error !== undefined) return { output: EMPTY, consumed: 0, hasMore: false };
    const free = this.#state[0] ?? 0;
    const left = this.#state[1] ?? 0;
    return { output: this.#output.subarray(0, length - free), consumed: input.length - left, hasMore: free === 0 };
  }

  /** Begins a new stream. */
  reset(): void {
    this.error = undefined;
    this.#handle.reset();
  }

  close(): void {
    this.#stream.destroy();
  }
}

const EMPTY = Buffer.alloc(0);

function createStream(format: ZlibFormat, windowLogMax: number | undefined) {
  if (format === 'deflate-raw') return createInflateRaw();
  if (format === 'zlib') return createInflate();
  const params = windowLogMax === undefined ? {} : { [constants.ZSTD_d_windowLogMax]: windowLogMax };
  return createZstdDecompress({ params });
}

/**
 * What a stream of `node:zlib` drives. State: output bytes left free, input bytes left over.
 * @throws Error when this Node's zlib is made otherwise: no decoding at all is better than a wrong one.
 */
export function requireKnownShape(stream: object): { handle: Handle; state: Uint32Array } {
  const { _handle: handle, _writeState: state } = stream as { _handle?: Partial<Handle>; _writeState?: unknown };
  const isKnown =
    typeof handle?.writeSync === 'function' && typeof handle.reset === 'function' && state instanceof Uint32Array;
  if (isKnown) return { handle: handle as Handle, state: state as Uint32Array };
  throw new Error(
    `Muster works with the zlib of Node 24 and does not know that of ${process.version}: run it with the Node that npm installs beside it.`,
  );
}
