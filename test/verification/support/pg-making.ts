import { deflateSync, zstdCompressSync } from 'node:zlib';
import type { PgCompression } from '../../../src/verification/pg-archive-head.ts';
import type { ByteRange, HeaderField } from './damages.ts';

/** A table of a made dump. */
export interface MadeTable {
  readonly schema?: string;
  readonly name: string;
  /** As the COPY statement writes them; none for a dump with INSERT commands. */
  readonly columns?: readonly string[];
  /** Everything behind the COPY statement, `\.` and the empty lines included. */
  readonly data: string;
}

export interface MadeArchive {
  readonly bytes: Buffer;
  /** Fields of header and table of contents that any change of breaks. */
  readonly fields: readonly HeaderField[];
  /** Bytes over which the format has no checksum: names, dates, SQL; the rows too where they are not packed. */
  readonly blind: readonly ByteRange[];
  /** Where the blocks and their chunks begin. */
  readonly boundaries: readonly number[];
}

export interface ArchiveOptions {
  /** 12 to 16; another one is only written into the header. */
  readonly minorVersion?: number;
  readonly compression?: PgCompression;
  readonly tables?: readonly MadeTable[];
  readonly largeObjects?: readonly Buffer[];
  /** Whether pg_dump could go back and write down where the data starts. */
  readonly hasOffsets?: boolean;
  readonly chunkBytes?: number;
  /** The format byte and what follows each entry: a directory's `toc.dat` has file names and no data. */
  readonly format?: 'custom' | 'directory';
}

const ALGORITHMS: readonly PgCompression[] = ['none', 'gzip', 'lz4', 'zstd'];

/** Rows in COPY format, closed as pg_dump closes them. */
export function copyData(rows: readonly (readonly string[])[]): string {
  return `${rows.map((row) => `${row.join('\t')}\n`).join('')}\\.\n\n\n`;
}

export const TABLES: readonly MadeTable[] = [
  {
    name: 'orders',
    columns: ['id', 'token', 'note'],
    data: copyData(
      Array.from({ length: 3000 }, (_, index) => [
        `${index}`,
        `${(index * 2_654_435_761) % 1e9}`,
        index % 3 === 0 ? '\\N' : `é ${index}`,
      ]),
    ),
  },
  { schema: 'odd', name: 'empty', columns: ['x'], data: copyData([]) },
  { name: 'no columns', columns: [], data: '\n\n\\.\n\n\n' },
  {
    name: 'parts',
    columns: ['a', '"b, (c"'],
    data: copyData([
      ['1', 'x\\ty'],
      ['2', '\\\\.'],
    ]),
  },
];

/** Makes an archive byte by byte, as pg_dump writes it. */
export function pgArchive(options: ArchiveOptions = {}): MadeArchive {
  return new ArchiveMaker(options).make();
}

class ArchiveMaker {
  readonly #minor: number;
  readonly #compression: PgCompression;
  readonly #tables: readonly MadeTable[];
  readonly #largeObjects: readonly Buffer[];
  readonly #options: ArchiveOptions;
  readonly #parts: Buffer[] = [];
  readonly #fields: HeaderField[] = [];
  readonly #blind: ByteRange[] = [];
  readonly #boundaries: number[] = [];
  #position = 0;

  constructor(options: ArchiveOptions) {
    this.#options = options;
    this.#minor = options.minorVersion ?? 16;
    this.#compression = options.compression ?? 'gzip';
    this.#tables = options.tables ?? TABLES;
    this.#largeObjects = options.largeObjects ?? [];
  }

