import type { ContentOptions, ContentResult, ContentWalker } from './content.ts';
import { printable } from './finding.ts';
import { FindingList } from './finding-list.ts';
import { readPgArchiveEntry } from './pg-archive-entry.ts';
import { type PgCompression, readPgArchiveHead } from './pg-archive-head.ts';
import { PgEntryData, type PgEntryDataShape } from './pg-entry-data.ts';

/** A data file that the table of contents of a directory dump names. */
export interface PgDirectoryFile {
  /** Without the ending of its packing, such as `3383.dat`. */
  readonly name: string;
  /** Schema and table, or `BLOBS`. */
  readonly label: string;
  /** `opaque`: a list of large objects, a text of lines `oid file`. */
  readonly shape: PgEntryDataShape;
}

/** What `toc.dat` of a directory dump says. */
export interface PgDirectoryToc {
  /** Data files carry its ending; lists of large objects (`blobs.toc`, `blobs_*.toc`) never. */
  readonly compression: PgCompression;
  readonly entries: number;
  readonly files: readonly PgDirectoryFile[];
}

/** The ending of data files for each packing. */
export const PG_DIRECTORY_ENDINGS: Readonly<Record<PgCompression, string>> = {
  none: '',
  gzip: '.gz',
  lz4: '.lz4',
  zstd: '.zst',
};

/** The ending of a list of large objects. */
const LIST = /\.toc$/;
/** What pg_dump names its files; nothing else may lead out of the directory. */
const FILE_NAME = /^(\d+\.dat|blobs(_\d+)?\.toc)$/;
const LARGE_OBJECT = /^(\d+) (blob_\d+\.dat)$/;

/**
 * Reads the table of contents of a `pg_dump -Fd` directory as a whole: its data files must all be there, and files that
 * it does not name (besides those that its lists of large objects name) do not belong to it.
 */
export function readPgDirectoryToc(
  bytes: Buffer,
  entriesMax: number,
):
  | PgDirectoryToc
  | { readonly problem: string; readonly kind: 'corrupt' | 'truncated' | 'hostile' | 'unknown-format' } {
  const read = readPgArchiveHead(bytes, 'directory');
  if (read === 'more') return { problem: 'ends inside its header', kind: 'truncated' };
  if ('problem' in read) return read;
  const { head } = read;
  if (head.tocEntries > entriesMax) return { problem: `has ${head.tocEntries} entries`, kind: 'hostile' };
  const files: PgDirectoryFile[] = [];
  const names = new Set<string>();
  let encoding: string | undefined;
  let at = read.bytes;
  for (let index = 0; index < head.tocEntries; index += 1) {
    const next = readPgArchiveEntry(bytes.subarray(at), head, 'directory');
    if (next === 'more') return { problem: `ends inside entry ${index + 1} of ${head.tocEntries}`, kind: 'truncated' };
    if ('problem' in next) return { problem: `has a broken entry ${index + 1}: ${next.problem}`, kind: 'corrupt' };
    const { entry } = next;
    at += next.bytes;
    encoding ??= entry.encoding;
    const name = entry.dataFile;
    if (name === undefined) continue;
    if (!FILE_NAME.test(name)) return { problem: `names the file ${printable(name)}`, kind: 'hostile' };
    if (names.has(name)) return { problem: `names the file ${name} twice`, kind: 'corrupt' };
    names.add(name);
    const kind = LIST.test(name) ? 'opaque' : entry.columns === undefined ? 'commands' : 'rows';
    files.push({ name, label: entry.label, shape: { kind, columns: entry.columns, encoding } });
  }
  if (at < bytes.length) return { problem: 'has bytes behind its last entry', kind: 'corrupt' };
  return { compression: head.compression, entries: head.tocEntries, files };
}

/** The files that a list of large objects names, without the ending of their packing. */
export function readPgLargeObjectList(text: string): readonly string[] | { readonly problem: string } {
  const lines = text.split('\n');
  if (lines.pop() !== '') return { problem: 'ends inside a line' };
  if (lines.length === 0) return { problem: 'names no large object' };
  const names: string[] = [];
  for (const line of lines) {
    const name = LARGE_OBJECT.exec(line)?.[2];
    if (name === undefined) return { problem: `has the line ${printable(line)}` };
    names.push(name);
  }
  return names;
}

/** Walks the unpacked content of one data file of a directory dump: its rows must be whole and closed. */
export function createPgData(
  options: ContentOptions,
  file: { readonly label: string; readonly shape: PgEntryDataShape },
): ContentWalker {
  return new PgDataWalker(options, file);
}

class PgDataWalker implements ContentWalker {
  readonly currentEntry: string;
  readonly #options: ContentOptions;
  readonly #data: PgEntryData;
  #position = 0;
  #problemAt: number | undefined;

  constructor(options: ContentOptions, file: { readonly label: string; readonly shape: PgEntryDataShape }) {
    this.#options = options;
    this.currentEntry = file.label;
    this.#data = new PgEntryData(file.shape);
  }

  write(bytes: Buffer): void {
    this.#data.write(bytes);
    if (this.#data.problem !== undefined) this.#problemAt ??= this.#position;
    this.#position += bytes.length;
  }

  end(how: 'at-end' | 'cut'): ContentResult {
    const wasSound = this.#data.problem === undefined;
    if (how === 'at-end') this.#data.finish();
    const findings = new FindingList(this.#options.file);
    const { problem } = this.#data;
    if (problem !== undefined) {
      findings.add({
        kind: wasSound ? 'truncated' : 'corrupt',
        entry: this.currentEntry,
        decodedOffset: this.#problemAt ?? this.#position,
        message: `The data of ${printable(this.currentEntry)} ${problem}.`,
      });
    }
    return {
      entries: 1,
      isComplete: how === 'at-end' && problem === undefined,
      findings: findings.all(),
      level: 'structure',
    };
  }
}
