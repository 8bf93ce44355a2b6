import { z } from 'zod';

/** Control characters (line breaks included), and the marks that hide or reorder what a reader sees. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/u;

/** The same for text of several lines: tab, line feed and carriage return are allowed. */
const UNPRINTABLE_IN_TEXT = /[^\P{Cc}\t\n\r]|[\u202a-\u202e\u2066-\u2069\ufeff]/u;

/**
 * One line of text that people read: 1 to `maxLength` UTF-16 units once the outer blanks are cut off. PostgreSQL cannot
 * store a NUL, and a lone surrogate would come back as another character, so both are refused here.
 */
export function lineText(maxLength: number) {
  return z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(maxLength)
    .refine((text) => text.isWellFormed() && !UNPRINTABLE.test(text), {
      message: 'must be one line without control or direction-changing characters',
    });
}

/** Text of several lines, possibly empty, with the same limits otherwise. */
export function longText(maxLength: number) {
  return z
    .string()
    .trim()
    .max(maxLength)
    .refine((text) => text.isWellFormed() && !UNPRINTABLE_IN_TEXT.test(text), {
      message: 'must not hold control or direction-changing characters',
    });
}
