import type { ErrorKind } from '../../kernel/errors.ts';
import type { ManifestFile } from '../../verification/manifest.ts';
import type { SharedPace } from '../../verification/shared-pace.ts';
import type { CaptureSource } from './captured-set.ts';
import type { CaptureNote } from './tree/tree-notes.ts';

/** What the process that captures is told to do. */
export interface CaptureTask {
  readonly source: Exclude<CaptureSource, { type: 'postgresql' }>;
  /** Where the files go: a hidden directory of their own, which exists. */
  readonly directory: string;
  /** age recipients; empty: what is stored is not encrypted. */
  readonly recipients: readonly string[];
  /** What of a source is never taken, and what it is: the repository, the data of Muster. */
  readonly ownDirectories: readonly { readonly path: string; readonly what: string }[];
  /** Within those, where sources may lie all the same. */
  readonly openDirectories: readonly string[];
  /** The source is read no faster. */
  readonly bytesPerSecondMax: number | undefined;
  /** Where the administrator put the commands that may be run; undefined: none may. */
  readonly commandDirectory: string | undefined;
}

/** What became of it: every file is on disk, and described from the bytes that were written. */
export interface CaptureOutcome {
  readonly files: readonly ManifestFile[];
  /** The instant that the data is from, in ISO 8601. */
  readonly takenAt: string;
  /** What the source was found to be; goes into the record of the point. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** What befell parts of the source meanwhile, so that whoever ordered it can be told. */
  readonly notes?: readonly CaptureNote[];
}

/** What a writer of one kind of source is given besides the source. */
export interface CaptureContext extends Pick<CaptureTask, 'directory' | 'recipients'> {
  /** Bytes read of the source so far, and of how many; 0 while nobody knows. To be called often. */
  readonly onProgress: (done: number, total: number) => void;
  /** Keeps what is read of the source to its rate; undefined: as fast as it goes. */
  readonly pace: SharedPace | undefined;
  /** Has whoever waits for the capture end this process group with it, too; undefined: it is gone. */
  readonly onGroup: (groupId: number | undefined) => void;
}

/** An error on its way to the process that asked: what it says, and the code that the system or Muster gave it. */
export interface SentFailure {
  readonly message: string;
  readonly code: string | undefined;
  /** The kind of Muster's own errors. */
  readonly kind: ErrorKind | undefined;
}

/** What the process says. */
export type CaptureMessage =
  | { readonly type: 'progress'; readonly done: number; readonly total: number }
  | { readonly type: 'group'; readonly groupId: number | undefined }
  | { readonly type: 'done'; readonly outcome: CaptureOutcome }
  | { readonly type: 'failed'; readonly failure: SentFailure };
