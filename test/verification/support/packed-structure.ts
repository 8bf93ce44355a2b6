import { crc32, deflateRawSync, constants as zlib, zstdCompressSync } from 'node:zlib';
import type { ByteRange, HeaderField } from './damages.ts';

/** A packed file and what its bytes are. */
export interface MadePacked {
  readonly bytes: Buffer;
  readonly fields: readonly HeaderField[];
  readonly boundaries: readonly number[];
  /** Bytes that change nothing of what comes out, and that no checksum covers. */
  readonly blind: readonly ByteRange[];
}

/** Optional fields of a gzip header. */
export interface GzipFields {
  readonly name?: string;
  readonly comment?: string;
  readonly extra?: Buffer;
  /** Puts a checksum over the header: then nothing of it is blind. */
  readonly headerCrc?: boolean;
}

/**
 * One member of gzip (RFC 1952). Without a checksum of the header its time, its hints and its names are blind, and the flag
 * that says "text" is; of the packed data the bits that fill up its last byte.
 */
export function gzipMember(data: Buffer, fields: GzipFields = {}): MadePacked {
  const { name, comment, extra, headerCrc = false } = fields;
  const flags =
    (headerCrc ? 2 : 0) +
    (extra === undefined ? 0 : 4) +
    (name === undefined ? 0 : 8) +
    (comment === undefined ? 0 : 16);
  const fixed = Buffer.from([0x1f, 0x8b, 8, flags, 1, 2, 3, 4, 0, 3]);
  const length = Buffer.alloc(2);
  length.writeUInt16LE(extra?.length ?? 0);
  const texts = [name, comment].flatMap((text) => (text === undefined ? [] : [Buffer.from(`${text}\0`, 'latin1')]));
  const optional = Buffer.concat([...(extra === undefined ? [] : [length, extra]), ...texts]);
  const plain = Buffer.concat([fixed, optional]);
  const check = Buffer.alloc(headerCrc ? 2 : 0);
  if (headerCrc) check.writeUInt16LE(crc32(plain) & 0xffff);
  const header = Buffer.concat([plain, check]);
  const body = deflateRawSync(data);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(data), 0);
  trailer.writeUInt32LE(data.length % 2 ** 32, 4);
  const bodyEnd = header.length + body.length;
  return {
    bytes: Buffer.concat([header, body, trailer]),
    fields: [
      { name: 'gzip magic and method', offset: 0, length: 3 },
      { name: 'gzip header', offset: 3, length: header.length - 3 },
      { name: 'start of deflate', offset: header.length, length: 40 },
      { name: 'end of deflate', offset: bodyEnd - 20, length: 20 },
      { name: 'gzip trailer', offset: bodyEnd, length: 8 },
    ],
    boundaries: [0, 10, header.length, bodyEnd, bodyEnd + 4],
    blind: [
      ...(headerCrc ? [] : [{ offset: 3, endOffset: 10 }, ...namesOf(fields, header.length)]),
      { offset: bodyEnd - 1, endOffset: bodyEnd },
    ],
  };
}

function namesOf({ extra }: GzipFields, headerBytes: number): ByteRange[] {
  // The length of the extra field is not blind: it moves all that follows.
  const from = extra === undefined ? 10 : 12;
  return [{ offset: from, endOffset: headerBytes }];
}

/** One frame of zstd with its checksum. Blind is only the size of its window, when it grows. */
export function zstdFrame(
  data: Buffer,
  options: { readonly checksum?: boolean; readonly sized?: boolean } = {},
): MadePacked {
  const { checksum = true, sized = true } = options;
  const params = {
    [zlib.ZSTD_c_checksumFlag]: checksum ? 1 : 0,
    [zlib.ZSTD_c_contentSizeFlag]: sized ? 1 : 0,
  };
  const bytes = zstdCompressSync(data, { params });
  const descriptor = bytes[4] ?? 0;
  const isSingle = (descriptor & 0x20) !== 0;
  const sizeBytes = descriptor >> 6 === 0 ? (isSingle ? 1 : 0) : 1 << (descriptor >> 6);
  const headerBytes = 5 + (isSingle ? 0 : 1) + sizeBytes;
  const end = bytes.length - (checksum ? 4 : 0);
  return {
    bytes,
    fields: [
      { name: 'zstd magic', offset: 0, length: 4 },
      { name: 'zstd frame header', offset: 4, length: headerBytes - 4 },
      { name: 'start of blocks', offset: headerBytes, length: 40 },
      { name: 'end of blocks', offset: end - 20, length: 20 },
      ...(checksum ? [{ name: 'zstd checksum', offset: end, length: 4 }] : []),
    ],
    boundaries: [0, 4, headerBytes, end],
    blind: isSingle ? [] : [{ offset: 5, endOffset: 6 }],
  };
}

/** A skippable frame: a place for what zstd knows nothing of, and checks nothing of. */
export function skippableFrame(data: Buffer): MadePacked {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(0x184d2a5f, 0);
  head.writeUInt32LE(data.length, 4);
  return {
    bytes: Buffer.concat([head, data]),
    fields: [{ name: 'skippable frame', offset: 0, length: 8 }],
    boundaries: [0, 8],
    // The low four bits of the magic number are free.
    blind: [
      { offset: 0, endOffset: 1 },
      { offset: 8, endOffset: 8 + data.length },
    ],
  };
}

/** Members or frames one behind the other. */
export function joined(...parts: readonly MadePacked[]): MadePacked {
  const fields: HeaderField[] = [];
  const boundaries: number[] = [];
  const blind: ByteRange[] = [];
  let position = 0;
  for (const part of parts) {
    const by = position;
    fields.push(...part.fields.map((field) => ({ ...field, offset: field.offset + by })));
    boundaries.push(...part.boundaries.map((at) => at + by));
    blind.push(...part.blind.map(({ offset, endOffset }) => ({ offset: offset + by, endOffset: endOffset + by })));
    position += part.bytes.length;
  }
  return { bytes: Buffer.concat(parts.map(({ bytes }) => bytes)), fields, boundaries, blind };
}
