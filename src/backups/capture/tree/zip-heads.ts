import { isAscii, isUtf8 } from 'node:buffer';
import type { Stats } from 'node:fs';
import {
  CENTRAL_BYTES,
  END_BYTES,
  FLAG,
  IN_ZIP64,
  LOCAL_BYTES,
  SIGNATURE,
  ZIP64_END_BYTES,
  ZIP64_EXTRA,
  ZIP64_LOCATOR_BYTES,
} from '../../../verification/zip-records.ts';
import { type RawName, rawBytes } from './raw-name.ts';

/** What the headers of an entry say, as in PKWARE's APPNOTE.TXT 6.3.10. */
export interface ZipHead {
  /** Directories end with a slash. */
  readonly raw: RawName;
  readonly stats: Stats;
  readonly method: number;
  /** CRC-32 and sizes stand behind the data, in 64 bits: they were not known before. */
  readonly hasDescriptor: boolean;
  readonly crc: number;
  readonly packedBytes: number;
  readonly sizeBytes: number;
}

/** Who made it: Unix, so that the mode counts. And the version that is needed to unpack: 4.5 for 64-bit sizes, else 2.0. */
const MADE_BY_UNIX = 3 << 8;
const VERSION = { plain: 20, zip64: 45 } as const;

/** Extra fields of Info-ZIP: modification time in seconds, and numeric owner and group. */
const TIME_EXTRA = 0x5455;
const OWNER_EXTRA = 0x7875;
const COMMON_EXTRA_BYTES = 9 + 15;

/** The header before the data of an entry (4.3.7). */
export function localHeader(head: ZipHead): Buffer {
  const name = rawBytes(head.raw);
  const isLong = head.hasDescriptor;
  const extraBytes = COMMON_EXTRA_BYTES + (isLong ? 20 : 0);
  const bytes = Buffer.alloc(LOCAL_BYTES + name.length + extraBytes);
  bytes.writeUInt32LE(SIGNATURE.local, 0);
  writeCommon(bytes, 4, head, name);
  if (isLong) bytes.fill(0, 14, 18).fill(0xff, 18, 26);
  bytes.writeUInt16LE(extraBytes, 28);
  name.copy(bytes, LOCAL_BYTES);
  const at = writeCommonExtra(bytes, LOCAL_BYTES + name.length, head.stats);
  // Both sizes are behind the data; that the field is there says that they have 64 bits.
  if (isLong) writeExtraHead(bytes, at, ZIP64_EXTRA, 16);
  return bytes;
}

/** What stands behind the data of an entry whose numbers were not known before (4.3.9), in 64 bits. */
export function dataDescriptor({ crc, packedBytes, sizeBytes }: ZipHead): Buffer {
  const bytes = Buffer.alloc(24);
  bytes.writeUInt32LE(SIGNATURE.descriptor, 0);
  bytes.writeUInt32LE(crc, 4);
  bytes.writeBigUInt64LE(BigInt(packedBytes), 8);
  bytes.writeBigUInt64LE(BigInt(sizeBytes), 16);
  return bytes;
}

/** The header of an entry in the central directory (4.3.12). */
export function centralHeader(head: ZipHead, localOffset: number): Buffer {
  const name = rawBytes(head.raw);
  const long = [head.sizeBytes, head.packedBytes, localOffset].filter((value) => value >= IN_ZIP64);
  const extraBytes = COMMON_EXTRA_BYTES + (long.length > 0 ? 4 + 8 * long.length : 0);
  const bytes = Buffer.alloc(CENTRAL_BYTES + name.length + extraBytes);
  bytes.writeUInt32LE(SIGNATURE.central, 0);
  bytes.writeUInt16LE(MADE_BY_UNIX | VERSION.zip64, 4);
  writeCommon(bytes, 6, head, name);
  bytes.writeUInt16LE(extraBytes, 30);
  const isDirectory = head.raw.endsWith('/');
  bytes.writeUInt32LE(((head.stats.mode & 0xffff) * 0x1_0000 + (isDirectory ? 0x10 : 0)) >>> 0, 38);
  bytes.writeUInt32LE(Math.min(localOffset, IN_ZIP64), 42);
  name.copy(bytes, CENTRAL_BYTES);
  const at = writeCommonExtra(bytes, CENTRAL_BYTES + name.length, head.stats);
  if (long.length > 0) {
    const from = writeExtraHead(bytes, at, ZIP64_EXTRA, 8 * long.length);
    for (const [index, value] of long.entries()) bytes.writeBigUInt64LE(BigInt(value), from + 8 * index);
  }
  return bytes;
}

