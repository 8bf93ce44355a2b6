/** What the first 100 bytes of a SQLite database say. */
export interface SqliteHeader {
  readonly pageBytes: number;
  /** Undefined when an old writer left the number as it was: the file's size counts then. */
  readonly pages: number | undefined;
}

/** What is wrong with a header, as the end of a sentence about the database. */
export interface SqliteHeaderProblem {
  readonly kind: 'corrupt' | 'unknown-format';
  readonly message: string;
}

/** Bytes of the header. */
export const SQLITE_HEADER_BYTES = 100;

const MAGIC = Buffer.from('SQLite format 3\0', 'latin1');
const PAGE_BYTES_MIN = 512;
/** What must be left of a page for SQLite's own use. */
const USABLE_BYTES_MIN = 480;
const SCHEMA_FORMAT_MAX = 4;
const FILE_VERSION_MAX = 2;

/**
 * Reads the header of a database and judges every field that can be judged
 * (https://www.sqlite.org/fileformat2.html, 1.3 "The Database Header").
 */
export function readSqliteHeader(bytes: Buffer): SqliteHeader & { readonly problem?: SqliteHeaderProblem } {
  const u32 = (at: number) => bytes.readUInt32BE(at);
  const pageField = bytes.readUInt16BE(16);
  const pageBytes = pageField === 1 ? 65_536 : pageField;
  const isCounted = u32(28) > 0 && u32(24) === u32(92);
  const header = { pageBytes, pages: isCounted ? u32(28) : undefined };
  const problem = problemOf(bytes, header);
  return problem === undefined ? header : { ...header, problem };
}

function problemOf(bytes: Buffer, { pageBytes, pages }: SqliteHeader): SqliteHeaderProblem | undefined {
  const u32 = (at: number) => bytes.readUInt32BE(at);
  const corrupt = (message: string): SqliteHeaderProblem => ({ kind: 'corrupt', message });
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return corrupt('does not start as SQLite databases do');
  if (pageBytes < PAGE_BYTES_MIN || (pageBytes & (pageBytes - 1)) !== 0)
    return corrupt(`has pages of ${pageBytes} bytes`);
  const [writeVersion = 0, readVersion = 0, reserved = 0, ...fractions] = bytes.subarray(18, 24);
  if (writeVersion === 0 || readVersion === 0) return corrupt('has a file format version of 0');
  if (Math.max(writeVersion, readVersion) > FILE_VERSION_MAX) return unknown(`has the file format ${readVersion}`);
  if (pageBytes - reserved < USABLE_BYTES_MIN)
    return corrupt(`reserves ${reserved} of ${pageBytes} bytes in each page`);
  if (fractions.join() !== '64,32,32')
    return corrupt(`has the payload fractions ${fractions.join()}, which are 64,32,32`);
  const schemaFormat = u32(44);
  if (schemaFormat > SCHEMA_FORMAT_MAX) return unknown(`has the schema format ${schemaFormat}`);
  if (u32(56) > 3) return corrupt(`has the text encoding ${u32(56)}`);
  const trunk = u32(32);
  const free = u32(36);
  if ((trunk === 0) !== (free === 0))
    return corrupt(`has ${free} free pages, and the list of them starts at page ${trunk}`);
  if (pages !== undefined && (trunk > pages || free >= pages)) return corrupt(`has ${free} free pages among ${pages}`);
  if (u32(64) !== 0 && u32(52) === 0) return corrupt('vacuums in steps without the map that this needs');
  if (bytes.subarray(72, 92).some((byte) => byte !== 0)) return corrupt('has bytes in the reserved part of its header');
  return undefined;
}

function unknown(message: string): SqliteHeaderProblem {
  return { kind: 'unknown-format', message };
}
