import type { ManifestEntry } from '../verification/manifest.ts';

/** What was restored as files. */
export interface RestoredFiles {
  /** The directory below which they lie. */
  readonly root: string;
  readonly files: number;
  readonly bytes: number;
  /** Files whose digest was compared with the manifest on the way. */
  readonly comparedFiles: number;
  /** Files that are in no archive, by their paths below the root: dumps, databases. */
  readonly single: readonly string[];
  /** What the signed manifest lists of an archive that lies below the root; undefined: nothing is listed. */
  readonly entries: readonly ManifestEntry[] | undefined;
}
