import type { ContentOptions, ContentResult, ContentWalker } from './content.ts';
import { CopyRows } from './copy-rows.ts';
import { copyColumns, copyTable } from './copy-statement.ts';
import { dumpErrorIn } from './dump-error.ts';
import { type Finding, printable } from './finding.ts';
import { FindingList } from './finding-list.ts';
import { SqlFrame, type SqlFrameProblem } from './sql-frame.ts';
import { SqlLexer } from './sql-lexer.ts';
import { Utf8Check } from './utf8-check.ts';

/** Commands that a dump of an empty database has too. */
const SETTING = /^(SET|SELECT|RESET|BEGIN|COMMIT|START)\b/i;

/**
 * Walks a script of pg_dump or pg_dumpall: each COPY must be closed by its line `\.` and have as many columns in each
 * row as it names; the script must end with the line that says it is complete, and with nothing but comments behind it;
 * no zero bytes. A dump without any object is empty.
 */
export function createPgSql(options: ContentOptions): ContentWalker {
  return new PgSqlWalker(options);
}

/** A COPY whose rows stream past. */
interface OpenCopy {
  readonly table: string;
  readonly rows: CopyRows;
  readonly utf8: Utf8Check | undefined;
  /** Where its rows start. */
  readonly offset: number;
}

class PgSqlWalker implements ContentWalker {
  readonly #findings: FindingList;
  readonly #hasSource: boolean;
  readonly #frame = new SqlFrame();
  readonly #lexer: SqlLexer;
  #position = 0;
  #isBroken = false;
  #copy: OpenCopy | undefined;
  /** The COPY whose line is not over yet. */
  #nextCopy: { readonly table: string; readonly columns: number } | undefined;
  #isUtf8 = false;
  #copies = 0;
  #objects = 0;
  #lastTable: string | undefined;

