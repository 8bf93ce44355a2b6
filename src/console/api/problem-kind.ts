import type { Problem } from './problem.ts';

/** The kinds of problems that the server answers with; each is the end of its `type`. */
export const KINDS_OF_PROBLEMS = [
  'invalid',
  'usage',
  'unauthenticated',
  'forbidden',
  'not-found',
  'method-not-allowed',
  'conflict',
  'stale',
  'precondition-required',
  'too-large',
  'unsupported',
  'unprocessable',
  'too-many',
  'internal',
  'unavailable',
  'timeout',
] as const;

type KindOfProblem = (typeof KINDS_OF_PROBLEMS)[number];

/** The kind of a problem; undefined for one that this console does not know. */
export function kindOfProblem({ type }: Pick<Problem, 'type'>): KindOfProblem | undefined {
  return KINDS_OF_PROBLEMS.find((kind) => type.endsWith(`#${kind}`));
}
