import { isUtf8 } from 'node:buffer';

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
const USTAR_MAGIC = 'ustar\0';
const GNU_MAGIC = 'ustar ';

/**
 * Reads one header block strictly: its checksum (unsigned, or signed as some old writers made it), the numeric fields
 * that are used, and one of the known magics (ustar, GNU, none as in version 7).
 */
export function parseTarHeader(block: Buffer): ParsedHeader {
  const recorded = parseNumber(field(block, 'checksum'));
  if (recorded === undefined || !checksums(block).includes(recorded)) {
    return { problem: 'the header checksum does not fit' };
  }
  const sizeBytes = parseNumber(field(block, 'size'));
  if (sizeBytes === undefined) return { problem: 'the size in the header is not a number' };
  if (sizeBytes < 0) return { problem: 'the size in the header is negative', hostile: true };
  const mode = parseNumber(field(block, 'mode'));
  const mtimeSeconds = parseNumber(field(block, 'mtime'));
  if (mode === undefined || mode < 0 || mtimeSeconds === undefined) {
    return { problem: 'the mode or time in the header is not a number' };
  }
  const magic = field(block, 'magic').toString('latin1');
  const isV7 = magic === '\0'.repeat(6);
  if (magic !== USTAR_MAGIC && magic !== GNU_MAGIC && !isV7) return { problem: 'the header has an unknown magic' };
  const isGnu = magic === GNU_MAGIC;
  const name = text(field(block, 'name'));
  // Behind the end of the prefix star and node-tar keep two more times: nothing is said of those bytes.
  const prefix = magic === USTAR_MAGIC ? text(field(block, 'prefix')).value : '';
  const target = text(field(block, 'linkname'));
  const typeflag = field(block, 'typeflag').toString('latin1');
  return {
    header: {
      path: prefix === '' ? name.value : `${prefix}/${name.value}`,
      target: target.value,
      typeflag,
      sizeBytes,
      mode,
      mtimeSeconds,
      sparseExtended: isGnu && typeflag === 'S' && field(block, 'gnuIsExtended').readUInt8(0) !== 0,
      ...(name.tail || target.tail ? { oddity: 'bytes are hidden behind the end of a name' } : {}),
    },
  };
}

/** A name from raw bytes: UTF-8 where it is, otherwise the bytes above ASCII as `\xHH`. */
export function decodeName(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  return bytes
    .toString('latin1')
    .replaceAll(/[\u0080-\u00ff]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

function field(block: Buffer, name: Field): Buffer {
  const [at, length] = FIELD[name];
  return block.subarray(at, at + length);
}

/** A NUL-terminated text, and whether anything but NULs stands behind its end. */
function text(bytes: Buffer): { value: string; tail: boolean } {
  const end = bytes.indexOf(0);
  if (end < 0) return { value: decodeName(bytes), tail: false };
  return { value: decodeName(bytes.subarray(0, end)), tail: bytes.subarray(end).some((byte) => byte !== 0) };
}

/**
 * A numeric field: octal digits with leading spaces, ended by NULs or spaces; or GNU's base-256 (first bit set, two's
 * complement when the second bit is set too). Undefined when it is neither, or not a safe integer.
 */
function parseNumber(bytes: Buffer): number | undefined {
  const first = bytes[0] ?? 0;
  if ((first & 0x80) !== 0) return parseBase256(bytes, (first & 0x40) !== 0);
  const digits = /^ *([0-7]*)[ \0]*$/.exec(bytes.toString('latin1'))?.[1];
  if (digits === undefined) return undefined;
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}

function parseBase256(bytes: Buffer, isNegative: boolean): number | undefined {
  let value = 0n;
  for (const [index, byte] of bytes.entries()) value = value * 256n + BigInt(index === 0 ? byte & 0x7f : byte);
  if (isNegative) value -= 1n << BigInt(bytes.length * 8 - 1);
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : undefined;
}

/** The sum of all bytes with the checksum field as spaces, unsigned and signed. */
function checksums(block: Buffer): [number, number] {
  const [from, length] = FIELD.checksum;
  let unsigned = 32 * length;
  let high = 0;
  for (let index = 0; index < BLOCK_BYTES; index += 1) {
    if (index >= from && index < from + length) continue;
    const byte = block[index] ?? 0;
    unsigned += byte;
    if (byte > 127) high += 1;
  }
  return [unsigned, unsigned - 256 * high];
}
