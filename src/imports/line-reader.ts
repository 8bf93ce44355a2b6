import type { CellReading, DecimalMark } from './cell.ts';
import { quoted } from './cell.ts';
import type { CsvRecord } from './csv-lines.ts';
import { unguarded } from './formula.ts';
import type { FieldTrouble, FileColumn } from './import.ts';
import { EMPTIED, type ImportField, type ImportKind } from './import-kind.ts';

/** A line as it is kept: what each field of the kind says, and what is wrong with its cells. */
export interface ReadLine {
  readonly line: number;
  /** Null where nothing is said, empty where what is there is taken away. */
  readonly cells: readonly (string | null)[];
  readonly troubles: readonly FieldTrouble[];
}

/** Readings that are kept of one column: most repeat few values. One that does not, such as serial numbers, keeps none. */
const REMEMBERED_MAX = 1000;

/** Reads the lines of one file. */
export function lineReader(
  kind: ImportKind,
  columns: readonly FileColumn[],
  decimalMark: DecimalMark,
): (record: CsvRecord) => ReadLine {
  const readers = kind.fields.map((field) => ({
    field,
    index: columns.findIndex((column) => column.field === field.name),
    read: cellReader(field, kind.noun, decimalMark),
  }));
  return ({ line, values }) => {
    const troubles: FieldTrouble[] = [];
    if (values.length !== columns.length) {
      troubles.push({ field: null, message: `has ${values.length} values, not ${columns.length}` });
    }
    const cells = readers.map(({ field, index, read }) => {
      const reading = index === -1 ? undefined : read(values[index] ?? '');
      if (reading === undefined) return null;
      if ('value' in reading) return reading.value;
      troubles.push({ field: field.name, message: reading.problem });
      return null;
    });
    return { line, cells, troubles };
  };
}

type Remembered = CellReading | undefined;

function cellReader(field: ImportField, noun: string, decimalMark: DecimalMark): (raw: string) => Remembered {
  const known = new Map<string, Remembered>();
  let isRepeating = true;
  let repeated = 0;
  return (raw) => {
    if (known.has(raw)) {
      repeated += 1;
      return known.get(raw);
    }
    const reading = readCell(field, noun, raw.trim(), decimalMark);
    if (known.size >= REMEMBERED_MAX) {
      known.clear();
      isRepeating = repeated > REMEMBERED_MAX;
      repeated = 0;
    }
    if (isRepeating) known.set(raw, reading);
    return reading;
  };
}

function readCell(field: ImportField, noun: string, cell: string, decimalMark: DecimalMark): Remembered {
  if (cell === '') return field.isKey ? { problem: `must not be empty: it says which ${noun} is meant` } : undefined;
  if (cell === EMPTIED) {
    return field.isClearable ? { value: '' } : { problem: `"${EMPTIED}" would take it away, which is not possible` };
  }
  if (cell.includes('\0')) return { problem: `${quoted(cell.replaceAll('\0', '?'))} holds a NUL character` };
  return field.read(unguarded(cell), decimalMark);
}
