import { z } from 'zod';

/** How numbers are written in a file. */
export type DecimalMark = '.' | ',';

/** What a cell says, as our own exports would write it; or what is wrong with it. */
export type CellReading = { readonly value: string } | { readonly problem: string };

/** Reads a cell that is not empty. */
export type ReadCell = (cell: string, decimalMark: DecimalMark) => CellReading;

/** As much of a cell as a message shows. */
const SHOWN_MAX = 60;

/** A cell as messages quote it. */
export function quoted(cell: string): string {
  // A character that is cut in two could not be stored.
  return `"${cell.length > SHOWN_MAX ? `${cell.slice(0, SHOWN_MAX).toWellFormed()}...` : cell}"`;
}

/** Text that a schema of the domain judges. */
export function textCell(schema: z.ZodType<string, string>): ReadCell {
  return (cell) => {
    const read = schema.safeParse(cell);
    if (read.success) return { value: read.data };
    const [issue] = read.error.issues;
    return {
      problem: `${quoted(cell)} ${issue?.code === 'too_big' ? tooLong(issue) : (issue?.message ?? 'is wrong')}`,
    };
  };
}

const tooLong = (issue: { readonly maximum: number | bigint }) => `must be at most ${issue.maximum} characters long`;

/** One of some words, whatever the case; blanks and underscores are the same. */
export function choiceCell(choices: readonly string[]): ReadCell {
  const form = (text: string) => text.toLowerCase().replaceAll(/[\s_-]+/g, ' ');
  const byForm = new Map(choices.map((choice) => [form(choice), choice]));
  return (cell) => {
    const value = byForm.get(form(cell));
    return value === undefined ? { problem: `${quoted(cell)} must be one of ${choices.join(', ')}` } : { value };
  };
}

/** A whole number, without any separators. */
export function wholeNumberCell(min: number, max: number): ReadCell {
  return (cell) => {
    const number = /^\d{1,15}$/.test(cell) ? Number(cell) : Number.NaN;
    if (number >= min && number <= max) return { value: String(number) };
    return { problem: `${quoted(cell)} must be a whole number from ${min} to ${max}, without separators` };
  };
}

/** A number that is not negative, with the decimal mark of the file and no other separators. */
export function decimalCell({ placesMax, max }: { readonly placesMax: number; readonly max: number }): ReadCell {
  const forms = { '.': pattern('\\.', placesMax), ',': pattern(',', placesMax) };
  return (cell, mark) => {
    const parts = forms[mark].exec(cell);
    const fraction = parts?.[2]?.replace(/0+$/, '') ?? '';
    const value = `${parts?.[1]?.replace(/^0+(?=\d)/, '')}${fraction === '' ? '' : `.${fraction}`}`;
    if (parts && Number(value) <= max) return { value };
    const example = `1234${mark}5`;
    const bounds = `at most ${max} and with at most ${placesMax} decimals`;
    return {
      problem: `${quoted(cell)} must be a number such as ${example}, ${bounds}; the decimal mark of this file is ${mark}`,
    };
  };
}

const pattern = (mark: string, placesMax: number) => new RegExp(`^(\\d{1,15})(?:${mark}(\\d{1,${placesMax}}))?$`);

/** A day from 1970 on, as an ISO date, also where a system writes its midnight behind it. */
export const dayCell: ReadCell = (cell) => {
  const value = cell.replace(/[ T]00:00:00$/, '');
  const isDay = z.iso.date().safeParse(value).success && value >= '1970';
  return isDay ? { value } : { problem: `${quoted(cell)} must be a day from 1970 on, written as 2026-12-31` };
};

/** A currency by its three letters. */
export const currencyCell: ReadCell = (cell) => {
  const value = cell.toUpperCase();
  return /^[A-Z]{3}$/.test(value)
    ? { value }
    : { problem: `${quoted(cell)} must be a currency of three letters, such as EUR` };
};
