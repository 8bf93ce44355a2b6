import type { FindingKind } from './finding.ts';
import type { VerificationLimits } from './limits.ts';

/** The ways in which a file may be packed that this engine undoes. */
export type Packing = 'gzip' | 'zstd' | 'xz' | 'bzip2' | 'age';

/** Work that is done already (undefined), or a promise of it. Most work is done at once, and a promise for each piece costs. */
export type Step = Promise<void> | undefined;

/** Why a stream could not be decoded to its end. Offsets are in the bytes that the decoder was given. */
export interface DecodeProblem {
  readonly kind: Extract<FindingKind, 'truncated' | 'corrupt' | 'hostile' | 'unknown-format' | 'no-key'>;
  readonly offset: number;
  readonly endOffset: number;
  /** Bytes that came out before. */
  readonly decodedOffset: number;
  /** The damage lies where decoding stopped. Otherwise a checksum at the end told only that there is some before it. */
  readonly isLocated: boolean;
  readonly message: string;
}

/** Decodes a packed stream piece by piece. */
export interface Decoder {
  /** Takes the next packed bytes. The buffer is free again when the step is done. Never fails for bad bytes. */
  write(bytes: Buffer): Step;
  /** Says that the packed stream ends here, and waits for the last decoded bytes. */
  end(): Promise<void>;
  /** Gives up: frees what the decoder holds. Safe at any time, also after `end`. */
  close(): void;
  /** The first problem. After it nothing is decoded any more. */
  readonly problem: DecodeProblem | undefined;
  readonly decodedBytes: number;
}

/** Bounds of decoding. */
export interface DecodeOptions {
  /** Size of the stored file: the expansion ratio is judged against it. */
  readonly storedBytes: number;
  readonly limits: Pick<VerificationLimits, 'expansionRatioMax' | 'expansionFreeBytes' | 'windowBytesMax'>;
}

/** Gets the decoded bytes, in order; the buffer is the consumer's only until its step is done. */
export type DecodedConsumer = (decoded: Buffer) => Step;

/** Runs work that yields only what it must wait for: at once as far as it goes, the rest as a promise. */
export function drive(work: Iterator<Promise<void>, void>): Step {
  const first = work.next();
  return first.done === true ? undefined : driveOn(work, first.value);
}

async function driveOn(work: Iterator<Promise<void>, void>, first: Promise<void>): Promise<void> {
  await first;
  for (let next = work.next(); next.done !== true; next = work.next()) await next.value;
}
