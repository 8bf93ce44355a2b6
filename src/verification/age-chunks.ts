import { createDecipheriv, hkdfSync } from 'node:crypto';

export const NONCE_BYTES = 16;
export const TAG_BYTES = 16;
/** What a full chunk holds. */
export const PLAIN_BYTES = 65_536;
/** A chunk of the payload with its tag. All but the last one are full. */
export const CHUNK_BYTES = PLAIN_BYTES + TAG_BYTES;

/** What a chunk number and the mark of the last one make of the nonce. */
const COUNTER_OFFSET = 5;
const CHUNK_NONCE_BYTES = 12;

export const CHUNK_CIPHER = 'chacha20-poly1305';

/** The nonce of a chunk: its number from 0 on, and 1 as the mark of the last one. */
export function chunkNonce(number: number, mark: 0 | 1): Buffer {
  const nonce = Buffer.alloc(CHUNK_NONCE_BYTES);
  nonce.writeUIntBE(number, COUNTER_OFFSET, 6);
  nonce[CHUNK_NONCE_BYTES - 1] = mark;
  return nonce;
}

const PAYLOAD_KEY_BYTES = 32;

/** The key of the payload, from that of the file and the nonce in front of the payload. */
export function payloadKey(fileKey: Uint8Array, nonce: Uint8Array): Buffer {
  return Buffer.from(hkdfSync('sha256', fileKey, nonce, 'payload', PAYLOAD_KEY_BYTES));
}

/** What taking bytes came to: a chunk that was decrypted, or why it was not. */
export interface TakenChunk {
  readonly taken: number;
  readonly decrypted?: Buffer | undefined;
  readonly why?: string;
}

/** The last chunk: what it says, or why it says nothing. */
export type LastChunk =
  | { readonly decrypted: Buffer }
  | { readonly kind: 'corrupt' | 'truncated'; readonly why: string; readonly bytes: number };

/**
 * The payload of an age file (the STREAM construction with ChaCha20-Poly1305): chunks of 64 KiB, each with a tag, each with its
 * number and the mark of the last one in the nonce. Without a key only their lengths are looked at.
 */
export class AgeChunks {
  /** Chunks that are done. */
  count = 0;
  readonly #key: Buffer | undefined;
  readonly #chunk: Buffer;
  #have = 0;

  constructor(key: Buffer | undefined) {
    this.#key = key;
    this.#chunk = key === undefined ? EMPTY : Buffer.allocUnsafe(CHUNK_BYTES);
  }

  /** Takes bytes from `at` on, at most to the end of a chunk. A full chunk is only opened once more bytes follow it. */
  take(bytes: Buffer, at: number): TakenChunk {
    if (this.#have < CHUNK_BYTES) {
      const taken = Math.min(CHUNK_BYTES - this.#have, bytes.length - at);
      if (this.#key !== undefined) bytes.copy(this.#chunk, this.#have, at, at + taken);
      this.#have += taken;
      return { taken };
    }
    const decrypted = this.#open(0);
    if (decrypted === undefined && this.#open(1) !== undefined) {
      this.count += 1;
      return { taken: bytes.length - at, why: 'bytes follow the end of the age file' };
    }
    if (decrypted === undefined) return { taken: 0, why: `chunk ${this.count + 1} of the age file is not authentic` };
    this.count += 1;
    this.#have = 0;
    return { taken: 0, decrypted };
  }

  /** Opens what is there as the last chunk. */
  last(): LastChunk {
    const bytes = this.#have;
    if (bytes < TAG_BYTES || (bytes === TAG_BYTES && this.count > 0)) {
      return { kind: 'truncated', why: 'the age file ends before its last chunk does', bytes };
    }
    const decrypted = this.#open(1);
    if (decrypted !== undefined) return { decrypted };
    if (bytes === CHUNK_BYTES && this.#open(0) !== undefined) {
      return { kind: 'truncated', why: 'the age file ends behind a chunk that is not its last one', bytes };
    }
    const why = 'the last chunk of the age file is not authentic: it is damaged, or its end is lost';
    return { kind: 'corrupt', why, bytes };
  }

  /** Undefined when the tag does not fit. */
  #open(mark: 0 | 1): Buffer | undefined {
    if (this.#key === undefined) return EMPTY;
    const end = this.#have - TAG_BYTES;
    const decipher = createDecipheriv(CHUNK_CIPHER, this.#key, chunkNonce(this.count, mark), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAuthTag(this.#chunk.subarray(end, this.#have));
    const decrypted = decipher.update(this.#chunk.subarray(0, end));
    try {
      decipher.final();
    } catch {
      return undefined;
    }
    return decrypted;
  }
}

const EMPTY = Buffer.alloc(0);
