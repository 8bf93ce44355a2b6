import { createReadStream } from 'node:fs';
import { CopyRows } from '../../verification/copy-rows.ts';
import { copyColumns, copyTable } from '../../verification/copy-statement.ts';
import { printable } from '../../verification/finding.ts';
import { SqlFrame } from '../../verification/sql-frame.ts';
import { SqlLexer } from '../../verification/sql-lexer.ts';
import { isWholeCommand } from './whole-command.ts';

/** One part of a script, in its order. `line` counts from 1. */
export type ScriptPart =
  | { readonly kind: 'command'; readonly text: string; readonly line: number }
  /** A command of psql's own: a line that starts with a backslash. */
  | { readonly kind: 'meta'; readonly text: string; readonly line: number }
  /** A COPY whose rows follow as `rows`, until `rows-end`. */
  | { readonly kind: 'copy'; readonly text: string; readonly table: string; readonly line: number }
  /** The bytes are the reader's only until the next part is asked for. */
  | { readonly kind: 'rows'; readonly bytes: Buffer; readonly line: number }
  | { readonly kind: 'rows-end'; readonly line: number }
  /** The script is not whole; always the last part. */
  | { readonly kind: 'broken'; readonly message: string; readonly line: number };

const READ_BYTES = 1_048_576;

/** A command is held in memory. Dumps write rows one command each, or by COPY. */
const COMMAND_BYTES_MAX = 268_435_456;

/**
 * Reads a script of SQL part by part, as psql would part it: commands, psql's own commands, and the rows of COPY. Memory holds
 * one command. What pg_dump wrote must end as pg_dump ends it.
 */
export async function* readScript(
  path: string,
  { signal, pieceBytes = READ_BYTES }: { readonly signal?: AbortSignal; readonly pieceBytes?: number } = {},
): AsyncGenerator<ScriptPart> {
  const script = new Script();
  const pieces: AsyncIterable<Buffer> = createReadStream(path, { highWaterMark: pieceBytes, signal });
  for await (const bytes of pieces) {
    yield* script.take(bytes);
  }
  yield* script.end();
}

/** A part whose text is cut out once all of its bytes are there. */
interface Seen {
  readonly kind: 'command' | 'meta' | 'copy';
  readonly from: number;
  readonly to: number;
  readonly text?: string;
}

interface OpenCopy {
  readonly rows: CopyRows;
  readonly table: string;
}

class Script {
  readonly #lexer: SqlLexer;
  readonly #frame = new SqlFrame();
  #isOfPgDump = false;
  #seen: Seen[] = [];
  /** Bytes from `#heldFrom` on that may belong to a command which is not over. */
  #held: Buffer[] = [];
  #heldFrom = 0;
  #position = 0;
  #line = 1;
  /** Up to where lines are counted. */
  #countedTo = 0;
  #copy: OpenCopy | undefined;
  /** The COPY whose line is not over yet. */
  #nextCopy: OpenCopy | undefined;
  /** Where a command begins of which the lexer has seen a part only: its body has semicolons of its own. */
  #partFrom: number | undefined;
  #problem: string | undefined;

