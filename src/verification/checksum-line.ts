import { algorithmOfTag, digestBytesOf } from './checksum-algorithm.ts';
import { decodeName } from './tar-header.ts';

/** What one line of a checksum list says. */
export type ChecksumLine =
  | { readonly kind: 'nothing' }
  | {
      readonly kind: 'digest';
      readonly form: 'gnu' | 'bsd';
      /** Known from the tag; lines of the GNU form have none. */
      readonly tag?: string;
      readonly algorithm?: string | undefined;
      readonly hex: string;
      readonly name: string;
    }
  | { readonly kind: 'size'; readonly name: string; readonly sizeBytes: number }
  | { readonly kind: 'broken'; readonly why: string };

const NOTHING: ChecksumLine = { kind: 'nothing' };

/** `DIGEST`, one blank, the rest. Shorter runs of digits are no digest of any kind. */
const GNU = /^([0-9A-Fa-f]{16,})[ \t](.*)$/s;

/** `SHA256 (name) = digest`, and as OpenSSL writes it: `SHA2-256(name)= digest`. */
const BSD = /^([A-Za-z][A-Za-z0-9/_.-]*) ?\((.*)\) ?= ?(\S*)$/s;

/** FreeBSD's distinfo begins with it. */
const TIMESTAMP = /^TIMESTAMP = \d+$/;

/**
 * Reads the lines of one list as GNU coreutils reads them (digest.c, `split_3`, and the manual's "md5sum invocation").
 * `#` begins a comment, blanks at the beginning are skipped, a backslash at the beginning says that the name is escaped.
 * Lines with one blank between digest and name (`md5 -r`) are known by the first of them: then a name may begin with a
 * blank or a star.
 */
export class ChecksumLines {
  #isReversed: boolean | undefined;

  /** One line as Latin-1, without its end. */
  read(line: string): ChecksumLine {
    if (line.startsWith('#')) return NOTHING;
    const trimmed = line.charCodeAt(0) <= 0x20 ? line.replace(/^[ \t]+/, '') : line;
    if (trimmed === '' || trimmed === '\r') return NOTHING;
    const isEscaped = trimmed.startsWith('\\');
    const said = isEscaped ? trimmed.slice(1) : trimmed;
    const gnu = GNU.exec(said);
    if (gnu !== null) return this.#gnuLine(gnu[1] ?? '', gnu[2] ?? '', isEscaped);
    const bsd = BSD.exec(said);
    if (bsd !== null) return bsdLine(bsd[1] ?? '', bsd[2] ?? '', bsd[3] ?? '', isEscaped);
    if (TIMESTAMP.test(said)) return NOTHING;
    return broken('is neither "DIGEST  NAME" nor "ALGORITHM (NAME) = DIGEST"');
  }

  #gnuLine(hex: string, rest: string, isEscaped: boolean): ChecksumLine {
    const hasMark = rest.length > 1 && (rest.startsWith(' ') || rest.startsWith('*'));
    this.#isReversed ??= !hasMark;
    if (!this.#isReversed && !hasMark) return broken('has no name behind its digest');
    const name = nameOf(this.#isReversed ? rest : rest.slice(1), isEscaped);
    if (name === undefined) return broken('has a name with an escape that is none');
    if (name === '') return broken('has no name behind its digest');
    if (hex.length % 2 === 1) return broken(`has a digest of ${hex.length} digits, which is an odd number`);
    return { kind: 'digest', form: 'gnu', hex: hex.toLowerCase(), name };
  }
}

function bsdLine(tag: string, rawName: string, value: string, isEscaped: boolean): ChecksumLine {
  const name = nameOf(rawName, isEscaped);
  if (name === undefined) return broken('has a name with an escape that is none');
  if (name === '') return broken('has no name between its brackets');
  if (tag === 'SIZE') {
    if (!/^\d{1,15}$/.test(value)) return broken('has a size that is no number');
    return { kind: 'size', name, sizeBytes: Number(value) };
  }
  const algorithm = algorithmOfTag(tag);
  const hex = hexOf(value, algorithm);
  if (hex === undefined) return broken(`has no digest of the kind ${tag}`);
  return { kind: 'digest', form: 'bsd', tag, algorithm, hex, name };
}

/** The digest in hexadecimal; it may be written in base64 (`cksum --base64`). Undefined when it has the wrong length. */
function hexOf(value: string, algorithm: string | undefined): string | undefined {
  const bytes = algorithm === undefined ? undefined : digestBytesOf(algorithm);
  if (/^([0-9A-Fa-f]{2})+$/.test(value) && (bytes === undefined || value.length === bytes * 2)) {
    return value.toLowerCase();
  }
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(value) || value.length % 4 !== 0) return undefined;
  const decoded = Buffer.from(value, 'base64');
  return bytes === undefined || decoded.length === bytes ? decoded.toString('hex') : undefined;
}

/** The name in characters; undefined when its escapes are broken. */
function nameOf(latin1: string, isEscaped: boolean): string | undefined {
  const text = isEscaped ? unescaped(latin1) : latin1;
  // A string of its own, also of plain ASCII: a part of the line would keep the whole line in memory.
  return text === undefined ? undefined : decodeName(Buffer.from(text, 'latin1'));
}

const UNESCAPED: Readonly<Record<string, string>> = { '\\\\': '\\', '\\n': '\n', '\\r': '\r' };

function unescaped(text: string): string | undefined {
  if (/\\(?![\\nr])/.test(text.replaceAll('\\\\', ''))) return undefined;
  return text.replaceAll(/\\[\\nr]/g, (pair) => UNESCAPED[pair] ?? pair);
}

function broken(why: string): ChecksumLine {
  return { kind: 'broken', why };
}
