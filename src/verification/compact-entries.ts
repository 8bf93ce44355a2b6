import type { ExpectedFile } from './expected-file.ts';

/**
 * Listed files by their names, for lists of a million lines: what has one digest and nothing else, which is almost
 * everything, takes its name and the digest's bytes; the object is made when it is asked for.
 */
export class CompactEntries implements ReadonlyMap<string, ExpectedFile> {
  /** Where the record begins: one byte for the algorithm, one for the length, the digest. -1: it is in `#others`. */
  readonly #records = new Map<string, number>();
  readonly #others = new Map<string, ExpectedFile>();
  readonly #algorithms: string[] = [];
  #bytes = Buffer.allocUnsafe(65_536);
  #used = 0;

  get size(): number {
    return this.#records.size;
  }

  set(path: string, file: ExpectedFile): void {
    const [digest, ...more] = file.digests;
    if (digest === undefined || more.length > 0 || Object.keys(file).length > 1) {
      this.#records.set(path, -1);
      this.#others.set(path, file);
      return;
    }
    const length = digest.hex.length / 2;
    if (this.#used + 2 + length > this.#bytes.length) this.#grow();
    this.#records.set(path, this.#used);
    this.#bytes[this.#used] = this.#numberOf(digest.algorithm);
    this.#bytes[this.#used + 1] = length;
    this.#bytes.write(digest.hex, this.#used + 2, 'hex');
    this.#used += 2 + length;
  }

  get(path: string): ExpectedFile | undefined {
    const at = this.#records.get(path);
    if (at === undefined) return undefined;
    return at < 0 ? this.#others.get(path) : this.#fileAt(at);
  }

  has(path: string): boolean {
    return this.#records.has(path);
  }

  keys(): MapIterator<string> {
    return this.#records.keys();
  }

  *values(): MapIterator<ExpectedFile> {
    for (const [, file] of this.entries()) yield file;
    return undefined;
  }

  *entries(): MapIterator<[string, ExpectedFile]> {
    for (const [path, at] of this.#records) {
      const file = at < 0 ? this.#others.get(path) : this.#fileAt(at);
      if (file !== undefined) yield [path, file];
    }
    return undefined;
  }

  [Symbol.iterator](): MapIterator<[string, ExpectedFile]> {
    return this.entries();
  }

  forEach(visit: (file: ExpectedFile, path: string, map: ReadonlyMap<string, ExpectedFile>) => void): void {
    for (const [path, file] of this) visit(file, path, this);
  }

  #fileAt(at: number): ExpectedFile {
    const end = at + 2 + (this.#bytes[at + 1] ?? 0);
    const algorithm = this.#algorithms[this.#bytes[at] ?? 0] ?? '';
    return { digests: [{ algorithm, hex: this.#bytes.toString('hex', at + 2, end) }] };
  }

  #numberOf(algorithm: string): number {
    const known = this.#algorithms.indexOf(algorithm);
    return known < 0 ? this.#algorithms.push(algorithm) - 1 : known;
  }

  #grow(): void {
    const grown = Buffer.allocUnsafe(this.#bytes.length * 2);
    this.#bytes.copy(grown, 0, 0, this.#used);
    this.#bytes = grown;
  }
}
