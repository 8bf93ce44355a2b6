import { isUtf8 } from 'node:buffer';

/** Says whether a text that comes in pieces is UTF-8. Characters may be cut by the pieces. */
export class Utf8Check {
  #cut: Buffer = EMPTY;

  /** Whether the text up to here can be UTF-8. */
  write(bytes: Buffer): boolean {
    let from = 0;
    if (this.#cut.length > 0) {
      while (from < bytes.length && from < 4 && isContinuation(bytes[from])) from += 1;
      const joined = Buffer.concat([this.#cut, bytes.subarray(0, from)]);
      if (from === bytes.length && joined.length < 4) {
        this.#cut = joined;
        return joined.length < neededBytes(joined[0]) || this.#isWhole(joined);
      }
      if (!isUtf8(joined)) return false;
      this.#cut = EMPTY;
    }
    const to = bytes.length - cutBytes(bytes, from);
    this.#cut = to === bytes.length ? EMPTY : Buffer.from(bytes.subarray(to));
    return isUtf8(bytes.subarray(from, to));
  }

  /** Whether the text may end here. */
  get isComplete(): boolean {
    return this.#cut.length === 0;
  }

  #isWhole(joined: Buffer): boolean {
    this.#cut = EMPTY;
    return isUtf8(joined);
  }
}

const EMPTY: Buffer = Buffer.alloc(0);

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

/** Bytes of the character that starts so. */
function neededBytes(lead: number | undefined): number {
  if (lead === undefined || lead < 0xc0) return 1;
  return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/** Bytes at the end that begin a character without finishing it. */
function cutBytes(bytes: Buffer, from: number): number {
  for (let back = 1; back <= 3 && bytes.length - back >= from; back += 1) {
    const byte = bytes[bytes.length - back];
    if (isContinuation(byte)) continue;
    return neededBytes(byte) > back ? back : 0;
  }
  return 0;
}
