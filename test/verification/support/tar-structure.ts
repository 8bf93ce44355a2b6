import { isDeepStrictEqual } from 'node:util';
import type { ByteRange, HeaderField } from './damages.ts';
import { type MadeEntry, tarEntry } from './tar-making.ts';

/** A tar archive and what every byte of it is. */
export interface MadeTar {
  readonly bytes: Buffer;
  readonly fields: readonly HeaderField[];
  /** Where entries, their data, their padding and the end begin. */
  readonly boundaries: readonly number[];
  /**
   * Data of entries and of extended headers: tar has no checksum over them. Of the headers only what stands around the
   * digits of the checksum itself, where a space and a NUL, and a space and a zero in front, are the same.
   */
  readonly blind: readonly ByteRange[];
  /** Where the archive could end although more follows: wherever an entry begins. */
  readonly starts: readonly number[];
}

/** The fields of a header block, which its checksum covers from the first byte to the last. */
const FIELDS: readonly (readonly [name: string, offset: number, length: number])[] = [
  ['name', 0, 100],
  ['mode', 100, 8],
  ['owner', 108, 16],
  ['size', 124, 12],
  ['time', 136, 12],
  ['checksum', 148, 8],
  ['type', 156, 1],
  ['link', 157, 100],
  ['magic', 257, 8],
  ['names of the owner', 265, 64],
  ['device', 329, 16],
  ['prefix', 345, 155],
  ['rest', 500, 12],
];

/** An archive of these entries with its two end blocks, and zeros behind them up to whole records of this many bytes. */
export function madeTar(entries: readonly MadeEntry[], recordBytes = 512): MadeTar {
  const parts: Buffer[] = [];
  const fields: HeaderField[] = [];
  const boundaries: number[] = [];
  const blind: ByteRange[] = [];
  const starts: number[] = [];
  let position = 0;
  for (const entry of entries) {
    const bytes = tarEntry(entry);
    const dataOffset = position + 512;
    const endOffset = dataOffset + Buffer.from(entry.data ?? '').length;
    starts.push(position);
    boundaries.push(position, dataOffset, endOffset);
    const checksumAt = position + 148;
    const digits = /[1-9]/.exec(bytes.toString('latin1', 148, 156))?.index ?? 0;
    blind.push({ offset: checksumAt, endOffset: checksumAt + digits });
    blind.push({ offset: checksumAt + 6, endOffset: checksumAt + 8 });
    blind.push({ offset: dataOffset, endOffset });
    for (const [name, offset, length] of FIELDS) fields.push({ name, offset: position + offset, length });
    parts.push(bytes);
    position += bytes.length;
  }
  fields.push({ name: 'end blocks', offset: position, length: 1024 });
  boundaries.push(position, position + 512, position + 1024);
  starts.push(position);
  const length = Math.ceil((position + 1024) / recordBytes) * recordBytes - position;
  return { bytes: Buffer.concat([...parts, Buffer.alloc(length)]), fields, boundaries, blind, starts };
}

/**
 * Whether these bytes are an archive that ends properly after some of the entries: those as they were but for their
 * data, and then zeros only, two blocks or more. So it is when the tail of an archive became zeros, or lost some of the
 * zeros behind its end: no reader of tar can tell.
 */
export function endsEarly({ bytes: sound, starts, blind }: MadeTar, bytes: Buffer): boolean {
  if (bytes.length % 512 !== 0) return false;
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  const headers = (of: Buffer, before: number) =>
    without(
      of.subarray(0, before),
      blind.filter(({ offset }) => offset < before),
    );
  return starts.some(
    (start) =>
      start > 0 &&
      end <= start &&
      bytes.length - start >= 1024 &&
      isDeepStrictEqual(headers(bytes, start), headers(sound, start)),
  );
}

function without(bytes: Buffer, ranges: readonly ByteRange[]): Buffer {
  const copy = Buffer.from(bytes);
  for (const { offset, endOffset } of ranges) copy.fill(0, offset, endOffset);
  return copy;
}
