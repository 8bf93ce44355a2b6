import { invalidInput, parseInput } from './field-problems.ts';
import type { JsonBody } from './json-body.ts';
import type { Schema } from './route.ts';

/**
 * A body as the schema of its route gives it. A route without a body takes none, or `{}`: many clients cannot send nothing.
 * @throws AppError `invalid` `invalid-body`.
 */
export function checkedBody(schema: Schema | undefined, { value }: JsonBody): unknown {
  if (schema !== undefined) return parseInput(schema, value, 'body');
  const isEmpty =
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;
  if (value === undefined || isEmpty) return undefined;
  throw invalidInput('body', [{ field: '#', message: 'must be left out: this route takes no body' }]);
}
