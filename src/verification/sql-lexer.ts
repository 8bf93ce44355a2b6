import { dollarQuoteAt, isNameByte } from './dollar-quote.ts';
import { COMMAND_START_BYTES, SqlCommandHead } from './sql-command-head.ts';
import { SQL_PARTS, type SqlMode } from './sql-mode.ts';

/** What a lexer says while it goes through a script. Offsets are absolute. */
export interface SqlEvents {
  /**
   * A command ended with its semicolon. `head` is its start: all of a COPY command, else some bytes. Returns whether the
   * rows of a COPY follow on the next line: the lexer stops behind the line then. `endOffset` is behind the semicolon.
   */
  command(head: string, offset: number, endOffset: number): boolean;
  /** A line comment outside of a command, as a whole line without its line end. */
  comment(text: string, offset: number): void;
  /** A line of psql's own, which starts with a backslash. */
  metaCommand(text: string, offset: number): void;
}

const LINE_BYTES = 1024;

const QUOTE = 0x27;
const DOUBLE_QUOTE = 0x22;
const DOLLAR = 0x24;
const DASH = 0x2d;
const SLASH = 0x2f;
const STAR = 0x2a;
const SEMICOLON = 0x3b;
const BACKSLASH = 0x5c;
const LINE_FEED = 0x0a;

const IS_SPECIAL = byteSet(`'"$-/;`);
const IS_SPACE = byteSet(' \t\n\v\f\r');

/**
 * Tells the commands and comments of a psql script apart, as far as its quotes need it (PostgreSQL documentation, 4.1
 * "Lexical Structure"). Bytes come in pieces of any size. Between commands it costs a look at each byte, inside of
 * strings nothing.
 */
export class SqlLexer {
  /** Off in dumps of old databases: a backslash escapes in every string then. */
  hasStandardStrings = true;
  readonly #events: SqlEvents;
  #mode: SqlMode = 'between';
  #outer: 'between' | 'command' = 'between';
  readonly #head = new SqlCommandHead();
  #commandOffset = 0;
  /** The start of a comment or a command of psql. */
  #line: Buffer = EMPTY;
  #closing: Buffer = EMPTY;
  #depth = 0;
  #carry: Buffer = EMPTY;
  #position = 0;
  #isBeforeRows = false;

  constructor(events: SqlEvents) {
    this.#events = events;
  }

  /** What the script is inside of; undefined between commands. */
  get openPart(): string | undefined {
    return this.#mode === 'between' && this.#carry.length > 0 ? 'a command' : SQL_PARTS[this.#mode];
  }

  /** The start of the command that is open. */
  get openHead(): string | undefined {
    if (this.#mode === 'between') return this.#carry.length > 0 ? this.#carry.toString('utf8') : undefined;
    return this.#outer === 'command' ? this.#head.text : undefined;
  }

  /** Where the command begins that is open, or what was not looked at yet: nothing before it is needed any more. */
  get openFrom(): number {
    return this.#outer === 'command' ? this.#commandOffset : this.#position;
  }

  /** Someone else took `count` bytes: the rows of a COPY. */
  skip(count: number): void {
    this.#position += count;
  }

  /** Takes the next bytes. Returns how many of them it took: all, or up to the rows of a COPY. */
  write(piece: Buffer): number {
    const carried = this.#carry.length;
    const bytes = carried === 0 ? piece : Buffer.concat([this.#carry, piece]);
    this.#carry = EMPTY;
    this.#head.continue();
    let at = 0;
    while (at < bytes.length) {
      const next = this.#step(bytes, at);
      if (next === WAITS) break;
      at = next;
      if (this.#isBeforeRows && this.#mode === 'between') {
        this.#isBeforeRows = false;
        this.#position += at;
        return at - carried;
      }
    }
    this.#head.keep(bytes, at);
    if (at < bytes.length) this.#carry = Buffer.from(bytes.subarray(at));
    this.#position += at;
    return piece.length;
  }

  /** Says that the script ends here. */
  finish(): void {
    if (this.#mode === 'between' && this.#carry.length > 0) this.write(Buffer.alloc(COMMAND_START_BYTES, LINE_FEED));
  }

  /** Returns where to go on, or WAITS. */
  #step(bytes: Buffer, at: number): number {
    switch (this.#mode) {
      case 'between':
        return this.#between(bytes, at);
      case 'command':
        return this.#command(bytes, at);
      case 'string':
        return this.#until(bytes, at, QUOTE);
      case 'name':
        return this.#until(bytes, at, DOUBLE_QUOTE);
      case 'escape-string':
        return this.#escapeString(bytes, at);
      case 'dollar':
        return this.#dollarBody(bytes, at);
      case 'block-comment':
        return this.#blockComment(bytes, at);
      default:
        return this.#takeLine(bytes, at);
    }
  }

  #between(bytes: Buffer, from: number): number {
    let at = from;
    while (at < bytes.length && IS_SPACE[bytes[at] as number] === 1) at += 1;
    if (at === bytes.length) return at;
    if (bytes.length - at < COMMAND_START_BYTES) return at === from ? WAITS : at;
    const byte = bytes[at];
    if (byte === BACKSLASH) this.#beginLine('meta');
    else if (byte === DASH && bytes[at + 1] === DASH) this.#beginLine('comment');
    else if (byte === SLASH && bytes[at + 1] === STAR) return this.#beginBlockComment(at);
    else this.#beginCommand(at);
    return at;
  }

  #beginCommand(at: number): void {
    this.#mode = 'command';
    this.#outer = 'command';
    this.#head.begin(at);
    this.#commandOffset = this.#position + at;
  }

  #command(bytes: Buffer, from: number): number {
    let at = from;
    while (at < bytes.length && IS_SPECIAL[bytes[at] as number] === 0) at += 1;
    if (at === bytes.length) return at;
    const byte = bytes[at] as number;
    if (byte === SEMICOLON) return this.#endCommand(bytes, at);
    if (byte === DOUBLE_QUOTE) this.#mode = 'name';
    else if (byte === QUOTE) this.#mode = this.#isEscapeString(bytes, at) ? 'escape-string' : 'string';
    else if (byte === DOLLAR) return this.#dollar(bytes, at);
    else if (at + 1 === bytes.length) return at === from ? WAITS : at;
    else if (byte === DASH && bytes[at + 1] === DASH) this.#mode = 'comment';
    else if (byte === SLASH && bytes[at + 1] === STAR) return this.#beginBlockComment(at);
    return at + 1;
  }

