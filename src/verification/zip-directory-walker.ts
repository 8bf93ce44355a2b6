import { crc32 } from 'node:zlib';
import type { ContentOptions, ContentResult, ContentSource, ContentWalker } from './content.ts';
import type { ContentSink } from './content-sink.ts';
import type { FindingList } from './finding-list.ts';
import type { ZipColumns } from './zip-columns.ts';
import { ZipData, type ZipDataProblem } from './zip-data.ts';
import type { ZipDirectory } from './zip-directory.ts';
import type { ZipEnd } from './zip-end.ts';
import { isDecodable } from './zip-entry-rules.ts';
import { Gathering } from './zip-gathering.ts';
import { DESCRIPTOR_BYTES_MAX, descriptorLength, isLocalHeader, LOCAL_BYTES_MAX, localLength } from './zip-local.ts';
import { ZipOpenEntry } from './zip-open-entry.ts';
import { FLAG, LOCAL_BYTES, METHOD } from './zip-records.ts';
import { ZipReport } from './zip-report.ts';

type State = 'between' | 'header' | 'data' | 'opaque' | 'descriptor' | 'skip' | 'tail';

const SIGNATURE_BYTES = 4;

/** Flags with which the data of an entry is not what it seems. */
const LOCKED = FLAG.encrypted | FLAG.strong | FLAG.patched | FLAG.masked;

/**
 * Verifies the bytes of an archive, of which the directory was read, in one pass: all of them must belong to a local header,
 * the data of an entry, its descriptor, the directory or the end records.
 */
export class ZipDirectoryWalker implements ContentWalker {
  readonly #source: ContentSource;
  readonly #end: ZipEnd;
  readonly #directory: ZipDirectory;
  readonly #columns: ZipColumns;
  readonly #report: ZipReport;
  readonly #data: ZipData;
  readonly #gathering = new Gathering(LOCAL_BYTES_MAX);
  readonly #open: ZipOpenEntry;
  #state: State = 'between';
  /** Offset of the next byte, and of the first of the bytes that are being taken. */
  #position = 0;
  #base = 0;
  /** The next entry in the order of the local headers. */
  #next = 0;
  /** An entry whose data runs into the next one, if there really is one. */
  #overlapping: { readonly name: string; readonly from: number; readonly to: number } | undefined;
  /** The entry before had no local header where it should be. */
  #isLastMissing = false;
  #hasOpaque = false;
  #directoryCrc = 0;

  constructor(
    options: ContentOptions & { readonly isTree: boolean; readonly sink: ContentSink | undefined },
    source: ContentSource,
    end: ZipEnd,
    directory: ZipDirectory,
    findings: FindingList,
  ) {
    this.#source = source;
    this.#end = end;
    this.#directory = directory;
    this.#columns = directory.columns;
    this.#report = new ZipReport(findings);
    this.#data = new ZipData(options.limits, source.sizeBytes);
    this.#open = new ZipOpenEntry(this.#report, { ...options, nameBytesMax: options.limits.nameBytesMax });
  }

  get currentEntry(): string | undefined {
    return this.#open.name || undefined;
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
    const isWhole = how === 'at-end' && this.#position === this.#source.sizeBytes;
    if (how === 'at-end') this.#judgeEnd();
    this.close();
    return {
      entries: this.#columns.length,
      isComplete: isWhole && this.#directory.isWhole,
      findings: await this.#report.finish(this.#source, this.#end),
      level: this.#hasOpaque ? 'digest' : 'structure',
    };
  }

  close(): void {
    this.#data.close();
  }

  #judgeEnd(): void {
    const { sizeBytes } = this.#source;
    if (this.#columns.length === 0 && this.#directory.isWhole && this.#report.isEmpty) {
      const range = { offset: 0, endOffset: sizeBytes, decodedOffset: 0 };
      this.#report.add({ kind: 'empty', ...range, message: 'The archive has no entry.' });
    }
    const isSame = !this.#directory.isWhole || this.#directoryCrc === this.#directory.crc;
    if (isSame && this.#position === sizeBytes) return;
    const range = { offset: this.#end.directoryStart, endOffset: sizeBytes, decodedOffset: this.#position };
    const message = 'The archive changed while it was read: its directory is not the one that was read at first.';
    this.#report.add({ kind: 'changed-while-read', ...range, message });
  }

  /** Takes some of the bytes, and returns where it stopped. */
  #step(bytes: Buffer, at: number): number {
    switch (this.#state) {
      case 'between':
        return this.#reachNext(bytes, at);
      case 'header':
        return this.#takeHeader(bytes, at);
      case 'data':
        return this.#takeData(bytes, at);
      case 'opaque':
        return this.#pass(bytes, this.#open.dataEnd);
      case 'descriptor':
        return this.#takeDescriptor(bytes, at);
      case 'skip':
        return this.#pass(bytes, this.#open.limit);
      default:
        return this.#takeTail(bytes, at);
    }
  }

