import { z } from 'zod';
import { ENCODINGS } from './file-form.ts';
import { IMPORT_STATES, type Import, type ImportLine, OUTCOMES } from './import.ts';
import { KIND_NAMES, kindNamed } from './kinds/kinds.ts';

/** How the API writes what stands between values. */
export const DELIMITER_WORDS = { comma: ',', semicolon: ';', tab: '\t' } as const;
export const MARK_WORDS = { point: '.', comma: ',' } as const;

const wordOf = <Word extends string>(words: Readonly<Record<Word, string>>, character: string): Word =>
  (Object.keys(words) as Word[]).find((word) => words[word] === character) as Word;

export const importSchema = z.object({
  id: z.uuid(),
  kind: z.string(),
  fileName: z.string(),
  sha256: z.string().describe('Of the bytes of the file, in hexadecimal'),
  sizeBytes: z.int(),
  encoding: z.enum(ENCODINGS).describe('As it was recognised or stated; so are the next two'),
  delimiter: z.enum(['comma', 'semicolon', 'tab']),
  decimalMark: z.enum(['point', 'comma']),
  columns: z
    .array(z.object({ header: z.string(), field: z.string().nullable() }))
    .describe('What each column was taken for; null: it is left aside'),
  mapping: z.string().nullable(),
  state: z
    .enum(IMPORT_STATES)
    .describe('read: its check is under way; checked: it can be applied when nothing is wrong'),
  failure: z.string().nullable().describe('Why the last step was not done'),
  lines: z.int(),
  creates: z.int(),
  updates: z.int(),
  unchanged: z.int(),
  errors: z.int(),
  progress: z
    .object({ step: z.enum(['reading', 'checking', 'applying']), done: z.int(), total: z.int().nullable() })
    .nullable()
    .describe('How far the step is that is under way, in lines'),
  createdAt: z.iso.datetime(),
  checkedAt: z.iso.datetime().nullable(),
  appliedAt: z.iso.datetime().nullable(),
});

/** An import as the API shows it. */
export function importView(found: Import): z.input<typeof importSchema> {
  const { counts, mappingName, delimiter, decimalMark, createdAt, checkedAt, appliedAt, columns, ...rest } = found;
  return {
    ...rest,
    ...counts,
    columns: [...columns],
    mapping: mappingName,
    delimiter: wordOf(DELIMITER_WORDS, delimiter),
    decimalMark: wordOf(MARK_WORDS, decimalMark),
    createdAt: createdAt.toString(),
    checkedAt: checkedAt?.toString() ?? null,
    appliedAt: appliedAt?.toString() ?? null,
  };
}

export const lineSchema = z.object({
  line: z.int().describe('Where it begins in the file; the headers are line 1'),
  outcome: z.enum(OUTCOMES),
  values: z
    .record(z.string(), z.string())
    .describe('What its cells say, by the name of the field; empty: what is there is taken away'),
  problems: z.array(
    z.object({
      column: z.string().nullable().describe('The header as the file has it; null: about the line as a whole'),
      field: z.string().nullable(),
      message: z.string(),
    }),
  ),
  changes: z.array(z.object({ field: z.string(), before: z.string().nullable(), after: z.string().nullable() })),
  subjectId: z.uuid().nullable().describe('The thing that was there; null for a new one'),
});

/** A line as the API shows it. */
export function lineView(
  line: ImportLine,
  { kind, columns }: Pick<Import, 'kind' | 'columns'>,
): z.input<typeof lineSchema> {
  const { fields } = kindNamed(kind);
  const said = fields.flatMap(({ name }, index) => {
    const value = line.cells[index] ?? null;
    return value === null ? [] : [[name, value] as const];
  });
  return {
    line: line.line,
    outcome: line.outcome,
    values: Object.fromEntries(said),
    problems: line.problems.map(({ field, message }) => ({ column: headerOf(columns, field), field, message })),
    changes: [...line.changes],
    subjectId: line.subjectId,
  };
}

/** What the file calls a field; its own name where the file does not have it. */
export function headerOf(columns: Import['columns'], field: string | null): string | null {
  if (field === null) return null;
  return columns.find((column) => column.field === field)?.header ?? field;
}

export const kindParameter = z.enum(KIND_NAMES).describe('What the lines are of');

export const IMPORT_EXAMPLE: z.input<typeof importSchema> = {
  id: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11',
  kind: 'units',
  fileName: 'units.csv',
  sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  sizeBytes: 2_048_000,
  encoding: 'utf-8',
  delimiter: 'comma',
  decimalMark: 'point',
  columns: [
    { header: 'Manufacturer', field: 'manufacturer' },
    { header: 'Part number', field: 'part_number' },
    { header: 'Serial', field: 'serial' },
    { header: 'Colour', field: null },
  ],
  mapping: null,
  state: 'checked',
  failure: null,
  lines: 20_000,
  creates: 19_990,
  updates: 4,
  unchanged: 5,
  errors: 1,
  progress: null,
  createdAt: '2026-11-22T09:30:00Z',
  checkedAt: '2026-11-22T09:30:02Z',
  appliedAt: null,
};

export const LINE_EXAMPLE: z.input<typeof lineSchema> = {
  line: 17,
  outcome: 'error',
  values: { manufacturer: 'Sample Co', part_number: 'PSU-750', serial: 'SN-17', location: 'R9' },
  problems: [
    { column: 'Location', field: 'location', message: 'there is no location "R9": bring the locations in first' },
  ],
  changes: [],
  subjectId: null,
};
