import type { ContentResult, ContentSource } from '../../../src/verification/content.ts';
import { DEFAULT_LIMITS, type VerificationLimits } from '../../../src/verification/limits.ts';
import { openZip } from '../../../src/verification/zip-walker.ts';

/** Bytes in memory as a stored file. */
function sourceOf(bytes: Buffer): ContentSource {
  return {
    path: '/nowhere/a.zip',
    sizeBytes: bytes.length,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
  };
}

/** Verifies a whole zip, given in pieces of this size; each piece is gone as soon as it was taken. */
export async function checkZip(
  bytes: Buffer,
  options: {
    readonly pieceBytes?: number;
    readonly limits?: Partial<VerificationLimits>;
    readonly packed?: boolean;
  } = {},
): Promise<ContentResult> {
  const { pieceBytes = 1_048_576, packed = false } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const source = packed ? undefined : sourceOf(bytes);
  const walker = await openZip({ file: 'a.zip', limits, source }, { isTree: false, sink: undefined });
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    const piece = Buffer.from(bytes.subarray(at, at + pieceBytes));
    walker.write(piece);
    piece.fill(0xff);
  }
  return walker.end('at-end');
}
