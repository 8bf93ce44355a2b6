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
}
