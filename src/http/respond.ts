import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { pipeline, Readable } from 'node:stream';
import type { AppError } from '../kernel/errors.ts';
import type { Logger } from '../kernel/log.ts';
import { PROBLEM_TYPE, problemHeaders, problemOf, toAppError } from './problem.ts';
import { contextOf } from './request-context.ts';
import { API_HEADERS } from './security-headers.ts';

/** What will be written as the answer. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  /** Not sent with 204 and 304. */
  readonly content: string | Uint8Array | AsyncIterable<string>;
  /** In the spelling of the security headers where they replace one of those. */
  readonly headers?: OutgoingHttpHeaders;
}

export const JSON_TYPE = 'application/json; charset=utf-8';

/**
 * Sends an answer, unless the request was answered already (its time was over) or the client has gone. All headers go
 * out in one call: set one by one they cost more than everything else around a small answer.
 */
export function send(response: ServerResponse, answer: Answer): void {
  if (response.headersSent || response.destroyed) return;
  const { status, contentType, content, headers } = answer;
  const common = { ...API_HEADERS, 'X-Request-Id': contextOf(response.req).requestId };
  if (status === 204 || status === 304) {
    response.writeHead(status, { ...common, ...headers }).end();
    return;
  }
  if (isInPieces(content)) {
    response.writeHead(status, { ...common, 'Content-Type': contentType, ...headers });
    // Whoever goes away in the middle ends it; what fails in the middle cuts the answer short, so that nobody takes it for whole.
    pipeline(Readable.from(content), response, () => undefined);
    return;
  }
  const length = typeof content === 'string' ? Buffer.byteLength(content) : content.byteLength;
  response
    .writeHead(status, { ...common, 'Content-Type': contentType, 'Content-Length': length, ...headers })
    .end(content);
}

function isInPieces(content: Answer['content']): content is AsyncIterable<string> {
  return typeof content === 'object' && Symbol.asyncIterator in content;
}

/** Sends whatever was thrown as a problem document. */
export function sendProblem(
  response: ServerResponse,
  thrown: unknown,
  log: Logger,
  headers: OutgoingHttpHeaders = {},
): void {
  const error = toAppError(thrown);
  const context = contextOf(response.req);
  logFailure(error, context.requestId, log);
  const problem = problemOf(error, context);
  send(response, {
    status: problem.status,
    contentType: PROBLEM_TYPE,
    content: JSON.stringify(problem),
    headers: { ...problemHeaders(error), ...headers },
  });
}

/** Bugs with their trace, missing dependencies with their reason. What callers do wrong is in the access log. */
export function logFailure(error: AppError, requestId: string, log: Logger): void {
  if (error.kind === 'internal') log.error({ requestId, err: error.cause ?? error }, 'internal error');
  else if (error.kind === 'unavailable') log.warn({ requestId, err: error }, error.message);
}
