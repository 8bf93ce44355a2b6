import { crc32 } from 'node:zlib';

/** Longest header that is read: the extra field may have 64 KiB, names and comments are short. */
const HEADER_BYTES_MAX = 131_072;
const FIXED_BYTES = 10;
const FLAG = { headerCrc: 0x02, extra: 0x04, name: 0x08, comment: 0x10, reserved: 0xe0 } as const;

/** The header of one gzip member (RFC 1952, 2.3): its length, what is wrong with it, or that more bytes are needed. */
export type GzipHeader =
  | { readonly bytes: number }
  | { readonly problem: string; readonly kind: 'corrupt' | 'unknown-format' }
  | 'more';

/** Reads the header at the start of `bytes`. A wrong first byte is told at once, whatever follows. */
export function readGzipHeader(bytes: Buffer): GzipHeader {
  if ((bytes[0] ?? 0x1f) !== 0x1f || (bytes[1] ?? 0x8b) !== 0x8b) {
    return { problem: 'it does not begin as gzip does', kind: 'corrupt' };
  }
  if (bytes.length < FIXED_BYTES) return 'more';
  if (bytes[2] !== 8) return { problem: `the gzip method ${bytes[2]} is not known`, kind: 'unknown-format' };
  const flags = bytes[3] ?? 0;
  if ((flags & FLAG.reserved) !== 0) return { problem: 'reserved flags are set in the gzip header', kind: 'corrupt' };
  const end = endOfFields(bytes, flags);
  if (end === undefined) {
    if (bytes.length < HEADER_BYTES_MAX) return 'more';
    return { problem: `the gzip header is longer than ${HEADER_BYTES_MAX} bytes`, kind: 'corrupt' };
  }
  if ((flags & FLAG.headerCrc) === 0) return { bytes: end };
  if (bytes.length < end + 2) return 'more';
  const fits = bytes.readUInt16LE(end) === (crc32(bytes.subarray(0, end)) & 0xffff);
  return fits ? { bytes: end + 2 } : { problem: 'the checksum of the gzip header does not fit', kind: 'corrupt' };
}

/** Where the optional fields end; undefined when they go on behind `bytes`. */
function endOfFields(bytes: Buffer, flags: number): number | undefined {
  let at = FIXED_BYTES;
  if ((flags & FLAG.extra) !== 0) {
    if (bytes.length < at + 2) return undefined;
    at += 2 + bytes.readUInt16LE(at);
  }
  for (const flag of [FLAG.name, FLAG.comment]) {
    if ((flags & flag) === 0) continue;
    const end = at > bytes.length ? -1 : bytes.indexOf(0, at);
    if (end < 0) return undefined;
    at = end + 1;
  }
  return at > bytes.length ? undefined : at;
}
