import type { Finding } from './finding.ts';
import type { Level } from './level.ts';
import type { VerificationLimits } from './limits.ts';

/**
 * Judges the content of one layer while it streams past: an archive, a dump, a database. Bounded memory, whatever the
 * length of the stream. Bad bytes are findings, never exceptions.
 */
export interface ContentWalker {
  /** Takes the next bytes. The buffer is the walker's only until this returns. */
  write(bytes: Buffer): void;
  /**
   * Ends the walk. `cut` says that the bytes stopped early for a reason that the caller reports, so that the missing end
   * is not told a second time.
   */
  end(how: 'at-end' | 'cut'): ContentResult | Promise<ContentResult>;
  /** The entry whose data is streaming past, else the last one: what damage here most likely hits. */
  readonly currentEntry: string | undefined;
  /** Frees what the walker holds. Safe at any time, also after `end`. */
  close?(): void;
}

/** What one pass over a content showed. */
export interface ContentResult {
  /** Files, tables or other things inside that were seen. */
  readonly entries: number;
  /** It was walked to its proper end: what was not seen is not in it. */
  readonly isComplete: boolean;
  /** In the order of the stream. `decodedOffset` counts in the bytes that the walker was given. */
  readonly findings: readonly Finding[];
  /** The deepest level that this walk is worth: `structure`, or less where the format hides its inside. */
  readonly level: Level;
}

/** What every walker is told. */
export interface ContentOptions {
  /** The stored file's name in findings. */
  readonly file: string;
  readonly limits: VerificationLimits;
  /** Random access to the stored file. Only where the content is not packed in anything. */
  readonly source?: ContentSource | undefined;
}

/** The stored file itself, for formats that have their table of contents at the end, or need a library of their own. */
export interface ContentSource {
  readonly path: string;
  readonly sizeBytes: number;
  /** The bytes from `offset` on, fewer than `length` at the end of the file. Rejects with the system's error. */
  read(offset: number, length: number): Promise<Buffer>;
}
