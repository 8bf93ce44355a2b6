import type { FieldProblem } from '../kernel/errors.ts';
import { fieldName, invalidInput, PROBLEMS_MAX } from './field-problems.ts';

/** Objects and lists inside each other. Deeper ones are nobody's data, and code that walks them would run out of stack. */
const DEPTH_MAX = 32;

/**
 * Refuses what parses as JSON and yet must not come in: a NUL or half a surrogate pair (PostgreSQL stores neither),
 * `__proto__` as a key, and nesting without end.
 * @throws AppError `invalid` `invalid-body`, naming each place.
 */
export function checkJsonValue(root: unknown): void {
  const problems: FieldProblem[] = [];
  visit(root, [], (path, message) => {
    if (problems.length < PROBLEMS_MAX) problems.push({ field: fieldName('body', path), message });
  });
  if (problems.length > 0) throw invalidInput('body', problems);
}

/** Whether PostgreSQL gives this text back as it was. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

export const UNSTORABLE = 'must not hold a NUL character or half a surrogate pair';

type Complain = (path: readonly PropertyKey[], message: string) => void;

function visit(value: unknown, path: readonly PropertyKey[], complain: Complain): void {
  if (typeof value === 'string' && !isStorable(value)) complain(path, UNSTORABLE);
  if (typeof value !== 'object' || value === null) return;
  if (path.length >= DEPTH_MAX) {
    complain(path, `is nested deeper than ${DEPTH_MAX} levels`);
    return;
  }
  for (const [key, member] of Object.entries(value)) {
    if (key === '__proto__' || !isStorable(key)) complain([...path, key], 'is not allowed as a field name');
    else visit(member, [...path, key], complain);
  }
}
