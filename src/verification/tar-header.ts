import { isAscii, isUtf8 } from 'node:buffer';

/** Tar is made of blocks of this size. */
export const BLOCK_BYTES = 512;

/** The fields of a header block that a check needs. Names are as in the block, before pax records or long names. */
export interface TarHeader {
  readonly path: string;
  readonly target: string;
  readonly typeflag: string;
  readonly sizeBytes: number;
  readonly mode: number;
  readonly mtimeSeconds: number;
  /** Old GNU sparse: an extension block of the sparse map follows. */
  readonly sparseExtended: boolean;
  /** Something legal that no sound writer does. */
  readonly oddity?: string;
}

/** A header, or what is wrong with the block. */
export type ParsedHeader =
  | { readonly header: TarHeader; readonly problem?: undefined }
  | { readonly header?: undefined; readonly problem: string; readonly hostile?: boolean };

/** Whether the block holds zeros only. */
export function isZeroBlock(block: Buffer): boolean {
  return block.equals(ZERO_BLOCK);
}

const ZERO_BLOCK = Buffer.alloc(BLOCK_BYTES);

/** Positions and lengths of the header's fields (POSIX.1-1988 ustar, and what GNU puts in the same place). */
const FIELD = {
  name: [0, 100],
  mode: [100, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  typeflag: [156, 1],
  linkname: [157, 100],
  magic: [257, 6],
  prefix: [345, 155],
  gnuIsExtended: [482, 1],
} as const;

type Field = keyof typeof FIELD;

/** The two bytes of the version behind it are not looked at: writers disagree, and the checksum covers them. */
const MAGIC = { ustar: Buffer.from('ustar\0'), gnu: Buffer.from('ustar '), v7: Buffer.alloc(6) } as const;

/**
 * Reads one header block strictly: its checksum (unsigned, or signed as some old writers made it), the numeric fields
 * that are used, and one of the known magics (ustar, GNU, none as in version 7). Fields are read where they lie: an
 * archive may have a million of these.
 */
export function parseTarHeader(block: Buffer): ParsedHeader {
  const recorded = numberIn(block, 'checksum');
  if (recorded === undefined || !checksumFits(block, recorded)) {
    return { problem: 'the header checksum does not fit' };
  }
  const sizeBytes = numberIn(block, 'size');
  if (sizeBytes === undefined) return { problem: 'the size in the header is not a number' };
  if (sizeBytes < 0) return { problem: 'the size in the header is negative', hostile: true };
  const mode = numberIn(block, 'mode');
  const mtimeSeconds = numberIn(block, 'mtime');
  if (mode === undefined || mode < 0 || mtimeSeconds === undefined) {
    return { problem: 'the mode or time in the header is not a number' };
  }
  const isUstar = holds(block, 'magic', MAGIC.ustar);
  const isGnu = !isUstar && holds(block, 'magic', MAGIC.gnu);
  if (!isUstar && !isGnu && !holds(block, 'magic', MAGIC.v7)) return { problem: 'the header has an unknown magic' };
  const name = textIn(block, 'name');
  // Behind the end of the prefix star and node-tar keep two more times: nothing is said of those bytes.
  const prefix = isUstar ? textIn(block, 'prefix') : '';
  const target = textIn(block, 'linkname');
  const typeflag = String.fromCharCode(block[FIELD.typeflag[0]] ?? 0);
  const hasTail = hidesBytes(block, 'name') || hidesBytes(block, 'linkname');
  return {
    header: {
      path: prefix === '' ? name : `${prefix}/${name}`,
      target,
      typeflag,
      sizeBytes,
      mode,
      mtimeSeconds,
      sparseExtended: isGnu && typeflag === 'S' && block[FIELD.gnuIsExtended[0]] !== 0,
      ...(hasTail ? { oddity: 'bytes are hidden behind the end of a name' } : {}),
    },
  };
}

/** A name from raw bytes: UTF-8 where it is, otherwise the bytes above ASCII as `\xHH`. */
export function decodeName(bytes: Buffer): string {
  if (isAscii(bytes)) return bytes.toString('latin1');
  if (isUtf8(bytes)) return bytes.toString('utf8');
  return bytes
    .toString('latin1')
    .replaceAll(/[\u0080-\u00ff]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

function holds(block: Buffer, field: Field, bytes: Buffer): boolean {
  const [at, length] = FIELD[field];
  return block.compare(bytes, 0, length, at, at + length) === 0;
}

/** Where the NUL-terminated text of a field ends. */
function textEnd(block: Buffer, field: Field): number {
  const [at, length] = FIELD[field];
  const end = block.indexOf(0, at);
  return end < 0 || end > at + length ? at + length : end;
}

function textIn(block: Buffer, field: Field): string {
  const [at] = FIELD[field];
  const end = textEnd(block, field);
  return end === at ? '' : decodeName(block.subarray(at, end));
}

/** Whether anything but NULs stands behind the end of a text. */
function hidesBytes(block: Buffer, field: Field): boolean {
  const [at, length] = FIELD[field];
  const end = textEnd(block, field);
  return block.compare(ZERO_BLOCK, 0, at + length - end, end, at + length) !== 0;
}

/**
 * A numeric field: octal digits with leading spaces, ended by NULs or spaces; or GNU's base-256 (first bit set, two's
 * complement when the second bit is set too). Undefined when it is neither, or not a safe integer.
 */
function numberIn(block: Buffer, field: Field): number | undefined {
  const [start, length] = FIELD[field];
  const end = start + length;
  const first = block[start] ?? 0;
  if ((first & 0x80) !== 0) return parseBase256(block.subarray(start, end), (first & 0x40) !== 0);
  let at = start;
  while (at < end && block[at] === SPACE) at += 1;
  let value = 0;
  for (; at < end; at += 1) {
    const digit = (block[at] ?? 0) - ZERO_DIGIT;
    if (digit < 0 || digit > 7) break;
    value = value * 8 + digit;
  }
  for (; at < end; at += 1) {
    if (block[at] !== SPACE && block[at] !== 0) return undefined;
  }
  return value;
}

const SPACE = 0x20;
const ZERO_DIGIT = 0x30;

function parseBase256(bytes: Buffer, isNegative: boolean): number | undefined {
  let value = 0n;
  for (const [index, byte] of bytes.entries()) value = value * 256n + BigInt(index === 0 ? byte & 0x7f : byte);
  if (isNegative) value -= 1n << BigInt(bytes.length * 8 - 1);
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : undefined;
}

/** Whether this is the sum of all bytes with the checksum field as spaces, unsigned or signed. */
function checksumFits(block: Buffer, recorded: number): boolean {
  const [from, length] = FIELD.checksum;
  let sum = SPACE * length;
  for (let index = 0; index < from; index += 1) sum += block[index] ?? 0;
  for (let index = from + length; index < BLOCK_BYTES; index += 1) sum += block[index] ?? 0;
  if (sum === recorded) return true;
  let high = 0;
  for (let index = 0; index < BLOCK_BYTES; index += 1) {
    if ((index < from || index >= from + length) && (block[index] ?? 0) > 127) high += 1;
  }
  return sum - 256 * high === recorded;
}
