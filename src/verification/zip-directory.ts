import { crc32 } from 'node:zlib';
import type { ContentSource } from './content.ts';
import type { FindingList } from './finding-list.ts';
import type { VerificationLimits } from './limits.ts';
import { fingerprintOf } from './name-set.ts';
import { ZipColumns } from './zip-columns.ts';
import type { ZipEnd } from './zip-end.ts';
import { ZipEntryRules } from './zip-entry-rules.ts';
import { decodeZipName } from './zip-name.ts';
import {
  CENTRAL_BYTES,
  centralLength,
  findExtra,
  IN_ZIP64,
  readUInt64,
  SIGNATURE,
  ZIP64_EXTRA,
} from './zip-records.ts';

/** Bounds of an archive; `isTree`: it is a directory tree as it was found, whose names hold any character. */
type ZipLimits = Pick<VerificationLimits, 'entriesMax' | 'nameBytesMax'> & { readonly isTree: boolean };

const PIECE_BYTES = 1_048_576;
/** The longest header of a directory: name, extra fields and comment have 16-bit lengths. */
const LONGEST_BYTES = CENTRAL_BYTES + 3 * 65_535;

/** The central directory of an archive, in about 45 bytes an entry. */
export interface ZipDirectory {
  /** In the order of the local headers. */
  readonly columns: ZipColumns;
  /** All of it was read: what is not in it is not in the archive. */
  readonly isWhole: boolean;
  /** CRC-32 of its bytes as they were read, when all of it was. */
  readonly crc: number;
}

/** Reads the directory piece by piece, and adds what is wrong with it to the findings. */
export async function readZipDirectory(
  source: ContentSource,
  end: ZipEnd,
  limits: ZipLimits,
  findings: FindingList,
): Promise<ZipDirectory> {
  const { entries } = end.record;
  const claimedMax = Math.min(entries, Math.floor(end.record.directoryBytes / CENTRAL_BYTES), limits.entriesMax);
  const columns = new ZipColumns(claimedMax);
  const rules = new ZipEntryRules(limits, findings, claimedMax);
  let tooMany = false;
  const walked = await walkCentral(source, end, (bytes, at, position) => {
    tooMany = columns.length >= limits.entriesMax;
    if (tooMany) return false;
    takeCentral(bytes, at, position, end, columns, rules);
    return true;
  });
  const isBroken = !tooMany && walked.stoppedAt < end.directoryEnd;
  rules.finish(isBroken);
  if (tooMany) {
    const message = `The archive has more than ${limits.entriesMax} entries.`;
    findings.add({ kind: 'hostile', offset: walked.stoppedAt, decodedOffset: walked.stoppedAt, message });
  } else judgeCount(end, walked, columns.length, findings);
  columns.sort();
  return { columns, isWhole: !tooMany && walked.stoppedAt === end.directoryEnd, crc: walked.crc };
}

function judgeCount(end: ZipEnd, walked: Walked, count: number, findings: FindingList): void {
  const { entries } = end.record;
  const range = { offset: walked.lastAt, endOffset: end.directoryEnd, decodedOffset: walked.stoppedAt };
  if (walked.stoppedAt < end.directoryEnd) {
    const message = `The central directory is broken behind its entry number ${count}: no header stands there.`;
    findings.add({ ...range, kind: 'corrupt', message });
  } else if (count !== entries) {
    // Old writers count modulo 65,536 where the field is too short.
    const kind = count > entries && (count - entries) % 65_536 === 0 ? 'suspect' : 'corrupt';
    const message = `The central directory has ${count} entries, its end record says ${entries}.`;
    const numbers = { expected: `${entries} entries`, actual: `${count} entries` };
    findings.add({ ...range, endOffset: end.directoryEnd + 76, kind, ...numbers, message });
  }
}

