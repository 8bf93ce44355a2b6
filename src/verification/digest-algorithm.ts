import { createHash, hash } from 'node:crypto';
import { crc32c } from '@node-rs/crc32';

/**
 * The name here of CRC-32C, which PostgreSQL puts into its manifests unless told otherwise; all other names are those of
 * `node:crypto`. Its value is written as PostgreSQL writes it: the four bytes in the order of a little-endian machine.
 */
export const CRC32C = 'crc32c';

/** A digest of bytes that come in pieces. */
export interface RunningDigest {
  update(bytes: Uint8Array): void;
  /** In lower-case hexadecimal. */
  finish(): string;
}

/** A digest of any algorithm that lists of files use. */
export function startDigest(algorithm: string): RunningDigest {
  if (algorithm === CRC32C) return new RunningCrc();
  const digest = createHash(algorithm);
  return { update: (bytes) => void digest.update(bytes), finish: () => digest.digest('hex') };
}

/** The digest of these bytes, in lower-case hexadecimal. */
export function digestOfBytes(algorithm: string, bytes: Uint8Array): string {
  return algorithm === CRC32C ? crcHex(crcOf(bytes, 0)) : hash(algorithm, bytes, 'hex');
}

class RunningCrc implements RunningDigest {
  #crc = 0;

  update(bytes: Uint8Array): void {
    this.#crc = crcOf(bytes, this.#crc);
  }

  finish(): string {
    return crcHex(this.#crc);
  }
}

/** The package takes a Buffer: of any other array it would read the wrong bytes. */
function crcOf(bytes: Uint8Array, before: number): number {
  const view = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return crc32c(view, before);
}

function crcHex(crc: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(crc);
  return bytes.toString('hex');
}
