import { link, lstat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { filesOfPoint } from '../backups/external/point-history.queries.ts';
import { POINT_FILES } from '../backups/point-record.ts';
import { isPacked, unpackedName } from '../backups/unpack/stored-form.ts';
import { type UnpackOptions, unpackFile } from '../backups/unpack/unpack-file.ts';
import { AppError } from '../kernel/errors.ts';
import { DEFAULT_LIMITS } from '../verification/limits.ts';
import type { ManifestEntry, ManifestFile } from '../verification/manifest.ts';
import { readManifest } from '../verification/manifest-read.ts';
import type { RunnerDeps } from './drill-deps.ts';
import type { WatchedPoint } from './point-choice.ts';
import type { RestoredFiles } from './restored-files.ts';

/** One stored file that is to be unpacked. */
export interface StoredFile {
  readonly directory: string;
  /** Relative to the directory. */
  readonly file: string;
  /** What the signed manifest says of it; undefined: there is none. */
  readonly listed: ManifestFile | undefined;
}

/**
 * The files of a copied point that are to be unpacked. A directory that another tool made is one thing: it is taken as it is,
 * unless the definition names files in it.
 */
export async function storedFilesOf(
  deps: RunnerDeps,
  { set, point }: WatchedPoint,
  copy: string,
  only: readonly string[] | undefined,
): Promise<readonly StoredFile[] | 'as it is'> {
  if (set.capture !== undefined) return capturedFiles(deps, join(copy, point.name), only);
  const isDirectory = (await lstat(join(copy, point.name)).catch(() => undefined))?.isDirectory() === true;
  if (isDirectory) {
    const directory = join(copy, point.name);
    return only?.map((file) => ({ directory, file, listed: undefined })) ?? 'as it is';
  }
  const known = set.external.layout === 'files' ? [...(await filesOfPoint(deps.db, point.id)).keys()] : [];
  const paths = known.length > 0 ? known : [point.name];
  const wanted = only === undefined ? paths : paths.filter((path) => only.includes(basename(path)));
  if (wanted.length === 0) throw nothingNamed(paths.map((path) => basename(path)));
  return wanted.map((file) => ({ directory: copy, file, listed: undefined }));
}

/** What Muster captured, by its signed manifest, which was verified. */
async function capturedFiles(
  { keyring }: RunnerDeps,
  directory: string,
  only: readonly string[] | undefined,
): Promise<readonly StoredFile[]> {
  const { documentBytesMax } = DEFAULT_LIMITS;
  const { manifest, finding } = await readManifest(directory, { publicKeys: [keyring.publicKey], documentBytesMax });
  if (manifest === undefined || finding !== undefined) {
    throw new AppError('unprocessable', 'point-not-trusted', `${directory} is not trusted: ${finding?.message}`);
  }
  const files = manifest.files.filter(({ path }) => path !== POINT_FILES.record);
  const wanted = only === undefined ? files : files.filter(({ path }) => only.includes(path));
  if (wanted.length === 0) throw nothingNamed(files.map(({ path }) => path));
  return wanted.map((listed) => ({ directory, file: listed.path, listed }));
}

function nothingNamed(names: readonly string[]): AppError {
  const message = `The extract step names files that the recovery point does not have; it has ${names.slice(0, 10).join(', ')}`;
  return new AppError('unprocessable', 'no-files-to-extract', message);
}

interface Unpacking extends UnpackOptions {
  /** An existing empty directory. */
  readonly root: string;
  readonly identityText: string | undefined;
}

/** Unpacks stored files side by side into one directory; what is in no packing is taken as it is. */
export async function unpackStored(stored: readonly StoredFile[], unpacking: Unpacking): Promise<RestoredFiles> {
  const restored = { files: 0, bytes: 0, comparedFiles: 0 };
  const single: string[] = [];
  const entries: ManifestEntry[] = [];
  for (const one of stored) {
    const name = unpackedName(basename(one.file));
    if (await isPacked(join(one.directory, one.file))) {
      const unpacked = await unpackOne(one, name, unpacking);
      restored.files += unpacked.files;
      restored.bytes += unpacked.bytes;
      restored.comparedFiles += unpacked.comparedFiles;
      if (!unpacked.isArchive) single.push(name);
      entries.push(...(one.listed?.entries ?? []));
      continue;
    }
    const location = join(one.directory, one.file);
    restored.files += 1;
    restored.bytes += (await lstat(location)).size;
    await link(location, join(unpacking.root, name));
    single.push(name);
  }
  return { ...restored, root: unpacking.root, single, entries: entries.length > 0 ? entries : undefined };
}

function unpackOne({ directory, file, listed }: StoredFile, plainName: string, unpacking: Unpacking) {
  const { root, identityText, signal, onRead } = unpacking;
  return unpackFile(
    {
      ...{ directory, file, plainName, identityText, target: root, limits: DEFAULT_LIMITS },
      entries: listed?.entries,
      isTree: listed?.tree !== undefined,
      decodedBytes: listed?.decodedBytes,
    },
    { signal, onRead },
  );
}
