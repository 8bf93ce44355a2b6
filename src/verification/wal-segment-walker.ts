import type { ContentOptions, ContentResult, ContentWalker } from './content.ts';
import { FindingList } from './finding-list.ts';
import { isSegmentName, readSegmentHeader, SEGMENT_HEADER_BYTES, segmentStart } from './wal.ts';

/** The unit of the log; PostgreSQL can be built with another one, which a segment's header states. */
const DEFAULT_PAGE_BYTES = 8192;
const PAGE_BYTES_OFFSET = 36;
/** The short header at the start of every page but the first (PostgreSQL, `access/xlog_internal.h`). */
const PAGE_HEADER_BYTES = 24;

/**
 * Walks a complete segment of the write-ahead log: every page must say that it lies where it does, on the timeline of the file's
 * name or an older one, and the first one that it belongs to the cluster. What was not written before the log was switched to
 * the next segment is zeros to the end.
 */
export class WalSegmentWalker implements ContentWalker {
  readonly currentEntry = undefined;
  readonly #name: string;
  readonly #systemIdentifier: bigint;
  readonly #findings: FindingList;
  #head = Buffer.alloc(0);
  #bytes = 0;
  #pageBytes = DEFAULT_PAGE_BYTES;
  #segmentBytes = 0;
  #pages = 0;
  #timeline = 0;
  #endOfLog: number | undefined;

  constructor({ file }: ContentOptions, { systemIdentifier }: { readonly systemIdentifier: bigint }) {
    this.#name = file.slice(file.lastIndexOf('/') + 1).split('.')[0] ?? '';
    this.#systemIdentifier = systemIdentifier;
    this.#findings = new FindingList(file);
  }

  write(bytes: Buffer): void {
    for (let rest = bytes; rest.length > 0; ) {
      const inPage = this.#bytes % this.#pageBytes;
      const wanted = this.#pages === 0 ? SEGMENT_HEADER_BYTES : PAGE_HEADER_BYTES;
      const isHead = inPage < wanted;
      const piece = rest.subarray(0, (isHead ? wanted : this.#pageBytes) - inPage);
      if (isHead) this.#takeHead(piece, wanted);
      else this.#takeBody(piece);
      this.#bytes += piece.length;
      rest = rest.subarray(piece.length);
    }
  }

  end(how: 'at-end' | 'cut'): ContentResult {
    if (how === 'at-end') this.#judgeLength();
    return {
      entries: this.#pages,
      isComplete: this.#bytes === this.#segmentBytes,
      findings: this.#findings.all(),
      level: 'structure',
    };
  }

  #takeHead(piece: Buffer, wanted: number): void {
    this.#head = Buffer.concat([this.#head, piece]);
    if (this.#head.length < wanted) return;
    const head = this.#head;
    this.#head = Buffer.alloc(0);
    if (this.#pages === 0) this.#judgeSegment(head);
    if (head.every((byte) => byte === 0)) this.#endOfLog ??= this.#pageOffset;
    else this.#judgePage(head);
    this.#pages += 1;
  }

  /** What the log has not reached is zeros. */
  #takeBody(piece: Buffer): void {
    if (this.#endOfLog === undefined || piece.every((byte) => byte === 0)) return;
    this.#corrupt(`bytes stand at ${this.#bytes}, behind the end of the log at ${this.#endOfLog}`, this.#bytes);
  }

  get #pageOffset(): number {
    return this.#pages * this.#pageBytes;
  }

  #judgeSegment(head: Buffer): void {
    const header = readSegmentHeader(head);
    if (header === undefined) {
      this.#corrupt('it does not begin with the header of a segment', 0);
      return;
    }
    this.#segmentBytes = header.segmentBytes;
    this.#pageBytes = head.readUInt32LE(PAGE_BYTES_OFFSET) || DEFAULT_PAGE_BYTES;
    const { systemIdentifier } = header;
    if (systemIdentifier === this.#systemIdentifier) return;
    const wanted = `instead of ${this.#systemIdentifier}`;
    this.#corrupt(`it belongs to another cluster (system identifier ${systemIdentifier} ${wanted})`, 0);
  }

  #judgePage(head: Buffer): void {
    if (this.#segmentBytes === 0 || !isSegmentName(this.#name)) return;
    const at = this.#pageOffset;
    const timeline = head.readUInt32LE(4);
    const wrong =
      this.#endOfLog === undefined ? this.#pageProblem(head, at, timeline) : 'stands behind the end of the log';
    if (wrong !== undefined) this.#corrupt(`the page at ${at} ${wrong}`, at);
    else this.#timeline = timeline;
  }

  #pageProblem(head: Buffer, at: number, timeline: number): string | undefined {
    const isInPlace = head.readBigUInt64LE(8) === segmentStart(this.#name, this.#segmentBytes) + BigInt(at);
    if (!isInPlace) return 'holds another part of the log';
    // The first segment of a new timeline begins with a copy of pages of the old one.
    const isOurs = timeline >= this.#timeline && timeline <= Number.parseInt(this.#name.slice(0, 8), 16);
    return isOurs ? undefined : `belongs to timeline ${timeline}`;
  }

  #judgeLength(): void {
    if (this.#segmentBytes === 0 || this.#bytes === this.#segmentBytes) return;
    const kind = this.#bytes < this.#segmentBytes ? 'truncated' : 'corrupt';
    const message = `The WAL segment ${this.#name} has ${this.#bytes} bytes instead of ${this.#segmentBytes}.`;
    this.#findings.add({ kind, decodedOffset: this.#bytes, message });
  }

  #corrupt(what: string, decodedOffset: number): void {
    this.#findings.add({ kind: 'corrupt', decodedOffset, message: `The WAL segment ${this.#name}: ${what}.` });
  }
}
