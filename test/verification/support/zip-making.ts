import { crc32, deflateRawSync } from 'node:zlib';
import type { HeaderField } from './damages.ts';

/** One entry of a zip made by hand: anything can be set, also what no honest writer would. */
export interface MadeZipEntry {
  readonly name: string | Buffer;
  readonly data?: Buffer | string;
  /** The packed bytes, when they are not to be those of the method. */
  readonly packed?: Buffer;
  /** 0 stored (the default) or 8 deflate; others need `packed`. */
  readonly method?: number;
  readonly flags?: number;
  /** Unix mode with its file type. */
  readonly mode?: number;
  /** Extra fields of the local header. */
  readonly localExtra?: Buffer;
  readonly centralExtra?: Buffer;
  /** What follows the data. */
  readonly descriptor?: Buffer;
  /** Bytes that stand before the local header. */
  readonly gapBefore?: Buffer;
  /** Changes the finished headers. */
  readonly editLocal?: (header: Buffer) => void;
  readonly editCentral?: (header: Buffer) => void;
}

/** Changes to the end of a zip made by hand. */
export interface MadeZipEnd {
  readonly comment?: Buffer;
  /** Writes a zip64 end record and its locator too. */
  readonly zip64?: boolean;
  readonly editEnd?: (end: Buffer) => void;
}

/** A whole archive of these entries. */
export function zipOf(entries: readonly MadeZipEntry[], options: MadeZipEnd = {}): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let position = 0;
  for (const entry of entries) {
    const gapBytes = entry.gapBefore?.length ?? 0;
    const { local, central } = zipEntry(entry, position + gapBytes);
    locals.push(local);
    centrals.push(central);
    position += local.length;
  }
  const directory = Buffer.concat(centrals);
  const long = options.zip64 === true ? zip64End(entries.length, directory.length, position) : Buffer.alloc(0);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(options.zip64 === true ? 0xffff : entries.length, 8);
  end.writeUInt16LE(options.zip64 === true ? 0xffff : entries.length, 10);
  end.writeUInt32LE(options.zip64 === true ? 0xffffffff : directory.length, 12);
  end.writeUInt32LE(options.zip64 === true ? 0xffffffff : position, 16);
  const comment = options.comment ?? Buffer.alloc(0);
  end.writeUInt16LE(comment.length, 20);
  options.editEnd?.(end);
  return Buffer.concat([...locals, directory, long, end, comment]);
}

function zipEntry(entry: MadeZipEntry, offset: number): { readonly local: Buffer; readonly central: Buffer } {
  const { method = 0, flags = 0, localExtra = NONE, centralExtra = NONE } = entry;
  const data = Buffer.from(entry.data ?? '');
  const packed = entry.packed ?? (method === 8 ? deflateRawSync(data) : data);
  const name = Buffer.from(entry.name);
  const numbers = Buffer.alloc(26);
  numbers.writeUInt16LE(20, 0);
  numbers.writeUInt16LE(flags, 2);
  numbers.writeUInt16LE(method, 4);
  numbers.writeUInt32LE(0x5b6a7b8c, 6);
  numbers.writeUInt32LE(crc32(data), 10);
  numbers.writeUInt32LE(packed.length, 14);
  numbers.writeUInt32LE(data.length, 18);
  numbers.writeUInt16LE(name.length, 22);
  const header = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), numbers, name, localExtra]);
  header.writeUInt16LE(localExtra.length, 28);
  entry.editLocal?.(header);
  const central = Buffer.concat([
    Buffer.from('PK\x01\x02\x14\x03', 'latin1'),
    numbers,
    Buffer.alloc(14),
    name,
    centralExtra,
  ]);
  central.writeUInt16LE(centralExtra.length, 30);
  central.writeUInt16LE(entry.mode ?? 0o100644, 40);
  central.writeUInt32LE(offset, 42);
  entry.editCentral?.(central);
  const local = Buffer.concat([entry.gapBefore ?? NONE, header, packed, entry.descriptor ?? NONE]);
  return { local, central };
}

