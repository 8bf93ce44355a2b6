import type { ContentOptions, ContentResult, ContentWalker } from './content.ts';
import { dumpErrorIn } from './dump-error.ts';
import { type Finding, printable } from './finding.ts';
import { FindingList } from './finding-list.ts';

const LINE_FEED = 0x0a;
/** What is kept of the start of a line: enough for the name of a table. */
const LINE_BYTES = 256;
const HEADER = /^(\/\*M?!\d+\\- enable the sandbox mode \*\/|-- (MySQL|MariaDB) dump )/;
const TITLE = /^-- (MySQL|MariaDB) dump /;
const TRAILER = /^-- Dump completed\b/;
const TABLE =
  /^(CREATE TABLE|INSERT INTO|REPLACE INTO|INSERT {2}IGNORE INTO) (?:IF NOT EXISTS )?(`(?:[^`]|``)+`|"(?:[^"]|"")+"|\S+)/;
/** Anything that a dump of an empty database does not have. */
const OBJECT = /^(CREATE|INSERT|REPLACE)\b|^\/\*!\d+ CREATE/;

/**
 * Walks a script of mysqldump or mariadb-dump: it must begin as they do, have the line `-- Dump completed` as its last,
 * no zero bytes, and no message of the program in it. Rows are not told apart: values hold no line ends, but no line
 * says how many there are. A dump without any object is empty.
 */
export function createMySqlDump(options: ContentOptions): ContentWalker {
  return new MySqlDumpWalker(options);
}

class MySqlDumpWalker implements ContentWalker {
  readonly #findings: FindingList;
  readonly #hasSource: boolean;
  #position = 0;
  #isBroken = false;
  /** The start of the present line, as far as it is kept. */
  #line: Buffer = EMPTY;
  #lineOffset = 0;
  #lines = 0;
  #hasTitle = false;
  #isComplete = false;
  /** Where something stands behind the line that ends the dump. */
  #behindEnd: number | undefined;
  #tables = 0;
  #objects = 0;
  #table: string | undefined;

  constructor(options: ContentOptions) {
    this.#findings = new FindingList(options.file);
    this.#hasSource = options.source !== undefined;
  }

  get currentEntry(): string | undefined {
    return this.#table;
  }

  write(bytes: Buffer): void {
    if (this.#isBroken) return;
    const zeroAt = bytes.indexOf(0);
    const text = zeroAt < 0 ? bytes : bytes.subarray(0, zeroAt);
    let from = 0;
    for (let end = text.indexOf(LINE_FEED); end >= 0; end = text.indexOf(LINE_FEED, from)) {
      this.#keep(text.subarray(from, Math.min(end, from + LINE_BYTES)));
      this.#endLine();
      from = end + 1;
      this.#lineOffset = this.#position + from;
    }
    this.#keep(text.subarray(from, from + LINE_BYTES));
    this.#position += text.length;
    if (zeroAt >= 0) this.#onZeroBytes(bytes, zeroAt);
  }

  end(how: 'at-end' | 'cut'): ContentResult {
    if (how === 'at-end' && !this.#isBroken) this.#judgeEnd();
    return {
      entries: this.#tables > 0 ? this.#tables : this.#objects,
      isComplete: how === 'at-end' && !this.#isBroken,
      findings: this.#findings.all(),
      level: 'structure',
    };
  }

  #keep(bytes: Buffer): void {
    if (bytes.length === 0 || this.#line.length >= LINE_BYTES) return;
    // The buffer is the caller's: what stays must be a copy.
    this.#line = Buffer.concat([this.#line, bytes]);
  }

  #endLine(): void {
    const line = this.#line.toString('utf8').trimEnd();
    this.#line = EMPTY;
    if (line === '') return;
    this.#lines += 1;
    const error = dumpErrorIn(line);
    if (error !== undefined) {
      this.#problem('corrupt', `holds a message of its program: ${printable(error)}`, this.#lineOffset);
    } else if (this.#lines === 1 && !HEADER.test(line)) {
      this.#problem('corrupt', 'does not begin as those of mysqldump do', this.#lineOffset);
    }
    if (TITLE.test(line)) this.#takeTitle();
    else if (TRAILER.test(line)) this.#takeTrailer();
    else if (this.#isComplete) this.#behindEnd ??= this.#lineOffset;
    if (OBJECT.test(line)) this.#objects += 1;
    const table = TABLE.exec(line);
    if (table === null) return;
    this.#table = table[2];
    if (table[1] === 'CREATE TABLE') this.#tables += 1;
  }

  #takeTitle(): void {
    if (this.#isComplete) {
      this.#problem('suspect', 'is followed by another one in the same file', this.#lineOffset);
    } else if (this.#hasTitle) this.#problem('corrupt', 'begins anew before it is complete', this.#lineOffset);
    this.#hasTitle = true;
    this.#isComplete = false;
  }

  /** The body of a routine may hold such a line: the last one counts. */
  #takeTrailer(): void {
    this.#isComplete = true;
    this.#behindEnd = undefined;
  }

  #onZeroBytes(bytes: Buffer, zeroAt: number): void {
    let end = zeroAt;
    while (end < bytes.length && bytes[end] === 0) end += 1;
    this.#problem('corrupt', 'has zero bytes, which mysqldump writes as \\0', this.#position, end - zeroAt);
  }

  #judgeEnd(): void {
    if (this.#position === 0) {
      this.#problem('empty', 'has not a single byte', 0);
      return;
    }
    // Without a line feed the last line may be cut: only its start says that it is no trailer.
    const last = this.#line.toString('utf8').trimEnd();
    if (last !== '') {
      this.#endLine();
      if (TRAILER.test(last)) this.#isComplete = false;
    }
    if (this.#isBroken) return;
    if (this.#behindEnd !== undefined) {
      this.#problem('corrupt', 'goes on behind the line that says it is complete', this.#behindEnd);
    } else if (!this.#isComplete) {
      const where = this.#table === undefined ? '' : `, behind the table ${printable(this.#table)}`;
      this.#problem('truncated', `lacks its last line "-- Dump completed"${where}`, this.#position);
    } else if (this.#objects === 0) this.#problem('empty', 'holds nothing: it makes no object', this.#position);
  }

  #problem(kind: Finding['kind'], message: string, offset: number, length = 0): void {
    if (this.#isBroken) return;
    this.#isBroken = kind !== 'suspect';
    this.#findings.add({
      kind,
      ...(this.#table === undefined ? {} : { entry: this.#table }),
      ...(this.#hasSource ? { offset, endOffset: offset + length } : {}),
      decodedOffset: offset,
      message: `The dump ${message}.`,
    });
  }
}

const EMPTY: Buffer = Buffer.alloc(0);