/** Puts one header of the directory (APPNOTE.TXT 4.3.12) into the columns. */
function takeCentral(
  bytes: Buffer,
  at: number,
  position: number,
  end: ZipEnd,
  columns: ZipColumns,
  rules: ZipEntryRules,
): void {
  const nameAt = at + CENTRAL_BYTES;
  const extraAt = nameAt + bytes.readUInt16LE(at + 28);
  const name = bytes.subarray(nameAt, extraAt);
  const sizes = centralSizes(bytes, at, extraAt, extraAt + bytes.readUInt16LE(at + 30));
  const [low, high] = fingerprintOf(name);
  const entry = {
    localOffset: sizes.localOffset + end.shift,
    packedBytes: sizes.packedBytes,
    sizeBytes: sizes.sizeBytes,
    crc: bytes.readUInt32LE(at + 16),
    flags: bytes.readUInt16LE(at + 8),
    method: bytes.readUInt16LE(at + 10),
    low,
    high,
    time: bytes.readUInt32LE(at + 12),
    fileType: (bytes.readUInt16LE(at + 40) & 0xf000) >>> 12,
  };
  const isReachable = rules.judge(name, entry, { bytes, extraAt, position, at }, end);
  if (isReachable) columns.push(entry);
  else columns.countUnreachable();
}

/** Sizes and place of an entry, from its zip64 extra field where they do not fit the header (4.5.3). */
function centralSizes(bytes: Buffer, at: number, extraAt: number, extraEnd: number) {
  let packedBytes = bytes.readUInt32LE(at + 20);
  let sizeBytes = bytes.readUInt32LE(at + 24);
  let localOffset = bytes.readUInt32LE(at + 42);
  if (packedBytes === IN_ZIP64 || sizeBytes === IN_ZIP64 || localOffset === IN_ZIP64) {
    const extra = findExtra(bytes, extraAt, extraEnd, ZIP64_EXTRA);
    let from = extra?.at ?? 0;
    const to = from + (extra?.length ?? 0);
    const next = (value: number) => {
      if (value !== IN_ZIP64 || from + 8 > to) return value;
      from += 8;
      return readUInt64(bytes, from - 8);
    };
    sizeBytes = next(sizeBytes);
    packedBytes = next(packedBytes);
    localOffset = next(localOffset);
  }
  return { packedBytes, sizeBytes, localOffset };
}

/** Where an entry stands in the directory, and how it is called there. */
export interface CentralEntry {
  readonly name: string;
  readonly offset: number;
  readonly endOffset: number;
}

/** The entries whose local headers begin at these offsets: their names are not kept, and few are ever asked for. */
export async function entriesAt(
  source: ContentSource,
  end: ZipEnd,
  localOffsets: ReadonlySet<number>,
): Promise<ReadonlyMap<number, CentralEntry>> {
  const entries = new Map<number, CentralEntry>();
  await walkCentral(source, end, (bytes, at, offset) => {
    const nameAt = at + CENTRAL_BYTES;
    const extraAt = nameAt + bytes.readUInt16LE(at + 28);
    const sizes = centralSizes(bytes, at, extraAt, extraAt + bytes.readUInt16LE(at + 30));
    const localOffset = sizes.localOffset + end.shift;
    if (localOffsets.has(localOffset)) {
      const name = decodeZipName(bytes.subarray(nameAt, extraAt));
      entries.set(localOffset, { name, offset, endOffset: offset + centralLength(bytes, at) });
    }
    return entries.size < localOffsets.size;
  });
  return entries;
}

interface Walked {
  /** Where the last header ended that was whole and wanted. */
  readonly stoppedAt: number;
  /** Where that header began. */
  readonly lastAt: number;
  readonly crc: number;
}

/** Visits each header of the directory, whole in memory, until the visitor has enough or none follows. */
async function walkCentral(
  source: ContentSource,
  end: ZipEnd,
  visit: (bytes: Buffer, at: number, position: number) => boolean,
): Promise<Walked> {
  let crc = 0;
  let position = end.directoryStart;
  let lastAt = position;
  while (position < end.directoryEnd) {
    const bytes = await source.read(position, Math.min(PIECE_BYTES, end.directoryEnd - position));
    const start = position;
    let at = 0;
    while (at + CENTRAL_BYTES <= bytes.length && bytes.readUInt32LE(at) === SIGNATURE.central) {
      const length = centralLength(bytes, at);
      if (at + length > bytes.length || !visit(bytes, at, position)) break;
      lastAt = position;
      at += length;
      position = start + at;
    }
    // A header that is not whole in this piece begins the next one: pieces are longer than any header.
    if (at === 0) break;
    crc = crc32(bytes.subarray(0, at), crc);
    if (at + LONGEST_BYTES < bytes.length) break;
  }
  return { stoppedAt: position, lastAt, crc };
}