  constructor(options: ContentOptions) {
    this.#findings = new FindingList(options.file);
    this.#hasSource = options.source !== undefined;
    this.#lexer = new SqlLexer({
      command: (head, offset) => this.#onCommand(head, offset),
      comment: (text, offset) => this.#takeFrameProblem(this.#frame.takeComment(text), offset),
      metaCommand: (text, offset) => this.#takeFrameProblem(this.#frame.takeMetaCommand(text), offset),
    });
  }

  get currentEntry(): string | undefined {
    return this.#copy?.table ?? this.#lastTable;
  }

  write(bytes: Buffer): void {
    if (this.#isBroken) return;
    const zeroAt = bytes.indexOf(0);
    if (zeroAt >= 0) {
      this.#walk(bytes.subarray(0, zeroAt));
      this.#onZeroBytes(bytes, zeroAt);
    } else this.#walk(bytes);
  }

  end(how: 'at-end' | 'cut'): ContentResult {
    if (how === 'at-end' && !this.#isBroken) this.#judgeEnd();
    return {
      entries: this.#copies > 0 ? this.#copies : this.#objects,
      isComplete: how === 'at-end' && !this.#isBroken,
      findings: this.#findings.all(),
      level: 'structure',
    };
  }

  #walk(bytes: Buffer): void {
    for (let at = 0; at < bytes.length && !this.#isBroken; ) {
      const rest = at === 0 ? bytes : bytes.subarray(at);
      const used = this.#copy === undefined ? this.#takeCommands(rest) : this.#takeRows(this.#copy, rest);
      at += used;
      this.#position += used;
    }
  }

  #takeCommands(bytes: Buffer): number {
    const used = this.#lexer.write(bytes);
    const next = this.#nextCopy;
    // The lexer stops behind the line of a COPY command, also when that is the end of the piece.
    if (next !== undefined && this.#lexer.openPart === undefined) {
      this.#nextCopy = undefined;
      const utf8 = this.#isUtf8 ? new Utf8Check() : undefined;
      this.#copy = { table: next.table, rows: new CopyRows(next.columns), utf8, offset: this.#position + used };
    }
    return used;
  }

  #takeRows(copy: OpenCopy, bytes: Buffer): number {
    const used = copy.rows.write(bytes);
    this.#lexer.skip(used);
    const wrong = copy.rows.firstWrong;
    if (wrong !== undefined) {
      const columns = `${wrong.actual} instead of ${wrong.expected} columns`;
      this.#problem('corrupt', `has a row with ${columns} in the data of ${printable(copy.table)}`, {
        offset: copy.offset + wrong.offset,
        endOffset: copy.offset + wrong.endOffset,
      });
    } else if (copy.utf8?.write(bytes.subarray(0, used)) === false) {
      const range = { offset: this.#position, endOffset: this.#position + used };
      this.#problem('corrupt', `says that it is UTF-8 and is not in the data of ${printable(copy.table)}`, range);
    }
    if (copy.rows.isEnded) {
      this.#lastTable = copy.table;
      this.#copy = undefined;
    }
    return used;
  }

  #onCommand(head: string, offset: number): boolean {
    const error = dumpErrorIn(head);
    if (error !== undefined)
      this.#problem('corrupt', `holds a message of its program: ${printable(error)}`, { offset });
    else if (this.#frame.isComplete)
      this.#problem('corrupt', 'goes on behind the line that says it is complete', { offset });
    if (/^SET client_encoding = /i.test(head)) this.#isUtf8 = head.includes("'UTF8'");
    if (/^SET standard_conforming_strings = off/i.test(head)) this.#lexer.hasStandardStrings = false;
    const columns = copyColumns(head);
    if (!SETTING.test(head)) this.#objects += 1;
    if (columns === undefined) return false;
    this.#copies += 1;
    this.#nextCopy = { table: copyTable(head), columns };
    return true;
  }

  #onZeroBytes(bytes: Buffer, zeroAt: number): void {
    let end = zeroAt;
    while (end < bytes.length && bytes[end] === 0) end += 1;
    const offset = this.#position;
    const range = { offset, endOffset: offset + end - zeroAt };
    const where = this.#copy === undefined ? '' : ` in the data of ${printable(this.#copy.table)}`;
    this.#problem('corrupt', `has zero bytes${where}, which no text has`, range);
  }

  #judgeEnd(): void {
    if (this.#position === 0) this.#problem('empty', 'has not a single byte');
    this.#lexer.finish();
    if (this.#isBroken) return;
    const copy = this.#copy;
    const head = this.#lexer.openHead;
    const error = head === undefined ? undefined : dumpErrorIn(head);
    const part = this.#lexer.openPart;
    if (copy !== undefined) {
      this.#problem('truncated', `ends inside the data of ${printable(copy.table)}, behind row ${copy.rows.rows}`);
    } else if (error !== undefined) {
      this.#problem('corrupt', `holds a message of its program: ${printable(error)}`);
    } else if (this.#frame.isComplete && head !== undefined) {
      this.#problem('corrupt', 'goes on behind the line that says it is complete');
    } else if (part !== undefined && head !== undefined) {
      this.#problem('truncated', `ends inside ${part}${this.#nearest()}`);
    } else this.#judgeFrame();
  }

  #judgeFrame(): void {
    const problem = this.#frame.endProblem();
    if (problem !== undefined) this.#problem(problem.kind, `${problem.message}${this.#nearest()}`);
    else if (this.#objects === 0) this.#problem('empty', 'holds nothing: it makes no object');
  }

  #nearest(): string {
    return this.#lastTable === undefined ? '' : ` (behind the data of ${printable(this.#lastTable)})`;
  }

  #takeFrameProblem(problem: SqlFrameProblem | undefined, offset: number): void {
    if (problem !== undefined) this.#problem(problem.kind, problem.message, { offset });
  }

  #problem(
    kind: Finding['kind'],
    message: string,
    { offset = this.#position, endOffset = offset }: { readonly offset?: number; readonly endOffset?: number } = {},
  ): void {
    if (this.#isBroken) return;
    this.#isBroken = kind !== 'suspect';
    const entry = this.#copy?.table;
    this.#findings.add({
      kind,
      ...(entry === undefined ? {} : { entry }),
      ...(this.#hasSource ? { offset, endOffset } : {}),
      decodedOffset: offset,
      message: `The dump ${message}.`,
    });
  }
}
