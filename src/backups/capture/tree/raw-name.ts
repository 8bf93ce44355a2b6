import { decodeName } from '../../../verification/tar-header.ts';

/**
 * A name, path or link target byte for byte: each character stands for one byte. File systems know bytes, and not all of them are
 * UTF-8; strings are compared and put together faster than buffers.
 */
export type RawName = string;

export function rawName(bytes: Buffer): RawName {
  return bytes.toString('latin1');
}

export function rawBytes(raw: RawName): Buffer {
  return Buffer.from(raw, 'latin1');
}

/** As people and manifests see it: bytes that are not UTF-8 stand as `\xHH`. */
export function shownName(raw: RawName): string {
  return isPlain(raw) ? raw : decodeName(rawBytes(raw));
}

/** What the system's calls take for it. */
export function systemName(raw: RawName): string | Buffer {
  return isPlain(raw) ? raw : rawBytes(raw);
}

/** ASCII only: the bytes are those of the string. */
function isPlain(raw: RawName): boolean {
  return Buffer.byteLength(raw) === raw.length;
}
