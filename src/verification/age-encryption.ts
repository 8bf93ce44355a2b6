import { createCipheriv, randomBytes } from 'node:crypto';
import { Transform, type TransformCallback } from 'node:stream';
import { CHUNK_CIPHER, chunkNonce, NONCE_BYTES, PLAIN_BYTES, payloadKey, TAG_BYTES } from './age-chunks.ts';
import { readAgeHeader } from './age-header.ts';

/**
 * Encrypts what passes through to age recipients (c2sp.org/age, version 1), with one chunk of 64 KiB in memory. The age library
 * makes the key of the file and the header; the payload is made here, by the system's cipher: the library's own, in JavaScript,
 * was measured at less than half of its rate.
 */
export function encryptingTo(recipients: readonly string[]): Transform {
  return new AgeEncryption(recipients);
}

class AgeEncryption extends Transform {
  readonly #recipients: readonly string[];
  readonly #chunk = Buffer.allocUnsafe(PLAIN_BYTES);
  #have = 0;
  #count = 0;
  #key: Buffer = EMPTY;

  constructor(recipients: readonly string[]) {
    super();
    this.#recipients = recipients;
  }

  override _construct(done: (error?: Error | null) => void): void {
    this.#begin().then(() => done(), done);
  }

  override _transform(bytes: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    for (let at = 0; at < bytes.length; ) {
      // Whether a full chunk is the last one is known only once more bytes follow it.
      if (this.#have === PLAIN_BYTES) this.#seal(0);
      const taken = bytes.copy(this.#chunk, this.#have, at);
      this.#have += taken;
      at += taken;
    }
    done();
  }

  override _flush(done: TransformCallback): void {
    this.#seal(1);
    done();
  }

  async #begin(): Promise<void> {
    const { header, fileKey } = await newHeader(this.#recipients);
    const nonce = randomBytes(NONCE_BYTES);
    this.#key = payloadKey(fileKey, nonce);
    this.push(Buffer.concat([header, nonce]));
  }

  #seal(mark: 0 | 1): void {
    const nonce = chunkNonce(this.#count, mark);
    const cipher = createCipheriv(CHUNK_CIPHER, this.#key, nonce, { authTagLength: TAG_BYTES });
    const sealed = cipher.update(this.#chunk.subarray(0, this.#have));
    cipher.final();
    this.push(Buffer.concat([sealed, cipher.getAuthTag()]));
    this.#count += 1;
    this.#have = 0;
  }
}

/** A header that the library makes, with the key that it wrapped. */
async function newHeader(recipients: readonly string[]): Promise<{ header: Buffer; fileKey: Uint8Array }> {
  // What encrypts nothing does without the library, which takes longer to load than a small file to pack.
  const { encrypterTo } = await import('./age-recipients.ts');
  const encrypter = encrypterTo(recipients);
  let fileKey: Uint8Array = EMPTY;
  encrypter.addRecipient({
    wrapFileKey(key) {
      fileKey = Uint8Array.from(key);
      return [];
    },
  });
  const file = Buffer.from(await encrypter.encrypt(EMPTY));
  const header = readAgeHeader(file);
  if (header === 'more' || 'problem' in header) throw new Error('the age library made a header that cannot be read');
  return { header: file.subarray(0, header.bytes), fileKey };
}

const EMPTY = Buffer.alloc(0);
