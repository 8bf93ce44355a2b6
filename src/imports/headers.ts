import { AppError } from '../kernel/errors.ts';
import { nearestOf } from '../kernel/nearest.ts';
import type { CellReading } from './cell.ts';
import type { FileColumn } from './import.ts';
import type { ImportField, ImportKind } from './import-kind.ts';

/** Columns that a file may have. */
const COLUMNS_MAX = 300;

/** Which header of a file is which field: by the field's name, what the header is. */
export type HeaderMapping = Readonly<Record<string, string>>;

/** What new things have that a line does not state: by the field's name, as a cell would say it. */
export type FieldDefaults = Readonly<Record<string, string>>;

/** A mapping for one file. */
export interface GivenMapping {
  readonly headers?: HeaderMapping;
  readonly defaults?: FieldDefaults;
  /** Muster brings it along: a column of it may be absent. */
  readonly isReady?: boolean;
}

/** What counts of a header: letters and digits, whatever the case. */
const form = (header: string) => header.toLowerCase().replaceAll(/[^\p{L}\p{Nd}]+/gu, '');

/**
 * Which field each column of a file is: by the mapping where it names the header, else by the names that are known. Columns
 * that nothing is known of are left aside, and shown.
 * @throws AppError `invalid` `unsuitable-headers`, naming each column that is wrong.
 */
export function columnsOf(
  kind: ImportKind,
  headers: readonly string[],
  { headers: mapping = {}, isReady = false }: GivenMapping = {},
): FileColumn[] {
  if (headers.length > COLUMNS_MAX) {
    throw unsuitable([`there are ${headers.length} columns; at most ${COLUMNS_MAX} are possible`]);
  }
  if (headers.some((header) => header.includes('\0'))) {
    throw unsuitable(['it holds NUL characters: the file is no text, or UTF-16']);
  }
  const forms = headers.map(form);
  const repeated = headers.filter((_, index) => forms[index] !== '' && forms.indexOf(forms[index] ?? '') < index);
  const mapped = new Map(Object.entries(mapping).map(([field, header]) => [form(header), field]));
  const columns = headers.map((header, index) => ({
    header: header.slice(0, 120).toWellFormed(),
    field: mapped.get(forms[index] ?? '') ?? knownField(kind.fields, forms[index] ?? '', mapping)?.name ?? null,
  }));
  const problems = [
    ...repeated.map((header) => `the column "${header.slice(0, 60)}" is there twice`),
    ...(isReady ? [] : absentHeaders(mapping, forms)),
    ...ambiguous(columns),
    ...missing(kind, columns),
  ];
  if (problems.length > 0) throw unsuitable(problems);
  return columns;
}

/**
 * The values that a mapping gives to new things, as our own exports would write them. What says which thing is meant has
 * none, and no field of a kind whose lines mean more than their cells.
 * @throws AppError `invalid` `unsuitable-defaults`.
 */
export function defaultsOf(kind: ImportKind, defaults: FieldDefaults = {}): FieldDefaults {
  const read = Object.entries(defaults).map(([name, cell]): { name: string } & CellReading => {
    const field = kind.fields.find((one) => one.name === name);
    if (!field || field.isKey || 'plan' in kind) return { name, problem: `takes no default in ${kind.name}` };
    return { name, ...field.read(cell.trim(), '.') };
  });
  const wrong = read.flatMap((one) =>
    'problem' in one ? [{ field: `#/defaults/${one.name}`, message: one.problem }] : [],
  );
  if (wrong.length === 0)
    return Object.fromEntries(read.flatMap((one) => ('value' in one ? [[one.name, one.value]] : [])));
  const words = wrong.map(({ field, message }) => `${field.slice('#/defaults/'.length)} ${message}`).join('; ');
  throw new AppError('invalid', 'unsuitable-defaults', `A default does not suit: ${words}`, { fields: wrong });
}

/** A field that a mapping names comes from the column that it says, and from no other. */
function knownField(fields: readonly ImportField[], header: string, mapping: HeaderMapping): ImportField | undefined {
  if (header === '') return undefined;
  const free = fields.filter((field) => !Object.hasOwn(mapping, field.name));
  return (
    free.find((field) => form(field.name) === header) ??
    free.find((field) => field.aliases?.some((alias) => form(alias) === header))
  );
}

function absentHeaders(mapping: HeaderMapping, forms: readonly string[]): string[] {
  return Object.values(mapping)
    .filter((header) => !forms.includes(form(header)))
    .map((header) => `the mapping names the column "${header.slice(0, 60)}", which is not there`);
}

function ambiguous(columns: readonly FileColumn[]): string[] {
  return columns.flatMap(({ field, header }, index) => {
    const first = field === null ? -1 : columns.findIndex((column) => column.field === field);
    if (first === -1 || first === index) return [];
    return [`"${header}" and "${columns[first]?.header}" both mean ${field}: say by a mapping which one`];
  });
}

function missing({ fields, noun }: ImportKind, columns: readonly FileColumn[]): string[] {
  const lacking = fields.filter(({ name, isKey }) => isKey && !columns.some(({ field }) => field === name));
  const unknown = columns.filter(({ field }) => field === null).map(({ header }) => header);
  return lacking.map(({ name }) => {
    const near = nearestOf(name, unknown);
    return `the column ${name} is missing: it says which ${noun} is meant${near === undefined ? '' : ` (is it "${near}"?)`}`;
  });
}

function unsuitable(problems: readonly string[]): AppError {
  return new AppError('invalid', 'unsuitable-headers', `Line 1 does not suit: ${problems.join('; ')}`, {
    fields: problems.slice(0, 50).map((message) => ({ field: '#', message: `line 1: ${message}` })),
  });
}
