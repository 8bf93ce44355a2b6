import type { PathResult } from './verify-file.ts';
import { type FileToVerify, type VerifyOptions, verifyFile } from './verify-file.ts';

/** One thing to check: its result is one line. */
export type VerifyTarget =
  | ({ readonly kind: 'file'; readonly sizeBytes: number } & FileToVerify)
  /** Judged already: nothing of it is to be read. */
  | { readonly kind: 'judged'; readonly sizeBytes: 0; readonly path: string; readonly result: PathResult };

/** Checks one target. What is wrong with it is never an exception. */
export function verifyTarget(target: VerifyTarget, options: VerifyOptions): Promise<PathResult> {
  return target.kind === 'judged' ? Promise.resolve(target.result) : verifyFile(target, options);
}
