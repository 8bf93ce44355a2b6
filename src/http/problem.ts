import { z } from 'zod';
import { sqlFailureOf } from '../database/sqlstate.ts';
import { AppError, type ErrorKind } from '../kernel/errors.ts';
import { redactUrl } from './redact-url.ts';

interface KindInfo {
  readonly status: number;
  readonly title: string;
  /** What a caller does about it, for the reference. */
  readonly advice: string;
}

/** What each kind of error is over HTTP: the one place that maps them. */
export const PROBLEM_KINDS: Readonly<Record<ErrorKind, KindInfo>> = {
  invalid: { status: 400, title: 'Invalid input', advice: 'Correct what `fields` names and send it again.' },
  usage: { status: 400, title: 'Invalid input', advice: 'Correct the request and send it again.' },
  unauthenticated: {
    status: 401,
    title: 'Not authenticated',
    advice: 'Send `Authorization: Bearer` with a valid token.',
  },
  forbidden: { status: 403, title: 'Not permitted', advice: 'Ask an administrator for the permission that is named.' },
  'not-found': { status: 404, title: 'Not found', advice: 'Check the path and the id.' },
  'method-not-allowed': { status: 405, title: 'Method not allowed', advice: 'Use a method that `Allow` names.' },
  conflict: { status: 409, title: 'Conflict', advice: 'Read the present state, then decide again.' },
  stale: {
    status: 412,
    title: 'Changed in the meantime',
    advice: 'Read it again and repeat the change on the new version.',
  },
  'too-large': { status: 413, title: 'Too large', advice: 'Send less at once.' },
  unsupported: {
    status: 415,
    title: 'Unsupported media type',
    advice: 'Send `Content-Type: application/json` in UTF-8.',
  },
  unprocessable: {
    status: 422,
    title: 'Cannot be carried out',
    advice: 'The request contradicts itself or an earlier one.',
  },
  'precondition-required': {
    status: 428,
    title: 'Version required',
    advice: 'Read it first and send its `ETag` as `If-Match`.',
  },
  'too-many': { status: 429, title: 'Too many requests', advice: 'Wait for the seconds in `Retry-After`.' },
  internal: {
    status: 500,
    title: 'Internal error',
    advice: 'A bug: report it with the `requestId`; the log has more.',
  },
  unavailable: { status: 503, title: 'Unavailable', advice: 'Wait for the seconds in `Retry-After`, then try again.' },
  timeout: { status: 504, title: 'Took too long', advice: 'Try again; a write with the same `Idempotency-Key`.' },
};

/** An error as RFC 9457 writes it, with `code`, `fields` and `requestId` as our own members. */
export const problemSchema = z
  .object({
    type: z.string().describe('Where the kind of problem is explained'),
    title: z.string().describe('The kind of problem'),
    status: z.int().describe('The HTTP status'),
    detail: z.string().describe('What was wrong, where, and what to do'),
    instance: z.string().describe('The path that was asked for'),
    code: z.string().describe('Stable: decide on this one'),
    requestId: z.string().describe('Find it in the log with this'),
    fields: z
      .array(
        z.object({
          field: z.string().describe('A JSON pointer into the body (`#/lines/0`) or a parameter (`query.limit`)'),
          message: z.string(),
        }),
      )
      .optional()
      .describe('Each thing that is wrong with the input'),
  })
  .meta({ id: 'Problem', description: 'An error, as RFC 9457 problem details' });

export type Problem = z.infer<typeof problemSchema>;

export const PROBLEM_TYPE = 'application/problem+json';

/** Where a problem happened. */
export interface ProblemPlace {
  readonly path: string;
  readonly requestId: string;
}

/** The problem document of an error. Of a bug nothing is told but where its trace is. */
export function problemOf(error: AppError, place: ProblemPlace): Problem {
  const { status, title } = PROBLEM_KINDS[error.kind];
  const detail =
    error.kind === 'internal'
      ? 'Something went wrong inside Muster. The log has the details under the request id.'
      : error.message;
  return {
    type: `/api/docs#${error.kind}`,
    title,
    status,
    detail,
    instance: redactUrl(place.path),
    code: error.kind === 'internal' ? 'internal' : error.code,
    requestId: place.requestId,
    ...(error.fields.length > 0 ? { fields: [...error.fields] } : {}),
  };
}

/** The headers that belong to a kind of error. */
export function problemHeaders(error: AppError): Readonly<Record<string, string>> {
  if (error.kind === 'unauthenticated') return { 'WWW-Authenticate': challengeOf(error) };
  if (error.retryAfterSeconds !== undefined) return { 'Retry-After': String(error.retryAfterSeconds) };
  if (error.kind === 'unavailable') return { 'Retry-After': '5' };
  if (error.code === 'too-many-streams') return { 'Retry-After': '10' };
  if (error.code === 'request-in-progress') return { 'Retry-After': '1' };
  return {};
}

/** Anything that was thrown as an AppError: what is none becomes `internal`, with the original as its cause. */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  if (sqlFailureOf(thrown)?.code === QUERY_CANCELED) return statementTimeout(thrown);
  return new AppError('internal', 'internal', 'unexpected error', { cause: thrown });
}

/** PostgreSQL gave a statement up because its time limit was over. */
const QUERY_CANCELED = '57014';

function statementTimeout(cause: unknown): AppError {
  return new AppError('timeout', 'request-timeout', 'The database took too long; nothing was changed', { cause });
}

// RFC 6750: no error code when the request carried no credentials at all.
function challengeOf(error: AppError): string {
  return error.code === 'no-credentials' ? 'Bearer realm="muster"' : 'Bearer realm="muster", error="invalid_token"';
}
