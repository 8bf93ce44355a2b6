import { paddingOf, type XzBlockHeader } from './xz-fields.ts';
import { type Lzma2Chunk, Lzma2Rules } from './xz-lzma2.ts';

/** A block whose chunks are being walked: counts its bytes and compares them with its header. */
export class XzBlock {
  readonly offset: number;
  readonly #header: XzBlockHeader;
  readonly #headerBytes: number;
  readonly #checkBytes: number;
  readonly #rules = new Lzma2Rules();
  #packedBytes = 0;
  #unpackedBytes = 0;

  constructor(
    header: XzBlockHeader,
    at: { readonly offset: number; readonly headerBytes: number; readonly checkBytes: number },
  ) {
    this.#header = header;
    this.offset = at.offset;
    this.#headerBytes = at.headerBytes;
    this.#checkBytes = at.checkBytes;
  }

  /** Bytes that the chunks decode to. */
  get unpackedBytes(): number {
    return this.#unpackedBytes;
  }

  /** The block without its padding, as the index counts it. */
  get unpaddedBytes(): number {
    return this.#headerBytes + this.#packedBytes + this.#checkBytes;
  }

  /** Zeros behind the last chunk, in front of the check. */
  get paddingBytes(): number {
    return paddingOf(this.#packedBytes);
  }

  /** Bytes of the header of a chunk that begins with this byte; undefined when none may. */
  chunkHeaderBytes(control: number): number | undefined {
    return this.#rules.headerBytes(control);
  }

  /** Takes the header of a chunk. @returns the chunk, or what is wrong with it. */
  takeChunk(header: Buffer): Lzma2Chunk | string {
    const chunk = this.#rules.read(header);
    if (chunk === undefined) return 'a chunk of LZMA2 has properties that are not allowed';
    this.#packedBytes += header.length + chunk.packedBytes;
    this.#unpackedBytes += chunk.unpackedBytes;
    const { compressedBytes = Number.POSITIVE_INFINITY, uncompressedBytes = Number.POSITIVE_INFINITY } = this.#header;
    if (this.#packedBytes > compressedBytes) return 'a block has more bytes than its header says';
    return this.#unpackedBytes > uncompressedBytes ? 'a block decodes to more bytes than its header says' : chunk;
  }

  /** Takes the byte that ends the chunks, and says what is wrong with all of them. */
  takeEnd(): string | undefined {
    this.#packedBytes += 1;
    const { compressedBytes = this.#packedBytes, uncompressedBytes = this.#unpackedBytes } = this.#header;
    if (compressedBytes !== this.#packedBytes) {
      return `a block has ${this.#packedBytes} bytes, its header says ${compressedBytes}`;
    }
    return uncompressedBytes === this.#unpackedBytes
      ? undefined
      : `a block decodes to ${this.#unpackedBytes} bytes, its header says ${uncompressedBytes}`;
  }
}
