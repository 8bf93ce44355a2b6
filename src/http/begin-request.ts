import type { RequestHandler } from 'express';
import { AppError } from '../kernel/errors.ts';
import { attachContext, RequestContext } from './request-context.ts';
import { sendProblem } from './respond.ts';
import type { ServerParts } from './server-parts.ts';

/** Gives the request its context and id, and starts its time limit: whatever its work does, the caller gets an answer. */
export function beginRequest({ clock, limits, log }: ServerParts): RequestHandler {
  return (request, response, next) => {
    const context = new RequestContext(request, clock, limits.requestSecondsMax);
    attachContext(request, context);
    response.setHeader('X-Request-Id', context.requestId);
    const timer = setTimeout(
      () => sendProblem(request, response, context.timeOut(), log),
      limits.requestSecondsMax * 1000,
    );
    response.once('close', () => {
      clearTimeout(timer);
      if (!response.writableFinished) context.abort();
    });
    next();
  };
}

/** Refuses addresses that are too long or not percent-encoded UTF-8 before anything works with them. */
export function checkUrl({ limits, log }: ServerParts): RequestHandler {
  return (request, response, next) => {
    const { url } = request;
    if (url.length > limits.urlLengthMax) {
      const message = `The address is longer than ${limits.urlLengthMax} characters: shorten path or query`;
      sendProblem(request, response, new AppError('too-large', 'url-too-long', message), log);
    } else if (url.includes('%') && !isPercentEncoded(url)) {
      sendProblem(request, response, badEncoding(url), log);
    } else {
      next();
    }
  };
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
