import { AppError } from '../kernel/errors.ts';
import { parseLsn } from '../verification/wal.ts';

/**
 * A position in the write-ahead log as the server prints it, as a number of bytes.
 * @throws AppError `unavailable` `replication-failed` when the server said something else.
 */
export function lsnOf(text: string | null | undefined): bigint {
  const position = parseLsn(text ?? '');
  if (position !== undefined) return position;
  const said = JSON.stringify(text ?? null);
  throw new AppError('unavailable', 'replication-failed', `The server names ${said} where a log position belongs`);
}

/** A position as PostgreSQL prints it: two hexadecimal numbers without leading zeros. */
export function formatLsn(position: bigint): string {
  return `${(position >> 32n).toString(16)}/${(position & 0xffff_ffffn).toString(16)}`.toUpperCase();
}

/** The first byte of the segment that holds the position. */
export function segmentStartOf(position: bigint, segmentBytes: number): bigint {
  return position - (position % BigInt(segmentBytes));
}
