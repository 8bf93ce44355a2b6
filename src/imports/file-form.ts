import type { CsvDelimiter } from '../kernel/csv.ts';
import { AppError } from '../kernel/errors.ts';
import type { DecimalMark } from './cell.ts';

export const ENCODINGS = ['utf-8', 'gb18030'] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** How a file is written. */
export interface FileForm {
  readonly encoding: Encoding;
  readonly delimiter: CsvDelimiter;
  readonly decimalMark: DecimalMark;
}

/** What the caller states of it; the rest is recognised. */
export type StatedForm = { readonly [Key in keyof FileForm]?: FileForm[Key] | undefined };

/** As much of a file as its form is recognised by. */
export const SAMPLE_BYTES = 256 * 1024;

/**
 * The encoding that the beginning of a file has: UTF-8 where it is valid (a character may be cut at the end), else GB18030.
 * @throws AppError `invalid` `unsuitable-encoding` for UTF-16, which spreadsheets call "Unicode text".
 */
export function encodingOf(sample: Uint8Array): Encoding {
  const [first = 0, second = 0] = sample;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    throw new AppError('invalid', 'unsuitable-encoding', 'The file is UTF-16: save it as CSV in UTF-8 or GB18030', {
      fields: [{ field: '#', message: 'must be UTF-8 or GB18030' }],
    });
  }
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(sample, { stream: true });
    return 'utf-8';
  } catch {
    return 'gb18030';
  }
}

const COMMA = /^\d+,\d+$/;

/** The decimal mark by the cells of columns that hold decimal numbers: a comma only where nothing speaks against it. */
export function decimalMarkOf(cells: Iterable<string>): DecimalMark {
  let commas = 0;
  for (const cell of cells) {
    if (/\.\d+$/.test(cell)) return '.';
    if (COMMA.test(cell)) commas += 1;
  }
  return commas > 0 ? ',' : '.';
}
