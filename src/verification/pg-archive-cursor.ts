/** PostgreSQL's own limit of one value: a longer string is a broken length. */
const TEXT_BYTES_MAX = 1_073_741_824;

/**
 * Reads the numbers and strings of pg_dump's archives from bytes that may not all be there yet. After `ranOut` or a
 * problem everything reads as nothing, so that callers ask once, at the end.
 *
 * An integer is a sign byte and `intBytes` bytes, a string an integer length (-1: none) and its bytes; little-endian
 * both (PostgreSQL, src/bin/pg_dump/pg_backup_archiver.c).
 */
export class PgArchiveCursor {
  at = 0;
  /** The bytes ended before the value: try again with more of them. */
  ranOut = false;
  problem: string | undefined;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Nothing stopped it so far. */
  get isFine(): boolean {
    return !this.ranOut && this.problem === undefined;
  }

  byte(): number {
    return this.#has(1) ? (this.#bytes[this.at++] as number) : 0;
  }

  int(what: string): number {
    if (!this.isFine) return 0;
    const sign = this.#bytes[this.at] ?? 0;
    // A wrong sign is seen before the rest of the number is there.
    if (sign > 1) this.fail(`${what} has the sign ${sign}`);
    if (!this.#has(5)) return 0;
    const value = this.#bytes.readUInt32LE(this.at + 1);
    this.at += 5;
    if (sign === 1 && value === 0) this.fail(`${what} is a negative zero`);
    return sign === 1 ? -value : value;
  }

  /** A string that is kept, of at most `bytesMax` bytes. */
  text(what: string, bytesMax: number): string | undefined {
    const length = this.#textLength(what);
    if (length === undefined) return undefined;
    if (length > bytesMax) this.fail(`${what} has ${length} bytes, more than the ${bytesMax} that are allowed`);
    if (!this.#hasText(what, length)) return undefined;
    this.at += length;
    return this.#bytes.toString('utf8', this.at - length, this.at);
  }

  /** A string that nobody needs here; it is looked at all the same. */
  skipText(what: string): void {
    const length = this.#textLength(what);
    if (length !== undefined && this.#hasText(what, length)) this.at += length;
  }

  /** An unsigned number of `size` bytes. */
  offset(size: number): bigint {
    if (!this.#has(size)) return 0n;
    const from = this.at;
    this.at += size;
    return size === 8 ? this.#bytes.readBigUInt64LE(from) : BigInt(this.#bytes.readUIntLE(from, size));
  }

  fail(problem: string): void {
    this.problem ??= problem;
  }

  #textLength(what: string): number | undefined {
    const length = this.int(`the length of ${what}`);
    if (length < -1 || length > TEXT_BYTES_MAX) this.fail(`${what} has a length of ${length}`);
    return this.isFine && length >= 0 ? length : undefined;
  }

  #hasText(what: string, length: number): boolean {
    if (!this.isFine) return false;
    const end = Math.min(this.at + length, this.#bytes.length);
    // No text of PostgreSQL has one: a length that is too large is seen here, before the bytes run out.
    const zeroAt = this.#bytes.subarray(this.at, end).indexOf(0);
    if (zeroAt >= 0) this.fail(`${what} has a zero byte in it`);
    return zeroAt < 0 && this.#has(length);
  }

  #has(count: number): boolean {
    if (!this.isFine) return false;
    this.ranOut = this.at + count > this.#bytes.length;
    return !this.ranOut;
  }
}
