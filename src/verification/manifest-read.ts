import type { KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { MANIFEST_FILE } from './directory-marks.ts';
import type { Finding } from './finding.ts';
import { type Manifest, parseManifest, verifyManifest } from './manifest.ts';
import { readDocument } from './stored-document.ts';

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
  const whenMissing = 'nothing says what must be here';
  const {
    bytes,
    bytesRead,
    finding: unread,
  } = await readDocument(join(directory, file), file, { ...options, whenMissing });
  if (bytes === undefined) return { finding: unread, bytesRead };
  const parsed = parseManifest(bytes, file);
  if (parsed.manifest === undefined) return { finding: parsed.finding, bytesRead };
  const finding = verifyManifest(parsed.manifest, options.publicKeys, file);
  return { manifest: parsed.manifest, bytesRead, ...(finding === undefined ? {} : { finding }) };
}
