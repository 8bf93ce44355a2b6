import { crc32 } from 'node:zlib';
import { type Finding, printable } from './finding.ts';
import type { FindingList } from './finding-list.ts';
import type { VerificationLimits } from './limits.ts';
import { fingerprintOf, NameSet } from './name-set.ts';
import { directoriesAbove, hostilePlace, normalName } from './tar-name.ts';
import { FILE_TYPE, type ZipEntry } from './zip-columns.ts';
import type { ZipEnd, ZipProblem } from './zip-end.ts';
import { decodeZipName, isDirectoryName, zipNameObjection } from './zip-name.ts';
import { centralLength, findExtra, LOCAL_BYTES, METHOD, UNICODE_PATH_EXTRA } from './zip-records.ts';

/** Where the header of an entry stands in the directory. */
export interface CentralPlace {
  readonly bytes: Buffer;
  readonly at: number;
  readonly extraAt: number;
  /** Offset of the header in the stored file. */
  readonly position: number;
}

/** Devices and sockets. A FIFO is not among them: Info-ZIP marks what it read from standard input as one, and it is a file. */
const DEVICES: ReadonlySet<number> = new Set([0x2, 0x6, 0xc]);

/** The rules for what the directory says of an entry. Remembers the names that went before. */
export class ZipEntryRules {
  readonly #limits: Pick<VerificationLimits, 'nameBytesMax'> & { readonly isTree: boolean };
  readonly #findings: FindingList;
  readonly #names: NameSet;
  readonly #links = new NameSet();
  /** Objections to the last entry. */
  #objections: ZipProblem[] = [];

  constructor(
    limits: Pick<VerificationLimits, 'nameBytesMax'> & { readonly isTree: boolean },
    findings: FindingList,
    expectedNames: number,
  ) {
    this.#limits = limits;
    this.#findings = findings;
    this.#names = new NameSet(expectedNames);
  }

  /** Adds what is wrong with an entry to the findings; false when its data cannot be where the directory says. */
  judge(nameBytes: Buffer, entry: ZipEntry, place: CentralPlace, end: ZipEnd): boolean {
    if (this.#objections.length > 0) this.#flush();
    const name = decodeZipName(nameBytes);
    const objection = nameBytes.length > this.#limits.nameBytesMax ? this.#tooLong() : this.#nameObjection(name);
    if (objection !== undefined) this.#object(objection.kind, name, place, objection.why);
    if (place.bytes.readUInt16LE(place.at + 30) > 0) this.#judgeUnicodeName(nameBytes, name, place);
    this.#judgePlace(name, entry, place);
    this.#judgeContent(name, entry, place, end);
    const isReachable = this.#isReachable(entry, end);
    if (!isReachable) this.#objectToSizes(name, entry, place);
    return isReachable;
  }

  /**
   * Ends the directory. When it breaks off behind the last entry, what is wrong with that one comes from the same damage.
   */
  finish(isBroken: boolean): void {
    if (!isBroken) this.#flush();
  }

  #flush(): void {
    for (const objection of this.#objections) this.#findings.add(objection);
    this.#objections = [];
  }

  #tooLong() {
    return { kind: 'hostile', why: `its name is longer than ${this.#limits.nameBytesMax} bytes` } as const;
  }

  #object(kind: Finding['kind'], name: string, place: CentralPlace, why: string): void {
    const offset = place.position;
    const range = { offset, endOffset: offset + centralLength(place.bytes, place.at), decodedOffset: offset };
    this.#objections.push({
      kind,
      entry: name.slice(0, this.#limits.nameBytesMax),
      ...range,
      message: `${printable(name)}: ${why}.`,
    });
  }

  #nameObjection(name: string): ReturnType<typeof zipNameObjection> {
    if (!this.#limits.isTree) return zipNameObjection(name);
    const why = hostilePlace(name);
    return why === undefined ? undefined : { kind: 'hostile', why };
  }

  /** Info-ZIP repeats a name in UTF-8 (4.6.9), and its unzip believes that one. */
  #judgeUnicodeName(nameBytes: Buffer, name: string, place: CentralPlace): void {
    const { bytes, at, extraAt } = place;
    const extra = findExtra(bytes, extraAt, extraAt + bytes.readUInt16LE(at + 30), UNICODE_PATH_EXTRA);
    if (extra === undefined || extra.length < 5) return;
    if (bytes.readUInt32LE(extra.at + 1) !== crc32(nameBytes)) return;
    const other = bytes.toString('utf8', extra.at + 5, extra.at + extra.length);
    const objection = other === name ? undefined : zipNameObjection(other);
    if (objection !== undefined) this.#object(objection.kind, other, place, objection.why);
  }

  /** A name twice, or a path that leads through a link which the archive itself made. */
  #judgePlace(name: string, entry: ZipEntry, place: CentralPlace): void {
    const normal = normalName(name);
    const isNew =
      normal === name
        ? this.#names.addFingerprint(entry.low, entry.high)
        : this.#names.addFingerprint(...fingerprintOf(normal));
    if (!isNew) this.#object('hostile', name, place, 'its name stands in the archive twice');
    if (this.#links.size > 0) {
      const link = directoriesAbove(normal).find((directory) => this.#links.has(directory));
      if (link !== undefined)
        this.#object('hostile', name, place, `its path leads through the link ${printable(link)}`);
    }
    if (entry.fileType === FILE_TYPE.link) this.#links.add(normal);
  }

  #judgeContent(name: string, entry: ZipEntry, place: CentralPlace, end: ZipEnd): void {
    if (DEVICES.has(entry.fileType)) this.#object('hostile', name, place, 'it is a device or a socket');
    if (isDirectoryName(name) && entry.sizeBytes > 0)
      this.#object('suspect', name, place, 'it is a directory with data');
    if (entry.fileType === FILE_TYPE.link && entry.sizeBytes > this.#limits.nameBytesMax) {
      this.#object(
        'hostile',
        name,
        place,
        `it is a link whose target is longer than ${this.#limits.nameBytesMax} bytes`,
      );
    }
    if (
      place.bytes.readUInt16LE(place.at + 34) !== end.record.disk &&
      place.bytes.readUInt16LE(place.at + 34) !== 0xffff
    ) {
      this.#object('corrupt', name, place, 'it is said to lie in another part of the archive');
    }
  }

  #isReachable(entry: ZipEntry, end: ZipEnd): boolean {
    const room = end.directoryStart - LOCAL_BYTES;
    const isInside = entry.localOffset >= 0 && entry.localOffset <= room && entry.packedBytes <= room;
    return isInside && Number.isSafeInteger(entry.sizeBytes);
  }

  #objectToSizes(name: string, entry: ZipEntry, place: CentralPlace): void {
    const isAbsurd = [entry.localOffset, entry.packedBytes, entry.sizeBytes].some(
      (number) => !Number.isSafeInteger(number),
    );
    const numbers = `offset ${entry.localOffset}, ${entry.packedBytes} bytes packed, ${entry.sizeBytes} unpacked`;
    const why = isAbsurd ? 'its numbers are beyond all measure' : 'it would lie outside of the archive';
    this.#object(isAbsurd ? 'hostile' : 'corrupt', name, place, `${why} (${numbers})`);
  }
}

/** Whether the data of an entry can be unpacked here. */
export function isDecodable(method: number): boolean {
  return method === METHOD.stored || method === METHOD.deflate || method === METHOD.zstd;
}
