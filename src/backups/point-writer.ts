import { createHash, type KeyObject, randomBytes } from 'node:crypto';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../kernel/clock.ts';
import { publishDirectory, syncDirectory, writeDurably } from '../kernel/durable-files.ts';
import { AppError } from '../kernel/errors.ts';
import type { Logger } from '../kernel/log.ts';
import { MANIFEST_FILE } from '../verification/directory-marks.ts';
import { type ManifestFile, serialiseManifest, signManifest } from '../verification/manifest.ts';
import { createManifest, type FileToName, type ManifestOptions } from '../verification/manifest-create.ts';
import { explainFullDisk } from './disk.ts';
import { POINT_FILES, type PointRecord } from './point-record.ts';
import { requireRepository } from './repository.identity.ts';
import { openWorkDirectory, reapWorkDirectories } from './work-directory.ts';

/** How far a capture is. */
export interface CaptureProgress {
  readonly step: 'data' | 'log' | 'fingerprints' | 'manifest' | 'upload';
  readonly unit: 'bytes' | 'tables';
  readonly done: number;
  /** An estimate while data is received; 0 while nobody knows. */
  readonly total: number;
}

/** Where a recovery point goes, and who signs it. */
export interface PointDestination {
  /** The repository's root; it was initialised once (`initialiseRepository`). */
  readonly repositoryRoot: string;
  /** What the repository's sentinel must say; left out, any repository will do. */
  readonly repositoryIdentity?: string | undefined;
  /** Lower-case letters, digits and dashes: it names a directory below the root. */
  readonly setName: string;
  /** The Ed25519 private key that signs the manifest. */
  readonly signingKey: KeyObject;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called often; must be quick. */
  readonly onProgress?: ((progress: CaptureProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A recovery point that is whole, signed and on disk. It has not been read back yet. */
export interface CapturedPoint<Content = PointRecord> {
  readonly pointDirectory: string;
  /** The directory's name: the time of the capture and eight random digits. */
  readonly name: string;
  readonly record: Content;
  /** SHA-256 of `manifest.json`: the identity of the point's content. */
  readonly digest: string;
  /** All files together. */
  readonly sizeBytes: number;
}

/** What a capture put into the draft's directory. */
export interface FilledDraft<Content = PointRecord> {
  readonly record: Content;
  /** What `record.json` says: it is covered by the signed manifest. */
  readonly recordText: string;
  /** What the manifest says besides its files. */
  readonly attributes: Readonly<Record<string, string>>;
  /** What was described while it was written is not read back for the manifest. */
  readonly files: readonly (FileToName | ManifestFile)[];
  readonly requiredWal?: ManifestOptions['requiredWal'];
}

/** A set's name, safe as the name of a directory. */
const SET_NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Makes one recovery point: `fill` writes its files into a hidden directory and has them on disk; then record and signed
 * manifest are added and the directory gets its name. Whatever fails before that leaves nothing behind, and what killed
 * captures of this host left is removed first.
 *
 * @throws AppError `unavailable` (`repository-unavailable`, `disk-full`), or whatever `fill` throws; the signal's reason
 * after an abort.
 */
export async function writePoint<Content>(
  destination: PointDestination,
  fill: (directory: string, pointName: string) => Promise<FilledDraft<Content>>,
): Promise<CapturedPoint<Content>> {
  const { repositoryRoot, setName, signal } = destination;
  if (!SET_NAME.test(setName)) {
    throw new AppError('invalid', 'bad-set-name', `${JSON.stringify(setName)} is no name for a backup set`);
  }
  await requireRepository(repositoryRoot, destination.repositoryIdentity);
  try {
    const setDirectory = await openSetDirectory(repositoryRoot, setName);
    await reapWorkDirectories(setDirectory, destination.log);
    const name = newPointName(destination.clock);
    await using work = await openWorkDirectory(setDirectory, name);
    const draft = await fill(work.path, name);
    const finished = await seal(destination, work.path, draft);
    signal?.throwIfAborted();
    const pointDirectory = join(setDirectory, name);
    await publishDirectory(work.path, pointDirectory);
    return { pointDirectory, name, ...finished };
  } catch (thrown) {
    signal?.throwIfAborted();
    throw await explainFullDisk(repositoryRoot, thrown);
  }
}

async function openSetDirectory(root: string, setName: string): Promise<string> {
  const directory = join(root, setName);
  const made = await mkdir(directory, { recursive: true, mode: 0o700 });
  if (made !== undefined) await syncDirectory(root);
  return directory;
}

/** Sorts by time: `20261122T151900Z-9f86d081`. */
function newPointName(clock: Clock): string {
  const second = clock.now().toString({ smallestUnit: 'second' }).replaceAll(/[-:]/g, '');
  return `${second}-${randomBytes(4).toString('hex')}`;
}

/** Writes the record and the signed manifest over everything. */
async function seal<Content>(
  destination: PointDestination,
  directory: string,
  { record, recordText, attributes, files, requiredWal }: FilledDraft<Content>,
): Promise<Pick<CapturedPoint<Content>, 'record' | 'digest' | 'sizeBytes'>> {
  await writeDurably(join(directory, POINT_FILES.record), recordText);
  const named = [...files, { path: POINT_FILES.record }];
  const sizes = await Promise.all(named.map(async ({ path }) => (await stat(join(directory, path))).size));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const manifest = await createManifest(directory, named, {
    createdAt: destination.clock.now().toString({ smallestUnit: 'second' }),
    attributes,
    ...(requiredWal === undefined ? {} : { requiredWal }),
    ...(destination.signal === undefined ? {} : { signal: destination.signal }),
    onProgress: (done) => destination.onProgress?.({ step: 'manifest', unit: 'bytes', done, total }),
  });
  const bytes = serialiseManifest(signManifest(manifest, destination.signingKey));
  await writeDurably(join(directory, MANIFEST_FILE), bytes);
  return { record, digest: createHash('sha256').update(bytes).digest('hex'), sizeBytes: total + bytes.length };
}
