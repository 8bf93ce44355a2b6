/** What a call of `gather` came to. */
export interface Gathered {
  /** All wanted bytes are there: `length` of them in `bytes` from `from` on, until the next call. */
  readonly isWhole: boolean;
  readonly bytes: Buffer;
  readonly from: number;
  readonly length: number;
  /** Where in the given bytes it stopped. */
  readonly at: number;
}

/** Collects a record of bounded length that may come in several pieces. One that lies in one piece is not copied. */
export class Gathering {
  readonly #room: Buffer;
  #length = 0;

  constructor(bytesMax: number) {
    this.#room = Buffer.allocUnsafeSlow(bytesMax);
  }

  /** What has been collected of a record that is not whole. */
  get pending(): Buffer {
    return this.#room.subarray(0, this.#length);
  }

  /**
   * Takes bytes for the current record. `wanted` is asked for its length when `have` bytes of it are there, again with more,
   * until it wants no more than there are.
   */
  gather(bytes: Buffer, at: number, wanted: (bytes: Buffer, from: number, have: number) => number): Gathered {
    if (this.#length === 0) {
      const have = bytes.length - at;
      const length = wanted(bytes, at, have);
      if (length <= have) return { isWhole: true, bytes, from: at, length, at: at + length };
    }
    let from = at;
    for (;;) {
      const length = wanted(this.#room, 0, this.#length);
      if (length <= this.#length) {
        this.#length = 0;
        return { isWhole: true, bytes: this.#room, from: 0, length, at: from };
      }
      if (from === bytes.length) return { isWhole: false, bytes: this.#room, from: 0, length: this.#length, at: from };
      const to = Math.min(bytes.length, from + length - this.#length);
      this.#length += bytes.copy(this.#room, this.#length, from, to);
      from = to;
    }
  }
}
