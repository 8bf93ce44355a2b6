import { fingerprintOf } from './name-set.ts';
import type { ZipEntry } from './zip-columns.ts';
import { FLAG, findExtra, IN_ZIP64, LOCAL_BYTES, readUInt64, SIGNATURE, ZIP64_EXTRA } from './zip-records.ts';

/** An entry as the columns give it. */
export type DirectoryEntry = Omit<ZipEntry, 'high' | 'time'> & {
  /** Second half of the fingerprint, mixed with the time. */
  highAndTime: number;
};

/** Longest local header. */
export const LOCAL_BYTES_MAX = LOCAL_BYTES + 2 * 65_535;

/** Whether a local header (APPNOTE.TXT 4.3.7) begins here. */
export function isLocalHeader(bytes: Buffer, at: number): boolean {
  return bytes.readUInt32LE(at) === SIGNATURE.local;
}

/** Length of the local header of which at least the fixed part is there. */
export function localLength(bytes: Buffer, at: number): number {
  return LOCAL_BYTES + bytes.readUInt16LE(at + 26) + bytes.readUInt16LE(at + 28);
}

/** In what the local header and the directory differ; undefined when they agree, as they must. */
export function disagreements(bytes: Buffer, at: number, entry: DirectoryEntry): string | undefined {
  const nameAt = at + LOCAL_BYTES;
  const [low, high] = fingerprintOf(bytes.subarray(nameAt, nameAt + bytes.readUInt16LE(at + 26)));
  const isTimed = (high ^ bytes.readUInt32LE(at + 10)) >>> 0 === entry.highAndTime;
  const isAgreed =
    low === entry.low &&
    isTimed &&
    bytes.readUInt16LE(at + 6) === entry.flags &&
    bytes.readUInt16LE(at + 8) === entry.method &&
    areNumbersAgreed(bytes, at, entry);
  if (isAgreed) return undefined;
  const parts = [
    ...(low === entry.low ? [] : ['name']),
    ...(isTimed || low !== entry.low ? [] : ['time']),
    ...(bytes.readUInt16LE(at + 6) === entry.flags ? [] : ['flags']),
    ...(bytes.readUInt16LE(at + 8) === entry.method ? [] : ['method']),
    ...(areNumbersAgreed(bytes, at, entry) ? [] : ['CRC-32 or sizes']),
  ];
  return parts.join(', ');
}

/**
 * Bit 3 leaves CRC-32 and sizes to the data descriptor: each is then zero, or right already (bsdtar knows the size, and
 * Info-ZIP all three when it encrypts).
 */
function areNumbersAgreed(bytes: Buffer, at: number, entry: DirectoryEntry): boolean {
  const mayBeZero = (entry.flags & FLAG.descriptor) !== 0;
  const crc = bytes.readUInt32LE(at + 14);
  const { packedBytes, sizeBytes } = localSizes(bytes, at);
  return (
    (crc === entry.crc || (mayBeZero && crc === 0)) &&
    (packedBytes === entry.packedBytes || (mayBeZero && packedBytes === 0)) &&
    (sizeBytes === entry.sizeBytes || (mayBeZero && sizeBytes === 0))
  );
}

/** Sizes that a complete local header gives, from its zip64 extra field where it must (4.5.3). */
export function localSizes(
  bytes: Buffer,
  at: number,
): { readonly packedBytes: number; readonly sizeBytes: number; readonly isLong: boolean } {
  let isLong = false;
  let packedBytes = bytes.readUInt32LE(at + 18);
  let sizeBytes = bytes.readUInt32LE(at + 22);
  if (packedBytes === IN_ZIP64 || sizeBytes === IN_ZIP64) {
    const extraAt = at + LOCAL_BYTES + bytes.readUInt16LE(at + 26);
    const extra = findExtra(bytes, extraAt, extraAt + bytes.readUInt16LE(at + 28), ZIP64_EXTRA);
    if (extra !== undefined && extra.length >= 8) {
      isLong = true;
      const isSizeLong = sizeBytes === IN_ZIP64;
      if (isSizeLong) sizeBytes = readUInt64(bytes, extra.at);
      const packedAt = extra.at + (isSizeLong ? 8 : 0);
      if (packedBytes === IN_ZIP64 && packedAt + 8 <= extra.at + extra.length)
        packedBytes = readUInt64(bytes, packedAt);
    }
  }
  return { packedBytes, sizeBytes, isLong };
}

/** A descriptor with its signature and 64-bit sizes. */
export const DESCRIPTOR_BYTES_MAX = 24;

/** The forms that a data descriptor has (4.3.9): with or without a signature, sizes of 32 or 64 bits. */
const FORMS = [
  { length: 16, hasSignature: true, isLong: false },
  { length: 24, hasSignature: true, isLong: true },
  { length: 12, hasSignature: false, isLong: false },
  { length: 20, hasSignature: false, isLong: true },
] as const;

/**
 * Length of the data descriptor here that says these numbers; 0 when there is none. `room` is the length up to what follows:
 * a form that fills it comes first.
 */
export function descriptorLength(
  bytes: Buffer,
  at: number,
  room: number,
  entry: Pick<ZipEntry, 'crc' | 'packedBytes' | 'sizeBytes'>,
): number {
  let longest = 0;
  for (const form of FORMS) {
    if (form.length > room || !isDescriptor(bytes, at, form, entry)) continue;
    if (form.length === room) return room;
    longest ||= form.length;
  }
  return longest;
}

function isDescriptor(
  bytes: Buffer,
  at: number,
  { hasSignature, isLong }: { readonly hasSignature: boolean; readonly isLong: boolean },
  entry: Pick<ZipEntry, 'crc' | 'packedBytes' | 'sizeBytes'>,
): boolean {
  if (hasSignature && bytes.readUInt32LE(at) !== SIGNATURE.descriptor) return false;
  const from = hasSignature ? at + 4 : at;
  if (bytes.readUInt32LE(from) !== entry.crc) return false;
  if (isLong)
    return readUInt64(bytes, from + 4) === entry.packedBytes && readUInt64(bytes, from + 12) === entry.sizeBytes;
  return bytes.readUInt32LE(from + 4) === entry.packedBytes && bytes.readUInt32LE(from + 8) === entry.sizeBytes;
}

/**
 * Bytes that the descriptor here takes, when nothing else tells where it ends: asked with `have` bytes, again with more until
 * it wants no more. An entry with a zip64 extra field (`isLong`) has 64-bit sizes, which matters where both forms fit.
 */
export function wantedDescriptor(
  bytes: Buffer,
  from: number,
  have: number,
  entry: Pick<ZipEntry, 'crc' | 'packedBytes' | 'sizeBytes'> & { readonly isLong: boolean },
): number {
  if (have < 4) return 4;
  const hasSignature = bytes.readUInt32LE(from) === SIGNATURE.descriptor;
  const shortBytes = hasSignature ? 16 : 12;
  if (have < shortBytes) return shortBytes;
  const isAmbiguous = entry.isLong && entry.sizeBytes === 0;
  if (!isAmbiguous && isDescriptor(bytes, from, { hasSignature, isLong: false }, entry)) return shortBytes;
  return shortBytes + 8;
}
