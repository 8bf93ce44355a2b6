import { CopyRows } from './copy-rows.ts';
import { Utf8Check } from './utf8-check.ts';

/** What is known of the data before it is seen. */
export interface PgEntryDataShape {
  /** Rows in COPY format, SQL commands, or the bytes of large objects. */
  readonly kind: 'rows' | 'commands' | 'opaque';
  /** Columns of a row; unknown when absent. */
  readonly columns?: number | undefined;
  /** The encoding that the dump says its texts have. */
  readonly encoding?: string | undefined;
}

/**
 * Checks the unpacked data of one table as it streams past. pg_dump ends rows with the line `\.` and two empty lines,
 * and INSERT commands with two empty lines (dumpTableData_copy and dumpTableData_insert in PostgreSQL's pg_dump.c).
 */
export class PgEntryData {
  /** What is wrong, as the end of a sentence about the entry. Nothing is looked at after it. */
  problem: string | undefined;
  readonly #kind: PgEntryDataShape['kind'];
  readonly #rows: CopyRows;
  readonly #utf8: Utf8Check | undefined;
  /** The last bytes of commands, or all that follows the end of the rows. */
  #tail: Buffer = EMPTY;
  #bytes = 0;

  constructor({ kind, columns, encoding }: PgEntryDataShape) {
    this.#kind = kind;
    this.#rows = new CopyRows(columns);
    this.#utf8 = kind !== 'opaque' && encoding === 'UTF8' ? new Utf8Check() : undefined;
  }

  get rows(): number {
    return this.#rows.rows;
  }

  write(bytes: Buffer): void {
    if (this.#kind === 'opaque' || this.problem !== undefined) return;
    const zeroAt = bytes.indexOf(0);
    if (zeroAt >= 0) this.#fail(`has a zero byte at ${this.#bytes + zeroAt} of its unpacked data`);
    else if (this.#utf8?.write(bytes) === false)
      this.#fail(`is not UTF-8 near byte ${this.#bytes} of its unpacked data`);
    else if (this.#kind === 'rows') this.#takeRows(bytes);
    else this.#tail = Buffer.from(Buffer.concat([this.#tail, bytes.subarray(-TAIL_BYTES)]).subarray(-TAIL_BYTES));
    this.#bytes += bytes.length;
  }

  /** Says that all of the data was seen. */
  finish(): void {
    if (this.#kind === 'opaque' || this.problem !== undefined) return;
    if (this.#kind === 'rows') this.#judgeRowsEnd();
    else if (!/^\n\n$|;\r?\n\r?\n\r?\n$/.test(this.#tail.toString('latin1'))) {
      this.#fail('does not end with a whole command');
    }
    if (this.#utf8?.isComplete === false) this.#fail('ends inside of a character');
  }

  #takeRows(bytes: Buffer): void {
    const used = this.#rows.write(bytes);
    const wrong = this.#rows.firstWrong;
    if (wrong !== undefined) {
      const row = `the row at byte ${wrong.offset} of its unpacked data`;
      this.#fail(`has ${wrong.actual} instead of ${wrong.expected} columns in ${row}`);
    } else if (used < bytes.length) {
      this.#tail = Buffer.concat([this.#tail, bytes.subarray(used, used + TAIL_BYTES)]);
      const isBlank = /^[\r\n]{0,4}$/.test(this.#tail.toString('latin1'));
      if (!isBlank) this.#fail('has data behind the line that ends it');
    }
  }

  #judgeRowsEnd(): void {
    if (this.#rows.isEnded) return;
    const state = this.#rows.isInsideRow ? 'inside of row' : 'behind row';
    this.#fail(
      `ends ${state} ${this.#rows.rows + (this.#rows.isInsideRow ? 1 : 0)}, without the line \\. that ends it`,
    );
  }

  #fail(problem: string): void {
    this.problem ??= problem;
  }
}

const TAIL_BYTES = 8;
const EMPTY: Buffer = Buffer.alloc(0);
