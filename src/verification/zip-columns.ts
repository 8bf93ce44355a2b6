/** What the central directory says of one entry, as far as it is needed to verify its data. */
export interface ZipEntry {
  /** Offset of its local header in the stored file. */
  localOffset: number;
  packedBytes: number;
  sizeBytes: number;
  crc: number;
  flags: number;
  method: number;
  /** Fingerprint of its name, as in `NameSet`. */
  low: number;
  high: number;
  /** MS-DOS time and date, as written. */
  time: number;
  /** File type of the Unix mode: the highest four bits of it; 0 when there is none. */
  fileType: number;
}

export const FILE_TYPE = { none: 0, link: 0xa } as const;

const GROWTH_MIN = 64;

/**
 * Entries of an archive as columns of numbers: 45 bytes an entry. The second half of the fingerprint is kept mixed with the
 * time, so that the time costs no room of its own.
 */
export class ZipColumns {
  #length = 0;
  #unreachable = 0;
  #numbers: Float64Array;
  #words: Uint32Array;
  #shorts: Uint16Array;
  #types: Uint8Array;
  #isSorted = true;
  #order: Uint32Array | undefined;

  /** Room for the expected number is made at once. */
  constructor(expected: number) {
    this.#numbers = new Float64Array(3 * expected);
    this.#words = new Uint32Array(3 * expected);
    this.#shorts = new Uint16Array(2 * expected);
    this.#types = new Uint8Array(expected);
  }

  /** All entries of the directory, those too whose place cannot be in the archive. */
  get length(): number {
    return this.#length + this.#unreachable;
  }

  /** Entries that can be asked for. */
  get reachable(): number {
    return this.#length;
  }

  countUnreachable(): void {
    this.#unreachable += 1;
  }

  push(entry: ZipEntry): void {
    const at = this.#length;
    if (at === this.#types.length) this.#grow();
    this.#isSorted &&= at === 0 || (this.#numbers[3 * (at - 1)] ?? 0) <= entry.localOffset;
    this.#numbers[3 * at] = entry.localOffset;
    this.#numbers[3 * at + 1] = entry.packedBytes;
    this.#numbers[3 * at + 2] = entry.sizeBytes;
    this.#words[3 * at] = entry.crc;
    this.#words[3 * at + 1] = entry.low;
    this.#words[3 * at + 2] = entry.high ^ entry.time;
    this.#shorts[2 * at] = entry.flags;
    this.#shorts[2 * at + 1] = entry.method;
    this.#types[at] = entry.fileType;
    this.#length += 1;
  }

  /** Orders the entries by the offsets of their local headers. Most archives are in this order already. */
  sort(): void {
    if (this.#isSorted) return;
    const numbers = this.#numbers;
    const order = Uint32Array.from({ length: this.#length }, (_, index) => index);
    this.#order = order.sort((a, b) => (numbers[3 * a] ?? 0) - (numbers[3 * b] ?? 0));
  }

  /** Offset of a local header, in their order; Infinity behind the last one. */
  localOffset(index: number): number {
    return index < this.#length ? (this.#numbers[3 * this.#row(index)] ?? 0) : Number.POSITIVE_INFINITY;
  }

  /** Copies an entry, by the order of the local headers, into `target`; its `time` is still mixed with `high`. */
  read(index: number, target: Omit<ZipEntry, 'high' | 'time'> & { highAndTime: number }): void {
    const row = this.#row(index);
    target.localOffset = this.#numbers[3 * row] ?? 0;
    target.packedBytes = this.#numbers[3 * row + 1] ?? 0;
    target.sizeBytes = this.#numbers[3 * row + 2] ?? 0;
    target.crc = this.#words[3 * row] ?? 0;
    target.low = this.#words[3 * row + 1] ?? 0;
    target.highAndTime = this.#words[3 * row + 2] ?? 0;
    target.flags = this.#shorts[2 * row] ?? 0;
    target.method = this.#shorts[2 * row + 1] ?? 0;
    target.fileType = this.#types[row] ?? 0;
  }

  #row(index: number): number {
    return this.#order === undefined ? index : (this.#order[index] ?? 0);
  }

  #grow(): void {
    const room = Math.max(GROWTH_MIN, 2 * this.#types.length);
    const numbers = new Float64Array(3 * room);
    numbers.set(this.#numbers);
    const words = new Uint32Array(3 * room);
    words.set(this.#words);
    const shorts = new Uint16Array(2 * room);
    shorts.set(this.#shorts);
    const types = new Uint8Array(room);
    types.set(this.#types);
    this.#numbers = numbers;
    this.#words = words;
    this.#shorts = shorts;
    this.#types = types;
  }
}
