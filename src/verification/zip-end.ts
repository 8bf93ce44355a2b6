import type { ContentSource } from './content.ts';
import type { Finding } from './finding.ts';
import {
  agreesWithZip64,
  CENTRAL_BYTES,
  END_BYTES,
  type EndRecord,
  LOCAL_BYTES,
  needsZip64,
  readEndRecord,
  readUInt64,
  readZip64EndRecord,
  SIGNATURE,
  ZIP64_END_BYTES,
  ZIP64_LOCATOR_BYTES,
} from './zip-records.ts';

/** What is wrong, but for the file's name. */
export type ZipProblem = Omit<Finding, 'file'>;

/** Where the parts of an archive lie in the stored file, as its end records say. */
export interface ZipEnd {
  readonly record: EndRecord;
  /** What must be added to the offsets that are written in the archive. */
  readonly shift: number;
  readonly directoryStart: number;
  readonly directoryEnd: number;
  /** A directory begins where it should. */
  readonly isPlausible: boolean;
  /** The archive is one of several parts. */
  readonly isPart: boolean;
  readonly problems: readonly ZipProblem[];
}

/** An end record and the longest comment. */
const TAIL_BYTES = END_BYTES + 65_535;
const PIECE_BYTES = 1_048_576;
/** How far from the end an end record is looked for when there is none where it belongs. */
const SEARCH_BYTES = 16_777_216;
/** End records that are looked at: honest files have one, and another in each archive that is stored inside. */
const CANDIDATES_MAX = 64;

/** What tar programs round the length of their output up to. */
const BLOCKING_BYTES = 10_240;

const END_SIGNATURE = Buffer.from('PK\x05\x06', 'latin1');

/**
 * Finds the end of an archive: the end record (APPNOTE.TXT 4.3.16) whose comment reaches exactly to the end of the file, else
 * the last one behind which bytes are lost or too many. Undefined when there is none.
 */
export async function findZipEnd(source: ContentSource): Promise<ZipEnd | undefined> {
  const { sizeBytes } = source;
  const tailStart = Math.max(0, sizeBytes - TAIL_BYTES);
  const exact: { readonly at: number; readonly end: ZipEnd }[] = [];
  const others: number[] = [];
  for await (const { at, commentBytes } of endRecords(source, tailStart)) {
    if (at + END_BYTES + commentBytes === sizeBytes) exact.push({ at, end: await layOut(source, at) });
    else others.push(at);
  }
  const [last, second] = exact.filter(({ end }) => end.isPlausible);
  if (last !== undefined) return second === undefined ? last.end : withSecondEnd(last.end, second.at);
  return (await findInexact(source, others, tailStart)) ?? exact[0]?.end;
}

function withSecondEnd(end: ZipEnd, offset: number): ZipEnd {
  const message = 'The archive has two end records, each with a directory of its own: readers do not see the same.';
  const problem = { kind: 'hostile', offset, endOffset: offset + END_BYTES, decodedOffset: offset, message } as const;
  return { ...end, problems: [...end.problems, problem] };
}

/**
 * An end record with too few or too many bytes behind it. Only one that has its directory exactly where it says: the end of
 * an archive that is merely stored inside of a cut one has not.
 */
async function findInexact(source: ContentSource, near: number[], tailStart: number): Promise<ZipEnd | undefined> {
  for (const at of near) {
    const end = await layOut(source, at);
    if (end.isPlausible && end.shift === 0)
      return (await isBlocking(source, end, at)) ? end : withInexactEnd(end, source.sizeBytes, at);
  }
  let looked = 0;
  for await (const { at } of endRecords(source, Math.max(0, source.sizeBytes - SEARCH_BYTES), tailStart + 3)) {
    const end = await layOut(source, at);
    if (end.isPlausible && end.shift === 0)
      return (await isBlocking(source, end, at)) ? end : withInexactEnd(end, source.sizeBytes, at);
    looked += 1;
    if (looked >= CANDIDATES_MAX) break;
  }
  return undefined;
}

/** bsdtar fills its last block with zeros when it writes to a pipe. */
async function isBlocking(source: ContentSource, end: ZipEnd, at: number): Promise<boolean> {
  const archiveEnd = at + END_BYTES + end.record.commentBytes;
  const paddingBytes = source.sizeBytes - archiveEnd;
  if (paddingBytes < 0 || paddingBytes >= BLOCKING_BYTES || source.sizeBytes % BLOCKING_BYTES !== 0) return false;
  return (await source.read(archiveEnd, paddingBytes)).every((byte) => byte === 0);
}

