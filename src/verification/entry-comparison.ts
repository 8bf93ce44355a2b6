import type { BackupManifest } from './backup-manifest.ts';
import { type Finding, printable } from './finding.ts';
import { FindingList } from './finding-list.ts';
import type { ManifestEntry } from './manifest.ts';
import type { TarEntry } from './tar-entry.ts';

/** An entry as a list records it; what the list does not say is not compared. */
interface ExpectedEntry {
  readonly sizeBytes: number;
  readonly type?: string;
  readonly checksum?: string | undefined;
  readonly target?: string | undefined;
}

/** An entry of the archive, as far as it is compared. */
export interface ComparedEntry {
  readonly path: string;
  readonly type: TarEntry['type'];
  readonly sizeBytes: number;
  readonly target?: string | undefined;
  readonly digest?: string | undefined;
  /** Where its data begins in the decoded stream, where that is known. */
  readonly dataOffset?: number | undefined;
}

/** What an archive must hold, and who says so. */
export interface ExpectedEntries {
  /** The file that lists the entries, as it is named in findings. */
  readonly source: string;
  /** Digest of file data, in the words of `node:crypto`. */
  readonly digestAlgorithm?: string | undefined;
  readonly entries: ReadonlyMap<string, ExpectedEntry>;
  /** Entries that the list does not name by design. */
  readonly mayBeUnlisted: (entry: ComparedEntry) => boolean;
}

/**
 * What PostgreSQL's own manifest says about the archive of a base backup. It lists files, not directories and links;
 * it leaves out itself and the write-ahead log. Tablespaces may have archives of their own: then it is only of the files
 * `below` one of them, or of those `without` any.
 */
export function entriesOfBackupManifest(
  manifest: BackupManifest,
  source: string,
  part: { readonly below?: string; readonly without?: readonly string[] } = {},
): ExpectedEntries {
  const { below = '', without = [] } = part;
  const isOfPart = (path: string) => path.startsWith(below) && !without.some((place) => path.startsWith(place));
  const isWhole = below === '' && without.length === 0;
  return {
    source,
    digestAlgorithm: manifest.digestAlgorithm,
    entries: isWhole
      ? manifest.files
      : new Map(
          [...manifest.files].flatMap(([path, file]) => (isOfPart(path) ? [[path.slice(below.length), file]] : [])),
        ),
    mayBeUnlisted: ({ path, type }) =>
      type === 'directory' || type === 'symlink' || path.startsWith('pg_wal/') || path === 'backup_manifest',
  };
}

/** What our own manifest says about the entries of one archive. */
export function entriesOfManifest(entries: readonly ManifestEntry[], source: string): ExpectedEntries {
  const expected = new Map<string, ExpectedEntry>();
  for (const { path, type, sizeBytes, sha256, target } of entries) {
    expected.set(path, { type, sizeBytes, checksum: sha256, target });
  }
  return { source, digestAlgorithm: 'sha256', entries: expected, mayBeUnlisted: () => false };
}

/** Compares the entries of one archive, as they stream past, with the list that says what they must be. */
export class EntryComparison {
  readonly #file: string;
  readonly #expected: ExpectedEntries;
  readonly #findings: FindingList;
  readonly #seen = new Set<string>();

  constructor(file: string, expected: ExpectedEntries) {
    this.#file = file;
    this.#expected = expected;
    this.#findings = new FindingList(file);
  }

  /** Compares the next entry of the archive. */
  compare(entry: ComparedEntry): void {
    const expected = this.#expected.entries.get(entry.path);
    if (expected !== undefined) this.#compareWith(entry, expected);
    else if (!this.#expected.mayBeUnlisted(entry)) {
      this.#add('unexpected', entry, `is in the archive, but ${this.#expected.source} does not list it`);
    }
  }

  /**
   * What differs. In an archive that was not walked to its end, what was not seen is one line: it may well be there.
   */
  finish(isComplete: boolean): Finding[] {
    const missing = [...this.#expected.entries.keys()].filter((path) => !this.#seen.has(path));
    const [first] = missing;
    if (first === undefined) return this.#findings.all();
    if (isComplete) {
      for (const path of missing) {
        const message = `${printable(path)} is listed in ${this.#expected.source}, but is not in the archive.`;
        this.#findings.add({ kind: 'missing', entry: path, message });
      }
      return this.#findings.all();
    }
    const total = this.#expected.entries.size;
    const message = `${missing.length} of ${total} listed entries could not be reached; the first is ${printable(first)}.`;
    return [...this.#findings.all(), { kind: 'missing', file: this.#file, entry: first, message }];
  }

  #compareWith(entry: ComparedEntry, expected: ExpectedEntry): void {
    this.#seen.add(entry.path);
    const differs = (what: string, wanted: string | number, actual: string | number) => {
      this.#add('altered', entry, `has another ${what} than ${this.#expected.source} says`, `${wanted}`, `${actual}`);
    };
    if (entry.type !== (expected.type ?? 'file')) differs('type', expected.type ?? 'file', entry.type);
    else if (entry.sizeBytes !== expected.sizeBytes) differs('size', expected.sizeBytes, entry.sizeBytes);
    else if (entry.target !== expected.target) differs('target', expected.target ?? '', printable(entry.target ?? ''));
    else if (expected.checksum !== undefined && entry.digest !== undefined && entry.digest !== expected.checksum) {
      differs('checksum', expected.checksum, entry.digest);
    }
  }

  #add(kind: Finding['kind'], entry: ComparedEntry, what: string, expected?: string, actual?: string): void {
    this.#findings.add({
      kind,
      entry: entry.path,
      ...(entry.dataOffset === undefined ? {} : { decodedOffset: entry.dataOffset }),
      ...(expected === undefined ? {} : { expected }),
      ...(actual === undefined ? {} : { actual }),
      message: `${printable(entry.path)} ${what}.`,
    });
  }
}
