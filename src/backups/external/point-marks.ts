import { hash } from 'node:crypto';

/** A file of a recovery point as the file system describes it. */
export interface MarkedFile {
  /** From the repository's root. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly mtimeNs: bigint;
}

/** One file in the text that marks are made of. */
function markLine({ path, sizeBytes, mtimeNs }: MarkedFile): string {
  return `${path}\0${sizeBytes}\0${mtimeNs}\n`;
}

/**
 * SHA-256 over the files of a point, which the caller gives in the order of their paths' bytes: another value means that
 * somebody changed it.
 */
export function marksOf(files: readonly MarkedFile[]): Buffer {
  return hash('sha256', files.map(markLine).join(''), 'buffer');
}
