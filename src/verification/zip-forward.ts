import type { ContentOptions, ContentResult, ContentWalker } from './content.ts';
import { printable } from './finding.ts';
import type { FindingList } from './finding-list.ts';
import { ZipData } from './zip-data.ts';
import { DescriptorSearch } from './zip-descriptor-search.ts';
import { isDecodable } from './zip-entry-rules.ts';
import { Gathering } from './zip-gathering.ts';
import { descriptorLength, LOCAL_BYTES_MAX, localLength, localSizes, wantedDescriptor } from './zip-local.ts';
import { decodeZipName, zipNameObjection } from './zip-name.ts';
import { recordLength } from './zip-record-length.ts';
import { FLAG, LOCAL_BYTES, METHOD, readUInt64, SIGNATURE } from './zip-records.ts';

/**
 * Why an archive is walked without its directory: `packed` inside of something else, so that its end is not at hand; `no-end`
 * found; `no-directory` that can be trusted, which is reported already; `unjudged`: only the bytes are counted.
 */
export type ForwardReason = 'packed' | 'no-end' | 'no-directory' | 'unjudged';

type State = 'record' | 'data' | 'opaque' | 'search' | 'descriptor' | 'skip' | 'done' | 'lost';

/**
 * Walks an archive from one local header to the next, as far as that goes: for the end that is lost and the directory that is
 * damaged. What the directory alone would tell (which entries there should be, overlaps, doubled names) is not seen.
 */
export class ZipForwardWalker implements ContentWalker {
  readonly #options: ContentOptions;
  readonly #findings: FindingList;
  readonly #reason: ForwardReason;
  readonly #data: ZipData;
  readonly #gathering = new Gathering(LOCAL_BYTES_MAX);
  #state: State;
  #position = 0;
  #base = 0;
  /** Entries whose data is whole, and where the last of them ended. */
  #whole = 0;
  #entries = 0;
  #wholeEnd = 0;
  /** Nothing is wrong with the current entry so far. */
  #isIntact = true;
  #name = '';
  #headerAt = 0;
  #entry = { flags: 0, method: 0, crc: 0, packedBytes: 0, sizeBytes: 0, isLong: false };
  #dataStart = 0;
  #target = 0;
  #search: DescriptorSearch | undefined;
  #hasDirectory = false;
  #hasOpaque = false;

  constructor(options: ContentOptions, findings: FindingList, reason: ForwardReason) {
    this.#options = options;
    this.#findings = findings;
    this.#reason = reason;
    this.#state = reason === 'unjudged' ? 'done' : 'record';
    const storedBytes = options.source?.sizeBytes ?? Number.MAX_SAFE_INTEGER / options.limits.expansionRatioMax;
    this.#data = new ZipData(options.limits, storedBytes);
  }

  get currentEntry(): string | undefined {
    return this.#entries === 0 ? undefined : this.#name;
  }

  write(bytes: Buffer): void {
    this.#base = this.#position;
    let at = 0;
    while (at < bytes.length) {
      at = this.#step(bytes, at);
      this.#position = this.#base + at;
    }
  }

  async end(how: 'at-end' | 'cut'): Promise<ContentResult> {
    if (how === 'at-end' && this.#reason !== 'unjudged') this.#judgeEnd();
    this.close();
    const level = this.#hasOpaque || this.#reason === 'unjudged' ? 'digest' : 'structure';
    return { entries: this.#entries, isComplete: false, findings: this.#findings.all(), level };
  }

  close(): void {
    this.#data.close();
  }

  #judgeEnd(): void {
    const size = this.#position;
    if (size === 0) {
      const nowhere = { offset: 0, endOffset: 0, decodedOffset: 0 };
      this.#findings.add({ kind: 'empty', ...nowhere, message: 'The archive is empty.' });
    } else if (this.#reason === 'packed' && this.#state === 'done') {
      const message =
        'The archive is packed inside of something else: its entries were verified one after the other, but not against its central directory.';
      this.#findings.add({ kind: 'unknown-format', decodedOffset: size, message });
    } else if (this.#reason !== 'no-directory' && this.#state !== 'lost') this.#addTruncated(size);
  }

  #addTruncated(size: number): void {
    const behind = this.#whole === 0 ? '' : `; the last of them ends at ${this.#wholeEnd}`;
    const entries = `${this.#whole} ${this.#whole === 1 ? 'entry is' : 'entries are'} whole${behind}`;
    const inside = this.#state === 'record' || this.#hasDirectory ? '' : `, inside the entry ${printable(this.#name)}`;
    const part = this.#hasDirectory ? 'the end of its central directory' : 'its central directory';
    this.#findings.add({
      kind: 'truncated',
      ...(inside === '' ? {} : { entry: this.#name }),
      offset: this.#wholeEnd,
      endOffset: size,
      decodedOffset: size,
      message: `The archive ends at ${size} without ${part}${inside}: ${entries}.`,
    });
  }

  #step(bytes: Buffer, at: number): number {
    switch (this.#state) {
      case 'record':
        return this.#takeRecord(bytes, at);
      case 'data':
        return this.#takeData(bytes, at);
      case 'search':
        return this.#takeSearch(bytes, at);
      case 'descriptor':
        return this.#takeDescriptor(bytes, at);
      case 'opaque':
      case 'skip':
        return this.#pass(bytes, at);
      default:
        return bytes.length;
    }
  }

