import type { KeyObject } from 'node:crypto';
import type { Finding, Verdict } from './finding.ts';
import type { Level } from './level.ts';
import type { VerificationLimits } from './limits.ts';

/** How far a check is. */
export interface CheckProgress {
  readonly bytesRead: number;
  readonly totalBytes: number;
}

/** What a check is given besides the directory. */
export interface CheckOptions {
  /** The Ed25519 keys whose signature on the manifest is trusted. */
  readonly publicKeys: readonly KeyObject[];
  /** How deep to go: `content` unless told. */
  readonly level?: Exclude<Level, 'restore'>;
  readonly limits?: Partial<VerificationLimits>;
  readonly signal?: AbortSignal;
  /** Called after every piece that was read (at most 1 MiB). */
  readonly onProgress?: (progress: CheckProgress) => void;
}

/** What a check found. */
export interface CheckResult {
  readonly verdict: Verdict;
  /** The level that was really carried out for every file; absent when not even presence could be judged. */
  readonly level?: Level;
  /** Root findings; what followed from each lies beneath it. */
  readonly findings: readonly Finding[];
  readonly filesChecked: number;
  readonly entriesChecked: number;
  /** Stored bytes read. */
  readonly bytesRead: number;
  /** Bytes that came out of the decoders. */
  readonly decodedBytes: number;
  readonly durationMs: number;
}
