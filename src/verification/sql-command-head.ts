/** Enough to tell a COPY command, whose head is kept as a whole. */
export const COMMAND_START_BYTES = 5;

const COPY = 'COPY ';
const HEAD_BYTES = 64;
/** A COPY command names every column. */
const COPY_HEAD_BYTES = 1_048_576;

/** Keeps the start of the command that a script is inside of, and the last bytes of the piece before. */
export class SqlCommandHead {
  #kept: Buffer = EMPTY;
  /** Where in the present piece it goes on; undefined when no command is open. */
  #from: number | undefined;
  #lastByte: number | undefined;
  #lastButOne: number | undefined;

  get text(): string {
    return this.#kept.toString('utf8');
  }

  begin(at: number): void {
    this.#kept = EMPTY;
    this.#from = at;
  }

  /** The command goes on in a new piece. */
  continue(): void {
    if (this.#from !== undefined) this.#from = 0;
  }

  end(bytes: Buffer, to: number): void {
    this.keep(bytes, to);
    this.#from = undefined;
  }

  /** Says that the piece was taken up to `to`. */
  keep(bytes: Buffer, to: number): void {
    if (to > 0) {
      this.#lastButOne = to > 1 ? bytes[to - 2] : this.#lastByte;
      this.#lastByte = bytes[to - 1];
    }
    const from = this.#from;
    if (from === undefined) return;
    const known = this.#kept.length;
    const start = known > 0 ? this.#kept : bytes.subarray(from, to);
    const isCopy = start.toString('latin1', 0, COMMAND_START_BYTES) === COPY;
    const end = Math.min(to, from + (isCopy ? COPY_HEAD_BYTES : HEAD_BYTES) - known);
    if (end > from) this.#kept = Buffer.concat([this.#kept, bytes.subarray(from, end)]);
  }

  /** The byte at `at` of the present piece; -1 and -2 are the last ones of the piece before. */
  byteAt(bytes: Buffer, at: number): number | undefined {
    if (at >= 0) return bytes[at];
    return at === -1 ? this.#lastByte : this.#lastButOne;
  }
}

const EMPTY: Buffer = Buffer.alloc(0);
