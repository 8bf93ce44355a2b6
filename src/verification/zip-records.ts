/**
 * The records of a zip archive, little-endian, as in PKWARE's APPNOTE.TXT 6.3.10 (the section is given with each). Buffers are
 * read in place: an archive may have a million of them.
 */
export const SIGNATURE = {
  local: 0x04034b50,
  descriptor: 0x08074b50,
  central: 0x02014b50,
  end: 0x06054b50,
  zip64End: 0x06064b50,
  zip64Locator: 0x07064b50,
} as const;

/** Bytes of each record without its parts of variable length. */
export const LOCAL_BYTES = 30;
export const CENTRAL_BYTES = 46;
export const END_BYTES = 22;
export const ZIP64_END_BYTES = 56;
export const ZIP64_LOCATOR_BYTES = 20;

/** A 32-bit field with this value has its real one in the zip64 extra field (4.4.8, 4.4.9, 4.4.16). */
export const IN_ZIP64 = 0xffffffff;
const IN_ZIP64_SHORT = 0xffff;

/** Bits of the general purpose flag (4.4.4). */
export const FLAG = {
  encrypted: 0x1,
  descriptor: 0x8,
  patched: 0x20,
  strong: 0x40,
  utf8: 0x800,
  masked: 0x2000,
} as const;

/** Compression methods that are decoded here (4.4.5), and the one that stands for AES encryption. */
export const METHOD = { stored: 0, deflate: 8, zstd: 93, aes: 99 } as const;

const METHOD_NAMES: Readonly<Record<number, string>> = {
  1: 'shrink',
  6: 'implode',
  9: 'deflate64',
  12: 'bzip2',
  14: 'lzma',
  95: 'xz',
  98: 'ppmd',
};

/** How a method is called in a message. */
export function methodName(method: number): string {
  const name = METHOD_NAMES[method];
  return name === undefined ? `method ${method}` : `${name} (method ${method})`;
}

/** Length of the header of the directory of which at least the fixed part is there. */
export function centralLength(bytes: Buffer, at: number): number {
  const variable = bytes.readUInt16LE(at + 28) + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  return CENTRAL_BYTES + variable;
}

/** What the end record says, or both end records together. */
export interface EndRecord {
  readonly disk: number;
  readonly directoryDisk: number;
  readonly entriesOnDisk: number;
  readonly entries: number;
  readonly directoryBytes: number;
  /** As written: from the start of the archive, which need not be that of the file. */
  readonly directoryOffset: number;
  readonly commentBytes: number;
}

/** Reads an end record (4.3.16) that is complete but for its comment. */
export function readEndRecord(bytes: Buffer, at: number): EndRecord {
  return {
    disk: bytes.readUInt16LE(at + 4),
    directoryDisk: bytes.readUInt16LE(at + 6),
    entriesOnDisk: bytes.readUInt16LE(at + 8),
    entries: bytes.readUInt16LE(at + 10),
    directoryBytes: bytes.readUInt32LE(at + 12),
    directoryOffset: bytes.readUInt32LE(at + 16),
    commentBytes: bytes.readUInt16LE(at + 20),
  };
}

/** Reads a zip64 end record (4.3.14). */
export function readZip64EndRecord(bytes: Buffer): Omit<EndRecord, 'commentBytes'> & { readonly recordBytes: number } {
  return {
    recordBytes: readUInt64(bytes, 4) + 12,
    disk: bytes.readUInt32LE(16),
    directoryDisk: bytes.readUInt32LE(20),
    entriesOnDisk: readUInt64(bytes, 24),
    entries: readUInt64(bytes, 32),
    directoryBytes: readUInt64(bytes, 40),
    directoryOffset: readUInt64(bytes, 48),
  };
}

/** Whether the fields of the small record leave any value to the zip64 one. */
export function needsZip64(end: EndRecord): boolean {
  const isLong = end.directoryBytes === IN_ZIP64 || end.directoryOffset === IN_ZIP64;
  return isLong || end.entries === IN_ZIP64_SHORT || end.entriesOnDisk === IN_ZIP64_SHORT;
}

/** Whether each field of the small record leaves its value to the zip64 one, or says the same. */
export function agreesWithZip64(end: EndRecord, long: Omit<EndRecord, 'commentBytes'>): boolean {
  const short = (value: number, other: number) => value === IN_ZIP64_SHORT || value === other;
  return (
    short(end.disk, long.disk) &&
    short(end.directoryDisk, long.directoryDisk) &&
    short(end.entriesOnDisk, long.entriesOnDisk) &&
    short(end.entries, long.entries) &&
    (end.directoryBytes === IN_ZIP64 || end.directoryBytes === long.directoryBytes) &&
    (end.directoryOffset === IN_ZIP64 || end.directoryOffset === long.directoryOffset)
  );
}

/** A 64-bit number; above 2^53 it is not exact, and always too large to be true. */
export function readUInt64(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32;
}

export const ZIP64_EXTRA = 0x0001;
export const UNICODE_PATH_EXTRA = 0x7075;

/** Where in `bytes` the content of an extra field begins (4.5.1), and how long it is. */
export interface ExtraField {
  readonly at: number;
  readonly length: number;
}

/** Finds an extra field of this kind between two offsets. */
export function findExtra(bytes: Buffer, from: number, to: number, id: number): ExtraField | undefined {
  for (let at = from; at + 4 <= to; ) {
    const length = bytes.readUInt16LE(at + 2);
    if (at + 4 + length > to) return undefined;
    if (bytes.readUInt16LE(at) === id) return { at: at + 4, length };
    at += 4 + length;
  }
  return undefined;
}

/** Whether the extra fields fill their room exactly, as they should: not all writers care. */
export function isExtraWhole(bytes: Buffer, from: number, to: number): boolean {
  let at = from;
  while (at + 4 <= to) {
    const next = at + 4 + bytes.readUInt16LE(at + 2);
    if (next > to) break;
    at = next;
  }
  return at === to;
}