  #pass(bytes: Buffer, target: number): number {
    const to = Math.min(bytes.length, target - this.#base);
    if (this.#base + to < target) return to;
    if (this.#state === 'opaque') this.#leaveData();
    else this.#state = 'between';
    return to;
  }

  #reachNext(bytes: Buffer, at: number): number {
    const target = Math.min(this.#columns.localOffset(this.#next), this.#end.directoryStart);
    const gapBytes = target - this.#base - at;
    if (gapBytes > 0) {
      const to = Math.min(bytes.length, at + gapBytes);
      this.#report.addGap(this.#base + at, bytes.subarray(at, to));
      return to;
    }
    if (this.#next < this.#columns.reachable) this.#openEntry();
    else this.#state = 'tail';
    return at;
  }

  #openEntry(): void {
    const index = this.#next;
    const localOffset = this.#columns.localOffset(index);
    for (this.#next += 1; this.#columns.localOffset(this.#next) === localOffset; this.#next += 1) {
      this.#report.addShared(localOffset);
    }
    const limit = Math.min(this.#columns.localOffset(this.#next), this.#end.directoryStart);
    this.#open.begin(this.#columns, index, limit);
    this.#state = 'header';
  }

  #takeHeader(bytes: Buffer, at: number): number {
    const room = this.#open.limit - this.#open.directory.localOffset;
    const header = this.#gathering.gather(bytes, at, (buffer, from, have) => {
      if (have < LOCAL_BYTES || !isLocalHeader(buffer, from)) return Math.min(LOCAL_BYTES, room);
      return Math.min(localLength(buffer, from), room);
    });
    if (header.isWhole) this.#judgeHeader(header.bytes, header.from, header.length);
    return header.at;
  }

