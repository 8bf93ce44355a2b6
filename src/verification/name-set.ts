import { randomInt } from 'node:crypto';

/** Drawn for each process, so that nobody can make names beforehand that collide. */
const SEED_LOW = randomInt(2 ** 32);
const SEED_HIGH = randomInt(2 ** 32);

/**
 * A set of names in 16 bytes each, however long they are: it keeps 64 bits of a hash. Two of a million different names are
 * taken for the same with a probability of 3 in 100 million. The hash only has to spread (a digest of each name was the
 * dearest part of walking a million small entries): whoever makes names collide harms his own archive alone.
 */
export class NameSet {
  /** Open addressing: two words a slot, both zero when it is free. */
  #words: Uint32Array;
  #size = 0;

  /** Room for `expected` names is made at once: growing needs the old and the new room together. */
  constructor(expected = 0) {
    this.#words = new Uint32Array(2 * 2 ** Math.ceil(Math.log2(Math.max(1024, 2 * expected))));
  }

  get size(): number {
    return this.#size;
  }

  /** Adds the name; false when it was there already. */
  add(name: string): boolean {
    hashName(name);
    return this.addFingerprint(hashedLow, hashedHigh);
  }

  /** Adds the name of which this is the fingerprint; false when it was there already. */
  addFingerprint(low: number, high: number): boolean {
    if (!this.#place(low, high)) return false;
    this.#size += 1;
    if (this.#size * 2 > this.#words.length / 2) this.#grow();
    return true;
  }

  has(name: string): boolean {
    hashName(name);
    const low = hashedLow;
    const high = hashedHigh;
    const at = this.#slot(low, high);
    return this.#words[at] === low && this.#words[at + 1] === high;
  }

  #place(low: number, high: number): boolean {
    const at = this.#slot(low, high);
    if (this.#words[at] === low && this.#words[at + 1] === high) return false;
    this.#words[at] = low;
    this.#words[at + 1] = high;
    return true;
  }

  /** The slot that holds the fingerprint, or the free one where it belongs. */
  #slot(low: number, high: number): number {
    const mask = this.#words.length - 1;
    let at = (low * 2) & mask;
    while (!(this.#words[at] === 0 && this.#words[at + 1] === 0)) {
      if (this.#words[at] === low && this.#words[at + 1] === high) break;
      at = (at + 2) & mask;
    }
    return at;
  }

  #grow(): void {
    const old = this.#words;
    this.#words = new Uint32Array(old.length * 2);
    for (let at = 0; at < old.length; at += 2) {
      const low = old[at] ?? 0;
      const high = old[at + 1] ?? 0;
      if (low !== 0 || high !== 0) this.#place(low, high);
    }
  }
}

/** The fingerprint of a name or of its bytes, as two words of which the second is never zero: that marks a free slot. */
export function fingerprintOf(name: string | Buffer): [low: number, high: number] {
  hashName(name);
  return [hashedLow, hashedHigh];
}

/** Where `hashName` leaves its result: a million names are worth not making a million pairs. */
let hashedLow = 0;
let hashedHigh = 0;

/**
 * Two multiplicative hashes over the characters or bytes, mixed into each other at the end with the constants of
 * MurmurHash3's finaliser (A. Appleby).
 */
function hashName(name: string | Buffer): void {
  let low = SEED_LOW;
  let high = SEED_HIGH;
  const isText = typeof name === 'string';
  for (let index = 0; index < name.length; index += 1) {
    const code = isText ? name.charCodeAt(index) : (name[index] ?? 0);
    low = Math.imul(low ^ code, 0x9e3779b1);
    high = Math.imul(high ^ code, 0x85ebca77);
    high = (high << 13) | (high >>> 19);
  }
  low = Math.imul(low ^ (low >>> 16), 0x85ebca6b) ^ Math.imul(high ^ (high >>> 13), 0xc2b2ae35);
  high = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ Math.imul(low ^ (low >>> 13), 0xc2b2ae35);
  hashedLow = (low ^ (low >>> 16)) >>> 0;
  hashedHigh = (high | 1) >>> 0;
}
