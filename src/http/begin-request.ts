import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { Registry } from 'prom-client';
import { AppError } from '../kernel/errors.ts';
import { accessLog } from './access-log.ts';
import { equalDeadlines } from './deadlines.ts';
import { requestMetrics } from './metrics.ts';
import { rateLimiter } from './rate-limit.ts';
import { attachContext, contextOf, RequestContext } from './request-context.ts';
import { sendProblem } from './respond.ts';
import type { ServerParts } from './server-parts.ts';

/**
 * What happens to every request before its route, in one step, because each middleware costs: it gets its context and
 * id, its time limit, its log line and its measurement, and is refused when its address is unfit or its client asks too often.
 */
export function beginRequest(parts: ServerParts, registry: Registry): RequestHandler {
  const { clock, limits, log } = parts;
  const measure = requestMetrics(registry);
  const logRequest = accessLog(log);
  // Whatever the work does, the caller gets an answer.
  const deadlines = equalDeadlines(clock, limits.requestSecondsMax * 1000, (response: Response) => {
    const context = contextOf(response.req);
    if (!context.isStream) sendProblem(response, context.timeOut(), log);
  });
  const limitRate = rateLimiter(parts);
  const admit = async (request: Request, response: Response, context: RequestContext, next: NextFunction) => {
    try {
      checkUrl(request.url, limits.urlLengthMax);
      const refused = await limitRate(request, context);
      if (refused) sendProblem(response, refused.error, log, { 'Retry-After': refused.retryAfterSeconds });
      else next();
    } catch (thrown) {
      sendProblem(response, thrown, log);
    }
  };
  return (request, response, next) => {
    const context = new RequestContext(request, clock, limits.requestSecondsMax);
    attachContext(request, context);
    deadlines.add(response);
    response.once('close', () => {
      deadlines.remove(response);
      if (!response.writableFinished) context.abort();
      logRequest(response, context);
      // How long a reader stays says nothing about the server.
      if (!context.isStream) measure(response, context);
    });
    void admit(request, response, context, next);
  };
}

/** Refuses addresses that are too long or not percent-encoded UTF-8 before anything works with them. */
function checkUrl(url: string, urlLengthMax: number): void {
  if (url.length > urlLengthMax) {
    const message = `The address is longer than ${urlLengthMax} characters: shorten path or query`;
    throw new AppError('too-large', 'url-too-long', message);
  }
  if (url.includes('%') && !isPercentEncoded(url)) throw badEncoding(url);
}

function isPercentEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function badEncoding(url: string): AppError {
  const [path = '', query = ''] = url.split('?', 2);
  const wrong = isPercentEncoded(path) ? query.split('&').find((pair) => !isPercentEncoded(pair)) : undefined;
  const field = wrong === undefined ? 'path' : `query.${wrong.split('=')[0]?.slice(0, 100)}`;
  const message = 'is not percent-encoded UTF-8';
  return new AppError('invalid', 'bad-url-encoding', `The address cannot be read: ${field} ${message}`, {
    fields: [{ field, message }],
  });
}
