import { PgArchiveCursor } from './pg-archive-cursor.ts';

/** How the data of an archive is packed. */
export type PgCompression = 'none' | 'gzip' | 'lz4' | 'zstd';

/** The header of an archive of pg_dump, as far as its reader needs it. */
export interface PgArchiveHead {
  /** 12 for version 1.12. */
  readonly minorVersion: number;
  readonly offsetBytes: number;
  readonly compression: PgCompression;
  readonly database: string | undefined;
  /** Of the server that was dumped, and of pg_dump, as they print it: `15.18`. */
  readonly serverVersion: string | undefined;
  readonly dumpVersion: string | undefined;
  readonly tocEntries: number;
}

/** What the first bytes say. */
export type PgArchiveHeadResult =
  | { readonly head: PgArchiveHead; readonly bytes: number }
  | { readonly problem: string; readonly kind: 'corrupt' | 'unknown-format' }
  | 'more';

/** Versions that this engine reads: PostgreSQL 9.0 (1.12) to 18 (1.16). */
const MINOR_VERSIONS = { first: 12, last: 16 } as const;
const FORMATS = { custom: [1], directory: [3, 5] } as const;
const ALGORITHMS: readonly PgCompression[] = ['none', 'gzip', 'lz4', 'zstd'];
const NAME_BYTES_MAX = 65_536;

/** Bounds of the fields of C's `struct tm` in the header, from seconds to the flag of summer time. */
const DATE_FIELDS: readonly (readonly [string, number, number])[] = [
  ['second', 0, 61],
  ['minute', 0, 59],
  ['hour', 0, 23],
  ['day', 1, 31],
  ['month', 0, 11],
  ['year', 90, 299],
  ['daylight saving flag', -1, 1],
];

/**
 * Reads the header of a custom archive or of a directory's `toc.dat`. A directory's header claims the tar format,
 * because pg_dump writes it so.
 */
export function readPgArchiveHead(bytes: Buffer, format: keyof typeof FORMATS): PgArchiveHeadResult {
  const magic = bytes.subarray(0, 5);
  if (!Buffer.from('PGDMP').subarray(0, magic.length).equals(magic)) return corrupt('does not start with PGDMP');
  if (bytes.length < 8) return 'more';
  const [major = 0, minor = 0, revision = 0] = bytes.subarray(5, 8);
  const isKnown = major === 1 && minor >= MINOR_VERSIONS.first && minor <= MINOR_VERSIONS.last && revision === 0;
  if (!isKnown) {
    const problem = `is an archive of version ${major}.${minor}-${revision}; 1.12 to 1.16 are known`;
    return { problem, kind: 'unknown-format' };
  }
  const cursor = new PgArchiveCursor(bytes);
  cursor.at = 8;
  const intBytes = cursor.byte();
  const offsetBytes = cursor.byte();
  const formatByte = cursor.byte();
  if (cursor.ranOut) return 'more';
  if (intBytes !== 4) return corrupt(`has integers of ${intBytes} bytes; every pg_dump writes 4`);
  if (offsetBytes !== 4 && offsetBytes !== 8) return corrupt(`has offsets of ${offsetBytes} bytes`);
  if (!(FORMATS[format] as readonly number[]).includes(formatByte)) {
    return corrupt(`has the format ${formatByte}, which is not that of a ${format} dump`);
  }
  return readRest(cursor, minor, offsetBytes);
}

function readRest(cursor: PgArchiveCursor, minorVersion: number, offsetBytes: number): PgArchiveHeadResult {
  const compression = readCompression(cursor, minorVersion);
  for (const [name, least, most] of DATE_FIELDS) {
    const value = cursor.int(`the ${name} of its creation`);
    if (cursor.isFine && (value < least || value > most)) cursor.fail(`the ${name} of its creation is ${value}`);
  }
  const database = cursor.text('the name of the database', NAME_BYTES_MAX);
  const serverVersion = cursor.text("the server's version", NAME_BYTES_MAX);
  const dumpVersion = cursor.text("pg_dump's version", NAME_BYTES_MAX);
  const tocEntries = cursor.int('the number of entries');
  if (tocEntries < 0) cursor.fail(`the number of entries is ${tocEntries}`);
  if (cursor.problem !== undefined) return corrupt(`has a broken header: ${cursor.problem}`);
  if (cursor.ranOut) return 'more';
  if (compression === undefined) {
    return { problem: 'is packed with an algorithm that is not known', kind: 'unknown-format' };
  }
  const versions = { serverVersion, dumpVersion };
  return { head: { minorVersion, offsetBytes, compression, database, ...versions, tocEntries }, bytes: cursor.at };
}

/** Up to 1.14 a level of zlib stands here, -1 for its default; from 1.15 on the number of the algorithm. */
function readCompression(cursor: PgArchiveCursor, minorVersion: number): PgCompression | undefined {
  if (minorVersion >= 15) return ALGORITHMS[cursor.byte()];
  const level = cursor.int('the compression level');
  if (level < -1 || level > 9) cursor.fail(`the compression level is ${level}`);
  return level === 0 ? 'none' : 'gzip';
}

function corrupt(problem: string): PgArchiveHeadResult {
  return { problem, kind: 'corrupt' };
}