function withInexactEnd(end: ZipEnd, sizeBytes: number, at: number): ZipEnd {
  const archiveEnd = at + END_BYTES + end.record.commentBytes;
  const problem: ZipProblem =
    archiveEnd > sizeBytes
      ? {
          kind: 'truncated',
          offset: at,
          endOffset: sizeBytes,
          decodedOffset: sizeBytes,
          expected: `${archiveEnd} bytes`,
          actual: `${sizeBytes} bytes`,
          message: `The file ends inside the comment of the archive: ${archiveEnd - sizeBytes} bytes are missing.`,
        }
      : {
          kind: 'corrupt',
          offset: at,
          endOffset: sizeBytes,
          decodedOffset: archiveEnd,
          expected: `${archiveEnd} bytes`,
          actual: `${sizeBytes} bytes`,
          message: `${sizeBytes - archiveEnd} bytes follow the end of the archive.`,
        };
  return { ...end, problems: [...end.problems, problem] };
}

/** End records from the last one to the first, between two offsets; no more of them than are worth a look. */
async function* endRecords(
  source: ContentSource,
  from: number,
  to = source.sizeBytes,
): AsyncGenerator<{ readonly at: number; readonly commentBytes: number }, void> {
  let count = 0;
  for (let end = to; end > from; ) {
    const start = Math.max(from, end - PIECE_BYTES);
    const bytes = await source.read(start, Math.min(end - start + END_BYTES, source.sizeBytes - start));
    for (let at = end - start; at >= 0 && count < CANDIDATES_MAX; at -= 1) {
      at = bytes.lastIndexOf(END_SIGNATURE, at);
      if (at < 0) break;
      if (at + END_BYTES > bytes.length) continue;
      count += 1;
      yield { at: start + at, commentBytes: bytes.readUInt16LE(at + 20) };
    }
    end = start;
  }
}

/** What the end record at this offset means for the file. */
async function layOut(source: ContentSource, endAt: number): Promise<ZipEnd> {
  const before = Math.min(endAt, ZIP64_LOCATOR_BYTES + ZIP64_END_BYTES);
  const bytes = await source.read(endAt - before, before + END_BYTES);
  if (bytes.length < before + END_BYTES) return UNREADABLE_END;
  const short = readEndRecord(bytes, before);
  const long = await readZip64(source, bytes.subarray(0, before), endAt, short);
  const record = long === undefined ? short : { ...long.record, commentBytes: short.commentBytes };
  const recordsAt = long?.at ?? endAt;
  const place = await placeDirectory(source, record, recordsAt);
  const isPart = record.disk > 0 && (record.directoryDisk > 0 || record.entriesOnDisk !== record.entries);
  const doubts = [
    ...(long?.doubts ?? []),
    ...(long !== undefined && long.writtenAt + place.shift !== long.at ? ['the zip64 locator points elsewhere'] : []),
    ...(place.start + record.directoryBytes < recordsAt ? ['bytes stand between it and the directory'] : []),
    ...(place.isMisplaced ? [`the directory begins at ${place.start}, not at ${record.directoryOffset}`] : []),
    ...(!isPart && record.disk + record.directoryDisk > 0 ? ['it names another part of a whole archive'] : []),
    ...(!isPart && record.entriesOnDisk !== record.entries ? ['its two numbers of entries differ'] : []),
  ];
  const range = { offset: place.start + record.directoryBytes, endOffset: endAt + END_BYTES, decodedOffset: endAt };
  return {
    record,
    shift: place.shift,
    directoryStart: place.start,
    directoryEnd: place.start + record.directoryBytes,
    isPlausible: place.isFound,
    isPart,
    problems: doubts.map((why) => ({ ...range, kind: 'corrupt', message: `The end record is damaged: ${why}.` })),
  };
}

const UNREADABLE_END: ZipEnd = {
  record: {
    disk: 0,
    directoryDisk: 0,
    entriesOnDisk: 0,
    entries: 0,
    directoryBytes: 0,
    directoryOffset: 0,
    commentBytes: 0,
  },
  shift: 0,
  directoryStart: 0,
  directoryEnd: 0,
  isPlausible: false,
  isPart: false,
  problems: [],
};

