import type { ContentResult, ContentWalker } from '../../../src/verification/content.ts';

/** What a walker says of bytes that come in pieces of a size. */
export async function walkContent(
  walker: ContentWalker,
  bytes: Buffer,
  pieceBytes = 65_536,
  how: 'at-end' | 'cut' = 'at-end',
): Promise<ContentResult> {
  // The buffer belongs to the walker only while it takes it: what it kept of it must be a copy.
  const lent = Buffer.alloc(pieceBytes);
  try {
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      const piece = bytes.subarray(at, at + pieceBytes);
      piece.copy(lent);
      walker.write(lent.subarray(0, piece.length));
      lent.fill(0xee);
    }
    return await walker.end(how);
  } finally {
    walker.close?.();
  }
}
