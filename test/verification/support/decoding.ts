import { execFileSync } from 'node:child_process';
import type { DecodedConsumer, DecodeOptions, DecodeProblem, Decoder } from '../../../src/verification/decoder.ts';
import { DEFAULT_LIMITS, type VerificationLimits } from '../../../src/verification/limits.ts';
import { sevenZip } from '../../../src/verification/seven-zip.ts';
import { type Damage, type DamageOptions, damagesOf, oneIn } from './damages.ts';

/** What came out of a decoder. */
export interface Outcome {
  readonly decoded: Buffer;
  readonly problem: DecodeProblem | undefined;
}

/** Decodes a whole stream with a decoder, given in pieces of this size from a buffer that is used again. */
export async function decodeWith<Options extends DecodeOptions>(
  create: (consume: DecodedConsumer, options: Options) => Decoder,
  stored: Buffer,
  options: Omit<Options, keyof DecodeOptions> & {
    readonly pieceBytes?: number;
    readonly limits?: Partial<VerificationLimits>;
  },
): Promise<Outcome> {
  const { pieceBytes = 1_048_576, limits, ...more } = options;
  const pieces: Buffer[] = [];
  const consume: DecodedConsumer = (piece) => void pieces.push(Buffer.from(piece));
  const all = { ...more, storedBytes: stored.length, limits: { ...DEFAULT_LIMITS, ...limits } };
  const decoder = create(consume, all as unknown as Options);
  const piece = Buffer.alloc(pieceBytes);
  for (let at = 0; at < stored.length; at += pieceBytes) {
    await decoder.write(piece.subarray(0, stored.copy(piece, 0, at, at + pieceBytes)));
  }
  await decoder.end();
  decoder.close();
  return { decoded: Buffer.concat(pieces), problem: decoder.problem };
}

/** Packs with the 7-Zip of npm, which is there wherever the tests run. */
export function packed(packing: 'xz' | 'bzip2', data: Buffer, ...switches: string[]): Buffer {
  const args = ['a', `-t${packing}`, '-an', '-si', '-so', '-bd', '-bso0', '-bsp0', ...switches];
  return execFileSync(sevenZip(packing).command, args, { input: data, maxBuffer: 1e9 });
}

/** What a tool of this machine makes of these bytes; undefined when it is not there. */
export function tool(command: string, args: readonly string[], input: Buffer): Buffer | undefined {
  try {
    return execFileSync(command, args, { input, maxBuffer: 1e9 });
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
    throw thrown;
  }
}

/** Judges damaged copies of a sound file, a few at a time. */
export async function forEachDamage(
  sound: Buffer,
  options: DamageOptions,
  judge: (damage: Damage) => Promise<void>,
): Promise<void> {
  // Each takes processes of its own.
  const queue = oneIn(8, damagesOf(sound, options), 2);
  const work = async () => {
    for (let next = queue.next(); next.done !== true; next = queue.next()) await judge(next.value);
  };
  await Promise.all([work(), work(), work()]);
}

/** Whether the problem's range touches what was damaged. A cut is an empty range. */
export function pointsAt(problem: DecodeProblem, damage: Damage): boolean {
  return problem.offset <= damage.range.endOffset && problem.endOffset >= damage.range.offset;
}
