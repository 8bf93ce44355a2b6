import type { FindingKind } from './finding.ts';
import type { VerificationLimits } from './limits.ts';

/** The ways in which a file may be packed that this engine undoes. */
export type Packing = 'none' | 'gzip' | 'zstd';

/** Why a stream could not be decoded to its end. Offsets are in the stored file. */
export interface DecodeProblem {
  readonly kind: Extract<FindingKind, 'truncated' | 'corrupt' | 'hostile' | 'unknown-format'>;
  readonly offset: number;
  readonly endOffset: number;
  /** Bytes that came out before. */
  readonly decodedOffset: number;
  /** The damage lies where decoding stopped. Otherwise a checksum at the end told only that there is some before it. */
  readonly isLocated: boolean;
  readonly message: string;
}

/** Decodes a stored stream piece by piece. */
export interface Decoder {
  /**
   * Takes the next stored bytes. The buffer is free again when the promise resolves. Never rejects for bad bytes.
   * `meanwhile` is given the same bytes piece by piece, all of them, each while another thread decodes it.
   */
  write(bytes: Buffer, meanwhile?: (piece: Buffer) => void): Promise<void>;
  /** Says that the stored stream ends here, and waits for the last decoded bytes. */
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
  /** A manifest has digests of the file's chunks, which tell the place of damage more exactly than a decoder can. */
  readonly isOnRecord?: boolean;
  readonly limits: Pick<VerificationLimits, 'expansionRatioMax' | 'expansionFreeBytes' | 'windowBytesMax'>;
}

/** Gets the decoded bytes, in order; the buffer is the consumer's only until it returns. */
export type DecodedConsumer = (decoded: Buffer) => void;
