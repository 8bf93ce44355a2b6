import type { KeyObject } from 'node:crypto';
import type { Identity } from './age-identities.ts';
import type { DigestSource } from './digest-thread.ts';
import { type Listing, listDirectory } from './directory-listing.ts';
import { MANIFEST_FILE } from './directory-marks.ts';
import { type Finding, type Verdict, verdictOf } from './finding.ts';
import { includesLevel, type Level, lowestLevel } from './level.ts';
import { DEFAULT_LIMITS, type VerificationLimits } from './limits.ts';
import { type ManifestReading, readManifest } from './manifest-read.ts';
import { judge } from './recovery-point-judgement.ts';
import { type PointFile, type PointReading, readPoint } from './recovery-point-reading.ts';

/** How far a check is. */
interface CheckProgress {
  readonly bytesRead: number;
  readonly totalBytes: number;
}

/** What a check is given besides the directory. */
export interface CheckOptions {
  /** The Ed25519 keys whose signature on the manifest is trusted. */
  readonly publicKeys: readonly KeyObject[];
  /** How deep to go: `content` unless told. */
  readonly level?: Exclude<Level, 'restore'>;
  readonly limits?: Partial<VerificationLimits>;
  readonly signal?: AbortSignal;
  /** Called after every piece that was read (at most 1 MiB). */
  readonly onProgress?: (progress: CheckProgress) => void;
  /**
   * For whoever unpacks an archive while it is checked, so that it is decoded once: what was decoded and walked of this file, in
   * order, up to the first thing that is wrong with its structure. Whether the bytes are the right ones is known only from the
   * verdict. Must be quick; what it throws, the check rejects with.
   */
  readonly onWalked?: (file: string, decoded: Buffer) => void;
  /** Waited for after each piece that was read. */
  readonly pace?: ((bytes: number) => Promise<void>) | undefined;
  /** Where digests are made: in the calling thread unless told. */
  readonly digests?: DigestSource | undefined;
  /** Open what is encrypted with age. Without one that fits, such a file is compared with the manifest only. */
  readonly identities?: readonly Identity[] | undefined;
}

/** What a check found. */
export interface CheckResult {
  readonly verdict: Verdict;
  /**
   * The level at which every file was really examined, at most the one asked for. It is lower where a file has no
   * deeper level that this engine knows (bytes of no known format: `digest`) and where nothing lists what should be there.
   */
  readonly level: Level;
  /** Root findings; what followed from each lies beneath it. */
  readonly findings: readonly Finding[];
  /** Files that were read to their end (at level `presence`: that are there), the manifest not counted. */
  readonly filesChecked: number;
  /** Entries of archives that were walked. */
  readonly entriesChecked: number;
  /** Stored bytes read. */
  readonly bytesRead: number;
  /** Bytes that came out of the decoders. */
  readonly decodedBytes: number;
  readonly durationMs: number;
  /** SHA-256 of the files that were read to their ends, by path in the directory. */
  readonly fileDigests: Readonly<Record<string, string>>;
}

/**
 * Checks a recovery point: a directory with `manifest.json` (see `Manifest`) and the files that it names; a base backup
 * as `base.tar[.gz|.zst]` with PostgreSQL's `backup_manifest` and the WAL in `wal.tar[.gz|.zst]`, or anything else.
 *
 * Every stored byte is read once, at most a few MiB are held, nothing is written, links are not followed. At level
 * `content` a sound verdict means: a trusted key signed the manifest; the directory holds exactly the files it names,
 * with those digests; every archive decodes to its proper end; every entry is as `backup_manifest` or our manifest lists
 * it; and every WAL segment that recovery needs is there and is what its name says.
 *
 * Rejects with the signal's reason when it is cancelled. What is wrong with the backup is never an exception.
 */
