/**
 * What went wrong, in terms a caller can act on. Each kind maps to exactly one HTTP status
 * (`http/problem.ts`) and one process exit status (`cli`).
 */
export type ErrorKind =
  | 'invalid' // the input does not have the stated form (400)
  | 'unauthenticated' // no or no valid credentials (401)
  | 'forbidden' // known caller, not permitted (403)
  | 'not-found' // (404)
  | 'method-not-allowed' // the path is there, but does not do that (405)
  | 'conflict' // the state of the resource forbids it (409)
  | 'stale' // If-Match named an older version (412)
  | 'precondition-required' // If-Match or Idempotency-Key is missing (428)
  | 'too-large' // the body or a limit is above the maximum (413)
  | 'unsupported' // unknown media type (415)
  | 'unprocessable' // well-formed, but contradicts itself or an earlier request (422)
  | 'too-many' // rate limit (429)
  | 'unavailable' // something Muster needs is not there (503)
  | 'timeout' // the work took longer than its limit (504)
  | 'usage' // the command line is wrong (exit 2)
  | 'internal'; // a bug (500)

/** One thing that is wrong with the input, and where. */
export interface FieldProblem {
  /** Where it is: a JSON pointer into the body (`#/lines/0/quantity`), or a parameter (`query.limit`). */
  readonly field: string;
  /** What is wrong with it, and what would be right. */
  readonly message: string;
}

/**
 * The one error type of the service. `code` is stable and may be relied on by clients
 * (`kebab-case`); `message` is for people: what was wrong, where, and what to do.
 */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly kind: ErrorKind;
  readonly code: string;
  readonly fields: readonly FieldProblem[];
  /** When the same may be tried again, where that is known. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    kind: ErrorKind,
    code: string,
    message: string,
    options: {
      readonly fields?: readonly FieldProblem[];
      readonly cause?: unknown;
      readonly retryAfterSeconds?: number;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.code = code;
    this.fields = options.fields ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** The message of anything that was thrown, in one line. */
export function messageOf(thrown: unknown): string {
  return (thrown instanceof Error ? thrown.message : String(thrown)).replaceAll(/\s*\n\s*/g, ' ');
}
