import { hash } from 'node:crypto';
import { join } from 'node:path';
import { BAG_DECLARATION_FILE } from './bagit-declaration.ts';
import { BAG_FETCH_FILE } from './bagit-fetch.ts';
import { BAG_INFO_FILES } from './bagit-info.ts';
import { bagManifestNamed } from './bagit-manifest.ts';
import type { Finding } from './finding.ts';
import type { VerificationLimits } from './limits.ts';
import { readDocument } from './stored-document.ts';
import type { TreeName } from './tree-walk.ts';

/** A tag file that was read as a whole, because it says something about the bag. */
export interface BagDocument {
  readonly bytes: Buffer;
  /** As many as the tag manifests of the bag need, by the algorithm's name in `node:crypto`. */
  readonly digests: Readonly<Record<string, string>>;
}

/** All of them, by their name. */
export interface BagDocuments {
  readonly documents: ReadonlyMap<string, BagDocument>;
  readonly findings: readonly Finding[];
  readonly bytesRead: number;
}

/** How reading a bag is done. */
export interface BagReadOptions {
  readonly limits: Pick<VerificationLimits, 'documentBytesMax' | 'entriesMax'>;
  readonly signal?: AbortSignal | undefined;
  /** Bytes that were read since the last call. */
  readonly onRead?: ((bytes: number) => void) | undefined;
}

const NAMED: ReadonlySet<string> = new Set([BAG_DECLARATION_FILE, BAG_FETCH_FILE, ...BAG_INFO_FILES]);

/** Reads the tag files at the top of a bag that have a meaning, and digests them from the same bytes. */
export async function readBagDocuments(
  directory: string,
  top: readonly TreeName[],
  { limits, signal, onRead }: BagReadOptions,
): Promise<BagDocuments> {
  const algorithms = tagAlgorithms(top);
  const documents = new Map<string, BagDocument>();
  const findings: Finding[] = [];
  let bytesRead = 0;
  for (const { path, type } of top) {
    if (type !== 'file' || !(NAMED.has(path) || bagManifestNamed(path) !== undefined)) continue;
    const read = await readDocument(join(directory, path), path, { documentBytesMax: limits.documentBytesMax, signal });
    bytesRead += read.bytesRead;
    onRead?.(read.bytesRead);
    const { bytes } = read;
    if (bytes === undefined) findings.push(read.finding);
    else
      documents.set(path, {
        bytes,
        digests: Object.fromEntries(algorithms.map((name) => [name, hash(name, bytes, 'hex')])),
      });
  }
  return { documents, findings, bytesRead };
}

function tagAlgorithms(top: readonly TreeName[]): string[] {
  const algorithms = new Set<string>();
  for (const { path } of top) {
    const named = bagManifestNamed(path);
    if (named?.isOfPayload === false && named.algorithm !== undefined) algorithms.add(named.algorithm);
  }
  return [...algorithms];
}
