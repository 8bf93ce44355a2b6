import type { ExpectedFile } from './expected-file.ts';
import { type DigestOptions, digestFile, isFinding } from './file-digests.ts';
import type { SeenFile } from './tree-comparison.ts';
import type { TreeName } from './tree-walk.ts';

/** A name of a tree, and what is expected of it when something is. */
export interface NameToRead {
  readonly name: TreeName;
  readonly expected: Pick<ExpectedFile, 'digests' | 'chunks' | 'type'> | undefined;
}

/** Reads what has to be read of a name to compare it with what is expected of it; nothing is expected: nothing is read. */
export async function lookAt(
  { name, expected }: NameToRead,
  how: Pick<DigestOptions, 'signal' | 'onRead' | 'pace'>,
): Promise<SeenFile> {
  if (expected === undefined) return name;
  const { digests, chunks, type } = expected;
  if (name.type !== 'file' || (type ?? 'file') !== 'file') return name;
  const algorithms = digests.map(({ algorithm }) => algorithm);
  const chunksFrom = chunks === undefined ? undefined : { sizeBytes: 0, chunkBytes: chunks.chunkBytes };
  const read = await digestFile(name.location, name.path, { algorithms, chunksFrom, ...how });
  if (isFinding(read)) return { ...name, finding: read };
  const { warning, ...seen } = read;
  return { ...name, ...seen, ...(warning === undefined ? {} : { finding: warning }) };
}
