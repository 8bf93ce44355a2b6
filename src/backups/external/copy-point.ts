import { lstat, mkdir, realpath, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Database } from '../../database/database.ts';
import { type Finding, printable } from '../../verification/finding.ts';
import { DEFAULT_LIMITS } from '../../verification/limits.ts';
import type { BackupSet, RecoveryPoint, Repository } from '../backup-catalogue.ts';
import { copyFile } from '../fetch.ts';
import { isRemote, openStore, type RemoteMeans, type RemoteRepository } from '../remote/open-store.ts';
import { requireRemote } from '../remote/remote-identity.ts';
import { requireAvailable } from '../repository.identity.ts';
import { copyTree } from './copy-tree.ts';
import { fetchPoint } from './fetch-point.ts';
import { namesOfLists } from './listed-digest.ts';
import { filesThere, type PlacedFile, RealDirectories } from './point-files.ts';
import { filesOfPoint } from './point-history.queries.ts';
import { marksOf } from './point-marks.ts';
import { RepositoryReader } from './repository-reader.ts';

/** What copying stands on. */
export interface CopyDeps {
  readonly db: Database;
  readonly remote: RemoteMeans;
}

/** A watched point, and where it goes: an existing empty directory, which stands for the root of the repository. */
export interface PointToCopy {
  readonly set: BackupSet;
  readonly repository: Repository;
  readonly point: RecoveryPoint;
  readonly directory: string;
}

/** What copying obeys and tells. */
export interface CopyOptions {
  readonly signal: AbortSignal;
  /** Bytes that were copied since the last call. */
  readonly onBytes: (bytes: number) => void;
}

/** What was copied. */
export interface CopiedPoint {
  readonly files: number;
  readonly sizeBytes: number;
  /** What is there and was not copied: what leads out, or may not be read. */
  readonly findings: readonly Finding[];
  /** It lay there as it was when it was registered. Undefined where that cannot be told from the outside. */
  readonly isUnchanged: boolean | undefined;
}

/** Between the first two tries to fetch what changes meanwhile. */
const RETRY_PAUSE_MS = 1000;

/**
 * Copies a watched point out of its repository, wherever that is, with the lists of digests beside its files: what lies at a path
 * there lies at the same path below the directory. Damage is copied too, for the check that follows to find. The repository is
 * only read, at its own pace.
 *
 * @throws AppError `unavailable` `repository-unavailable`; the system's error when this machine's disk is full; the signal's
 *   reason.
 */
export async function copyPoint(deps: CopyDeps, subject: PointToCopy, options: CopyOptions): Promise<CopiedPoint> {
  const { repository } = subject;
  // It reads nothing: it keeps the pace of one reader.
  const pace = new RepositoryReader(repository, []);
  const onBytes = async (bytes: number) => {
    options.onBytes(bytes);
    await pace.take(bytes);
  };
  const paced = { signal: options.signal, onBytes };
  if (isRemote(repository)) return copyRemote(deps, { ...subject, repository }, paced);
  return copyLocal(deps, subject, paced);
}

/**
 * Makes sure that a repository is there, and the one that it was.
 * @throws AppError `unavailable` `repository-unavailable`.
 */
export async function requireRepository(deps: CopyDeps, repository: Repository, signal: AbortSignal): Promise<void> {
  if (!isRemote(repository)) {
    await requireAvailable(repository);
    return;
  }
  const store = await openStore(deps.db, deps.remote, repository);
  await using _closed = { [Symbol.asyncDispose]: () => store.close() };
  await requireRemote(store, repository, signal);
}

interface Paced {
  readonly signal: AbortSignal;
  readonly onBytes: (bytes: number) => Promise<void>;
}

/** From the root: of its files, or of the one file or directory that it is. */
async function pathsOf({ db }: CopyDeps, { set, point }: PointToCopy): Promise<string[]> {
  const known = set.external?.layout === 'files' ? [...(await filesOfPoint(db, point.id)).keys()] : [];
  return known.length > 0 ? known : [point.name];
}

async function copyRemote(
  deps: CopyDeps,
  subject: PointToCopy & { readonly repository: RemoteRepository },
  { signal, onBytes }: Paced,
): Promise<CopiedPoint> {
  const { set, repository, directory } = subject;
  const store = await openStore(deps.db, deps.remote, repository);
  await using _closed = { [Symbol.asyncDispose]: () => store.close() };
  await requireRemote(store, repository, signal);
  const { files, fetchedBytes, findings } = await fetchPoint(
    store,
    { set, paths: await pathsOf(deps, subject), directory, limits: DEFAULT_LIMITS },
    { signal, onBytes, retryPauseMs: RETRY_PAUSE_MS, pauseMs: deps.remote.pauseMs, onProgress: () => {} },
  );
  return { files, sizeBytes: fetchedBytes, findings, isUnchanged: undefined };
}

async function copyLocal(deps: CopyDeps, subject: PointToCopy, paced: Paced): Promise<CopiedPoint> {
  const { set, repository, point, directory } = subject;
  await requireAvailable(repository);
  const root = await realpath(repository.root);
  const paths = await pathsOf(deps, subject);
  const there = await filesThere({ root, directories: new RealDirectories() }, paths, DEFAULT_LIMITS);
  if (there.directory !== undefined) {
    const target = join(directory, point.name);
    return { ...(await copyTree(there.directory, target, DEFAULT_LIMITS.filesMax, paced)), isUnchanged: undefined };
  }
  let sizeBytes = 0;
  for (const file of there.files) sizeBytes += await copyOne(file, join(directory, file.path), paced);
  if (set.external?.digestSource === 'manifest') await copyLists(root, there.files, directory, paced);
  const isUnchanged = point.marks === undefined ? undefined : point.marks.equals(marksOf(there.files));
  return { files: there.files.length, sizeBytes, findings: there.findings, isUnchanged };
}

async function copyOne(
  { location, mtimeNs }: Pick<PlacedFile, 'location' | 'mtimeNs'>,
  target: string,
  { signal, onBytes }: Paced,
): Promise<number> {
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  let before = 0;
  const sizeBytes = await copyFile(location, target, {
    signal,
    onBytes: async (copied) => {
      await onBytes(copied - before);
      before = copied;
    },
  });
  const mtimeSeconds = Number(mtimeNs / 1_000_000_000n);
  await utimes(target, mtimeSeconds, mtimeSeconds);
  return sizeBytes;
}

/** Lists that may say something of these files; one that is no regular file says nothing. */
async function copyLists(root: string, files: readonly PlacedFile[], directory: string, paced: Paced): Promise<void> {
  const known = new Set(files.map(({ path }) => path));
  const lists = new Set(files.flatMap(({ path }) => namesOfLists(path)).filter((path) => !known.has(path)));
  for (const path of lists) {
    const found = await lstat(join(root, path), { bigint: true }).catch(() => undefined);
    if (found === undefined || !found.isFile() || Number(found.size) > DEFAULT_LIMITS.documentBytesMax) continue;
    await copyOne({ location: join(root, path), mtimeNs: found.mtimeNs }, join(directory, path), paced);
  }
}

/** What a step says of what was not copied. */
export function leftOutMessage({ file, message }: Finding): string {
  return `${printable(file)} was not copied: ${message}`;
}