/** The end of an archive (4.3.14 to 4.3.16): with the 64-bit records when a number needs them. */
export function zipEnd(entries: number, directoryOffset: number, directoryBytes: number): Buffer {
  const isLong = entries >= 0xffff || directoryOffset >= IN_ZIP64 || directoryBytes >= IN_ZIP64;
  const longBytes = isLong ? ZIP64_END_BYTES + ZIP64_LOCATOR_BYTES : 0;
  const bytes = Buffer.alloc(longBytes + END_BYTES);
  if (isLong) {
    bytes.writeUInt32LE(SIGNATURE.zip64End, 0);
    bytes.writeBigUInt64LE(BigInt(ZIP64_END_BYTES - 12), 4);
    bytes.writeUInt16LE(MADE_BY_UNIX | VERSION.zip64, 12);
    bytes.writeUInt16LE(VERSION.zip64, 14);
    for (const at of [24, 32]) bytes.writeBigUInt64LE(BigInt(entries), at);
    bytes.writeBigUInt64LE(BigInt(directoryBytes), 40);
    bytes.writeBigUInt64LE(BigInt(directoryOffset), 48);
    bytes.writeUInt32LE(SIGNATURE.zip64Locator, ZIP64_END_BYTES);
    bytes.writeBigUInt64LE(BigInt(directoryOffset + directoryBytes), ZIP64_END_BYTES + 8);
    bytes.writeUInt32LE(1, ZIP64_END_BYTES + 16);
  }
  bytes.writeUInt32LE(SIGNATURE.end, longBytes);
  for (const at of [8, 10]) bytes.writeUInt16LE(Math.min(entries, 0xffff), longBytes + at);
  bytes.writeUInt32LE(Math.min(directoryBytes, IN_ZIP64), longBytes + 12);
  bytes.writeUInt32LE(Math.min(directoryOffset, IN_ZIP64), longBytes + 16);
  return bytes;
}

/** What both headers say, in the same order: version needed, flags, method, time, CRC-32, sizes, length of the name. */
function writeCommon(bytes: Buffer, at: number, head: ZipHead, name: Buffer): void {
  const isText = !isAscii(name) && isUtf8(name);
  bytes.writeUInt16LE(head.hasDescriptor ? VERSION.zip64 : VERSION.plain, at);
  bytes.writeUInt16LE((isText ? FLAG.utf8 : 0) | (head.hasDescriptor ? FLAG.descriptor : 0), at + 2);
  bytes.writeUInt16LE(head.method, at + 4);
  bytes.writeUInt32LE(dosTime(head.stats), at + 6);
  bytes.writeUInt32LE(head.crc, at + 10);
  bytes.writeUInt32LE(Math.min(head.packedBytes, IN_ZIP64), at + 14);
  bytes.writeUInt32LE(Math.min(head.sizeBytes, IN_ZIP64), at + 18);
  bytes.writeUInt16LE(name.length, at + 22);
}

function writeCommonExtra(bytes: Buffer, at: number, { mtimeMs, uid, gid }: Stats): number {
  const seconds = Math.max(-0x8000_0000, Math.min(Math.floor(mtimeMs / 1000), 0x7fff_ffff));
  const time = writeExtraHead(bytes, at, TIME_EXTRA, 5);
  bytes.writeUInt8(1, time);
  bytes.writeInt32LE(seconds, time + 1);
  const owner = writeExtraHead(bytes, time + 5, OWNER_EXTRA, 11);
  bytes.writeUInt8(1, owner);
  bytes.writeUInt8(4, owner + 1);
  bytes.writeUInt32LE(uid, owner + 2);
  bytes.writeUInt8(4, owner + 6);
  bytes.writeUInt32LE(gid, owner + 7);
  return owner + 11;
}

/** Answers where the content of the field begins. */
function writeExtraHead(bytes: Buffer, at: number, id: number, length: number): number {
  bytes.writeUInt16LE(id, at);
  bytes.writeUInt16LE(length, at + 2);
  return at + 4;
}

/** Date and time of MS-DOS, which have no zone: UTC. From 1980 to 2107, in steps of two seconds. */
function dosTime({ mtimeMs }: Stats): number {
  const date = new Date(Math.max(Date.UTC(1980, 0, 1), Math.min(mtimeMs, Date.UTC(2107, 11, 31, 23, 59, 58))));
  const day = ((date.getUTCFullYear() - 1980) << 9) | ((date.getUTCMonth() + 1) << 5) | date.getUTCDate();
  const time = (date.getUTCHours() << 11) | (date.getUTCMinutes() << 5) | (date.getUTCSeconds() >> 1);
  return day * 0x1_0000 + time;
}
