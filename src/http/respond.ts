import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { AppError } from '../kernel/errors.ts';
import type { Logger } from '../kernel/log.ts';
import { PROBLEM_TYPE, problemHeaders, problemOf, toAppError } from './problem.ts';
import { contextOf } from './request-context.ts';

/** What will be written as the answer. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  /** Not sent with 204. */
  readonly content: string | Uint8Array;
  readonly headers?: OutgoingHttpHeaders;
}

export const JSON_TYPE = 'application/json; charset=utf-8';

/** Sends an answer, unless the request was answered already (its time was over) or the client has gone. */
export function send(response: ServerResponse, answer: Answer): void {
  if (response.headersSent || response.destroyed) return;
  if (answer.status === 204) {
    response.writeHead(204, answer.headers).end();
    return;
  }
  const content = typeof answer.content === 'string' ? Buffer.from(answer.content) : answer.content;
  const headers = { 'Content-Type': answer.contentType, 'Content-Length': content.byteLength, ...answer.headers };
  response.writeHead(answer.status, headers).end(content);
}

/** Sends a JSON value. */
export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  send(response, { status, contentType: JSON_TYPE, content: JSON.stringify(body) });
}

/** Sends whatever was thrown as a problem document. */
export function sendProblem(request: IncomingMessage, response: ServerResponse, thrown: unknown, log: Logger): void {
  const error = toAppError(thrown);
  const context = contextOf(request);
  logFailure(error, context.requestId, log);
  const problem = problemOf(error, context);
  send(response, {
    status: problem.status,
    contentType: PROBLEM_TYPE,
    content: JSON.stringify(problem),
    headers: problemHeaders(error),
  });
}

/** Bugs with their trace, missing dependencies with their reason. What callers do wrong is in the access log. */
export function logFailure(error: AppError, requestId: string, log: Logger): void {
  if (error.kind === 'internal') log.error({ requestId, err: error.cause ?? error }, 'internal error');
  else if (error.kind === 'unavailable') log.warn({ requestId, err: error }, error.message);
}