  constructor() {
    this.#lexer = new SqlLexer({
      command: (head, from, to) => this.#onCommand(head, from, to),
      comment: (text) => this.#onComment(text),
      metaCommand: (text, from) => {
        this.#seen.push({ kind: 'meta', from, to: from, text });
        const problem = this.#frame.takeMetaCommand(text);
        if (problem !== undefined) this.#problem ??= problem.message;
      },
    });
  }

  *take(bytes: Buffer): Generator<ScriptPart> {
    for (let at = 0; at < bytes.length && this.#problem === undefined; ) {
      const rest = at === 0 ? bytes : bytes.subarray(at);
      if (this.#copy === undefined) at += yield* this.#takeCommands(rest);
      else at += yield* this.#takeRows(this.#copy, rest);
    }
    if (this.#problem !== undefined) yield this.#broken(this.#problem);
  }

  *end(): Generator<ScriptPart> {
    if (this.#problem !== undefined) return;
    const { rows, table } = this.#copy ?? this.#nextCopy ?? {};
    if (rows !== undefined) {
      yield this.#broken(`it ends inside the data of ${printable(table ?? '')}, behind row ${rows.rows}`);
      return;
    }
    this.#lexer.finish();
    yield* this.#flush();
    const part = this.#lexer.openPart;
    const isOpen = (part !== undefined && this.#lexer.openHead !== undefined) || this.#partFrom !== undefined;
    const unfinished = this.#isOfPgDump ? this.#frame.endProblem()?.message : undefined;
    if (isOpen) yield this.#broken(`it ends inside ${part ?? 'a command'}`);
    else if (unfinished !== undefined) yield this.#broken(`it ${unfinished}`);
  }

  *#takeCommands(bytes: Buffer): Generator<ScriptPart, number> {
    this.#held.push(bytes);
    const used = this.#lexer.write(bytes);
    this.#position += used;
    yield* this.#flush();
    if (this.#nextCopy !== undefined && this.#lexer.openPart === undefined) {
      this.#copy = this.#nextCopy;
      this.#nextCopy = undefined;
      // The rows begin behind the line of the command.
      this.#countTo(this.#position);
      this.#held = [];
      this.#heldFrom = this.#position;
    } else this.#keepOpen();
    return used;
  }

  /** Gives what the lexer saw, with its text. */
  *#flush(): Generator<ScriptPart> {
    const seen = this.#seen;
    this.#seen = [];
    if (seen.length === 0) return;
    const bytes = this.#held.length === 1 ? (this.#held[0] as Buffer) : Buffer.concat(this.#held);
    this.#held = [bytes];
    for (const { kind, from, to, text } of seen) {
      const start = this.#partFrom ?? from;
      this.#countTo(start);
      const written = text ?? bytes.toString('utf8', start - this.#heldFrom, to - this.#heldFrom);
      if (kind === 'command' && !isWholeCommand(written)) {
        this.#partFrom = start;
        continue;
      }
      this.#partFrom = undefined;
      if (kind === 'copy') yield { kind, text: written, table: copyTable(written), line: this.#line };
      else yield { kind, text: written, line: this.#line };
    }
  }

  /** Lets go of the bytes before the command that is open. The lexer may look again at what it has not decided yet. */
  #keepOpen(): void {
    const bytes = this.#held.length === 1 ? (this.#held[0] as Buffer) : Buffer.concat(this.#held);
    const from = this.#partFrom ?? this.#lexer.openFrom;
    if (from > this.#heldFrom) {
      this.#countTo(from);
      this.#held = [Buffer.from(bytes.subarray(from - this.#heldFrom))];
      this.#heldFrom = from;
    } else this.#held = [bytes];
    if (bytes.length > COMMAND_BYTES_MAX) this.#problem ??= `it has a command of more than ${COMMAND_BYTES_MAX} bytes`;
  }

  *#takeRows({ rows }: { readonly rows: CopyRows }, bytes: Buffer): Generator<ScriptPart, number> {
    const before = rows.rows;
    const used = rows.write(bytes);
    this.#lexer.skip(used);
    // The line that ends the rows ends them for the server as well.
    yield { kind: 'rows', bytes: bytes.subarray(0, used), line: this.#line };
    this.#line += rows.rows - before;
    this.#position += used;
    if (rows.isEnded) {
      this.#line += 1;
      yield { kind: 'rows-end', line: this.#line };
      this.#copy = undefined;
    }
    this.#heldFrom = this.#position;
    this.#countedTo = this.#position;
    return used;
  }

  #onCommand(head: string, from: number, to: number): boolean {
    if (/^SET standard_conforming_strings = off/i.test(head)) this.#lexer.hasStandardStrings = false;
    const columns = copyColumns(head);
    this.#seen.push({ kind: columns === undefined ? 'command' : 'copy', from, to });
    if (columns === undefined) return false;
    this.#nextCopy = { rows: new CopyRows(undefined), table: copyTable(head) };
    return true;
  }

  #onComment(text: string): void {
    if (/^-- PostgreSQL database( cluster)? dump$/.test(text)) this.#isOfPgDump = true;
    this.#frame.takeComment(text);
  }

  #countTo(position: number): void {
    const bytes = this.#held.length === 1 ? (this.#held[0] as Buffer) : Buffer.concat(this.#held);
    const end = position - this.#heldFrom;
    for (let at = this.#countedTo - this.#heldFrom; ; at += 1) {
      at = bytes.indexOf(LINE_FEED, Math.max(at, 0));
      if (at < 0 || at >= end) break;
      this.#line += 1;
    }
    this.#countedTo = Math.max(this.#countedTo, position);
  }

  #broken(message: string): ScriptPart {
    return { kind: 'broken', message, line: this.#line };
  }
}

const LINE_FEED = 0x0a;
