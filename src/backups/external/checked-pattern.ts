import { posix } from 'node:path';
import { AppError } from '../../kernel/errors.ts';

/**
 * The pattern of a set, once it is known to be one.
 * @throws AppError `invalid` `bad-pattern`, naming the field `#/pattern`.
 */
export function checkedPattern(pattern: string): string {
  if (pattern.startsWith('/')) throw bad('is read from the root of the repository: leave the slash out');
  if (/\p{Cc}/u.test(pattern) || !pattern.isWellFormed()) throw bad('must not hold control characters');
  if (posix.normalize(pattern) !== pattern || pattern.startsWith('..') || pattern.endsWith('/')) {
    throw bad('must be written plainly: no `.`, `..`, doubled or final slash');
  }
  return pattern;
}

function bad(message: string): AppError {
  return new AppError('invalid', 'bad-pattern', `The pattern of the set ${message}`, {
    fields: [{ field: '#/pattern', message }],
  });
}
