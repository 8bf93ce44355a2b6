import { createDecoder } from '../../../src/verification/create-decoder.ts';
import type { DecodeProblem, Packing } from '../../../src/verification/decoder.ts';
import { DEFAULT_LIMITS, type VerificationLimits } from '../../../src/verification/limits.ts';
import { type TarOptions, type TarResult, TarWalker, type WalkedEntry } from '../../../src/verification/tar-walker.ts';

/** Walks a whole tar, given in pieces of this size. */
export function walk(
  tar: Buffer,
  options: Partial<TarOptions> & { readonly pieceBytes?: number } = {},
): TarResult & { readonly list: WalkedEntry[] } {
  const { pieceBytes = 65_536, ...rest } = options;
  const list: WalkedEntry[] = [];
  const walker = new TarWalker({
    file: 'a.tar',
    limits: DEFAULT_LIMITS,
    digestAlgorithm: 'sha256',
    onEntry: (entry) => void list.push(entry),
    ...rest,
  });
  for (let at = 0; at < tar.length; at += pieceBytes) walker.write(tar.subarray(at, at + pieceBytes));
  return { ...walker.end(), list };
}

/** Decodes a whole stream, given in pieces of this size. */
export async function decodeAll(
  packing: Packing,
  stored: Buffer,
  options: { readonly pieceBytes?: number; readonly limits?: Partial<VerificationLimits> } = {},
): Promise<{ decoded: Buffer; problem: DecodeProblem | undefined }> {
  const pieces: Buffer[] = [];
  const keep = (piece: Buffer) => {
    pieces.push(Buffer.from(piece));
    return undefined;
  };
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const decoder = createDecoder(packing, keep, {
    storedBytes: stored.length,
    limits,
  });
  const pieceBytes = options.pieceBytes ?? 1_048_576;
  for (let at = 0; at < stored.length; at += pieceBytes) await decoder.write(stored.subarray(at, at + pieceBytes));
  await decoder.end();
  decoder.close();
  return { decoded: Buffer.concat(pieces), problem: decoder.problem };
}
