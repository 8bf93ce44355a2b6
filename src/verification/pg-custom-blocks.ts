import { printable } from './finding.ts';
import type { VerificationLimits } from './limits.ts';
import { PgArchiveCursor } from './pg-archive-cursor.ts';
import type { PgArchiveHead } from './pg-archive-head.ts';
import type { PgCustomProblem } from './pg-custom-problem.ts';
import type { PgDataEntries, PgDataEntry } from './pg-data-entries.ts';
import { PgEntryData } from './pg-entry-data.ts';
import { createPgStreamDecoder, type PgStreamDecoder, type PgStreamProblem } from './pg-stream-decoder.ts';

/** Types of blocks: BLK_DATA and BLK_BLOBS in PostgreSQL's pg_backup_archiver.h. */
const DATA = 1;
const BLOBS = 3;
const INT_BYTES = 5;
/**
 * pg_dump writes chunks of 4 KiB, or one for each row where nothing is packed. They are put together to this size before
 * they are decoded and scanned.
 */
const GATHER_BYTES = 131_072;
/** Inflating notices damage late: what it decodes wrongly at first may look right. */
const LATE_BYTES = 65_536;

type State = 'block' | 'large-object' | 'chunk' | 'payload';

/** The blocks of data behind the table of contents of a custom archive. */
export class PgCustomBlocks {
  problem: PgCustomProblem | undefined;
  seenEntries = 0;
  readonly #toc: { readonly data: PgDataEntries; readonly encoding: string | undefined };
  readonly #limits: VerificationLimits;
  readonly #decoder: PgStreamDecoder;
  readonly #isOpaque: boolean;
  readonly #gathered = Buffer.allocUnsafeSlow(GATHER_BYTES);
  #gatheredBytes = 0;
  #carry: Buffer = EMPTY;
  #state: State = 'block';
  /** Bytes of the current chunk that are still to come. */
  #chunkLeft = 0;
  #position: number;
  #blockStart = 0;
  #entry: PgDataEntry | undefined;
  #content = new PgEntryData({ kind: 'opaque' });
  #decodedBytes = 0;

  /** `toc.position` is where the blocks start. */
  constructor(
    head: PgArchiveHead,
    toc: { readonly data: PgDataEntries; readonly encoding: string | undefined; readonly position: number },
    limits: VerificationLimits,
  ) {
    this.#toc = toc;
    this.#limits = limits;
    this.#position = toc.position;
    this.#isOpaque = head.compression === 'lz4';
    this.#decoder = createPgStreamDecoder(head.compression, limits, (decoded) => this.#onDecoded(decoded));
  }

  /** The entry whose data is streaming past, else the last one. */
  get currentEntry(): string | undefined {
    return this.#entry?.label;
  }

  write(piece: Buffer): void {
    const bytes = this.#carry.length === 0 ? piece : Buffer.concat([this.#carry, piece]);
    const start = this.#position;
    let at = 0;
    while (at < bytes.length && this.problem === undefined) {
      const used = this.#state === 'payload' ? this.#takePayload(bytes, at) : this.#takeNumber(bytes, at);
      if (used === 0) break;
      at += used;
      this.#position = start + at;
    }
    this.#carry = at === bytes.length ? EMPTY : Buffer.from(bytes.subarray(at));
  }

  /** Says that no more bytes come. */
  finish(): void {
    if (this.problem === undefined) this.#flush();
  }

