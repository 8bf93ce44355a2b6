import type { Identity } from './age-identities.ts';
import { type BackupManifest, parseBackupManifest } from './backup-manifest.ts';
import type { CaseFile } from './diagnosis.ts';
import type { DigestSource } from './digest-thread.ts';
import { BACKUP_MANIFEST_FILE, MANIFEST_FILE } from './directory-marks.ts';
import {
  EntryComparison,
  type ExpectedEntries,
  entriesOfBackupManifest,
  entriesOfManifest,
} from './entry-comparison.ts';
import { type Finding, printable } from './finding.ts';
import { type Inspection, type InspectionOptions, inspectFile } from './inspection.ts';
import { includesLevel, type Level } from './level.ts';
import type { VerificationLimits } from './limits.ts';
import { type Manifest, type ManifestFile, recordOf } from './manifest.ts';
import { SEGMENT_HEADER_BYTES } from './wal.ts';
import { WalContents } from './wal-contents.ts';

/** The archive of the data directory. */
export const BASE_ARCHIVE = /^base\.tar(\.gz|\.zst)?$/;
/** The archive of the write-ahead log that recovery needs. */
const WAL_ARCHIVE = /^(pg_)?wal\.tar(\.gz|\.zst)?$/;
/** In the data directory only these links lead out: PostgreSQL makes them for tablespaces. */
const TABLESPACE_LINK = /^pg_tblspc\/[0-9]+$/;

/** A stored file of a recovery point: what is on record, and what was found. */
export interface PointFile extends CaseFile {
  readonly path: string;
  /** The deepest level that this file was examined at, whatever that showed. */
  readonly level: Level;
}

/** What is needed to read the files of one recovery point. */
export interface PointReadOptions {
  readonly directory: string;
  readonly level: Level;
  readonly limits: VerificationLimits;
  readonly manifest: Manifest | undefined;
  /** One of the keys that count signed the manifest, exactly as it is. */
  readonly isTrusted: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onRead: (bytes: number) => void;
  readonly pace?: ((bytes: number) => Promise<void>) | undefined;
  readonly onWalked?: ((file: string, decoded: Buffer) => void) | undefined;
  readonly digests?: DigestSource | undefined;
  readonly identities?: readonly Identity[] | undefined;
}

/** Everything that reading the files of a recovery point once has shown. */
export interface PointReading {
  readonly files: readonly PointFile[];
  /** What is wrong with the recovery point as a whole. */
  readonly findings: readonly Finding[];
}

/** Reads every given file once, PostgreSQL's manifest first because it says what the archive must hold. */
export async function readPoint(paths: readonly string[], options: PointReadOptions): Promise<PointReading> {
  const reader = new PointReader(options, tablespacesOf(paths));
  const isFirst = (path: string) => path === BACKUP_MANIFEST_FILE;
  for (const path of [...paths.filter(isFirst), ...paths.filter((path) => !isFirst(path))]) await reader.read(path);
  return reader.finish(paths);
}

/** pg_basebackup packs each tablespace into an archive of its own, named by its number. */
const TABLESPACE_ARCHIVE = /^([0-9]+)\.tar(\.gz|\.zst)?$/;

/** Whether pg_basebackup gives this name to a file beside the archive of the data directory, or to that. */
export function isPartOfArchives(path: string): boolean {
  return (
    [BASE_ARCHIVE, WAL_ARCHIVE, TABLESPACE_ARCHIVE].some((name) => name.test(path)) || path === BACKUP_MANIFEST_FILE
  );
}

function tablespaceOf(path: string): string | undefined {
  const number = TABLESPACE_ARCHIVE.exec(path)?.[1];
  return number === undefined ? undefined : `pg_tblspc/${number}/`;
}

function tablespacesOf(paths: readonly string[]): string[] {
  return paths.map(tablespaceOf).filter((place) => place !== undefined);
}

class PointReader {
  readonly #options: PointReadOptions;
  readonly #files: PointFile[] = [];
  readonly #wal: WalContents;
  readonly #tablespaces: readonly string[];
  #backupManifest: BackupManifest | undefined;

  constructor(options: PointReadOptions, tablespaces: readonly string[]) {
    this.#options = options;
    this.#tablespaces = tablespaces;
    const wal = options.manifest?.files.find(({ path }) => WAL_ARCHIVE.test(path));
    this.#wal = new WalContents(wal?.entries ?? []);
  }

  async read(path: string): Promise<void> {
    this.#options.signal?.throwIfAborted();
    const named = this.#options.manifest?.files.find((file) => file.path === path);
    if (path === BACKUP_MANIFEST_FILE) await this.#readBackupManifest(path, named);
    else await this.#readFile(path, named);
  }

  finish(paths: readonly string[]): PointReading {
    const base = paths.find((path) => BASE_ARCHIVE.test(path));
    if (base === undefined || !includesLevel(this.#options.level, 'content'))
      return { files: this.#files, findings: [] };
    const wal = paths.find((path) => WAL_ARCHIVE.test(path)) ?? base;
    const walFindings = this.#walFindings(wal);
    const files = this.#files.map((file) => {
      const contents = [...file.contents];
      for (const finding of walFindings) {
        // Two lists may need the same segment; that it is not there is said once.
        const isSaid = contents.some(({ kind, entry }) => kind === finding.kind && entry === finding.entry);
        if (finding.file === file.path && !isSaid) contents.push(finding);
      }
      return { ...file, contents };
    });
    return { files, findings: this.#manifestFindings(paths, base) };
  }

  async #readBackupManifest(path: string, named: ManifestFile | undefined): Promise<void> {
    const inspection = await inspectFile(this.#inspectionOptions(path, named));
    const isWhole = inspection.document !== undefined && inspection.read?.failure === undefined;
    const parsed = isWhole ? parseBackupManifest(inspection.document, path) : undefined;
    this.#backupManifest = parsed?.manifest;
    const structure = [...inspection.structure, ...(parsed?.finding === undefined ? [] : [parsed.finding])];
    this.#files.push({
      path,
      ...this.#recorded(named),
      inspection: { ...inspection, structure },
      contents: [],
      level: 'content',
    });
  }

