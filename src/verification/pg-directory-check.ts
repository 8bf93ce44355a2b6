import { join } from 'node:path';
import type { ContentOptions } from './content.ts';
import { diagnose } from './diagnosis.ts';
import type { DirectoryCheck } from './directory-check.ts';
import { listDirectory } from './directory-listing.ts';
import { PG_DIRECTORY_TOC } from './directory-marks.ts';
import { type Finding, printable } from './finding.ts';
import { type Inspection, inspectFile, lookAtFile } from './inspection.ts';
import {
  createPgData,
  PG_DIRECTORY_ENDINGS,
  type PgDirectoryFile,
  readPgDirectoryToc,
  readPgLargeObjectList,
} from './pg-directory.ts';
import { readDocument } from './stored-document.ts';
import type { VerifyOptions } from './verify-file.ts';

/** Checks a directory dump of `pg_dump -Fd`: its table of contents, that exactly its files are there, and each to its end. */
export async function verifyPgDirectory(directory: string, options: VerifyOptions): Promise<DirectoryCheck> {
  const { limits, signal } = options;
  const { bytes, finding } = await readDocument(join(directory, PG_DIRECTORY_TOC), PG_DIRECTORY_TOC, {
    ...limits,
    signal,
  });
  const nothing = (found: Finding): DirectoryCheck => ({
    findings: [found],
    filesChecked: 0,
    bytesRead: bytes?.length ?? 0,
    level: 'presence',
  });
  if (bytes === undefined) return nothing(finding);
  const toc = readPgDirectoryToc(bytes, limits.entriesMax);
  if ('problem' in toc) {
    return nothing({ kind: toc.kind, file: PG_DIRECTORY_TOC, message: `The table of contents ${toc.problem}.` });
  }
  const ending = PG_DIRECTORY_ENDINGS[toc.compression];
  const check = new DirectoryDumpCheck(directory, options);
  for (const file of toc.files) {
    const isList = file.name.endsWith('.toc');
    await check.read(isList ? file.name : `${file.name}${ending}`, file);
    if (isList) await check.readLargeObjects(file.name, ending);
  }
  if (options.level === 'digest') check.findNoRecord();
  return check.finish(bytes.length);
}

class DirectoryDumpCheck {
  readonly #directory: string;
  readonly #options: VerifyOptions;
  readonly #findings: Finding[] = [];
  readonly #named = new Set([PG_DIRECTORY_TOC]);
  readonly #inspections: Inspection[] = [];

  constructor(directory: string, options: VerifyOptions) {
    this.#directory = directory;
    this.#options = options;
  }

  /** One data file; `shape` says what its content must be, for large objects nothing. */
  async read(name: string, file?: Pick<PgDirectoryFile, 'label' | 'shape'>): Promise<void> {
    if (this.#named.has(name)) return;
    this.#named.add(name);
    const openContent = file && ((options: ContentOptions) => createPgData(options, file));
    const inspection =
      this.#options.level === 'presence'
        ? await lookAtFile(this.#directory, name)
        : await inspectFile({ ...this.#options, directory: this.#directory, file: name, openContent });
    this.#inspections.push(inspection);
    // An empty table has an empty data file in the formats that allow one; what must be in it the walker knows.
    this.#findings.push(...diagnose({ inspection, contents: [] }));
  }

  /** The large objects that a list names. */
  async readLargeObjects(list: string, ending: string): Promise<void> {
    const { limits, signal } = this.#options;
    // That it is not there, or no file, was said when it was read as a file of the dump.
    const { bytes } = await readDocument(join(this.#directory, list), list, { ...limits, signal });
    const names = bytes === undefined ? [] : readPgLargeObjectList(bytes.toString('utf8'));
    if ('problem' in names) {
      const message = `The list of large objects ${printable(list)} ${names.problem}.`;
      this.#findings.push({ kind: 'corrupt', file: list, message });
    } else for (const name of names) await this.read(`${name}${ending}`);
  }

  /** No digests belong to this format: reading alone shows nothing. */
  findNoRecord(): void {
    const message = 'No digests of its files are on record: there is nothing to compare them with.';
    this.#findings.push({ kind: 'no-record', file: PG_DIRECTORY_TOC, message });
  }

  async finish(tocBytes: number): Promise<DirectoryCheck> {
    const { limits } = this.#options;
    const listing = await listDirectory(this.#directory, () => false, limits.filesMax);
    for (const { path } of listing.failure === undefined ? listing.files : []) {
      if (this.#named.has(path)) continue;
      const message = `${printable(path)} is here, but the table of contents does not name it.`;
      this.#findings.push({ kind: 'unexpected', file: path, message });
    }
    const sum = (of: (inspection: Inspection) => number) =>
      this.#inspections.reduce((total, inspection) => total + of(inspection), 0);
    return {
      findings: this.#findings,
      filesChecked: 1 + this.#inspections.length,
      bytesRead: tocBytes + sum(({ read }) => read?.bytesRead ?? 0),
      decodedBytes: tocBytes + sum(({ decodedBytes }) => decodedBytes),
      entries: this.#inspections.length,
      level: 'structure',
    };
  }
}
