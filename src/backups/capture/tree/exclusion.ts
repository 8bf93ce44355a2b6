import { z } from 'zod';
import { AppError } from '../../../kernel/errors.ts';
import { matchPath } from '../../external/pattern-match.ts';
import { parsePattern } from '../../external/point-pattern.ts';

/** One pattern of names that are left out, in the syntax of {@link parsePattern}. */
export const exclusionSchema = z
  .string()
  .max(1000)
  .superRefine((text, context) => {
    try {
      parsePattern(text);
    } catch (thrown) {
      if (!(thrown instanceof AppError)) throw thrown;
      context.addIssue({ code: 'custom', message: thrown.message });
    }
  });

/** Whether one of the patterns fits a path from the root. */
export function exclusionOf(patterns: readonly string[]): (path: string) => boolean {
  const parsed = patterns.map(parsePattern);
  return (path) => parsed.some((pattern) => matchPath(pattern, path) !== undefined);
}