  async #readFile(path: string, named: ManifestFile | undefined): Promise<void> {
    const expected = this.#expectedEntries(path, named);
    const comparison = expected === undefined ? undefined : new EntryComparison(path, expected);
    const { onWalked } = this.#options;
    const seen = await inspectFile({
      ...this.#inspectionOptions(path, named),
      hooks: {
        entryDigest: expected?.digestAlgorithm,
        headBytes: SEGMENT_HEADER_BYTES,
        ...(BASE_ARCHIVE.test(path) ? { allowLink: (link: string) => TABLESPACE_LINK.test(link) } : {}),
        onEntry: (entry) => {
          comparison?.compare(entry);
          if (WAL_ARCHIVE.test(path) || entry.path.startsWith('pg_wal/')) this.#wal.take(path, entry);
        },
        isTree: this.#options.isTrusted && named?.tree !== undefined,
        onWalked: onWalked && ((decoded) => onWalked(path, decoded)),
      },
    });
    const inspection = named === undefined ? seen : withoutLock(seen);
    const { content, format } = inspection;
    const isCompared = comparison !== undefined && format.content === 'tar' && content !== undefined;
    const contents = isCompared ? comparison.finish(content.isComplete) : [];
    const isContentKnown = format.content === 'json' || (isCompared && content.isComplete);
    this.#files.push({
      path,
      ...this.#recorded(named),
      inspection,
      contents,
      level: isContentKnown ? 'content' : inspection.level,
    });
  }

  #inspectionOptions(path: string, named: ManifestFile | undefined): InspectionOptions {
    const { directory, level, limits, signal, onRead, pace, digests, identities } = this.#options;
    const { chunkBytes, decodedBytes } = named ?? {};
    return {
      directory,
      file: path,
      level,
      limits,
      wanted: { chunkBytes },
      keepsDocuments: true,
      decodedBytes,
      signal,
      onRead,
      pace,
      digests,
      identities,
    };
  }

  #recorded(named: ManifestFile | undefined): Pick<PointFile, 'recorded'> {
    return named === undefined ? {} : { recorded: recordOf(named) };
  }

  /** What lists the entries of this archive: PostgreSQL's manifest for the data directory, ours for any other. */
  #expectedEntries(path: string, named: ManifestFile | undefined): ExpectedEntries | undefined {
    if (!includesLevel(this.#options.level, 'content')) return undefined;
    if (this.#backupManifest !== undefined) {
      const tablespace = tablespaceOf(path);
      const part = tablespace === undefined ? { without: this.#tablespaces } : { below: tablespace };
      if (BASE_ARCHIVE.test(path) || tablespace !== undefined) {
        return entriesOfBackupManifest(this.#backupManifest, BACKUP_MANIFEST_FILE, part);
      }
    }
    return named?.entries === undefined ? undefined : entriesOfManifest(named.entries, MANIFEST_FILE);
  }

  #walFindings(file: string): Finding[] {
    const { manifest } = this.#options;
    const backup = this.#backupManifest;
    return [
      ...this.#wal.segmentFindings(backup?.systemIdentifier),
      ...this.#wal.missingFindings(backup?.walRanges ?? [], file, BACKUP_MANIFEST_FILE),
      ...this.#wal.missingFindings(manifest?.requiredWal ?? [], file, MANIFEST_FILE),
    ];
  }

  /** A base backup that nothing lists, or lists without digests, cannot be vouched for entry by entry. */
  #manifestFindings(paths: readonly string[], base: string): Finding[] {
    const isListed = this.#options.manifest?.files.some((file) => file.path === base && file.entries !== undefined);
    if (!paths.includes(BACKUP_MANIFEST_FILE) && isListed !== true) {
      const message = `${BACKUP_MANIFEST_FILE} is not there: nothing says what ${printable(base)} must hold.`;
      return [{ kind: 'missing', file: BACKUP_MANIFEST_FILE, message }];
    }
    const backup = this.#backupManifest;
    if (backup === undefined || backup.digestAlgorithm !== undefined) return [];
    const message = `${BACKUP_MANIFEST_FILE} has checksums of the kind ${printable(backup.checksumAlgorithm)}, which are not checked: only names and sizes were.`;
    return [{ kind: 'unknown-format', file: BACKUP_MANIFEST_FILE, message }];
  }
}

/**
 * What is encrypted to somebody else is as it should be when its bytes are those on record and its container is whole: more
 * there is not to see without the key, and the level says so.
 */
function withoutLock(inspection: Inspection): Inspection {
  if (inspection.format.packings[0] !== 'age') return inspection;
  const structure = inspection.structure.filter(({ kind }) => kind !== 'no-key');
  return structure.length === inspection.structure.length ? inspection : { ...inspection, structure, level: 'digest' };
}
