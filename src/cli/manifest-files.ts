import { basename } from 'node:path';
import { placeFile } from '../kernel/durable-files.ts';
import { AppError, messageOf } from '../kernel/errors.ts';
import { type ReadDigestList, readDigestList } from '../verification/digest-list.ts';
import { type Finding, printable } from '../verification/finding.ts';
import { DEFAULT_LIMITS } from '../verification/limits.ts';
import { readDocument } from '../verification/stored-document.ts';
import { requireFile } from './passphrase-file.ts';
import { stopSignal } from './stop-signal.ts';

/** One of our manifests in a file, or why there is none. */
export async function readManifestFile(file: string): Promise<ReadDigestList> {
  requireFile('The list', file);
  const name = basename(file);
  const { bytes, finding } = await readDocument(file, name, DEFAULT_LIMITS);
  if (bytes === undefined) return { finding };
  const read = readDigestList(bytes, name, DEFAULT_LIMITS);
  if (read.list === undefined || read.manifest !== undefined || read.treeManifest !== undefined) return read;
  const message = `${printable(name)} is a list of digests, but none that muster manifest makes.`;
  const unknown: Finding = { kind: 'unknown-format', file: name, message };
  return { finding: unknown };
}

/** Writes a manifest, whole or not at all; it is on disk when this returns. */
export async function placeManifest(file: string, bytes: Buffer): Promise<void> {
  try {
    await placeFile(file, bytes);
  } catch (thrown) {
    const message = `The list ${printable(file)} cannot be written: ${messageOf(thrown)}`;
    throw new AppError('unavailable', 'manifest-not-written', message, { cause: thrown });
  }
}

/**
 * Runs work that Ctrl-C may end.
 * @throws AppError `interrupted` then: exit status 130.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  using stopping = stopSignal();
  const { signal } = stopping;
  try {
    return await work(signal);
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
    throw new AppError('unavailable', 'interrupted', 'Stopped before the end: nothing was written', { cause: thrown });
  }
}
