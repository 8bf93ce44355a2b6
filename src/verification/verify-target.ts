import type { VerifyTarget } from './target.ts';
import type { DirectoryOptions } from './verify-directory.ts';
import { type PathResult, verifyFile } from './verify-file.ts';
import { WalSegmentWalker } from './wal-segment-walker.ts';

/** Checks one target. What is wrong with it is never an exception. */
export async function verifyTarget(target: VerifyTarget, options: DirectoryOptions): Promise<PathResult> {
  switch (target.kind) {
    case 'file':
      return verifyFile(target, options);
    case 'wal-segment':
      return verifyFile(target, { ...options, openContent: (content) => new WalSegmentWalker(content, target) });
    case 'directory':
      // Manifests and their schemas take longer to load than a small file to check.
      return (await import('./verify-directory.ts')).verifyDirectory(target, options);
    case 'judged':
      return target.result;
  }
}
