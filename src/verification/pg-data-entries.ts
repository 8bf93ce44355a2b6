import type { PgArchiveEntry } from './pg-archive-entry.ts';

/** pg_dump numbers all objects that it meets, dumped or not. */
const DUMP_ID_MAX = 67_108_864;
/** Names that are remembered: of more entries the rest is called by number, so that a million cost no 100 MB. */
const LABELS_MAX = 200_000;

/** An entry whose data is to be found in the archive. */
export interface PgDataEntry {
  readonly index: number;
  readonly dumpId: number;
  readonly label: string;
  readonly isBlobs: boolean;
  readonly columns: number | undefined;
  readonly offset: number | undefined;
}

const IS_BLOBS = 1;
const IS_SEEN = 2;
const NONE = -1;

/** The entries of an archive that have data, and which of them were seen. Kept small: there may be a million. */
export class PgDataEntries {
  readonly #numbers = new NumberSet();
  readonly #ids: number[] = [];
  readonly #columns: number[] = [];
  readonly #offsets: number[] = [];
  readonly #flags: number[] = [];
  readonly #labels: string[] = [];
  #next = 0;
  #indexes: Map<number, number> | undefined;

  get count(): number {
    return this.#ids.length;
  }

  /** Takes an entry of the table of contents. Returns what is wrong with it beside the others. */
  add(entry: PgArchiveEntry): string | undefined {
    const { dumpId } = entry;
    if (dumpId > DUMP_ID_MAX) return `its number is ${dumpId}`;
    if (!this.#numbers.add(dumpId)) return `its number ${dumpId} is that of another entry too`;
    if (!entry.hasData) return undefined;
    if (this.#labels.length < LABELS_MAX) this.#labels.push(entry.label);
    this.#ids.push(dumpId);
    this.#columns.push(entry.columns ?? NONE);
    this.#offsets.push(entry.offset ?? NONE);
    this.#flags.push(entry.description === 'BLOBS' ? IS_BLOBS : 0);
    return undefined;
  }

  /** The entry of a block of data, which is seen from now on; `again` when it was before. */
  see(dumpId: number): PgDataEntry | 'unknown' | 'again' {
    // pg_dump writes the blocks in the order of the table of contents.
    let index = this.#next;
    if (this.#ids[index] !== dumpId) {
      this.#indexes ??= new Map(this.#ids.map((id, at) => [id, at]));
      index = this.#indexes.get(dumpId) ?? NONE;
    }
    if (index === NONE) return 'unknown';
    const flags = this.#flags[index] as number;
    if ((flags & IS_SEEN) !== 0) return 'again';
    this.#flags[index] = flags | IS_SEEN;
    this.#next = index + 1;
    return this.#entryAt(index);
  }

  /** The first entry whose data was not seen. */
  firstMissing(): { readonly entry: PgDataEntry; readonly missing: number; readonly isAtEnd: boolean } | undefined {
    let first = NONE;
    let missing = 0;
    let lastSeen = NONE;
    for (let index = 0; index < this.count; index += 1) {
      if (((this.#flags[index] as number) & IS_SEEN) !== 0) lastSeen = index;
      else {
        missing += 1;
        if (first === NONE) first = index;
      }
    }
    return missing === 0 ? undefined : { entry: this.#entryAt(first), missing, isAtEnd: first > lastSeen };
  }

  #entryAt(index: number): PgDataEntry {
    const columns = this.#columns[index] as number;
    const offset = this.#offsets[index] as number;
    const dumpId = this.#ids[index] as number;
    return {
      index,
      dumpId,
      label: this.#labels[index] ?? `entry ${dumpId}`,
      isBlobs: ((this.#flags[index] as number) & IS_BLOBS) !== 0,
      columns: columns === NONE ? undefined : columns,
      offset: offset === NONE ? undefined : offset,
    };
  }
}

/** A set of small numbers, one bit for each. */
class NumberSet {
  #bits = new Uint8Array(1024);

  /** Returns whether the number is new. */
  add(number: number): boolean {
    const at = number >> 3;
    if (at >= this.#bits.length) {
      const grown = new Uint8Array(Math.max(at + 1, this.#bits.length * 2));
      grown.set(this.#bits);
      this.#bits = grown;
    }
    const bit = 1 << (number & 7);
    const isNew = ((this.#bits[at] as number) & bit) === 0;
    this.#bits[at] = (this.#bits[at] as number) | bit;
    return isNew;
  }
}
