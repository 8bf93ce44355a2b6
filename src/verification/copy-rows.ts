const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BACKSLASH = 0x5c;
const DOT = 0x2e;

/** The first row that does not have as many columns as its table. */
export interface WrongRow {
  /** Where the row starts, counted in the bytes that were given. */
  readonly offset: number;
  /** Where the row after it starts. */
  readonly endOffset: number;
  readonly expected: number;
  readonly actual: number;
}

/**
 * Counts the rows of PostgreSQL's COPY text format, and the columns of each. Tabs and line feeds inside of values are
 * escaped there, so every raw one separates; the line `\.` ends the data.
 * (https://www.postgresql.org/docs/18/sql-copy.html, "Text Format")
 */
export class CopyRows {
  rows = 0;
  /** The line `\.` was seen. */
  isEnded = false;
  /** Rows with another number of columns. The first of them is kept. */
  wrongRows = 0;
  firstWrong: WrongRow | undefined;
  readonly #separators: number | undefined;
  #position = 0;
  #rowStart = 0;
  #tabs = 0;
  /** The first three bytes of the current row, as far as they were in an earlier piece. */
  #early = Buffer.alloc(3);

  /** `columns` is what each row should have; unknown when absent. */
  constructor(columns: number | undefined) {
    // A row without any column is an empty line, as is one with a single empty value.
    this.#separators = columns === undefined ? undefined : Math.max(columns, 1) - 1;
  }

  /** There are bytes of a row behind the last line feed. */
  get isInsideRow(): boolean {
    return this.#position > this.#rowStart;
  }

  /** Takes the next bytes. Returns how many of them belong to the data: all, or up to the line behind its end. */
  write(bytes: Buffer): number {
    if (this.isEnded) return 0;
    const start = this.#position;
    const aligned = Math.min((4 - (bytes.byteOffset & 3)) & 3, bytes.length);
    let taken = this.#scan(bytes, 0, aligned);
    if (taken < 0) taken = this.#scanWords(bytes, aligned);
    const used = taken < 0 ? bytes.length : taken;
    this.#keepEarly(bytes, start, used);
    this.#position = start + used;
    return used;
  }

  /**
   * Four bytes at a time: only words with a byte below 16 are looked into. The loop over single bytes took 1.7 times as
   * long, and finding each line with `indexOf` is no faster before the columns are counted (52-byte rows, Node 24).
   */
  #scanWords(bytes: Buffer, from: number): number {
    const count = (bytes.length - from) >> 2;
    const words = count === 0 ? NO_WORDS : new Uint32Array(bytes.buffer, bytes.byteOffset + from, count);
    for (let i = 0; i < count; i += 1) {
      const word = words[i] as number;
      if (((word - 0x10101010) & ~word & 0x80808080) === 0) continue;
      const at = from + i * 4;
      const taken = this.#scan(bytes, at, at + 4);
      if (taken >= 0) return taken;
    }
    return this.#scan(bytes, from + count * 4, bytes.length);
  }

  /** Returns where the data has ended, or -1. */
  #scan(bytes: Buffer, from: number, to: number): number {
    for (let at = from; at < to; at += 1) {
      const byte = bytes[at] as number;
      if (byte === TAB) this.#tabs += 1;
      else if (byte === LINE_FEED && this.#endRow(bytes, at)) return at + 1;
    }
    return -1;
  }

  /** Returns whether the line that ends at `at` was the last. */
  #endRow(bytes: Buffer, at: number): boolean {
    const next = this.#position + at + 1;
    const length = next - 1 - this.#rowStart;
    if ((length === 2 || length === 3) && this.#isEndMark(bytes, length)) {
      this.isEnded = true;
      return true;
    }
    this.rows += 1;
    if (this.#separators !== undefined && this.#tabs !== this.#separators) this.#addWrongRow(next);
    this.#tabs = 0;
    this.#rowStart = next;
    return false;
  }

  #isEndMark(bytes: Buffer, length: number): boolean {
    const byteAt = (index: number) => {
      const at = this.#rowStart - this.#position + index;
      return at < 0 ? this.#early[index] : bytes[at];
    };
    // Programs of other systems may have made CR LF of the line ends.
    return byteAt(0) === BACKSLASH && byteAt(1) === DOT && (length === 2 || byteAt(2) === CARRIAGE_RETURN);
  }

  #addWrongRow(endOffset: number): void {
    this.wrongRows += 1;
    this.firstWrong ??= {
      offset: this.#rowStart,
      endOffset,
      expected: (this.#separators ?? 0) + 1,
      actual: this.#tabs + 1,
    };
  }

  #keepEarly(bytes: Buffer, start: number, used: number): void {
    const end = Math.min(this.#rowStart + 3, start + used);
    for (let at = Math.max(this.#rowStart, start); at < end; at += 1) {
      this.#early[at - this.#rowStart] = bytes[at - start] as number;
    }
  }
}

const NO_WORDS = new Uint32Array(0);
