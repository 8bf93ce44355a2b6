import type { Request, RequestHandler, Response } from 'express';
import { pingParameters, takePing } from '../backups/external/ping.service.ts';
import { AppError } from '../kernel/errors.ts';
import { PROBLEM_KINDS, toAppError } from './problem.ts';
import { contextOf } from './request-context.ts';
import { logFailure, send } from './respond.ts';
import type { ServerParts } from './server-parts.ts';

/** As much of a body is kept: its end. */
const TAIL_BYTES_MAX = 64 * 1024;

/** A form that is longer is a log. */
const FORM_BYTES_MAX = 16 * 1024;

/**
 * Takes the reports of backup scripts: `curl -fsS URL/success`, or with a log `curl -fsS --data-binary @log URL/fail`. Nobody
 * is asked who they are: the address is the secret. So an address that is not there, one that was revoked and an unknown kind get
 * one and the same answer, and every answer is a line of text without the address.
 */
export function pingHandler(parts: ServerParts): RequestHandler {
  return async (request, response) => {
    const context = contextOf(request);
    context.routeLabel = '/ping';
    const { token: secret, kind } = request.params;
    try {
      const body = await readTail(request);
      const form = formOf(request, body);
      const isKnown = await takePing(parts.db, {
        secret: String(secret),
        kind: String(kind),
        parameters: { ...request.query, ...form },
        log: form === undefined && body.sizeBytes > 0 ? body.tail.toString() : undefined,
        requestId: context.requestId,
      });
      if (isKnown) answer(response, 200, 'OK');
      else answer(response, 404, 'There is no such ping address');
    } catch (thrown) {
      const error = toAppError(thrown);
      logFailure(error, context.requestId, parts.log);
      const { status, title } = PROBLEM_KINDS[error.kind];
      answer(response, status, error.kind === 'internal' ? title : error.message);
    }
  };
}

function answer(response: Response, status: number, line: string): void {
  const headers = status === 429 ? { 'Retry-After': '60' } : {};
  send(response, { status, contentType: 'text/plain; charset=utf-8', content: `${line}\n`, headers });
}

interface Body {
  /** The end of what was sent. */
  readonly tail: Buffer;
  readonly sizeBytes: number;
}

/** Reads a body of any length in bounded memory. */
async function readTail(request: Request): Promise<Body> {
  const { 'content-encoding': encoding = 'identity' } = request.headers;
  if (encoding !== 'identity') {
    throw new AppError('unsupported', 'unsupported-encoding', 'The body must not be compressed');
  }
  let tail: Buffer = Buffer.alloc(0);
  let sizeBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.byteLength;
    tail = Buffer.concat([tail, chunk]).subarray(-TAIL_BYTES_MAX);
  }
  return { tail, sizeBytes };
}

/**
 * The fields of a form. curl calls everything a form that it sends with `--data-binary`, so a body is one only when it has
 * nothing but fields that a ping takes.
 */
function formOf(request: Request, { tail, sizeBytes }: Body): Record<string, string> | undefined {
  const { 'content-type': type = '' } = request.headers;
  if (!type.toLowerCase().startsWith('application/x-www-form-urlencoded')) return undefined;
  if (sizeBytes === 0 || sizeBytes > FORM_BYTES_MAX || /[\r\n]/.test(tail.toString('latin1'))) return undefined;
  const fields = [...new URLSearchParams(tail.toString())];
  const areKnown = fields.every(([name, value]) => Object.hasOwn(pingParameters.shape, name) && value !== '');
  return areKnown ? Object.fromEntries(fields) : undefined;
}
