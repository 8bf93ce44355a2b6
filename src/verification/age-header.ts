import type { DecodeProblem } from './decoder.ts';

/** One way to get at the key of the file: `X25519`, `scrypt` (a passphrase), `ssh-ed25519`, ... */
export interface AgeStanza {
  readonly type: string;
  readonly args: readonly string[];
  readonly body: Buffer;
}

/** A whole header. */
export interface AgeHeader {
  readonly bytes: number;
  readonly stanzas: readonly AgeStanza[];
}

/** Why a header cannot be used, and in which bytes of it. */
export interface AgeHeaderProblem {
  readonly kind: Extract<DecodeProblem['kind'], 'corrupt' | 'unknown-format'>;
  readonly problem: string;
  readonly offset: number;
  readonly endOffset: number;
}

const VERSION_LINE = 'age-encryption.org/v1';
const VERSION_PREFIX = 'age-encryption.org/';
const ARMOR_LINE = '-----BEGIN AGE ENCRYPTED FILE-----';
/** A stanza's line of base64, if another one follows. */
const BODY_COLUMNS = 64;
/** The key of the file, wrapped: 16 bytes and a tag. */
const WRAPPED_KEY_BYTES = 32;
/** Hundreds of recipients fit. */
const HEADER_BYTES_MAX = 1_048_576;
/** No line is longer in any known kind of stanza (post-quantum ones have 1.5 kB). */
const LINE_BYTES_MAX = 16_384;

/**
 * Reads the header at the start of an age file (c2sp.org/age, version 1): version line, stanzas, MAC. The MAC cannot be
 * compared without the key of the file. `more` says that its end is not there yet.
 */
export function readAgeHeader(bytes: Buffer): AgeHeader | AgeHeaderProblem | 'more' {
  const reader = new HeaderReader(bytes);
  for (let line = reader.next(); typeof line === 'string'; line = reader.next()) {
    const problem = reader.take(line);
    if (problem !== undefined) return reader.problem(problem);
    if (reader.isDone) return { bytes: reader.at, stanzas: reader.stanzas };
  }
  // Which of the two it is cannot be told yet.
  if (bytes.length < ARMOR_LINE.length && bytes.equals(Buffer.from(ARMOR_LINE).subarray(0, bytes.length)))
    return 'more';
  if (!bytes.subarray(0, VERSION_PREFIX.length).equals(Buffer.from(VERSION_PREFIX).subarray(0, bytes.length))) {
    return reader.foreign();
  }
  if (bytes.length - reader.at > LINE_BYTES_MAX) return reader.problem('a line of the age header has no end');
  return bytes.length > HEADER_BYTES_MAX ? reader.problem('the age header has no end') : 'more';
}

/** Goes through a header line by line. */
class HeaderReader {
  readonly stanzas: AgeStanza[] = [];
  at = 0;
  isDone = false;
  readonly #bytes: Buffer;
  #lineStart = 0;
  /** A line, or a recipient with all of its lines: what a problem is told of. */
  #partStart = 0;
  #expected: 'version' | 'stanza' | 'body' = 'version';
  #args: readonly string[] = [];
  #body: Buffer[] = [];

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** The next whole line without its end. */
  next(): string | undefined {
    const end = this.#bytes.indexOf(0x0a, this.at);
    if (end === -1) return undefined;
    this.#lineStart = this.at;
    this.at = end + 1;
    return this.#bytes.toString('latin1', this.#lineStart, end);
  }

  /** Takes a line, and says what is wrong with it. */
  take(line: string): string | undefined {
    if (this.#expected === 'version') {
      this.#expected = 'stanza';
      return line === VERSION_LINE ? undefined : 'the version line of the age header is malformed';
    }
    if (this.#expected === 'body') return this.#takeBody(line);
    this.#partStart = this.#lineStart;
    if (line.startsWith('--- ')) return this.#takeMac(line.slice(4));
    const args = line.split(' ');
    const isStanza = args.shift() === '->' && args.length > 0 && args.every((arg) => /^[\x21-\x7e]+$/.test(arg));
    this.#args = args;
    this.#body = [];
    this.#expected = 'body';
    return isStanza ? undefined : 'a line of the age header is neither a recipient nor the MAC';
  }

  #takeBody(line: string): string | undefined {
    const piece = decodeBase64(line);
    if (piece === undefined || line.length > BODY_COLUMNS)
      return 'a recipient in the age header is not canonical base64';
    this.#body.push(piece);
    if (line.length === BODY_COLUMNS) return undefined;
    this.#expected = 'stanza';
    const [type = '', ...args] = this.#args;
    const stanza = { type, args, body: Buffer.concat(this.#body) };
    this.stanzas.push(stanza);
    return judgeStanza(stanza);
  }

  #takeMac(text: string): string | undefined {
    if (decodeBase64(text)?.length !== 32) return 'the MAC of the age header is malformed';
    if (this.stanzas.length === 0) return 'the age header has no recipient';
    if (this.stanzas.length > 1 && this.stanzas.some(({ type }) => type === 'scrypt')) {
      return 'the age header has a passphrase beside other recipients';
    }
    this.isDone = true;
    return undefined;
  }

  problem(problem: string): AgeHeaderProblem {
    if (this.#lineStart === 0) return this.foreign();
    return { kind: 'corrupt', problem, offset: this.#partStart, endOffset: Math.max(this.at, this.#partStart + 1) };
  }

  /** What does not begin as version 1 does. */
  foreign(): AgeHeaderProblem {
    const where = { offset: 0, endOffset: VERSION_LINE.length + 1 };
    const start = this.#bytes.toString('latin1', 0, ARMOR_LINE.length);
    if (start === ARMOR_LINE) {
      return { kind: 'unknown-format', problem: 'the age file is armored: this is not decoded here', ...where };
    }
    if (/^age-encryption\.org\/v\d{1,9}\n/.test(start) && !start.startsWith(`${VERSION_LINE}\n`)) {
      return { kind: 'unknown-format', problem: 'the age file is of another version than 1', ...where };
    }
    return { kind: 'corrupt', problem: 'it does not begin as an age file does', ...where };
  }
}

/** The kinds whose form the specification fixes. */
function judgeStanza(stanza: AgeStanza): string | undefined {
  const { type, args, body } = stanza;
  const sizes = args.map((arg) => decodeBase64(arg)?.length);
  const isFine =
    type === 'X25519'
      ? args.length === 1 && sizes[0] === 32 && body.length === WRAPPED_KEY_BYTES
      : type === 'scrypt'
        ? args.length === 2 && sizes[0] === 16 && /^[1-9]\d?$/.test(args[1] ?? '') && body.length === WRAPPED_KEY_BYTES
        : true;
  return isFine ? undefined : `a recipient of the kind ${type} in the age header is malformed`;
}

/** Base64 without padding, in the one form that each sequence of bytes has. */
function decodeBase64(text: string): Buffer | undefined {
  if (!/^[A-Za-z0-9+/]*$/.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64').replace(/=+$/, '') === text ? bytes : undefined;
}
