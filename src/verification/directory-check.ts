import type { Finding } from './finding.ts';
import type { Level } from './level.ts';

/** What the check of a directory of one kind showed. */
export interface DirectoryCheck {
  readonly findings: readonly Finding[];
  /** With none of them nothing is sound. */
  readonly filesChecked: number;
  readonly bytesRead: number;
  readonly decodedBytes?: number;
  readonly entries?: number;
  readonly level: Level;
  /** SHA-256 of the files that were read to their ends, by path in the directory, where the check made them. */
  readonly fileDigests?: Readonly<Record<string, string>>;
}
