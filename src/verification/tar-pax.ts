import { decodeName } from './tar-header.ts';

/** What pax records say about the next entry (or, from a global header, about all that follow). */
export interface PaxRecords {
  readonly path?: string;
  readonly target?: string;
  readonly sizeBytes?: number;
  readonly mtimeSeconds?: number;
  readonly sparse?: boolean;
}

/** Records, or what is wrong with them. */
export type ParsedPax =
  | { readonly records: PaxRecords; readonly problem?: undefined }
  | { readonly records?: undefined; readonly problem: string };

/**
 * Reads the body of a pax extended header: `LENGTH KEY=VALUE\n` again and again, the length counting the whole record
 * (POSIX.1-2001). Keys that a check does not need are skipped, but every record must have the form.
 */
export function parsePax(body: Buffer): ParsedPax {
  const records: { -readonly [key in keyof PaxRecords]: PaxRecords[key] } = {};
  let at = 0;
  while (at < body.length) {
    const space = body.indexOf(0x20, at);
    const digits = space < 0 || space - at > 10 ? '' : body.toString('latin1', at, space);
    const length = /^[1-9][0-9]*$/.test(digits) ? Number(digits) : 0;
    const end = at + length;
    const equals = body.indexOf(0x3d, space);
    if (length === 0 || end > body.length || body[end - 1] !== 0x0a || equals < 0 || equals >= end) {
      return { problem: 'a pax record does not have the form LENGTH KEY=VALUE' };
    }
    const problem = takeRecord(records, body.toString('latin1', space + 1, equals), body.subarray(equals + 1, end - 1));
    if (problem !== undefined) return { problem };
    at = end;
  }
  return { records };
}

function takeRecord(
  records: { -readonly [key in keyof PaxRecords]: PaxRecords[key] },
  key: string,
  value: Buffer,
): string | undefined {
  // POSIX lets an empty value take a global record back. Nobody writes that, and readers disagree about it.
  if (value.length === 0 && (key === 'path' || key === 'linkpath' || key === 'size' || key === 'mtime')) {
    return `the pax record ${key} is empty`;
  }
  if (key === 'path' && !records.sparse) records.path = decodeName(value);
  else if (key === 'linkpath') records.target = decodeName(value);
  else if (key === 'size') {
    const sizeBytes = decimal(value);
    if (sizeBytes === undefined) return 'the pax size is not a number';
    records.sizeBytes = sizeBytes;
  } else if (key === 'mtime') {
    const seconds = Number.parseFloat(value.toString('latin1'));
    if (!Number.isFinite(seconds)) return 'the pax mtime is not a number';
    records.mtimeSeconds = Math.floor(seconds);
  } else if (key.startsWith('GNU.sparse.')) {
    records.sparse = true;
    if (key === 'GNU.sparse.name') records.path = decodeName(value);
  }
  return undefined;
}

function decimal(value: Buffer): number | undefined {
  const digits = value.toString('latin1');
  const number = Number(digits);
  return /^[0-9]{1,16}$/.test(digits) && Number.isSafeInteger(number) ? number : undefined;
}
