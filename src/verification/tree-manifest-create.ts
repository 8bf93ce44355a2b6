import { setImmediate } from 'node:timers/promises';
import { AppError } from '../kernel/errors.ts';
import { digestFile, isFinding } from './file-digests.ts';
import { printable } from './finding.ts';
import type { VerificationLimits } from './limits.ts';
import { CHUNKED_FILE_BYTES_MIN, TREE_FORMAT, type TreeEntry, type TreeManifest } from './tree-manifest.ts';
import { hasMoved, type Tree, type TreeName, walkTree } from './tree-walk.ts';

/** What a manifest of a tree is made with. */
export interface TreeManifestOptions {
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  /** Free words of the writer. */
  readonly attributes?: Readonly<Record<string, string>>;
  readonly limits: Pick<VerificationLimits, 'entriesMax'>;
  /** Only these names directly below the root, with what is below them. */
  readonly only?: readonly string[] | undefined;
  /** Relative paths that are left out: the manifest itself, when it is to lie in the tree. */
  readonly leaveOut?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Bytes read so far, and in all. */
  readonly onProgress?: ((bytesRead: number, totalBytes: number) => void) | undefined;
}

/**
 * Reads every file below a directory once and describes it, in a steady order. Links are recorded, not followed. Nothing
 * is written, and the result is not signed yet.
 *
 * @throws {AppError} `unprocessable` `tree-unfit-for-manifest` when the tree is empty or too large, holds something that
 *   is no file, directory or link, cannot be read in full, or moved while it was read: what was not seen at rest must not
 *   get a manifest that calls it sound.
 */
export async function createTreeManifest(root: string, options: TreeManifestOptions): Promise<TreeManifest> {
  const leftOut = new Set(options.leaveOut);
  const { only, signal } = options;
  const tree = await walkTree(root, {
    namesMax: options.limits.entriesMax,
    signal,
    only,
    isLeftOut: (path) => leftOut.has(path),
  });
  requireFit(tree, options.limits.entriesMax);
  const entries: TreeEntry[] = [];
  let bytesRead = 0;
  const onRead = (bytes: number) => {
    bytesRead += bytes;
    options.onProgress?.(bytesRead, tree.totalBytes);
  };
  let looked = 0;
  for (const name of tree.names) {
    entries.push(await describe(name, signal, onRead));
    looked += 1;
    // Small files are read without a promise: signals and timers need their turn.
    if (looked % NAMES_PER_TURN === 0) await setImmediate();
  }
  requireAtRest(tree.names);
  const { createdAt, attributes } = options;
  const scope = only === undefined ? 'tree' : 'names';
  return { format: TREE_FORMAT, createdAt, attributes: { ...attributes }, scope, entries };
}

const NAMES_PER_TURN = 64;

function requireFit({ names, faults, isComplete }: Tree, entriesMax: number): void {
  const [fault] = faults;
  if (fault !== undefined) {
    const place = fault.path === '.' ? 'The directory' : printable(fault.path);
    throw unfit(fault.reason === 'missing' ? `${place} is not there` : `${place} cannot be read (${fault.code})`);
  }
  if (!isComplete) throw unfit(`It has more than ${entriesMax} names, which is the most that one manifest lists`);
  if (names.length === 0) throw unfit('It is empty: a manifest that names nothing would prove nothing');
  const special = names.filter(({ type }) => type === 'special').map(({ path }) => printable(path));
  if (special.length > 0) {
    const listed = special.slice(0, 5).join(', ') + (special.length > 5 ? ` and ${special.length - 5} more` : '');
    throw unfit(`It holds what is no file, directory or link (sockets, pipes or devices): ${listed}`);
  }
  const twice = names.find(({ path }, index) => names[index + 1]?.path === path);
  if (twice !== undefined) throw unfit(`Two of its names are written alike: ${printable(twice.path)}`);
}

async function describe(
  name: TreeName,
  signal: AbortSignal | undefined,
  onRead: (bytes: number) => void,
): Promise<TreeEntry> {
  const { path, type, mode, mtimeSeconds } = name;
  if (type === 'directory') return { path, type, mode, mtimeSeconds };
  if (type === 'symlink') return { path, type, mode, mtimeSeconds, target: name.target ?? '' };
  const chunksFrom = { sizeBytes: CHUNKED_FILE_BYTES_MIN };
  const read = await digestFile(name.location, path, { algorithms: ['sha256'], chunksFrom, signal, onRead });
  if (isFinding(read)) throw unfit(read.message.replace(/\.$/, ''));
  if (read.warning !== undefined) throw unfit(read.warning.message.replace(/\.$/, ''));
  const { sizeBytes, digests, chunks } = read;
  const file = { path, type: 'file' as const, mode, mtimeSeconds, sizeBytes, sha256: digests.sha256 ?? '' };
  if (chunks === undefined) return file;
  return { ...file, chunkBytes: chunks.chunkBytes, chunks: chunks.chunkDigests.toString('base64') };
}

/** A look at every name after the last byte was read: the manifest is of one state of the tree. */
function requireAtRest(names: readonly TreeName[]): void {
  const moved = names.find(hasMoved);
  if (moved !== undefined)
    throw unfit(`${printable(moved.path)} changed while the tree was read: try again when it is at rest`);
}

function unfit(what: string): AppError {
  return new AppError('unprocessable', 'tree-unfit-for-manifest', `${what}. There is no manifest of it.`);
}
