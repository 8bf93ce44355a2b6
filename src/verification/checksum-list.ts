import { algorithmOfLength } from './checksum-algorithm.ts';
import { type ChecksumLine, ChecksumLines } from './checksum-line.ts';
import { CompactEntries } from './compact-entries.ts';
import type { DigestList, ExpectedFile } from './expected-file.ts';
import { type Finding, printable } from './finding.ts';
import type { VerificationLimits } from './limits.ts';
import { hostileListedName } from './listed-name.ts';
import { normalName } from './tar-name.ts';

/** A list, or why there is none. */
export type ParsedChecksumList =
  | { readonly list: DigestList; readonly finding?: undefined }
  | { readonly list?: undefined; readonly finding: Finding };

type Digest = Extract<ChecksumLine, { kind: 'digest' }>;

/** Names that lists of digests usually have: what bears one is meant as a list, even when no line of it can be read. */
const USUAL_NAME = /(sum|sums|digests?|checksums?)(\.txt|\.asc)?$|\.(md5|sha\d+|b2|blake2b?)$/i;

/** Lines that somebody meant as lines of such a list. */
const MEANT_AS_LINE = /^\\?[0-9A-Fa-f]{16,}|^\\?[A-Za-z][\w/-]* ?\(.*=/;

/**
 * Reads a list of the SHA256SUMS family: the forms of GNU coreutils (escaped names too), of BSD and of OpenSSL, of the
 * `md5sums` of Debian packages and of FreeBSD's `distinfo`; ends of lines as on Unix or Windows, UTF-8 or UTF-16 with a
 * byte order mark. Digests without a tag are told by their length and the list's name; 128 digits are SHA-512 unless the
 * name says BLAKE2. Not the form with NULs of `sha256sum -z`.
 *
 * Strict where coreutils only warns: one line that is none, and there is no list.
 */
export function parseChecksumList(
  bytes: Buffer,
  file: string,
  limits: Pick<VerificationLimits, 'entriesMax'>,
): ParsedChecksumList {
  const parser = new ChecksumListParser(file, limits.entriesMax);
  const text = inUtf8(bytes);
  for (let start = 0; start < text.length && parser.mayGoOn; ) {
    const newline = text.indexOf(0x0a, start);
    const end = newline < 0 ? text.length : newline;
    parser.take(text.toString('latin1', start, end), start, end, newline < 0);
    start = end + 1;
  }
  return parser.finish(bytes.length);
}

/** Windows writes lists in UTF-16 when a shell's output is redirected; Unix tools never do. */
function inUtf8(bytes: Buffer): Buffer {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return Buffer.from(bytes.toString('utf16le', 2), 'utf8');
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return bytes.subarray(3);
  return bytes;
}

interface Problem {
  readonly kind: Finding['kind'];
  readonly line: number;
  readonly offset: number;
  readonly endOffset: number;
  readonly why: string;
}

class ChecksumListParser {
  readonly #file: string;
  readonly #entriesMax: number;
  readonly #lines = new ChecksumLines();
  readonly #entries = new CompactEntries();
  readonly #unknown = new Map<string, Problem>();
  readonly #hostile: Problem[] = [];
  #broken: Problem | undefined;
  #brokenCount = 0;
  #meantCount = 0;
  #digestCount = 0;
  #form: 'gnu' | 'bsd' = 'gnu';
  #line = 0;
  mayGoOn = true;

  constructor(file: string, entriesMax: number) {
    this.#file = file;
    this.#entriesMax = entriesMax;
  }

  take(raw: string, offset: number, endOffset: number, isOpen: boolean): void {
    this.#line += 1;
    const text = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    const line = this.#lines.read(text);
    if (line.kind === 'nothing') return;
    const problem = (kind: Finding['kind'], why: string): Problem => ({
      kind,
      line: this.#line,
      offset,
      endOffset,
      why,
    });
    if (line.kind === 'broken') {
      this.#meantCount += MEANT_AS_LINE.test(text) ? 1 : 0;
      this.#brokenCount += 1;
      const isCut = isOpen && isBeginningOfLine(text) && this.#broken === undefined;
      this.#broken ??= problem(isCut ? 'truncated' : 'corrupt', isCut ? 'is cut in its middle' : line.why);
      return;
    }
    this.#meantCount += 1;
    const why = hostileListedName(line.name, text.startsWith('\\'));
    if (why !== undefined) this.#hostile.push(problem('hostile', `names ${printable(line.name)}: ${why}`));
    else this.#add(line, problem);
    if (this.#entries.size > this.#entriesMax || this.#hostile.length > 20) this.mayGoOn = false;
  }

  finish(fileBytes: number): ParsedChecksumList {
    const refuse = (kind: Finding['kind'], message: string, at?: Problem): ParsedChecksumList => ({
      finding: {
        kind,
        file: this.#file,
        ...(at === undefined ? {} : { offset: at.offset, endOffset: at.endOffset }),
        message,
      },
    });
    const name = printable(this.#file);
    const [hostile] = this.#hostile;
    if (hostile !== undefined) return refuse('hostile', `Line ${hostile.line} of ${name} ${hostile.why}.`, hostile);
    if (this.#entries.size > this.#entriesMax) {
      return refuse('hostile', `${name} lists more than ${this.#entriesMax} files; no more are read.`);
    }
    if (fileBytes === 0) return refuse('empty', `${name} is empty.`);
    const problem = this.#broken ?? this.#unknownProblem();
    if (
      problem !== undefined &&
      this.#meantCount === 0 &&
      problem.kind !== 'truncated' &&
      !USUAL_NAME.test(this.#file)
    ) {
      return refuse('unknown-format', `${name} is no list of digests of a form that is known here.`);
    }
    if (problem !== undefined) {
      const more = this.#brokenCount > 1 ? ` (and ${this.#brokenCount - 1} more lines are none)` : '';
      return refuse(problem.kind, `Line ${problem.line} of ${name} ${problem.why}${more}.`, problem);
    }
    if (this.#digestCount === 0) return refuse('empty', `${name} names no file.`);
    const kind = this.#form === 'bsd' ? 'bsd' : 'sha256sums';
    return { list: { source: this.#file, kind, entries: this.#entries } };
  }

  /**
   * A digest that cannot be made here is no loss where the same file has another one. Otherwise, beside known ones, it
   * is a damaged line; alone, a kind to come.
   */
  #unknownProblem(): Problem | undefined {
    for (const [name, problem] of this.#unknown) {
      if ((this.#entries.get(name)?.digests.length ?? 0) > 0) continue;
      return { ...problem, kind: this.#digestCount > 0 ? 'corrupt' : 'unknown-format' };
    }
    return undefined;
  }

  #add(
    line: Exclude<ChecksumLine, { kind: 'nothing' | 'broken' }>,
    problem: (k: Finding['kind'], w: string) => Problem,
  ) {
    const path = normalName(line.name);
    const refuse = (why: string) => {
      this.#brokenCount += 1;
      this.#broken ??= problem('corrupt', why);
    };
    if (path === '') return refuse('names the directory itself');
    const before = this.#entries.get(path);
    if (line.kind === 'size') {
      if (before?.sizeBytes !== undefined && before.sizeBytes !== line.sizeBytes) {
        return refuse(`gives ${printable(path)} another size than a line before it`);
      }
      this.#entries.set(path, { digests: before?.digests ?? [], sizeBytes: line.sizeBytes });
      return undefined;
    }
    return this.#addDigest(path, before, line, problem, refuse);
  }

  #addDigest(
    path: string,
    before: ExpectedFile | undefined,
    { form, tag, algorithm: tagged, hex }: Digest,
    problem: (kind: Finding['kind'], why: string) => Problem,
    refuse: (why: string) => void,
  ): void {
    const algorithm = tagged ?? (form === 'gnu' ? algorithmOfLength(hex.length / 2, this.#file) : undefined);
    if (algorithm === undefined) {
      const what = tag === undefined ? `a digest of ${hex.length} digits` : `a digest of the kind ${printable(tag)}`;
      if (!this.#unknown.has(path))
        this.#unknown.set(path, problem('unknown-format', `has ${what}, which is not known here`));
      return;
    }
    if (this.#digestCount === 0) this.#form = form;
    this.#digestCount += 1;
    const same = before?.digests.find((digest) => digest.algorithm === algorithm);
    if (same === undefined) {
      this.#entries.set(path, { ...before, digests: [...(before?.digests ?? []), { algorithm, hex }] });
    } else if (same.hex !== hex) refuse(`gives ${printable(path)} another digest than a line before it`);
  }
}

/** Whether the text is what a cut leaves of a line: a part of a digest, of a tag, or of a BSD line. */
function isBeginningOfLine(text: string): boolean {
  return /^\\?([0-9A-Fa-f]*([ \t][ *]?)?|[A-Za-z][A-Za-z0-9/_-]*( ?\(.*)?)$/s.test(text);
}
