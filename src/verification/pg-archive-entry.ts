import { copyColumns } from './copy-statement.ts';
import { PgArchiveCursor } from './pg-archive-cursor.ts';
import type { PgArchiveHead } from './pg-archive-head.ts';

/** An entry in the table of contents of a pg_dump archive. */
export interface PgArchiveEntry {
  readonly dumpId: number;
  /** `TABLE DATA`, `BLOBS`, `FUNCTION` ... */
  readonly description: string;
  /** Schema and name, as people know it. */
  readonly label: string;
  /** It has data, besides the SQL that stands in the table of contents. */
  readonly hasData: boolean;
  /** Columns of each row when the data is in COPY format. */
  readonly columns: number | undefined;
  /** Where its data starts, when pg_dump could write it down. */
  readonly offset: number | undefined;
  /** Its file in a directory dump. */
  readonly dataFile: string | undefined;
  /** It is there whatever the database holds. */
  readonly isFrame: boolean;
  /** The encoding that the dump says its texts have, in the one entry that says so. */
  readonly encoding: string | undefined;
}

/** What the bytes at the start of an entry say. */
export type PgArchiveEntryResult =
  | { readonly entry: PgArchiveEntry; readonly bytes: number }
  | { readonly problem: string }
  | 'more';

/** Type and name of entries that every dump has, also that of an empty database; in some versions or by some settings. */
const FRAME =
  /^(ENCODING|STDSTRINGS|SEARCHPATH|DATABASE|DATABASE PROPERTIES|(COMMENT|ACL|SECURITY LABEL) DATABASE) |^((COMMENT|ACL) )?SCHEMA public$|^(COMMENT )?EXTENSION plpgsql$/;

/** A name with the types of a function's arguments. */
const TAG_BYTES_MAX = 262_144;
/** 1,600 columns of 64 characters in quotes. */
const COPY_BYTES_MAX = 1_048_576;
const LABEL_CHARS_MAX = 500;
const OFFSET_STATES = { notSet: 1, set: 2, noData: 3 } as const;

/**
 * Reads one entry of the table of contents: WriteToc in PostgreSQL's pg_backup_archiver.c, followed by what
 * pg_backup_custom.c (an offset) or pg_backup_directory.c (a file name) adds.
 */
export function readPgArchiveEntry(
  bytes: Buffer,
  head: PgArchiveHead,
  format: 'custom' | 'directory',
): PgArchiveEntryResult {
  const cursor = new PgArchiveCursor(bytes);
  const entry = readFields(cursor, head, format);
  if (cursor.problem !== undefined) return { problem: cursor.problem };
  return cursor.ranOut ? 'more' : { entry, bytes: cursor.at };
}

function readFields(cursor: PgArchiveCursor, head: PgArchiveHead, format: 'custom' | 'directory'): PgArchiveEntry {
  const dumpId = cursor.int('its number');
  if (cursor.isFine && dumpId <= 0) cursor.fail(`its number is ${dumpId}`);
  const dumper = cursor.int('the flag of its data');
  if (dumper !== 0 && dumper !== 1) cursor.fail(`the flag of its data is ${dumper}`);
  digits(cursor, 'the oid of its catalog');
  digits(cursor, 'its oid');
  const tag = cursor.text('its name', TAG_BYTES_MAX) ?? '';
  const description = cursor.text('its type', TAG_BYTES_MAX) ?? '';
  if (cursor.isFine && !/^\w[\w ]*$/.test(description)) cursor.fail('its type is no word');
  const section = cursor.int('its section');
  if (cursor.isFine && (section < 1 || section > 4)) cursor.fail(`its section is ${section}`);
  const isSmall = description === 'ENCODING';
  const definition = isSmall ? cursor.text('its SQL', TAG_BYTES_MAX) : cursor.skipText('its SQL');
  cursor.skipText('its SQL to drop it');
  const copyStatement = cursor.text('its COPY statement', COPY_BYTES_MAX);
  const schema = cursor.text('its schema', TAG_BYTES_MAX);
  readTail(cursor, head.minorVersion);
  const hasData = dumper === 1;
  const location = format === 'custom' ? readOffset(cursor, head.offsetBytes, hasData) : readFile(cursor, hasData);
  return {
    dumpId,
    description,
    label: labelOf(schema, tag, description),
    hasData,
    isFrame: FRAME.test(`${description} ${tag}`),
    columns: copyStatement === undefined ? undefined : copyColumns(copyStatement),
    encoding: typeof definition === 'string' ? /'([^']*)'/.exec(definition)?.[1] : undefined,
    ...location,
  };
}

function readTail(cursor: PgArchiveCursor, minorVersion: number): void {
  cursor.skipText('its tablespace');
  if (minorVersion >= 14) cursor.skipText('its access method');
  if (minorVersion >= 16) {
    const relkind = cursor.int('its kind');
    if (relkind < 0 || relkind > 127) cursor.fail(`its kind is ${relkind}`);
  }
  cursor.skipText('its owner');
  const withOids = cursor.text('its flag of oids', TAG_BYTES_MAX);
  if (cursor.isFine && withOids !== 'false' && withOids !== 'true') cursor.fail('its flag of oids is no truth value');
  while (cursor.isFine) {
    const dependency = cursor.text('a dependency', TAG_BYTES_MAX);
    if (dependency === undefined) return;
    if (!/^\d{1,10}$/.test(dependency)) cursor.fail('a dependency is no number');
  }
}

function readOffset(
  cursor: PgArchiveCursor,
  offsetBytes: number,
  hasData: boolean,
): Pick<PgArchiveEntry, 'offset' | 'dataFile'> {
  const state = cursor.byte();
  const offset = cursor.offset(offsetBytes);
  if (!cursor.isFine) return { offset: undefined, dataFile: undefined };
  const isSet = state === OFFSET_STATES.set;
  const fits = hasData ? isSet || state === OFFSET_STATES.notSet : state === OFFSET_STATES.noData;
  if (!fits) cursor.fail(`the state of its offset is ${state}, although it has ${hasData ? '' : 'no '}data`);
  else if (!isSet && offset !== 0n) cursor.fail('it has an offset that is not in use');
  else if (offset > BigInt(Number.MAX_SAFE_INTEGER)) cursor.fail(`its offset is ${offset}`);
  return { offset: isSet ? Number(offset) : undefined, dataFile: undefined };
}

function readFile(cursor: PgArchiveCursor, hasData: boolean): Pick<PgArchiveEntry, 'offset' | 'dataFile'> {
  const dataFile = cursor.text('its file', TAG_BYTES_MAX) ?? '';
  if (cursor.isFine && hasData !== (dataFile !== '')) {
    cursor.fail(`it has ${hasData ? 'data and no file' : 'a file and no data'}`);
  }
  return { offset: undefined, dataFile: dataFile === '' ? undefined : dataFile };
}

/** Numbers of objects are written as text, for old times' sake. */
function digits(cursor: PgArchiveCursor, what: string): void {
  const text = cursor.text(what, TAG_BYTES_MAX);
  if (cursor.isFine && !/^\d{1,10}$/.test(text ?? '')) cursor.fail(`${what} is no number`);
}

function labelOf(schema: string | undefined, tag: string, description: string): string {
  const name = schema === undefined || schema === '' ? tag : `${schema}.${tag}`;
  const label = name === '' ? description : name;
  return label.length <= LABEL_CHARS_MAX ? label : `${label.slice(0, LABEL_CHARS_MAX - 1)}…`;
}
