/** The bytes of a chunk behind its header, and those that they decode to. */
export interface Lzma2Chunk {
  readonly packedBytes: number;
  readonly unpackedBytes: number;
  /** Its bytes are not packed. */
  readonly isStored: boolean;
}

const STORED_WITH_RESET = 0x01;
const STORED = 0x02;
const PACKED = 0x80;
/** From here on the chunk sets the state back and brings new properties; from the next on the dictionary too. */
const WITH_PROPERTIES = 0xc0;
const WITH_DICTIONARY_RESET = 0xe0;

/** Properties above this are not defined: (pb * 5 + lp) * 9 + lc with pb and lp up to 4, lc up to 8. */
const PROPERTIES_MAX = (4 * 5 + 4) * 9 + 8;
const LITERAL_BITS_MAX = 4;

/**
 * The chunks of one LZMA2 stream: at most 64 KiB of packed and 2 MiB of unpacked bytes each. The first one has to set the
 * dictionary back, the first packed one behind that has to bring properties (as liblzma demands).
 */
export class Lzma2Rules {
  #needsDictionary = true;
  #needsProperties = true;

  /** Bytes of the header that begins with this byte; undefined when none may. Zero ends the stream and is not asked. */
  headerBytes(control: number): number | undefined {
    if (control >= WITH_DICTIONARY_RESET || control === STORED_WITH_RESET) return control >= PACKED ? 6 : 3;
    if (this.#needsDictionary) return undefined;
    if (control >= WITH_PROPERTIES) return 6;
    if (control >= PACKED) return this.#needsProperties ? undefined : 5;
    return control === STORED ? 3 : undefined;
  }

  /** Reads a whole header whose first byte was allowed; undefined when its properties are not. */
  read(header: Buffer): Lzma2Chunk | undefined {
    const control = header[0] ?? 0;
    if (control >= WITH_DICTIONARY_RESET || control === STORED_WITH_RESET) {
      this.#needsDictionary = false;
      this.#needsProperties = true;
    }
    const sizeBytes = header.readUInt16BE(1) + 1;
    if (control < PACKED) return { packedBytes: sizeBytes, unpackedBytes: sizeBytes, isStored: true };
    if (control >= WITH_PROPERTIES) {
      this.#needsProperties = false;
      const properties = header[5] ?? 0;
      const literalBits = (properties % 9) + (Math.floor(properties / 9) % 5);
      if (properties > PROPERTIES_MAX || literalBits > LITERAL_BITS_MAX) return undefined;
    }
    const unpackedBytes = (control & 0x1f) * 65_536 + sizeBytes;
    return { packedBytes: header.readUInt16BE(3) + 1, unpackedBytes, isStored: false };
  }
}