const NONE = Buffer.alloc(0);

function zip64End(entries: number, directoryBytes: number, directoryOffset: number): Buffer {
  const bytes = Buffer.alloc(76);
  bytes.write('PK\x06\x06', 0, 'latin1');
  bytes.writeBigUInt64LE(44n, 4);
  bytes.writeUInt16LE(45, 12);
  bytes.writeUInt16LE(45, 14);
  bytes.writeBigUInt64LE(BigInt(entries), 24);
  bytes.writeBigUInt64LE(BigInt(entries), 32);
  bytes.writeBigUInt64LE(BigInt(directoryBytes), 40);
  bytes.writeBigUInt64LE(BigInt(directoryOffset), 48);
  bytes.write('PK\x06\x07', 56, 'latin1');
  bytes.writeBigUInt64LE(BigInt(directoryOffset + directoryBytes), 64);
  bytes.writeUInt32LE(1, 72);
  return bytes;
}

/** What a zip's records are called and how long their fixed parts are. */
const RECORDS = [
  { name: 'local header', signature: 'PK\x03\x04', fields: [4, 2, 2, 2, 4, 4, 4, 4, 2, 2] },
  { name: 'central header', signature: 'PK\x01\x02', fields: [4, 2, 2, 2, 2, 4, 4, 4, 4, 2, 2, 2, 2, 2, 4, 4] },
  { name: 'descriptor', signature: 'PK\x07\x08', fields: [4, 4, 4, 4] },
  { name: 'zip64 end', signature: 'PK\x06\x06', fields: [4, 8, 2, 2, 4, 4, 8, 8, 8, 8] },
  { name: 'zip64 locator', signature: 'PK\x06\x07', fields: [4, 4, 8, 4] },
  { name: 'end record', signature: 'PK\x05\x06', fields: [4, 2, 2, 2, 2, 4, 4, 2] },
];

/** Fields that stand once only, without a checksum: `record+offset`. */
const BLIND = new Set([
  'local header+4',
  'central header+4',
  'central header+6',
  'central header+36',
  'central header+38',
  'zip64 end+12',
  'zip64 end+14',
]);

/** Structure of a sound zip, found by the signatures of its records: its data must not contain any. */
export function structureOf(zip: Buffer): {
  readonly fields: readonly HeaderField[];
  readonly boundaries: readonly number[];
  readonly blind: readonly { readonly offset: number; readonly endOffset: number }[];
} {
  const fields: HeaderField[] = [];
  const boundaries: number[] = [];
  const blind: { offset: number; endOffset: number }[] = [];
  for (const record of RECORDS) {
    for (
      let at = zip.indexOf(record.signature, 0, 'latin1');
      at >= 0;
      at = zip.indexOf(record.signature, at + 4, 'latin1')
    ) {
      let offset = at;
      for (const length of record.fields) {
        const name = `${record.name}+${offset - at}`;
        fields.push({ name, offset, length });
        if (BLIND.has(name)) blind.push({ offset, endOffset: offset + length });
        offset += length;
      }
      boundaries.push(at, offset);
      blind.push(...blindParts(zip, at, record.name, offset));
    }
  }
  return { fields, boundaries, blind };
}

/** Extra fields and comments stand behind the name, and no checksum covers them. */
function blindParts(zip: Buffer, at: number, record: string, end: number) {
  const nameAt = record === 'local header' ? at + 26 : at + 28;
  if (record !== 'local header' && record !== 'central header') return [];
  const offset = end + zip.readUInt16LE(nameAt);
  const commentBytes = record === 'central header' ? zip.readUInt16LE(at + 32) : 0;
  return [{ offset, endOffset: offset + zip.readUInt16LE(nameAt + 2) + commentBytes }];
}