  make(): MadeArchive {
    this.#header();
    const offsetPlaces = this.#toc();
    const offsets: number[] = [];
    if (this.#options.format !== 'directory') this.#blocks(offsets);
    const bytes = Buffer.concat(this.#parts);
    if (this.#options.hasOffsets ?? true) {
      for (const [index, place] of offsetPlaces.entries()) bytes.writeBigUInt64LE(BigInt(offsets[index] ?? 0), place);
    }
    return { bytes, fields: this.#fields, blind: this.#blind, boundaries: this.#boundaries };
  }

  #header(): void {
    this.#put(Buffer.from('PGDMP'), 'magic');
    this.#put(Buffer.from([1, this.#minor, 0]), 'version');
    this.#put(Buffer.from([4, 8, this.#options.format === 'directory' ? 3 : 1]), 'sizes and format');
    if (this.#minor >= 15) this.#put(Buffer.from([ALGORITHMS.indexOf(this.#compression)]), 'compression');
    else {
      this.#put(Buffer.from([0]), 'sign of the compression');
      // Any other level means the same.
      this.#unseen(Buffer.from([this.#compression === 'none' ? 0 : 6, 0, 0, 0]));
    }
    for (const value of [16, 37, 16, 29, 10, 126, 0]) this.#unseen(int(value));
    this.#text('shop', 'database');
    this.#text('15.4', 'server version');
    this.#text('16.0', 'dump version');
  }

  /** Returns where the offsets of the entries with data are. */
  #toc(): number[] {
    const { format } = this.#options;
    const places: number[] = [];
    const entries = [
      { tag: 'ENCODING', desc: 'ENCODING', defn: "SET client_encoding = 'UTF8';\n", section: 2 },
      { tag: 'STDSTRINGS', desc: 'STDSTRINGS', defn: "SET standard_conforming_strings = 'on';\n", section: 2 },
      ...this.#tables.map((table) => ({
        ...table,
        tag: table.name,
        desc: 'TABLE',
        defn: 'CREATE TABLE x ();\n',
        section: 2,
      })),
      ...this.#tables.map((table) => ({ ...table, tag: table.name, desc: 'TABLE DATA', section: 3, isData: true })),
      ...(this.#largeObjects.length > 0 ? [{ tag: 'BLOBS', desc: 'BLOBS', section: 3, isData: true }] : []),
    ];
    this.#put(int(entries.length), 'number of entries');
    for (const [index, entry] of entries.entries()) {
      const {
        tag,
        desc,
        section,
        defn,
        schema = 'public',
        columns,
        isData,
      } = { defn: undefined, isData: false, ...entry } as Entry;
      this.#boundaries.push(this.#position);
      // Nothing else in the archive names an entry without data.
      if (isData) this.#put(int(index + 1), 'number of an entry');
      else this.#unseen(int(index + 1));
      this.#put(int(isData ? 1 : 0), 'flag of data');
      for (const oid of ['1259', '16386', tag, desc]) this.#text(oid, 'text');
      this.#unseen(int(section));
      this.#text(defn, 'SQL');
      this.#text(undefined, 'drop');
      const copy =
        isData && columns !== undefined ? `COPY ${schema}."${tag}" (${columns.join(', ')}) FROM stdin;\n` : undefined;
      this.#text(columns?.length === 0 ? copy?.replace('()', '') : copy, 'COPY statement');
      this.#text(desc.startsWith('TABLE') ? schema : undefined, 'schema');
      this.#text('', 'tablespace');
      if (this.#minor >= 14) this.#text(undefined, 'access method');
      if (this.#minor >= 16) this.#unseen(int(0));
      this.#text('postgres', 'owner');
      this.#text('false', 'oids');
      if (isData) this.#text('1', 'dependency');
      this.#text(undefined, 'end of dependencies');
      if (format === 'directory') this.#text(isData ? fileName(desc, index) : '', 'file');
      else this.#offset(isData, places);
    }
    this.#boundaries.push(this.#position);
    return places;
  }

  #offset(isData: boolean, places: number[]): void {
    const isSet = isData && (this.#options.hasOffsets ?? true);
    this.#put(Buffer.from([isData ? (isSet ? 2 : 1) : 3]), 'state of an offset');
    if (isSet) places.push(this.#position);
    this.#put(Buffer.alloc(8), 'offset');
  }

  #blocks(offsets: number[]): void {
    const firstData = 2 + this.#tables.length + 1;
    for (const [index, table] of this.#tables.entries()) {
      this.#beginBlock(offsets, 1, firstData + index);
      this.#stream(Buffer.from(table.data));
    }
    if (this.#largeObjects.length === 0) return;
    this.#beginBlock(offsets, 3, firstData + this.#tables.length);
    for (const [index, bytes] of this.#largeObjects.entries()) {
      this.#unseen(int(20_000 + index));
      this.#stream(bytes, 'opaque');
    }
    this.#put(int(0), 'end of large objects');
  }

  #beginBlock(offsets: number[], type: number, dumpId: number): void {
    offsets.push(this.#position);
    this.#boundaries.push(this.#position);
    this.#put(Buffer.from([type]), 'type of a block');
    this.#put(int(dumpId), 'number of a block');
  }

  #stream(data: Buffer, kind: 'rows' | 'opaque' = 'rows'): void {
    const packed = pack(data, this.#compression);
    const { chunkBytes = 4096 } = this.#options;
    for (let at = 0; at < packed.length; at += chunkBytes) {
      const chunk = packed.subarray(at, at + chunkBytes);
      this.#put(int(chunk.length), `length of a chunk of ${kind}`);
      if (this.#compression === 'gzip') this.#put(chunk, 'packed', false);
      else this.#unseen(chunk);
      this.#boundaries.push(this.#position);
    }
    this.#put(int(0), 'end of a stream');
  }

  #text(text: string | undefined, what: string): void {
    this.#put(int(text === undefined ? -1 : Buffer.byteLength(text)), `length of ${what}`);
    if (text !== undefined) this.#unseen(Buffer.from(text));
  }

  #unseen(bytes: Buffer): void {
    this.#blind.push({ offset: this.#position, endOffset: this.#position + bytes.length });
    this.#put(bytes, '', false);
  }

  #put(bytes: Buffer, name: string, isField = true): void {
    if (isField) this.#fields.push({ name, offset: this.#position, length: bytes.length });
    this.#parts.push(bytes);
    this.#position += bytes.length;
  }
}

interface Entry extends Partial<MadeTable> {
  readonly tag: string;
  readonly desc: string;
  readonly section: number;
  readonly defn: string | undefined;
  readonly isData: boolean;
}

function fileName(desc: string, index: number): string {
  return desc === 'BLOBS' ? 'blobs.toc' : `${index + 1}.dat`;
}

function int(value: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes[0] = value < 0 ? 1 : 0;
  bytes.writeUInt32LE(Math.abs(value), 1);
  return bytes;
}

function pack(data: Buffer, compression: PgCompression): Buffer {
  if (compression === 'gzip') return deflateSync(data);
  if (compression === 'zstd') return zstdCompressSync(data);
  return data;
}
