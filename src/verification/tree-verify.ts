import { setImmediate } from 'node:timers/promises';
import type { DigestList } from './expected-file.ts';
import type { DigestOptions } from './file-digests.ts';
import type { Finding } from './finding.ts';
import type { VerificationLimits } from './limits.ts';
import { type SeenFile, TreeComparison } from './tree-comparison.ts';
import { treeFaults } from './tree-findings.ts';
import { lookAt, type NameToRead } from './tree-look.ts';
import { readInThreads } from './tree-readers.ts';
import { type TreeName, walkTree } from './tree-walk.ts';

/** How a tree is checked against a list. */
export interface TreeCheckOptions {
  readonly limits: Pick<VerificationLimits, 'entriesMax'>;
  /** Compare names, types and sizes, and read nothing. */
  readonly isPresenceOnly?: boolean | undefined;
  /** Relative paths that need not be listed: the list itself. */
  readonly mayBeUnlisted?: ((path: string) => boolean) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Waited for after each piece that was read. */
  readonly pace?: ((bytes: number) => Promise<void>) | undefined;
  /** Bytes read so far, and in all. */
  readonly onProgress?: ((bytesRead: number, totalBytes: number) => void) | undefined;
  /** Read large trees in so many threads besides this one. They keep no pace and tell no progress. */
  readonly threads?: number | undefined;
}

/** What the check of a tree showed. */
export interface TreeCheck {
  readonly findings: readonly Finding[];
  /** Listed names that were there and compared. Zero of them is never sound. */
  readonly checkedCount: number;
  readonly filesRead: number;
  readonly bytesRead: number;
  /** Names that differ in nothing but their modification time: no finding. */
  readonly mtimeDifferences: number;
}

/** Reads every listed file below a directory once, and compares all that is there with the list. No link is followed. */
export async function verifyTree(root: string, list: DigestList, options: TreeCheckOptions): Promise<TreeCheck> {
  const { limits, signal, pace, isPresenceOnly = false, threads = 1 } = options;
  const tree = await walkTree(root, { namesMax: limits.entriesMax, signal, only: list.only });
  const comparison = new TreeComparison(list, { mayBeUnlisted: options.mayBeUnlisted, isPresenceOnly });
  const toRead = tree.names.filter(({ path, type }) => !isPresenceOnly && type === 'file' && list.entries.has(path));
  const totalBytes = toRead.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let bytesRead = 0;
  const onRead = (bytes: number) => {
    bytesRead += bytes;
    options.onProgress?.(bytesRead, totalBytes);
  };
  const names = withExpected(tree.names, isPresenceOnly ? undefined : list);
  const isLarge = threads > 1 && totalBytes >= THREADS_FROM_BYTES;
  const seen = isLarge ? readInThreads(names, { threads, signal }) : readHere(names, { signal, onRead, pace });
  for await (const name of seen) comparison.compare(name);
  if (isLarge) bytesRead = totalBytes;
  // A name that was asked for by itself is missing, which the comparison tells.
  const faults = treeFaults(tree, limits.entriesMax).filter(({ file, kind }) => kind !== 'missing' || file === '.');
  const { findings, checkedCount, mtimeDifferences } = comparison.finish(faults.length === 0);
  return { findings: [...faults, ...findings], checkedCount, filesRead: toRead.length, bytesRead, mtimeDifferences };
}

const NAMES_PER_TURN = 64;
/** To start the threads takes as long as to read so much. */
const THREADS_FROM_BYTES = 128 * 1_048_576;

function* withExpected(names: readonly TreeName[], list: DigestList | undefined): Generator<NameToRead> {
  for (const name of names) yield { name, expected: list?.entries.get(name.path) };
}

async function* readHere(
  names: Iterable<NameToRead>,
  how: Pick<DigestOptions, 'signal' | 'onRead' | 'pace'>,
): AsyncGenerator<SeenFile> {
  let looked = 0;
  for (const name of names) {
    yield await lookAt(name, how);
    looked += 1;
    // Small files are read without a promise: signals and timers need their turn.
    if (looked % NAMES_PER_TURN === 0) await setImmediate();
  }
}