  #endCommand(bytes: Buffer, at: number): number {
    this.#head.end(bytes, at + 1);
    this.#outer = 'between';
    this.#mode = 'between';
    if (this.#events.command(this.#head.text, this.#commandOffset, this.#position + at + 1)) {
      this.#mode = 'rest-of-line';
      this.#isBeforeRows = true;
    }
    return at + 1;
  }

  #isEscapeString(bytes: Buffer, at: number): boolean {
    if (!this.hasStandardStrings) return true;
    const before = this.#head.byteAt(bytes, at - 1);
    return (before === 0x45 || before === 0x65) && !isNameByte(this.#head.byteAt(bytes, at - 2));
  }

  #dollar(bytes: Buffer, at: number): number {
    if (isNameByte(this.#head.byteAt(bytes, at - 1))) return at + 1;
    const quote = dollarQuoteAt(bytes, at);
    if (quote === 'more') return WAITS;
    if (quote === undefined) return at + 1;
    this.#closing = Buffer.from(quote);
    this.#mode = 'dollar';
    return at + quote.length;
  }

  #dollarBody(bytes: Buffer, at: number): number {
    const end = bytes.indexOf(this.#closing, at);
    if (end >= 0) {
      this.#mode = this.#outer;
      return end + this.#closing.length;
    }
    // The closing tag may be cut by the end of the piece.
    const next = Math.max(at, bytes.length - this.#closing.length + 1);
    return next === at ? WAITS : next;
  }

  /** A doubled quote closes it and opens it again. */
  #until(bytes: Buffer, at: number, closing: number): number {
    const end = bytes.indexOf(closing, at);
    if (end >= 0) this.#mode = this.#outer;
    return end < 0 ? bytes.length : end + 1;
  }

  #escapeString(bytes: Buffer, from: number): number {
    for (let at = from; at < bytes.length; at += 1) {
      const byte = bytes[at];
      if (byte !== BACKSLASH && byte !== QUOTE) continue;
      if (at + 1 === bytes.length) return at === from ? WAITS : at;
      if (byte === QUOTE && bytes[at + 1] !== QUOTE) {
        this.#mode = this.#outer;
        return at + 1;
      }
      at += 1;
    }
    return bytes.length;
  }

  #beginBlockComment(at: number): number {
    this.#mode = 'block-comment';
    this.#depth = 1;
    return at + 2;
  }

  /** They nest in PostgreSQL. */
  #blockComment(bytes: Buffer, from: number): number {
    for (let at = from; at < bytes.length; at += 1) {
      const byte = bytes[at];
      if (byte !== STAR && byte !== SLASH) continue;
      if (at + 1 === bytes.length) return at === from ? WAITS : at;
      const pair = bytes[at + 1];
      if (byte === SLASH && pair === STAR) this.#depth += 1;
      else if (byte === STAR && pair === SLASH) this.#depth -= 1;
      else continue;
      at += 1;
      if (this.#depth > 0) continue;
      this.#mode = this.#outer;
      return at + 1;
    }
    return bytes.length;
  }

  #beginLine(mode: 'meta' | 'comment'): void {
    this.#mode = mode;
    this.#line = EMPTY;
  }

  /** Comments and psql's commands end with their line; so does what stands behind a COPY command. */
  #takeLine(bytes: Buffer, at: number): number {
    const end = bytes.indexOf(LINE_FEED, at);
    const isOfInterest = this.#outer === 'between' && this.#mode !== 'rest-of-line';
    if (isOfInterest && this.#line.length < LINE_BYTES) {
      const more = bytes.subarray(at, end < 0 ? bytes.length : end).subarray(0, LINE_BYTES);
      this.#line = Buffer.concat([this.#line, more]);
    }
    if (end < 0) return bytes.length;
    const mode = this.#mode;
    this.#mode = this.#outer;
    if (!isOfInterest) return end + 1;
    const text = this.#line.toString('utf8').replace(/\r$/, '');
    const offset = this.#position + end - this.#line.length;
    this.#line = EMPTY;
    if (mode === 'meta') this.#events.metaCommand(text, offset);
    else this.#events.comment(text, offset);
    return end + 1;
  }
}

const EMPTY: Buffer = Buffer.alloc(0);
const WAITS = -1;

function byteSet(members: string): Uint8Array {
  const set = new Uint8Array(256);
  for (const byte of Buffer.from(members)) set[byte] = 1;
  return set;
}
