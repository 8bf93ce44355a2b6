import { setImmediate } from 'node:timers/promises';
import type { DigestList, ExpectedFile } from './expected-file.ts';
import { type DigestOptions, digestFile, isFinding } from './file-digests.ts';
import type { Finding } from './finding.ts';
import type { VerificationLimits } from './limits.ts';
import { type SeenFile, TreeComparison } from './tree-comparison.ts';
import { treeFaults } from './tree-findings.ts';
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
  const { limits, signal, pace, isPresenceOnly = false } = options;
  const tree = await walkTree(root, { namesMax: limits.entriesMax, signal, only: list.only });
  const comparison = new TreeComparison(list, { mayBeUnlisted: options.mayBeUnlisted, isPresenceOnly });
  const toRead = tree.names.filter(({ path, type }) => !isPresenceOnly && type === 'file' && list.entries.has(path));
  const totalBytes = toRead.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let bytesRead = 0;
  const onRead = (bytes: number) => {
    bytesRead += bytes;
    options.onProgress?.(bytesRead, totalBytes);
  };
  let looked = 0;
  for (const name of tree.names) {
    const expected = isPresenceOnly ? undefined : list.entries.get(name.path);
    comparison.compare(expected === undefined ? name : await lookAt(name, expected, { signal, onRead, pace }));
    looked += 1;
    // Small files are read without a promise: signals and timers need their turn.
    if (looked % NAMES_PER_TURN === 0) await setImmediate();
  }
  // A name that was asked for by itself is missing, which the comparison tells.
  const faults = treeFaults(tree, limits.entriesMax).filter(({ file, kind }) => kind !== 'missing' || file === '.');
  const { findings, checkedCount, mtimeDifferences } = comparison.finish(faults.length === 0);
  return { findings: [...faults, ...findings], checkedCount, filesRead: toRead.length, bytesRead, mtimeDifferences };
}

const NAMES_PER_TURN = 64;

async function lookAt(
  name: TreeName,
  { digests, chunks, type }: ExpectedFile,
  how: Pick<DigestOptions, 'signal' | 'onRead' | 'pace'>,
): Promise<SeenFile> {
  if (name.type !== 'file' || (type ?? 'file') !== 'file') return name;
  const algorithms = digests.map(({ algorithm }) => algorithm);
  const chunksFrom = chunks === undefined ? undefined : { sizeBytes: 0, chunkBytes: chunks.chunkBytes };
  const read = await digestFile(name.location, name.path, { algorithms, chunksFrom, ...how });
  if (isFinding(read)) return { ...name, finding: read };
  const { warning, ...seen } = read;
  return { ...name, ...seen, ...(warning === undefined ? {} : { finding: warning }) };
}
