import { mkdir, rm, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { formatBytes } from '../../kernel/units.ts';
import { type Finding, type FindingKind, printable } from '../../verification/finding.ts';
import type { VerificationLimits } from '../../verification/limits.ts';
import type { BackupSet } from '../backup-catalogue.ts';
import { type FetchOptions, fetchFile } from '../remote/fetch-file.ts';
import type { FetchJournal } from '../remote/fetch-journal.ts';
import type { RemoteEntry, RemoteStore } from '../remote/remote-store.ts';
import { namesOfLists } from './listed-digest.ts';
import { READ_TRIES_MAX } from './target-reading.ts';

/** What is fetched. */
interface PointToFetch {
  readonly set: Pick<BackupSet, 'external'>;
  /** From the root: of its files, or of the directory that is the point. */
  readonly paths: readonly string[];
  /** Where it goes: what lies at a path there lies at the same path below this. */
  readonly directory: string;
  readonly limits: VerificationLimits;
  /** What an earlier attempt fetched to there. */
  readonly journal?: FetchJournal | undefined;
}

/** What fetching a point obeys and tells. */
interface PointFetchOptions extends FetchOptions {
  /** Between two tries to fetch what changes meanwhile; grows. */
  readonly retryPauseMs: number;
  readonly onProgress: (done: number, total: number) => void;
}

/** What came of it. */
interface FetchedPoint {
  readonly files: number;
  readonly fetchedBytes: number;
  /** Why it cannot be read here: of what is not there nothing is said. Empty: all of it is there. */
  readonly findings: readonly Finding[];
}

/** So much of the disk is left to others. */
const LEFT_FREE_BYTES = 67_108_864;

/**
 * Fetches a point, and the lists of digests beside its files.
 * @throws AppError `unavailable` `repository-unavailable`; the signal's reason.
 */
export async function fetchPoint(
  store: RemoteStore,
  point: PointToFetch,
  options: PointFetchOptions,
): Promise<FetchedPoint> {
  const { files, directories, findings } = await seen(store, point, options.signal);
  const sizeBytes = files.reduce((sum, entry) => sum + entry.sizeBytes, 0);
  const found = [...findings, ...(await roomFindings(point, sizeBytes, await keptBytes(point, files)))];
  if (found.length > 0) return { files: 0, fetchedBytes: 0, findings: found };
  for (const path of directories) await mkdir(join(point.directory, path), { recursive: true });
  let fetchedBytes = 0;
  const onBytes = async (bytes: number) => {
    fetchedBytes += bytes;
    options.onProgress(fetchedBytes, 2 * sizeBytes);
    await options.onBytes?.(bytes);
  };
  const lists = await listsBeside(store, point, files, options.signal);
  for (const entry of [...files, ...lists]) {
    const onKept = (bytes: number) => {
      fetchedBytes += bytes;
    };
    const finding = await fetchPatiently(store, entry, point, { ...options, onBytes, onKept });
    if (finding !== undefined) return { files: 0, fetchedBytes, findings: [finding] };
  }
  return { files: files.length, fetchedBytes, findings: [] };
}

/** What there is of a point. */
async function seen(store: RemoteStore, { paths, limits }: PointToFetch, signal: AbortSignal) {
  const files: RemoteEntry[] = [];
  const directories: string[] = [];
  const findings: Finding[] = [];
  const take = (entry: RemoteEntry) => {
    const refusal = refusalOf(entry);
    if (refusal !== undefined) findings.push(about(entry.path, 'no-access', refusal));
    else if (entry.type === 'directory') directories.push(entry.path);
    else files.push(entry);
  };
  for (const path of paths) {
    const entry = await store.look(path, signal);
    if (entry !== undefined) take(entry);
    if (paths.length > 1 || entry?.type === 'file') continue;
    for await (const page of store.list(path, () => true, signal)) {
      for (const below of page) take(below);
      if (files.length > limits.filesMax) {
        findings.push(about(path, 'no-access', `holds more than ${limits.filesMax} files`));
        break;
      }
    }
  }
  return { files, directories, findings };
}

/** Undefined: it can be fetched. */
function refusalOf({ path, type }: RemoteEntry): string | undefined {
  if (path.includes('\uFFFD')) return 'has a name that cannot be one of a file here';
  if (type === 'unreadable') return 'may not be listed by the user that logs in';
  return type === 'other' ? 'is a link or a device: none is followed on another machine' : undefined;
}

/** What of these an earlier attempt fetched. */
async function keptBytes({ journal, directory }: PointToFetch, files: readonly RemoteEntry[]): Promise<number> {
  let bytes = 0;
  if (journal !== undefined)
    for (const entry of files) bytes += await journal.bytesOf(entry, join(directory, entry.path));
  return bytes;
}

async function roomFindings({ directory, paths }: PointToFetch, sizeBytes: number, kept: number): Promise<Finding[]> {
  const { bavail, bsize } = await statfs(directory);
  const free = kept + Math.max(0, bavail * bsize - LEFT_FREE_BYTES);
  if (sizeBytes <= free) return [];
  const sizes = `${formatBytes(sizeBytes)}, and this machine has room for ${formatBytes(free)} of a point that it fetches`;
  return [about(paths[0] ?? '', 'no-access', `cannot be read here: it has ${sizes}`)];
}

/** The lists of digests that may say something of these files. */
async function listsBeside(
  store: RemoteStore,
  { set, limits, paths }: PointToFetch,
  files: readonly RemoteEntry[],
  signal: AbortSignal,
): Promise<RemoteEntry[]> {
  if (set.external?.digestSource !== 'manifest') return [];
  const known = new Set(files.map(({ path }) => path));
  const beside = files.filter(({ path }) => paths.includes(path)).flatMap(({ path }) => namesOfLists(path));
  const candidates = [...new Set(beside)].filter((path) => !known.has(path));
  const lists: RemoteEntry[] = [];
  for (const path of candidates) {
    const entry = await store.look(path, signal);
    if (entry?.type === 'file' && entry.sizeBytes <= limits.documentBytesMax) lists.push(entry);
  }
  return lists;
}

/** Fetches a file; what is gone is left out. Answers why it cannot be fetched. */
async function fetchPatiently(
  store: RemoteStore,
  first: RemoteEntry,
  { directory, journal }: PointToFetch,
  options: PointFetchOptions & { readonly onKept: (bytes: number) => void },
): Promise<Finding | undefined> {
  const { path } = first;
  const location = join(directory, path);
  await mkdir(dirname(location), { recursive: true });
  let entry: RemoteEntry | undefined = first;
  for (let tries = 1; entry?.type === 'file'; tries += 1) {
    try {
      const from = await journal?.begin(entry, location);
      options.onKept(from ?? 0);
      await fetchFile(store, entry, location, { ...options, from });
      return undefined;
    } catch (thrown) {
      const kind = FINDING_OF[(thrown as { code?: string }).code ?? ''];
      if (kind === undefined) throw thrown;
      await rm(location, { force: true });
      if (kind === 'no-access' || (kind !== 'missing' && tries >= READ_TRIES_MAX)) return about(path, kind, SAID[kind]);
      if (kind !== 'missing') await pause(options.retryPauseMs * tries, undefined, { signal: options.signal });
      entry = await store.look(path, options.signal);
      if (kind === 'missing' && tries >= READ_TRIES_MAX) return undefined;
    }
  }
  return undefined;
}

type FetchFinding = 'missing' | 'no-access' | 'unreadable' | 'changed-while-read';

const FINDING_OF: Readonly<Record<string, FetchFinding>> = {
  ENOENT: 'missing',
  EACCES: 'no-access',
  EIO: 'unreadable',
  'file-changed': 'changed-while-read',
};

const SAID = {
  'no-access': 'may not be read by the user that logs in',
  unreadable: 'cannot be read by the server',
  'changed-while-read': 'changed each time while it was fetched',
} as const;

function about(file: string, kind: FindingKind, what: string): Finding {
  return { kind, file, message: `${printable(file)} ${what}.` };
}
