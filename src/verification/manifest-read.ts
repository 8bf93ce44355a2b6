import type { KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { type Finding, printable } from './finding.ts';
import { MANIFEST_FILE, type Manifest, parseManifest, verifyManifest } from './manifest.ts';
import { openStored, readStored } from './stored-file.ts';

/** A manifest and how far it can be believed. */
export interface ManifestReading {
  /** There when it could be read, even when its signature does not fit: then it only serves to explain. */
  readonly manifest?: Manifest;
  /** What is wrong with it. Absent: one of the keys signed it, exactly as it is. */
  readonly finding?: Finding;
  readonly bytesRead: number;
}

/** What reading a manifest is given. */
export interface ManifestReadOptions {
  readonly publicKeys: readonly KeyObject[];
  readonly documentBytesMax: number;
  readonly signal?: AbortSignal | undefined;
  /** Where it lies in the directory, when not at `manifest.json`. */
  readonly file?: string;
}

/** Reads the manifest of a directory and checks its signature. */
export async function readManifest(directory: string, options: ManifestReadOptions): Promise<ManifestReading> {
  const file = options.file ?? MANIFEST_FILE;
  const name = printable(file);
  const refuse = (kind: Finding['kind'], message: string, bytesRead = 0) => ({
    finding: { kind, file, message },
    bytesRead,
  });
  const handle = await openStored(join(directory, file));
  if ('reason' in handle) {
    if (handle.reason === 'missing') return refuse('missing', `${name} is not there: nothing says what must be here.`);
    if (handle.reason === 'not-regular') return refuse('hostile', `${name} is not a regular file.`);
    return refuse(handle.reason, `${name} cannot be opened (${handle.code}).`);
  }
  const { size } = await handle.stat();
  if (size > options.documentBytesMax) {
    await handle.close();
    return refuse('hostile', `${name} has ${size} bytes; at most ${options.documentBytesMax} are read.`);
  }
  const pieces: Buffer[] = [];
  const read = await readStored(handle, (bytes) => void pieces.push(Buffer.from(bytes)), { signal: options.signal });
  if (read.failure !== undefined)
    return refuse('unreadable', `${name} cannot be read (${read.failure.code}).`, read.bytesRead);
  if (read.changed) return refuse('changed-while-read', `${name} changed while it was read.`, read.bytesRead);
  const parsed = parseManifest(Buffer.concat(pieces), file);
  if (parsed.manifest === undefined) return { finding: parsed.finding, bytesRead: read.bytesRead };
  const finding = verifyManifest(parsed.manifest, options.publicKeys, file);
  return { manifest: parsed.manifest, bytesRead: read.bytesRead, ...(finding === undefined ? {} : { finding }) };
}
