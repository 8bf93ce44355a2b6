import { hash } from 'node:crypto';

/**
 * A set of names in 16 bytes each, however long they are: it keeps 64 bits of their SHA-256. Two of a million
 * different names are taken for the same with a probability of 3 in 100 million.
 */
export class NameSet {
  /** Open addressing: two words a slot, both zero when it is free. */
  #words = new Uint32Array(2 * 1024);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Adds the name; false when it was there already. */
  add(name: string): boolean {
    const [low, high] = fingerprint(name);
    if (!this.#place(low, high)) return false;
    this.#size += 1;
    if (this.#size * 2 > this.#words.length / 2) this.#grow();
    return true;
  }

  has(name: string): boolean {
    const [low, high] = fingerprint(name);
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

function fingerprint(name: string): [number, number] {
  const digest = hash('sha256', name, 'buffer');
  // Never both zero: that marks a free slot.
  return [digest.readUInt32LE(0), (digest.readUInt32LE(4) | 1) >>> 0];
}