interface Zip64End {
  readonly record: Omit<EndRecord, 'commentBytes'>;
  readonly at: number;
  /** Where the locator says that it is. */
  readonly writtenAt: number;
  readonly doubts: readonly string[];
}

/** The zip64 end record (4.3.14), found through its locator (4.3.15) right before the end record. */
async function readZip64(
  source: ContentSource,
  before: Buffer,
  endAt: number,
  short: EndRecord,
): Promise<Zip64End | undefined> {
  const locator = before.length - ZIP64_LOCATOR_BYTES;
  if (locator < 0 || before.readUInt32LE(locator) !== SIGNATURE.zip64Locator) return undefined;
  const locatorAt = endAt - ZIP64_LOCATOR_BYTES;
  const writtenAt = readUInt64(before, locator + 8);
  // As a rule it stands right before the locator, also when something was put before the archive.
  for (const at of [locatorAt - ZIP64_END_BYTES, writtenAt]) {
    if (at < 0 || at > locatorAt - ZIP64_END_BYTES) continue;
    const bytes = await source.read(at, ZIP64_END_BYTES);
    if (bytes.length < ZIP64_END_BYTES || bytes.readUInt32LE(0) !== SIGNATURE.zip64End) continue;
    const record = readZip64EndRecord(bytes);
    const isAgreed = agreesWithZip64(short, record);
    // Without a need for it, what looks like a locator may be the end of the last comment in the directory.
    if (!isAgreed && !needsZip64(short)) return undefined;
    const doubts = [
      ...(isAgreed ? [] : ['it and the zip64 end record disagree']),
      ...(at + record.recordBytes === locatorAt ? [] : ['the zip64 end record has another length']),
      ...(before.readUInt32LE(locator + 4) === 0 && before.readUInt32LE(locator + 16) <= 1
        ? []
        : ['the zip64 locator names another part of a whole archive']),
    ];
    return { record, at, writtenAt, doubts };
  }
  return undefined;
}

/** Where the directory really begins: right before the end records, else where they say. */
async function placeDirectory(
  source: ContentSource,
  { directoryBytes, directoryOffset, entries }: Pick<EndRecord, 'directoryBytes' | 'directoryOffset' | 'entries'>,
  recordsAt: number,
): Promise<{
  readonly start: number;
  readonly shift: number;
  readonly isFound: boolean;
  readonly isMisplaced: boolean;
}> {
  const start = recordsAt - directoryBytes;
  const isEmpty = directoryBytes === 0 && entries === 0;
  const isAdjacent = start >= 0 && (isEmpty || (await isDirectoryAt(source, start)));
  if (isAdjacent) {
    const shift = start - directoryOffset;
    const isMoved = shift !== 0 && (isEmpty || !(await isFirstEntryAt(source, start)));
    return { start, shift: isMoved ? shift : 0, isFound: true, isMisplaced: shift !== 0 && !isMoved };
  }
  const isWritten = directoryOffset + directoryBytes <= recordsAt && (await isDirectoryAt(source, directoryOffset));
  const found = isWritten ? directoryOffset : Math.max(0, start);
  return { start: found, shift: 0, isFound: isWritten, isMisplaced: false };
}

/** Whether the first entry of the directory stands where it says: then nothing was put before the archive. */
async function isFirstEntryAt(source: ContentSource, directoryAt: number): Promise<boolean> {
  const header = await source.read(directoryAt, CENTRAL_BYTES);
  if (header.length < CENTRAL_BYTES) return false;
  const local = await source.read(header.readUInt32LE(42), LOCAL_BYTES);
  const isHeader = local.length === LOCAL_BYTES && local.readUInt32LE(0) === SIGNATURE.local;
  // Where archives were put together, another entry may stand there.
  return (
    isHeader && local.readUInt32LE(10) === header.readUInt32LE(12) && local.readUInt16LE(26) === header.readUInt16LE(28)
  );
}

async function isDirectoryAt(source: ContentSource, at: number): Promise<boolean> {
  const bytes = await source.read(at, 4);
  return bytes.length === 4 && bytes.readUInt32LE(0) === SIGNATURE.central;
}