  #pass(bytes: Buffer, at: number): number {
    const to = Math.min(bytes.length, this.#target - this.#base);
    if (this.#base + to < this.#target) return to;
    if (this.#state === 'opaque') this.#leaveData();
    else this.#state = 'record';
    return Math.max(at, to);
  }

  #takeRecord(bytes: Buffer, at: number): number {
    const record = this.#gathering.gather(bytes, at, recordLength);
    if (!record.isWhole) return record.at;
    const start = this.#base + record.at - record.length;
    const signature = record.length >= 4 ? record.bytes.readUInt32LE(record.from) : 0;
    if (signature === SIGNATURE.local && !this.#hasDirectory) this.#openEntry(record.bytes, record.from, start);
    else if (signature === SIGNATURE.central) {
      this.#hasDirectory = true;
      this.#wholeEnd = Math.max(this.#wholeEnd, start);
    } else if (signature === SIGNATURE.zip64End) {
      this.#target = start + Math.min(readUInt64(record.bytes, record.from + 4) + 12, Number.MAX_SAFE_INTEGER - start);
      this.#state = 'skip';
    } else if (signature === SIGNATURE.end) this.#state = 'done';
    else if (signature !== SIGNATURE.zip64Locator) this.#lose(start);
    return record.at;
  }

  #lose(start: number): void {
    this.#state = 'lost';
    if (this.#reason === 'no-directory') return;
    const endOffset = this.#options.source?.sizeBytes ?? start + 4;
    const range = { offset: start, endOffset, decodedOffset: start };
    const message =
      this.#entries === 0 && !this.#hasDirectory
        ? 'The archive has no end record, and does not begin like one.'
        : `The archive has no end record, and from ${start} on no record of an archive: ${this.#whole} entries before are whole.`;
    this.#findings.add({ kind: 'corrupt', ...range, message });
  }

  #openEntry(bytes: Buffer, from: number, start: number): void {
    const nameBytes = Math.min(bytes.readUInt16LE(from + 26), this.#options.limits.nameBytesMax);
    this.#name = decodeZipName(bytes.subarray(from + LOCAL_BYTES, from + LOCAL_BYTES + nameBytes));
    this.#headerAt = start;
    this.#dataStart = start + localLength(bytes, from);
    const flags = bytes.readUInt16LE(from + 6);
    this.#entry = {
      flags,
      method: bytes.readUInt16LE(from + 8),
      crc: bytes.readUInt32LE(from + 14),
      ...localSizes(bytes, from),
    };
    const objection = zipNameObjection(this.#name);
    if (objection !== undefined) this.#add(objection.kind, this.#dataStart, `${objection.why}`, start);
    this.#entries += 1;
    this.#isIntact = true;
    if (this.#entries > this.#options.limits.entriesMax) {
      this.#add('hostile', this.#dataStart, `the archive has more than ${this.#options.limits.entriesMax} entries`);
      this.#state = 'lost';
    } else this.#openData();
  }

  #openData(): void {
    const { flags, method, packedBytes, sizeBytes } = this.#entry;
    const isOpen = (flags & FLAG.descriptor) !== 0 && packedBytes === 0;
    this.#target = isOpen ? Number.POSITIVE_INFINITY : this.#dataStart + packedBytes;
    if ((flags & (FLAG.encrypted | FLAG.strong)) !== 0 || !isDecodable(method)) {
      this.#hasOpaque = true;
      const isLocked = (flags & FLAG.encrypted) !== 0;
      this.#add(isLocked ? 'no-key' : 'unknown-format', this.#dataStart, 'it cannot be unpacked here');
      if (isOpen) this.#state = 'lost';
      else this.#beginOpaque();
    } else if (isOpen && method !== METHOD.deflate) {
      this.#search = new DescriptorSearch(this.#entry.isLong);
      this.#state = 'search';
    } else if (this.#data.isExhausted) this.#state = 'lost';
    else {
      this.#data.begin({ method, sizeBytes: isOpen ? Number.POSITIVE_INFINITY : sizeBytes }, 0);
      this.#state = 'data';
      if (packedBytes === 0 && !isOpen) this.#closeData();
    }
  }

  #beginOpaque(): void {
    this.#state = 'opaque';
    if (this.#target === this.#dataStart) this.#leaveData();
  }

  #takeData(bytes: Buffer, at: number): number {
    const to = Math.min(bytes.length, this.#target - this.#base);
    const isLast = this.#base + to === this.#target;
    const stopped = this.#data.take(bytes, at, to, isLast);
    if (this.#data.problem !== undefined) this.#failData(this.#base + to);
    else if (!Number.isFinite(this.#target)) {
      if (this.#data.isEnded) {
        this.#entry.packedBytes = this.#base + stopped - this.#dataStart;
        this.#entry.sizeBytes = this.#data.unpackedBytes;
        this.#entry.crc = this.#data.crc;
        this.#state = 'descriptor';
      }
      return stopped;
    } else if (stopped < to) {
      this.#add('corrupt', this.#target, 'its data ends before its packed size', this.#dataStart);
      this.#skipData();
    } else if (isLast) this.#closeData();
    return to;
  }

  #closeData(): void {
    // With a descriptor to come, and sizes but no CRC-32 in the header, the descriptor is what is compared.
    if ((this.#entry.flags & FLAG.descriptor) !== 0 && this.#entry.crc === 0) this.#entry.crc = this.#data.crc;
    const problem = this.#data.finish(this.#entry.crc);
    if (problem !== undefined) this.#add(problem.kind, this.#target, `its data ${problem.why}`, this.#dataStart);
    this.#leaveData();
  }

  #failData(endOffset: number): void {
    const { kind = 'corrupt', why = '' } = this.#data.problem ?? {};
    this.#add(kind, endOffset, `its data ${why}`, this.#dataStart);
    this.#skipData();
  }

  /** Without a size nobody knows where a broken entry ends. */
  #skipData(): void {
    if (Number.isFinite(this.#target)) this.#state = 'opaque';
    else this.#state = 'lost';
  }

  #leaveData(): void {
    if ((this.#entry.flags & FLAG.descriptor) !== 0) this.#state = 'descriptor';
    else this.#leaveEntry(this.#target);
  }

  #leaveEntry(endOffset: number): void {
    this.#state = 'record';
    if (!this.#isIntact) return;
    this.#whole += 1;
    this.#wholeEnd = endOffset;
  }

  #takeDescriptor(bytes: Buffer, at: number): number {
    const entry = this.#entry;
    const found = this.#gathering.gather(bytes, at, (buffer, from, have) =>
      wantedDescriptor(buffer, from, have, entry),
    );
    if (!found.isWhole) return found.at;
    const end = this.#dataStart + entry.packedBytes + found.length;
    if (descriptorLength(found.bytes, found.from, found.length, entry) === found.length) this.#leaveEntry(end);
    else {
      if (this.#isIntact) this.#add('corrupt', end, 'its data and its data descriptor disagree', this.#dataStart);
      this.#state = 'lost';
    }
    return found.at;
  }

  #takeSearch(bytes: Buffer, at: number): number {
    const search = this.#search;
    const found = search?.take(bytes, at);
    if (search === undefined || found === undefined) return bytes.length;
    this.#leaveEntry(this.#base + found);
    return Math.max(at, found);
  }

  #add(
    kind: 'corrupt' | 'hostile' | 'suspect' | 'no-key' | 'unknown-format',
    endOffset: number,
    why: string,
    offset = this.#headerAt,
  ): void {
    if (kind === 'corrupt' || kind === 'hostile') this.#isIntact = false;
    const range = { offset, endOffset, decodedOffset: offset };
    this.#findings.add({ kind, entry: this.#name, ...range, message: `${printable(this.#name)}: ${why}.` });
  }
}
