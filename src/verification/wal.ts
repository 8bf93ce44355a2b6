import type { WalRange } from './manifest.ts';

/** The size of a WAL segment unless initdb was told another. */
export const DEFAULT_SEGMENT_BYTES = 16_777_216;

/** Bytes at the start of a segment that `readSegmentHeader` needs. */
export const SEGMENT_HEADER_BYTES = 40;

const SEGMENT_NAME = /^[0-9A-F]{24}$/;

/** The long page header at the start of every segment (PostgreSQL, `access/xlog_internal.h`), on little-endian machines. */
export interface SegmentHeader {
  readonly timeline: number;
  readonly startLsn: bigint;
  readonly systemIdentifier: bigint;
  readonly segmentBytes: number;
}

/** Whether this is the file name of a complete WAL segment. */
export function isSegmentName(name: string): boolean {
  return SEGMENT_NAME.test(name);
}

/** An LSN as PostgreSQL prints it (`16/B374D848`) as a number of bytes; undefined when it is none. */
export function parseLsn(text: string): bigint | undefined {
  const parts = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/i.exec(text);
  if (parts?.[1] === undefined || parts[2] === undefined) return undefined;
  return BigInt(`0x${parts[1]}`) * 0x1_0000_0000n + BigInt(`0x${parts[2]}`);
}

/** The name of the segment of this timeline that holds the byte at `lsn`. */
export function segmentName(timeline: number, lsn: bigint, segmentBytes: number): string {
  const segment = lsn / BigInt(segmentBytes);
  const segmentsPerId = 0x1_0000_0000n / BigInt(segmentBytes);
  const parts = [BigInt(timeline), segment / segmentsPerId, segment % segmentsPerId];
  return parts.map((part) => part.toString(16).toUpperCase().padStart(8, '0')).join('');
}

/** The LSN of the first byte of a segment, from its name. */
export function segmentStart(name: string, segmentBytes: number): bigint {
  const id = BigInt(`0x${name.slice(8, 16)}`);
  const segment = BigInt(`0x${name.slice(16, 24)}`);
  return id * 0x1_0000_0000n + segment * BigInt(segmentBytes);
}

/**
 * The names of all segments that a range needs, in order, at most `segmentsMax`; undefined when the range is none or
 * longer. The end is the byte after the last one that is needed.
 */
export function segmentsOf(range: WalRange, segmentBytes: number, segmentsMax = 1_000_000): string[] | undefined {
  const start = parseLsn(range.startLsn);
  const end = parseLsn(range.endLsn);
  if (start === undefined || end === undefined || end <= start) return undefined;
  const bytes = BigInt(segmentBytes);
  const first = start / bytes;
  const last = (end - 1n) / bytes;
  if (last - first >= BigInt(segmentsMax)) return undefined;
  const names: string[] = [];
  for (let segment = first; segment <= last; segment += 1n)
    names.push(segmentName(range.timeline, segment * bytes, segmentBytes));
  return names;
}

/** The header of a segment; undefined when the bytes are not the start of one. */
export function readSegmentHeader(head: Buffer): SegmentHeader | undefined {
  if (head.length < SEGMENT_HEADER_BYTES) return undefined;
  const isLong = (head.readUInt16LE(2) & 0x0002) !== 0;
  const segmentBytes = head.readUInt32LE(32);
  if (!isLong || !isSegmentSize(segmentBytes)) return undefined;
  return {
    timeline: head.readUInt32LE(4),
    startLsn: head.readBigUInt64LE(8),
    systemIdentifier: head.readBigUInt64LE(24),
    segmentBytes,
  };
}

/** Whether PostgreSQL allows segments of this size: a power of two from 1 MiB to 1 GiB. */
export function isSegmentSize(bytes: number): boolean {
  return bytes >= 1_048_576 && bytes <= 1_073_741_824 && Number.isInteger(Math.log2(bytes));
}
