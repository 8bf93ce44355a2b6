import type { ContentSink } from './content-sink.ts';
import { type Finding, printable } from './finding.ts';
import { hostileLink, normalName } from './tar-name.ts';
import { FILE_TYPE, type ZipColumns } from './zip-columns.ts';
import type { ZipData } from './zip-data.ts';
import { type DirectoryEntry, disagreements, localLength } from './zip-local.ts';
import { decodeZipName, isDirectoryName, zipNameObjection } from './zip-name.ts';
import { FLAG, isExtraWhole, LOCAL_BYTES } from './zip-records.ts';
import type { ZipReport } from './zip-report.ts';

/** A control character in only one of two copies of a name is damage rather than malice. */
const CONTROL = /\p{Cc}/u;

/** What can be told beside the sentence. */
type Numbers = Pick<Finding, 'expected' | 'actual'>;

/** How the entries of an archive are treated. */
interface EntryTreatment {
  readonly nameBytesMax: number;
  readonly isTree: boolean;
  readonly sink: ContentSink | undefined;
}

/** The entry whose bytes are streaming past: what the directory says of it, where its parts lie, and what is wrong with it. */
export class ZipOpenEntry {
  readonly directory: DirectoryEntry = {
    localOffset: 0,
    packedBytes: 0,
    sizeBytes: 0,
    crc: 0,
    flags: 0,
    method: 0,
    low: 0,
    highAndTime: 0,
    fileType: 0,
  };
  /** Where it must have ended: the next entry or the directory begins. */
  limit = 0;
  dataStart = 0;
  dataEnd = 0;
  /** The extra fields of the local header do not fit their room: its length may be wrong, and with it the place of the data. */
  isExtraBroken = false;
  readonly #report: ZipReport;
  readonly #nameBytesMax: number;
  readonly #isTree: boolean;
  readonly #sink: ContentSink | undefined;
  readonly #nameRoom = Buffer.allocUnsafeSlow(65_535);
  #nameBytes = 0;

  constructor(report: ZipReport, { nameBytesMax, isTree, sink }: EntryTreatment) {
    this.#report = report;
    this.#nameBytesMax = nameBytesMax;
    this.#isTree = isTree;
    this.#sink = sink;
  }

  /** Takes the entry at this place in the order of the local headers. */
  begin(columns: ZipColumns, index: number, limit: number): void {
    columns.read(index, this.directory);
    this.limit = limit;
    this.#nameBytes = 0;
  }

  /** Its name as it stands in the local header: the directory keeps fingerprints only. Empty before that was seen. */
  get name(): string {
    return decodeZipName(this.#nameRoom.subarray(0, Math.min(this.#nameBytes, this.#nameBytesMax)));
  }

  get hasDescriptor(): boolean {
    return (this.directory.flags & FLAG.descriptor) !== 0;
  }

  /** Offset to which its data can be followed. */
  get dataStop(): number {
    return Math.min(this.dataEnd, this.limit);
  }

  /** Reads the local header, of which the first `length` bytes are there; returns how long all of it is. */
  readHeader(bytes: Buffer, from: number, length: number): number {
    const wanted = localLength(bytes, from);
    const nameAt = from + LOCAL_BYTES;
    const nameLength = bytes.readUInt16LE(from + 26);
    this.#nameBytes = bytes.copy(this.#nameRoom, 0, nameAt, Math.min(nameAt + nameLength, from + length));
    this.isExtraBroken = length >= wanted && !isExtraWhole(bytes, nameAt + nameLength, from + wanted);
    this.dataStart = this.directory.localOffset + wanted;
    this.dataEnd = this.dataStart + this.directory.packedBytes;
    return wanted;
  }

  /** Whether the local header says what the directory says; tells what is not so. */
  isAgreed(bytes: Buffer, from: number): boolean {
    const parts = disagreements(bytes, from, this.directory);
    if (parts === undefined) return true;
    const { localOffset } = this.directory;
    const objection = parts.includes('name') ? zipNameObjection(this.name) : undefined;
    if (objection?.kind === 'hostile' && !CONTROL.test(this.name)) {
      this.object('hostile', localOffset, this.dataStart, objection.why);
    }
    const why = `its local header and the central directory disagree: ${parts}`;
    this.#report.addDisagreement(this.#problem('corrupt', localOffset, this.dataStart, why), localOffset);
    return false;
  }

  /** Adds what is wrong between two offsets of the stored file; `why` goes on from the name. */
  object(kind: 'corrupt' | 'hostile', offset: number, endOffset: number, why: string, numbers: Numbers = {}): void {
    this.#report.add(this.#problem(kind, offset, endOffset, why, numbers));
  }

  /**
   * Adds what is wrong with its data or what follows it. With a descriptor the numbers stand in the directory and behind the
   * data only: either may be what is damaged.
   */
  objectToData(kind: 'corrupt' | 'hostile', from: number, endOffset: number, why: string, numbers: Numbers = {}): void {
    const { localOffset } = this.directory;
    const problem = this.#problem(kind, this.isExtraBroken ? localOffset : from, endOffset, why, numbers);
    if (this.hasDescriptor) this.#report.addDisagreement(problem, localOffset);
    else this.#report.add(problem);
  }

  /** Its data begins: whoever unpacks the archive is told. */
  beginData(data: ZipData): void {
    const { method, sizeBytes, fileType } = this.directory;
    const sink = this.#report.isEmpty ? this.#sink : undefined;
    data.begin({ method, sizeBytes }, fileType === FILE_TYPE.link ? this.#nameBytesMax : 0, sink);
    if (sink === undefined) return;
    const { name } = this;
    const type = fileType === FILE_TYPE.link ? 'symlink' : isDirectoryName(name) ? 'directory' : 'file';
    sink.open({ path: normalName(name) || '.', type, sizeBytes });
  }

  /** All of its data was seen, and nothing is wrong with it. */
  endData(data: ZipData): void {
    if (this.directory.fileType === FILE_TYPE.link) this.#judgeLink(data.kept);
    if (this.#report.isEmpty) data.sink?.close();
  }

  /** Judges where the link leads that this entry is. In a tree as it was found it may lead anywhere. */
  #judgeLink(target: Buffer): void {
    if (this.#isTree) return;
    const why = hostileLink(this.name, target.toString('utf8'), 'symlink');
    if (why === undefined) return;
    // That it is a link says the directory alone.
    const problem = this.#problem('hostile', this.dataStart, this.dataEnd, why);
    this.#report.addDisagreement(problem, this.directory.localOffset);
  }

  #problem(kind: 'corrupt' | 'hostile', offset: number, endOffset: number, why: string, numbers: Numbers = {}) {
    const { name } = this;
    const message = `${printable(name)}: ${why}.`;
    return { kind, entry: name, offset, endOffset, decodedOffset: offset, ...numbers, message };
  }
}
