import type { DecodedConsumer, Decoder } from './decoder.ts';
import { type ChildDecodeOptions, type ChildEnd, DecodingChild, type SpawnProgram } from './decoding-child.ts';
import { PackedDecoder } from './packed-decoder.ts';
import { sevenZip } from './seven-zip.ts';
import { XzContainer } from './xz-container.ts';

/** Words of 7-Zip. */
const CHECK_WRONG = 'CRC Failed';
const UNSUPPORTED = 'Unsupported Method';

/**
 * Decodes xz, every block and stream of it. 7-Zip, in a process of its own, decodes and compares the checks of the blocks; the
 * container is walked here beside it, and says where in the file the decoder was when it gave up.
 */
export function createXzDecoder(consume: DecodedConsumer, options: ChildDecodeOptions): Decoder {
  return new XzDecoder(consume, options);
}

class XzDecoder extends PackedDecoder {
  readonly #container: XzContainer;
  readonly #spawn: SpawnProgram | undefined;
  #child: DecodingChild | undefined;

  constructor(consume: DecodedConsumer, options: ChildDecodeOptions) {
    super(consume, options);
    this.#container = new XzContainer(options.limits.windowBytesMax);
    this.#spawn = options.spawn;
  }

  async end(): Promise<void> {
    if (this.problem !== undefined) return;
    this.#container.finish();
    await this.#conclude();
  }

  close(): void {
    this.#child?.close();
  }

  protected *decodeSlice(slice: Buffer): Generator<Promise<void>, void> {
    this.#container.walk(slice);
    const { problem } = this.#container;
    const sound = problem === undefined ? slice : slice.subarray(0, Math.max(0, problem.soundBytes - this.position));
    if (sound.length > 0) {
      this.#child ??= new DecodingChild(sevenZip('xz'), (decoded) => this.#putDecoded(decoded), this.#spawn);
      yield this.#child.write(sound);
    }
    const refused = this.#child?.end?.how === 'refused';
    if (this.problem === undefined && (problem !== undefined || refused)) yield this.#conclude();
  }

  #putDecoded(decoded: Buffer) {
    const step = this.put(decoded);
    this.#container.chunks.forget(this.decodedBytes);
    this.#container.blocks.forget(this.decodedBytes);
    this.#container.storedChunks.forget(this.decodedBytes - this.#container.windowBytes);
    return step;
  }

  /** Waits for the child's last word and says what is wrong, if anything is. */
  async #conclude(): Promise<void> {
    const end = await this.#child?.finish();
    if (this.problem !== undefined) return;
    const { problem } = this.#container;
    if (end?.how === 'refused' && this.#isBeforeProblem(end.message)) this.#failWhereRefused(end.message);
    else if (problem !== undefined) {
      this.fail(problem.kind, problem.offset, problem.endOffset, problem.message);
    } else if (end?.how !== 'decoded') this.#failUndecoded(end);
  }

  /**
   * What the child says counts if it stopped before the place where the container breaks. Behind that it has to stop: it is
   * not given more.
   */
  #isBeforeProblem(message: string): boolean {
    const { problem, decodedBytes } = this.#container;
    if (problem === undefined) return true;
    if (problem.kind === 'unknown-format' || message === UNSUPPORTED) return false;
    return message === CHECK_WRONG || (message === 'Data Error' && this.decodedBytes <= decodedBytes);
  }

  #failWhereRefused(message: string): void {
    const { chunks, blocks, problem } = this.#container;
    const why = `the xz stream cannot be decoded: ${message}`;
    if (message === UNSUPPORTED) {
      this.fail('unknown-format', 0, this.options.storedBytes, why);
      return;
    }
    const isCheck = message === CHECK_WRONG;
    const block = isCheck ? blocks.firstFrom(this.decodedBytes) : undefined;
    const range = block ?? chunks.at(this.decodedBytes) ?? { offset: 0, endOffset: this.position };
    const offset = Math.min(range.offset, this.#offsetOfHiddenDamage());
    // A wrong check says only that damage lies somewhere in the block.
    const isLocated = !isCheck && offset === range.offset;
    this.fail('corrupt', offset, Math.max(range.endOffset, problem?.endOffset ?? 0), why, isLocated);
  }

  /**
   * Damage in a chunk that is stored as it is shows later or not at all: in a chunk of the same block that refers to it by the
   * dictionary, and cannot be decoded then.
   */
  #offsetOfHiddenDamage(): number {
    const { storedChunks, blocks, windowBytes } = this.#container;
    const hiding = storedChunks.firstFrom(this.decodedBytes - windowBytes)?.offset ?? Number.POSITIVE_INFINITY;
    return Math.max(hiding, blocks.lastBefore(this.decodedBytes)?.endOffset ?? 0);
  }

  #failUndecoded(end: ChildEnd | undefined): void {
    const why = end?.how === 'absent' ? end.message : 'the decoder did not start';
    this.fail('unknown-format', 0, this.options.storedBytes, `the xz stream was not decoded: ${why}`);
  }
}