  /** What is missing at the end. */
  endProblem(): PgCustomProblem | undefined {
    const end = this.#position + this.#carry.length;
    const missing = this.#toc.data.firstMissing();
    if (this.#state !== 'block') {
      const others = missing === undefined ? '' : `; the data of ${missing.missing} more entries is lost`;
      const message = `ends inside the data of ${this.#name()}${others}`;
      return { kind: 'truncated', entry: this.#name(), message, offset: this.#blockStart, endOffset: end };
    }
    if (missing === undefined) return undefined;
    const { label } = missing.entry;
    const others = missing.missing === 1 ? '' : ` and that of ${missing.missing - 1} more entries`;
    const kind = missing.isAtEnd ? 'truncated' : 'corrupt';
    const where = missing.isAtEnd ? 'ends before' : 'lacks';
    return {
      kind,
      entry: label,
      message: `${where} the data of ${printable(label)}${others}`,
      offset: end,
      endOffset: end,
    };
  }

  close(): void {
    this.#decoder.close();
  }

  #takePayload(bytes: Buffer, at: number): number {
    const taken = Math.min(this.#chunkLeft, bytes.length - at);
    if (taken >= GATHER_BYTES / 4) {
      this.#flush();
      if (this.problem === undefined) this.#decode(bytes.subarray(at, at + taken));
    } else {
      if (this.#gatheredBytes + taken > GATHER_BYTES) this.#flush();
      bytes.copy(this.#gathered, this.#gatheredBytes, at, at + taken);
      this.#gatheredBytes += taken;
    }
    this.#chunkLeft -= taken;
    if (this.#chunkLeft === 0) this.#state = 'chunk';
    return taken;
  }

  /** Returns the bytes of the number, or 0 when they are not all there. */
  #takeNumber(bytes: Buffer, at: number): number {
    if (this.#state === 'block') return this.#beginBlock(bytes, at);
    if (bytes.length - at < INT_BYTES) return 0;
    const sign = bytes[at] as number;
    const value = bytes.readUInt32LE(at + 1);
    const isChunk = this.#state === 'chunk';
    const isBroken = sign > 1 || (sign === 1 && value === 0) || (isChunk && (sign === 1 || value > 0x7fffffff));
    if (isBroken) {
      this.#fail(
        'corrupt',
        `has a broken ${isChunk ? 'length of a chunk' : 'number of a large object'} in the data of`,
      );
    } else if (isChunk && value > 0) {
      this.#chunkLeft = value;
      this.#state = 'payload';
    } else if (isChunk) {
      this.#endStream();
    } else if (value === 0) {
      this.#endBlock();
    } else {
      this.#decoder.begin();
      this.#state = 'chunk';
    }
    return INT_BYTES;
  }

  #beginBlock(bytes: Buffer, at: number): number {
    const { data } = this.#toc;
    const type = bytes[at];
    this.#blockStart = this.#position;
    if (this.seenEntries === data.count) return this.#failHere('has bytes behind its last block');
    if (type !== DATA && type !== BLOBS) {
      // At the very first one the table of contents may be shorter than it says.
      return this.#failHere(
        `has a block of the unknown type ${type}`,
        this.#entry === undefined ? 0 : this.#blockStart,
      );
    }
    const cursor = new PgArchiveCursor(bytes.subarray(at + 1));
    const dumpId = cursor.int('its number');
    if (cursor.problem !== undefined) return this.#failHere('has a block with a broken number');
    if (cursor.ranOut) return 0;
    const entry = data.see(dumpId);
    if (entry === 'unknown') return this.#failHere(`has a block ${dumpId} that its table of contents does not name`, 0);
    if (entry === 'again') return this.#failHere(`has the block ${dumpId} a second time`, 0);
    this.#entry = entry;
    this.seenEntries += 1;
    this.#judgeBlock(entry, type);
    const kind = entry.isBlobs || this.#isOpaque ? 'opaque' : entry.columns === undefined ? 'commands' : 'rows';
    this.#content = new PgEntryData({ kind, columns: entry.columns, encoding: this.#toc.encoding });
    this.#state = entry.isBlobs ? 'large-object' : 'chunk';
    if (!entry.isBlobs) this.#decoder.begin();
    return 1 + INT_BYTES;
  }

  #judgeBlock(entry: PgDataEntry, type: number): void {
    if (entry.isBlobs !== (type === BLOBS)) this.#fail('corrupt', `has a block of type ${type} with the data of`);
    if (entry.offset === undefined || entry.offset === this.#blockStart) return;
    this.#fail('corrupt', `does not have it where its table of contents says: the data of`, {
      // Either of the two may be wrong.
      offset: 0,
      expected: `offset ${entry.offset}`,
      actual: `offset ${this.#blockStart}`,
    });
  }

  #endStream(): void {
    this.#flush();
    if (this.problem === undefined) this.#takeStreamProblem(this.#decoder.finish());
    if (this.problem !== undefined) return;
    if (this.#entry?.isBlobs === true) this.#state = 'large-object';
    else this.#endBlock();
  }

  #endBlock(): void {
    this.#content.finish();
    this.#takeContentProblem();
    this.#state = 'block';
  }

  #flush(): void {
    const bytes = this.#gathered.subarray(0, this.#gatheredBytes);
    this.#gatheredBytes = 0;
    if (bytes.length > 0) this.#decode(bytes);
  }

  #decode(bytes: Buffer): void {
    this.#takeStreamProblem(this.#decoder.write(bytes));
    this.#takeContentProblem();
  }

  #onDecoded(decoded: Buffer): void {
    this.#decodedBytes += decoded.length;
    const { expansionFreeBytes, expansionRatioMax } = this.#limits;
    if (this.#decodedBytes > Math.max(expansionFreeBytes, expansionRatioMax * (this.#position + GATHER_BYTES))) {
      this.#fail('hostile', `unpacks to more than ${expansionRatioMax} times its size, an expansion bomb, in`);
    } else this.#content.write(decoded);
  }

  #takeStreamProblem(problem: PgStreamProblem | undefined): void {
    if (problem === undefined) return;
    const from = problem.isAnywhere ? this.#blockStart : Math.max(this.#blockStart, this.#position - LATE_BYTES);
    this.#fail(problem.kind, `has broken data, ${problem.message}, in`, { offset: from });
  }

  #takeContentProblem(): void {
    const { problem } = this.#content;
    if (problem !== undefined) this.#failWith('corrupt', `has broken data: ${this.#name()} ${problem}`);
  }

  #fail(kind: PgCustomProblem['kind'], message: string, more: Partial<PgCustomProblem> = {}): void {
    this.#failWith(kind, `${message} ${this.#name()}`, more);
  }

  #failWith(kind: PgCustomProblem['kind'], message: string, more: Partial<PgCustomProblem> = {}): void {
    const endOffset = this.#position + (this.#state === 'payload' ? GATHER_BYTES : INT_BYTES + 1);
    this.problem ??= { kind, entry: this.#name(), message, offset: this.#blockStart, endOffset, ...more };
  }

  /** The block itself cannot be told: it belongs to no entry. */
  #failHere(message: string, offset = this.#blockStart): 0 {
    const behind = this.#entry === undefined ? '' : `, behind the data of ${this.#name()}`;
    const endOffset = this.#blockStart + 1 + INT_BYTES;
    this.problem ??= { kind: 'corrupt', message: `${message}${behind}`, offset, endOffset };
    return 0;
  }

  #name(): string {
    return printable(this.#entry?.label ?? '');
  }
}

const EMPTY: Buffer = Buffer.alloc(0);
