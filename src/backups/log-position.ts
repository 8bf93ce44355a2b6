import { AppError } from '../kernel/errors.ts';

/** A position in the write-ahead log as PostgreSQL prints it, `16/B374D848`, as a number of bytes. */
export function parseLsn(text: string): bigint {
  const parts = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/i.exec(text);
  if (!parts)
    throw new AppError('invalid', 'bad-lsn', `${JSON.stringify(text)} is not a log position like 16/B374D848`);
  return (BigInt(`0x${parts[1]}`) << 32n) + BigInt(`0x${parts[2]}`);
}

/** A position as PostgreSQL prints it: two hexadecimal numbers without leading zeros. */
export function formatLsn(position: bigint): string {
  return `${(position >> 32n).toString(16)}/${(position & 0xffff_ffffn).toString(16)}`.toUpperCase();
}

/** The first byte of the segment that holds the position. */
export function segmentStart(position: bigint, segmentBytes: number): bigint {
  return position - (position % BigInt(segmentBytes));
}

/** The name of the file of the segment that begins at `start`: timeline, log id, segment, eight digits each. */
export function segmentName(timeline: number, start: bigint, segmentBytes: number): string {
  const number = start / BigInt(segmentBytes);
  const segmentsInLogId = 0x1_0000_0000n / BigInt(segmentBytes);
  const parts = [BigInt(timeline), number / segmentsInLogId, number % segmentsInLogId];
  return parts.map((part) => part.toString(16).padStart(8, '0').toUpperCase()).join('');
}
