import { printable } from './finding.ts';
import type { VerificationLimits } from './limits.ts';
import { readPgArchiveEntry } from './pg-archive-entry.ts';
import { type PgArchiveHead, readPgArchiveHead } from './pg-archive-head.ts';
import type { PgCustomProblem } from './pg-custom-problem.ts';
import { PgDataEntries } from './pg-data-entries.ts';

/** A field of the header, or one entry with its SQL, is held in memory. No sound one comes near. */
const ENTRY_BYTES_MAX = 33_554_432;
/** More than this is only read again when it has doubled. */
const RETRY_BYTES = 262_144;

/** Header and table of contents of a custom archive, from bytes that come in pieces. */
export class PgCustomToc {
  readonly data = new PgDataEntries();
  head: PgArchiveHead | undefined;
  /** `UTF8`, or another name that PostgreSQL knows. */
  encoding: string | undefined;
  /** Bytes that were understood. */
  position = 0;
  problem: PgCustomProblem | undefined;
  /** It names nothing but what every dump has. */
  isEmpty = true;
  readonly #limits: Pick<VerificationLimits, 'entriesMax'>;
  #pieces: Buffer[] = [];
  #pendingBytes = 0;
  #retryAt = 0;
  #entries = 0;
  #lastLabel: string | undefined;

  constructor(limits: Pick<VerificationLimits, 'entriesMax'>) {
    this.#limits = limits;
  }

  /** Takes the next bytes. Returns those behind the table of contents once that is complete. */
  write(bytes: Buffer): Buffer | undefined {
    this.#pieces.push(Buffer.from(bytes));
    this.#pendingBytes += bytes.length;
    return this.#pendingBytes < this.#retryAt ? undefined : this.#read();
  }

  /** Says that no more bytes come. */
  finish(): void {
    this.#read();
  }

  /** What is missing at the end, as long as the table of contents is not complete. */
  endProblem(): PgCustomProblem {
    const end = this.position + this.#pendingBytes;
    const where =
      this.head === undefined
        ? 'its header'
        : `its table of contents, in entry ${this.#entries + 1} of ${this.head.tocEntries}`;
    return { kind: 'truncated', message: `ends inside ${where}`, offset: this.position, endOffset: end };
  }

  #read(): Buffer | undefined {
    const bytes = this.#pieces.length === 1 ? (this.#pieces[0] as Buffer) : Buffer.concat(this.#pieces);
    let at = this.head === undefined ? this.#readHead(bytes) : 0;
    while (this.head !== undefined && this.#entries < this.head.tocEntries && this.problem === undefined) {
      const used = this.#readEntry(bytes.subarray(at), this.head);
      if (used === 0) break;
      at += used;
    }
    if (this.problem !== undefined) return undefined;
    const rest = bytes.subarray(at);
    if (this.head !== undefined && this.#entries >= this.head.tocEntries) {
      this.#pieces = [];
      return rest;
    }
    this.#keep(rest);
    return undefined;
  }

  #readHead(bytes: Buffer): number {
    const read = readPgArchiveHead(bytes, 'custom');
    if (read === 'more') return 0;
    if ('problem' in read) {
      this.problem = { kind: read.kind, message: read.problem, offset: 0, endOffset: bytes.length };
      return 0;
    }
    this.head = read.head;
    this.position = read.bytes;
    return read.bytes;
  }

  /** Returns the bytes of the entry, or 0. */
  #readEntry(bytes: Buffer, head: PgArchiveHead): number {
    const read = readPgArchiveEntry(bytes, head, 'custom');
    if (read === 'more') return 0;
    if ('problem' in read) return this.#fail('corrupt', read.problem, bytes.length);
    const { entry } = read;
    const clash = this.data.add(entry);
    if (clash !== undefined) return this.#fail('corrupt', clash, read.bytes);
    this.#entries += 1;
    if (this.#entries > this.#limits.entriesMax) {
      return this.#fail('hostile', `there are more than ${this.#limits.entriesMax} entries`, read.bytes);
    }
    this.#lastLabel = entry.label;
    this.encoding ??= entry.encoding;
    this.isEmpty &&= entry.isFrame;
    this.position += read.bytes;
    return read.bytes;
  }

  #fail(kind: 'corrupt' | 'hostile' | 'unknown-format', problem: string, bytes: number): 0 {
    const behind = this.#lastLabel === undefined ? 'the first' : `the one behind ${printable(this.#lastLabel)}`;
    const message = `has a broken entry in its table of contents, ${behind}: ${problem}`;
    // A wrong length is only noticed by what is read behind it, maybe some entries later.
    this.problem = { kind, message, offset: 0, endOffset: this.position + bytes };
    return 0;
  }

  #keep(rest: Buffer): void {
    this.#pieces = [rest];
    this.#pendingBytes = rest.length;
    this.#retryAt = rest.length > RETRY_BYTES ? rest.length * 2 : 0;
    if (rest.length > ENTRY_BYTES_MAX) {
      this.#fail('unknown-format', `it has more than ${ENTRY_BYTES_MAX} bytes, which is not read`, rest.length);
    }
  }
}