export async function verifyRecoveryPoint(directory: string, options: CheckOptions): Promise<CheckResult> {
  const startedAt = performance.now();
  options.signal?.throwIfAborted();
  const level = options.level ?? 'content';
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const { publicKeys, signal } = options;
  const reading = await readManifest(directory, { publicKeys, documentBytesMax: limits.documentBytesMax, signal });
  const named = reading.manifest?.files.map(({ path }) => path) ?? [];
  const isHolding = (below: string) => named.some((path) => path.startsWith(`${below}/`));
  const listing = allOrNothing(await listDirectory(directory, isHolding, limits.filesMax));
  const progress = reporter(reading, listing, options);
  const isDeep = includesLevel(level, 'digest') && listing.failure === undefined;
  const point = isDeep
    ? await readPoint(pathsToRead(reading, listing), {
        directory,
        level,
        limits,
        signal,
        manifest: reading.manifest,
        isTrusted: reading.finding === undefined,
        onRead: progress,
        onWalked: options.onWalked,
        digests: options.digests,
        identities: options.identities,
        pace: options.pace,
      })
    : NOTHING_READ;
  const findings = judge({ reading, listing, point, isDeep });
  const filesChecked = isDeep ? point.files.filter(isReadWhole).length : filesPresent(reading, listing);
  const { files } = point;
  return {
    verdict: verdictOf(findings, filesChecked),
    level: levelReached(level, reading, files),
    findings,
    filesChecked,
    entriesChecked: sum(files.map((file) => file.inspection.content?.entries ?? 0)),
    bytesRead: reading.bytesRead + sum(files.map((file) => file.inspection.read?.bytesRead ?? 0)),
    decodedBytes: sum(files.map((file) => file.inspection.decodedBytes)),
    durationMs: performance.now() - startedAt,
    fileDigests: Object.fromEntries(files.filter(isReadWhole).map(digestOf)),
  };
}

/** What lies in a directory that may not be read is not missing. */
function allOrNothing(listing: Listing): Listing {
  return listing.failure === undefined && listing.closed.length > 0 ? { failure: 'no-access' } : listing;
}

const NOTHING_READ: PointReading = { files: [], findings: [] };

/** Every named file; without a manifest all that is there, so that a check can still say what it is worth. */
function pathsToRead({ manifest }: ManifestReading, listing: Listing): string[] {
  if (manifest !== undefined) return manifest.files.map(({ path }) => path);
  const files = listing.failure === undefined ? listing.files : [];
  return files.filter(({ path, type }) => type === 'file' && path !== MANIFEST_FILE).map(({ path }) => path);
}

/** Counts what is read and tells it, against all that there is to read. */
function reporter(reading: ManifestReading, listing: Listing, { onProgress }: CheckOptions): (bytes: number) => void {
  const isWanted = new Set([MANIFEST_FILE, ...pathsToRead(reading, listing)]);
  const files = listing.failure === undefined ? listing.files.filter(({ path }) => isWanted.has(path)) : [];
  const totalBytes = sum(files.map(({ sizeBytes }) => sizeBytes));
  let { bytesRead } = reading;
  return (bytes) => {
    bytesRead += bytes;
    onProgress?.({ bytesRead, totalBytes });
  };
}

function filesPresent({ manifest }: ManifestReading, listing: Listing): number {
  const there = new Set(listing.failure === undefined ? listing.files.map(({ path }) => path) : []);
  return manifest?.files.filter(({ path }) => there.has(path)).length ?? 0;
}

function isReadWhole({ inspection: { read } }: PointFile): boolean {
  return read !== undefined && read.bytesRead === read.sizeBytes;
}

function digestOf({ path, inspection }: PointFile): [path: string, sha256: string] {
  return [path, inspection.digest?.sha256 ?? ''];
}

/** Without a record to compare with, nothing deeper than presence can be claimed. */
function levelReached(asked: Level, { manifest }: ManifestReading, files: readonly PointFile[]): Level {
  if (manifest === undefined || files.length === 0) return 'presence';
  const levels = files.map((file) => (file.inspection.read === undefined ? 'presence' : file.level));
  return lowestLevel([asked, ...levels]) ?? 'presence';
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
