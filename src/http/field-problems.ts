import type { z } from 'zod';
import { AppError, type FieldProblem } from '../kernel/errors.ts';
import type { Schema } from './route.ts';

/** Where a value comes from; decides how its fields are named. */
export type InputPlace = 'body' | 'query' | 'path';

type Issue = z.core.$ZodIssue;

/** Problems named in one answer. More would help nobody, and a hostile body can have thousands. */
export const PROBLEMS_MAX = 50;
const NAME_LENGTH_MAX = 100;

const COMPLAINTS: Readonly<Record<InputPlace, string>> = {
  body: 'The body is not what this route takes',
  query: 'The query is not what this route takes',
  path: 'The path is not what this route takes',
};

/**
 * Checks a value against a schema.
 * @throws AppError `invalid` `invalid-body`, `invalid-query` or `invalid-path`, naming every field that is wrong.
 */
export function parseInput(schema: Schema, value: unknown, place: InputPlace): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalidInput(place, fieldProblems(parsed.error.issues, place));
}

/** The error for input that does not have the stated form. */
export function invalidInput(place: InputPlace, fields: readonly FieldProblem[]): AppError {
  const first = fields[0];
  const where = first
    ? `: ${first.field} ${first.message}${fields.length > 1 ? ` (and ${fields.length - 1} more)` : ''}`
    : '';
  return new AppError('invalid', `invalid-${place}`, `${COMPLAINTS[place]}${where}`, { fields });
}

/** How a field is named: `#/lines/0/quantity` in the body, `query.limit` and `path.id` elsewhere. */
export function fieldName(place: InputPlace, path: readonly PropertyKey[]): string {
  const names = path.map((key) => String(key).slice(0, NAME_LENGTH_MAX));
  if (place !== 'body') return [place, ...names].join('.');
  // RFC 6901: `~` and `/` inside a key are escaped.
  return ['#', ...names.map((name) => name.replaceAll('~', '~0').replaceAll('/', '~1'))].join('/');
}

function fieldProblems(issues: readonly Issue[], place: InputPlace, base: readonly PropertyKey[] = []): FieldProblem[] {
  const problems = issues.flatMap((issue) => problemsOf(issue, place, [...base, ...issue.path]));
  return problems.slice(0, PROBLEMS_MAX);
}

function problemsOf(issue: Issue, place: InputPlace, path: readonly PropertyKey[]): FieldProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ field: fieldName(place, [...path, key]), message: 'is not a known field' }));
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    return unionProblems(issue.errors, place, path);
  }
  return [{ field: fieldName(place, path), message: messageOf(issue) }];
}

/**
 * The complaints of the alternative that was most likely meant: whose fields the value has, and among those the one with the
 * fewest complaints. Where several lack one field each and nothing else, any of these fields would do, and all are named.
 */
function unionProblems(
  alternatives: readonly (readonly Issue[])[],
  place: InputPlace,
  path: readonly PropertyKey[],
): FieldProblem[] {
  const weight = (issues: readonly Issue[]) => 1000 * strangeness(issues) + issues.length;
  const [nearest = [], ...others] = alternatives.toSorted((a, b) => weight(a) - weight(b));
  const equal = others.filter((issues) => weight(issues) === weight(nearest));
  const lacking = [nearest, ...equal].flatMap(([issue]) => (issue && isMissing(issue) ? [issue] : []));
  if (nearest.length !== 1 || lacking.length < 2) return fieldProblems(nearest, place, path);
  const names = lacking.map((issue) => issue.path.join('/'));
  return lacking.map((issue) => ({
    field: fieldName(place, [...path, ...issue.path]),
    message: `is missing: one of ${names.join(', ')} is needed`,
  }));
}

/** How many fields the value has that the alternative does not know, and lacks that it wants. */
function strangeness(issues: readonly Issue[]): number {
  return issues.reduce((sum, issue) => {
    if (issue.code === 'unrecognized_keys') return sum + issue.keys.length;
    return isMissing(issue) ? sum + 1 : sum;
  }, 0);
}

function isMissing(issue: Issue): issue is Extract<Issue, { code: 'invalid_type' }> {
  return issue.code === 'invalid_type' && /received undefined$/.test(issue.message);
}

function messageOf(issue: Issue): string {
  if (isMissing(issue)) {
    return `is missing (expected ${issue.expected})`;
  }
  return issue.message.slice(0, 300);
}
