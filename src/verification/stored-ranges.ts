/** A piece of the stored file and the decoded bytes that come out of it. Both ranges are half open. */
export interface StoredRange {
  readonly offset: number;
  readonly endOffset: number;
  readonly decodedEnd: number;
}

/** Pieces that are smaller are told as one: a list of many tiny ones would cost memory and help nobody. */
const PIECE_BYTES_MIN = 16_384;

/**
 * Remembers which stored bytes decode to which bytes, for those that a decoder in another process may still be busy with:
 * when it fails, the number of bytes that came out of it tells where.
 */
export class StoredRanges {
  readonly #ranges: StoredRange[] = [];

  /** Adds the piece behind the last one. */
  add(range: StoredRange): void {
    const last = this.#ranges.at(-1);
    if (last !== undefined && range.endOffset - last.offset < PIECE_BYTES_MIN) {
      this.#ranges[this.#ranges.length - 1] = { ...range, offset: last.offset };
    } else {
      this.#ranges.push(range);
    }
  }

  /** Forgets the pieces that are decoded, but for the last one of them. */
  forget(decodedBytes: number): void {
    const kept = this.#ranges.findIndex((range) => range.decodedEnd >= decodedBytes);
    const done = (kept === -1 ? this.#ranges.length : kept) - 1;
    if (done > 0) this.#ranges.splice(0, done);
  }

  /** Where a decoder was that had put out so many bytes: in the piece with the last of them, or in the next one. */
  at(decodedBytes: number): Omit<StoredRange, 'decodedEnd'> | undefined {
    const first = this.#ranges.find((range) => range.decodedEnd >= decodedBytes) ?? this.#ranges.at(-1);
    if (first === undefined) return undefined;
    const last = this.#ranges.find((range) => range.decodedEnd > decodedBytes) ?? this.#ranges.at(-1) ?? first;
    return { offset: first.offset, endOffset: last.endOffset };
  }

  /** The piece with this decoded byte, or the next one. */
  firstFrom(decodedBytes: number): StoredRange | undefined {
    return this.#ranges.find((range) => range.decodedEnd >= decodedBytes);
  }

  /** The last piece that was decoded in full. */
  lastBefore(decodedBytes: number): StoredRange | undefined {
    return this.#ranges.findLast((range) => range.decodedEnd <= decodedBytes);
  }
}