  #judgeHeader(bytes: Buffer, from: number, length: number): void {
    const open = this.#open;
    const { localOffset } = open.directory;
    const overlapping = this.#overlapping;
    this.#overlapping = undefined;
    this.#state = 'skip';
    if (length < LOCAL_BYTES && length >= SIGNATURE_BYTES && isLocalHeader(bytes, from)) {
      // The next entry begins inside of it, or only its offset is damaged: that shows when it comes.
      this.#overlapping = { name: '', from: localOffset, to: localOffset + LOCAL_BYTES };
      return;
    }
    if (length < LOCAL_BYTES || !isLocalHeader(bytes, from)) {
      const endOffset = Math.min(open.limit, localOffset + LOCAL_BYTES);
      this.#report.addMissing(localOffset, endOffset, this.#isLastMissing);
      this.#isLastMissing = true;
      return;
    }
    this.#isLastMissing = false;
    if (overlapping !== undefined) this.#report.addOverlap(overlapping, localOffset);
    const wanted = open.readHeader(bytes, from, length);
    if (length < wanted) this.#refuseHeader(length, 'its local header is longer than the room for it');
    else if (!open.isAgreed(bytes, from)) return;
    else if (open.dataEnd > open.limit && open.isExtraBroken) {
      this.#refuseHeader(length, 'its local header has broken extra fields');
    } else this.#openData();
  }

  /** A header that does not fit: one that reaches into the next entry was made so, unless its lengths are damaged. */
  #refuseHeader(length: number, why: string): void {
    const { name, dataEnd, directory } = this.#open;
    this.#open.object('corrupt', directory.localOffset, directory.localOffset + length, why);
    this.#overlapping = { name, from: directory.localOffset, to: dataEnd };
  }

  #openData(): void {
    const open = this.#open;
    const { method, flags, sizeBytes, packedBytes } = open.directory;
    if ((flags & LOCKED) !== 0 || !isDecodable(method)) {
      this.#hasOpaque = true;
      this.#report.addUnread(open.directory, open.name);
      if (open.dataEnd > open.limit) this.#runOver();
      else if (packedBytes === 0) this.#leaveData();
      else this.#state = 'opaque';
    } else if (method === METHOD.stored && packedBytes !== sizeBytes) {
      const sizes = { expected: `${sizeBytes} bytes`, actual: `${packedBytes} bytes` };
      const why = 'its data is stored as it is, but the directory has two sizes for it';
      open.objectToData('corrupt', open.dataStart, open.dataStop, why, sizes);
    } else if (open.dataEnd > open.limit && method !== METHOD.deflate) this.#runOver();
    else if (!this.#data.isExhausted) {
      open.beginData(this.#data);
      this.#state = 'data';
      if (open.dataStart === open.dataStop) this.#closeData();
    }
  }

  #takeData(bytes: Buffer, at: number): number {
    const open = this.#open;
    const to = Math.min(bytes.length, open.dataStop - this.#base);
    const isLast = this.#base + to === open.dataStop;
    const stopped = this.#data.take(bytes, at, to, isLast);
    if (this.#data.problem !== undefined) this.#failData(this.#data.problem, this.#base + to);
    else if (stopped < to) {
      const ended = this.#base + stopped - open.dataStart;
      const sizes = { expected: `${open.directory.packedBytes} bytes`, actual: `${ended} bytes` };
      const why = `ends after ${ended} bytes instead of ${open.directory.packedBytes}`;
      this.#failData({ kind: 'corrupt', why, ...sizes }, open.dataStop);
    } else if (isLast) this.#closeData();
    return to;
  }

  #closeData(): void {
    const open = this.#open;
    if (open.dataEnd > open.limit) {
      this.#runOver();
      return;
    }
    const problem = this.#data.finish(open.directory.crc);
    if (problem !== undefined) this.#failData(problem, open.dataEnd);
    else {
      open.endData(this.#data);
      this.#leaveData();
    }
  }

  #failData({ kind, why, ...numbers }: ZipDataProblem, endOffset: number): void {
    this.#open.objectToData(kind, this.#open.dataStart, endOffset, `its data ${why}`, numbers);
    this.#state = 'skip';
  }

  /** The data goes on where another entry or the directory begins. */
  #runOver(): void {
    const { name, directory, dataEnd, limit } = this.#open;
    this.#state = 'skip';
    if (limit < this.#end.directoryStart) this.#overlapping = { name, from: directory.localOffset, to: dataEnd };
    else this.#open.objectToData('corrupt', directory.localOffset, dataEnd, 'its data runs into the central directory');
  }

  #leaveData(): void {
    const { hasDescriptor, limit, dataEnd } = this.#open;
    if (!hasDescriptor) this.#state = 'between';
    else if (limit > dataEnd) this.#state = 'descriptor';
    else this.#refuseDescriptor(dataEnd, 'is missing');
  }

  #takeDescriptor(bytes: Buffer, at: number): number {
    const { limit, dataEnd, directory } = this.#open;
    const room = limit - dataEnd;
    const wanted = Math.min(DESCRIPTOR_BYTES_MAX, room);
    const found = this.#gathering.gather(bytes, at, () => wanted);
    if (!found.isWhole) return found.at;
    const length = descriptorLength(found.bytes, found.from, room, directory);
    this.#state = 'between';
    if (length === 0) this.#refuseDescriptor(dataEnd + wanted, 'does not say what the directory says');
    else if (length < wanted) {
      this.#report.addGap(dataEnd + length, found.bytes.subarray(found.from + length, found.from + wanted));
    }
    return found.at;
  }

  #refuseDescriptor(endOffset: number, why: string): void {
    this.#open.objectToData('corrupt', this.#open.dataEnd, endOffset, `its data descriptor ${why}`);
    this.#state = 'skip';
  }

  #takeTail(bytes: Buffer, at: number): number {
    const directoryLeft = this.#end.directoryEnd - this.#base - at;
    if (directoryLeft > 0) this.#directoryCrc = crc32(bytes.subarray(at, at + directoryLeft), this.#directoryCrc);
    return bytes.length;
  }
}
