import { AgeChunks, CHUNK_BYTES, NONCE_BYTES, payloadKey } from './age-chunks.ts';
import { type AgeStanza, readAgeHeader } from './age-header.ts';
import type { Identity } from './age-identities.ts';
import type { DecodedConsumer, DecodeOptions, Decoder } from './decoder.ts';
import { PackedDecoder } from './packed-decoder.ts';

/** What opens the file, if anything does. */
export interface AgeDecodeOptions extends DecodeOptions {
  readonly identities?: readonly Identity[] | undefined;
}

/**
 * Decrypts an age file (c2sp.org/age, version 1). The MAC of the header and the tag of each chunk are compared: nothing is
 * handed on that is not authentic. Without an identity that fits, header and lengths are checked, and the `problem` is
 * `no-key` once the end is reached.
 */
export function createAgeDecoder(consume: DecodedConsumer, options: AgeDecodeOptions): Decoder {
  return new AgeDecoder(consume, options);
}

class AgeDecoder extends PackedDecoder {
  readonly #identities: readonly Identity[];
  #state: 'header' | 'nonce' | 'payload' = 'header';
  /** Bytes of the header or the nonce that came so far. */
  #pending = EMPTY;
  #stanzas: readonly AgeStanza[] = [];
  #headerBytes = 0;
  #fileKey: Uint8Array | undefined;
  #chunks = new AgeChunks(undefined);

  constructor(consume: DecodedConsumer, options: AgeDecodeOptions) {
    super(consume, options);
    this.#identities = options.identities ?? [];
  }

  async end(): Promise<void> {
    if (this.problem !== undefined) return;
    if (this.#state !== 'payload') {
      this.fail('truncated', this.position, this.position, `the age file ends in its ${this.#state}`);
      return;
    }
    const last = this.#chunks.last();
    if ('why' in last) this.#failInChunk(last.kind, last.why, last.bytes);
    else await this.put(last.decrypted);
    if (this.problem === undefined && this.#fileKey === undefined) this.#failWithoutKey();
  }

  close(): void {
    this.#fileKey = undefined;
    this.#pending = EMPTY;
    this.#chunks = new AgeChunks(undefined);
  }

  protected *decodeSlice(slice: Buffer): Generator<Promise<void>, void> {
    let bytes = slice;
    if (this.#state === 'header') bytes = yield* this.#takeHeader(bytes);
    if (this.#state === 'nonce') bytes = this.#takeNonce(bytes);
    if (this.#state === 'payload') yield* this.#takePayload(bytes);
  }

  /** Returns the bytes behind the header, as far as they are there. */
  *#takeHeader(bytes: Buffer): Generator<Promise<void>, Buffer> {
    this.#pending = Buffer.concat([this.#pending, bytes]);
    const header = readAgeHeader(this.#pending);
    if (header === 'more') return EMPTY;
    if ('problem' in header) {
      this.fail(header.kind, header.offset, header.endOffset, header.problem);
      return EMPTY;
    }
    const rest = this.#pending.subarray(header.bytes);
    const text = this.#pending.subarray(0, header.bytes);
    this.#stanzas = header.stanzas;
    this.#headerBytes = header.bytes;
    this.#pending = EMPTY;
    if (this.#identities.length > 0) yield this.#unwrap(text);
    if (this.problem === undefined) this.#state = 'nonce';
    return rest;
  }

  async #unwrap(header: Buffer): Promise<void> {
    // Only who has an identity pays for loading it.
    const { Decrypter } = await import('age-encryption');
    const decrypter = new Decrypter();
    for (const identity of this.#identities) identity.lendTo(decrypter);
    try {
      this.#fileKey = await decrypter.decryptHeader(header);
    } catch (thrown) {
      const why = thrown instanceof Error ? thrown.message : String(thrown);
      if (why.startsWith(NO_MATCH)) return;
      this.fail('corrupt', 0, header.length, `the age header does not fit its key: ${why}`);
    }
  }

  #takeNonce(bytes: Buffer): Buffer {
    const all = Buffer.concat([this.#pending, bytes]);
    this.#pending = all.subarray(0, NONCE_BYTES);
    if (all.length < NONCE_BYTES) return EMPTY;
    const key = this.#fileKey;
    if (key !== undefined) {
      this.#chunks = new AgeChunks(payloadKey(key, this.#pending));
    }
    this.#pending = EMPTY;
    this.#state = 'payload';
    return all.subarray(NONCE_BYTES);
  }

  *#takePayload(bytes: Buffer): Generator<Promise<void>, void> {
    for (let at = 0; at < bytes.length; ) {
      const { taken, decrypted, why } = this.#chunks.take(bytes, at);
      at += taken;
      if (why !== undefined) this.#failInChunk('corrupt', why, CHUNK_BYTES);
      const step = decrypted === undefined ? undefined : this.put(decrypted);
      if (step !== undefined) yield step;
      if (this.problem !== undefined) return;
    }
  }

  #failInChunk(kind: 'corrupt' | 'truncated', why: string, bytes: number): void {
    const payload = this.#headerBytes + NONCE_BYTES;
    const offset = payload + this.#chunks.count * CHUNK_BYTES;
    const endOffset = offset + bytes;
    if (kind === 'truncated') this.fail(kind, endOffset, endOffset, why);
    // The key of all chunks is made with the nonce in front of the first one.
    else this.fail(kind, this.#chunks.count === 0 ? payload - NONCE_BYTES : offset, endOffset, why);
  }

  #failWithoutKey(): void {
    const kinds = [...new Set(this.#stanzas.map(({ type }) => type))].join(', ');
    const count = this.#stanzas.length;
    const whose = this.#identities.length === 0 ? 'no identity was given' : 'none of the identities opens it';
    const message = `only the header and the lengths of the age file were checked: ${whose} (${count} ${count === 1 ? 'recipient' : 'recipients'}: ${kinds})`;
    this.fail('no-key', 0, this.options.storedBytes, message);
  }
}

const EMPTY = Buffer.alloc(0);
/** Words of the age library; a test holds them. */
const NO_MATCH = 'no identity matched';
