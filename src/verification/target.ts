import { type Finding, verdictOf } from './finding.ts';
import type { DirectoryToVerify } from './verify-directory.ts';
import type { FileToVerify, PathResult } from './verify-file.ts';

/** One thing to check: its result is one line. */
export type VerifyTarget =
  | ({ readonly kind: 'file'; readonly sizeBytes: number } & FileToVerify)
  /** One complete segment of PostgreSQL's write-ahead log, whose file is named for it. */
  | ({ readonly kind: 'wal-segment'; readonly sizeBytes: number; readonly systemIdentifier: bigint } & FileToVerify)
  | ({ readonly kind: 'directory'; readonly sizeBytes: number } & DirectoryToVerify)
  /** Judged already: nothing of it is to be read. */
  | { readonly kind: 'judged'; readonly sizeBytes: 0; readonly path: string; readonly result: PathResult };

/** A path that is judged without being read. */
export function judged(path: string, format: string, finding: Omit<Finding, 'file'>): VerifyTarget {
  const findings = [{ ...finding, file: path }];
  const result: PathResult = {
    ...{ path, format, findings, verdict: verdictOf(findings, 0), level: 'presence' },
    ...{ bytes: 0, decodedBytes: 0, entries: 0, seconds: 0 },
  };
  return { kind: 'judged', path, sizeBytes: 0, result };
}
