import { availableParallelism } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../kernel/errors.ts';
import type { DigestList, ExpectedFile } from '../../verification/expected-file.ts';
import type { Finding } from '../../verification/finding.ts';
import { DEFAULT_LIMITS } from '../../verification/limits.ts';
import type { ManifestEntry } from '../../verification/manifest.ts';
import { verifyTree } from '../../verification/tree-verify.ts';
import { walkTree } from '../../verification/tree-walk.ts';

/** What the thread is given. */
export interface CompareFilesTask {
  readonly root: string;
  /** Entries of a manifest, the path of a list below the root, or nothing to compare with. */
  readonly against: readonly ManifestEntry[] | string | undefined;
}

/** What there is below the root, and how it compares. */
export interface ComparedFiles {
  readonly files: number;
  /** Names that something says a digest, or a link's target, of; and those of them that are as they should be. */
  readonly listed: number;
  readonly findings: readonly Finding[];
}

export type CompareFilesMessage =
  | ({ readonly kind: 'done' } & ComparedFiles)
  | { readonly kind: 'failed'; readonly message: string };

/** The SLA clock runs while they read, and more than these only wait for the disk. */
const THREADS = Math.min(availableParallelism(), 4);

async function compare({ root, against }: CompareFilesTask): Promise<CompareFilesMessage> {
  const limits = DEFAULT_LIMITS;
  const { names } = await walkTree(root, { namesMax: limits.entriesMax });
  const files = names.filter(({ type }) => type === 'file').length;
  if (against === undefined) return { kind: 'done', files, listed: 0, findings: [] };
  const read = typeof against === 'string' ? await listIn(root, against) : { list: listOf(against) };
  if (read.list === undefined)
    return { kind: 'done', files, listed: 0, findings: read.finding === undefined ? [] : [read.finding] };
  const mayBeUnlisted = (path: string) => path === against;
  const { findings } = await verifyTree(root, read.list, { limits, mayBeUnlisted, threads: THREADS });
  const listed = [...read.list.entries.values()].filter(({ type }) => type !== 'directory').length;
  return { kind: 'done', files, listed, findings };
}

/** What reads lists is loaded where there is one: the clock of the SLA runs. */
async function listIn(root: string, path: string) {
  const { readDigestList } = await import('../../verification/digest-list.ts');
  const { readDocument } = await import('../../verification/stored-document.ts');
  const { bytes, finding } = await readDocument(`${root}/${path}`, path, DEFAULT_LIMITS);
  return bytes === undefined ? { list: undefined, finding } : readDigestList(bytes, path, DEFAULT_LIMITS);
}

/** Modes and owners are not restored, so they are not compared; a hard link is a file like the one that it names. */
function listOf(entries: readonly ManifestEntry[]): DigestList {
  const byPath = new Map(entries.map((entry) => [entry.path, entry]));
  const expected = entries.map((entry): [string, ExpectedFile] => {
    if (entry.type === 'directory') return [entry.path, { type: 'directory', digests: [] }];
    if (entry.type === 'symlink') return [entry.path, { type: 'symlink', digests: [], target: entry.target ?? '' }];
    const file = entry.type === 'hardlink' ? (byPath.get(entry.target ?? '') ?? entry) : entry;
    const digests = file.sha256 === undefined ? [] : [{ algorithm: 'sha256', hex: file.sha256 }];
    return [entry.path, { type: 'file', digests, sizeBytes: file.sizeBytes }];
  });
  return { source: 'the manifest', kind: 'muster-tree', entries: new Map(expected.filter(([path]) => path !== '.')) };
}

compare(workerData as CompareFilesTask).then(
  (message) => parentPort?.postMessage(message),
  (thrown: unknown) =>
    parentPort?.postMessage({ kind: 'failed', message: messageOf(thrown) } satisfies CompareFilesMessage),
);
