import type { IRouter, Request, RequestHandler, Response } from 'express';
import { AppError } from '../kernel/errors.ts';
import { redactUrl } from './redact-url.ts';
import { send, sendProblem } from './respond.ts';
import type { ServerParts } from './server-parts.ts';

/** What a path does for one method. */
export interface MethodHandlers {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  readonly handlers: RequestHandler[];
}

/** Everything that one path answers; methods that it does not know get a 405 that names those it does. */
export function addPath(router: IRouter, path: string, methods: readonly MethodHandlers[], parts: ServerParts): void {
  const route = router.route(path.replaceAll(/\{(\w+)\}/g, ':$1'));
  for (const { method, handlers } of methods) route[method](...handlers);
  const allowed = [
    ...new Set(methods.flatMap(({ method }) => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()]))),
  ];
  route.all((request: Request, response: Response) => {
    const headers = { Allow: allowed.join(', ') };
    if (request.method === 'OPTIONS') send(response, { status: 204, contentType: '', content: '', headers });
    else sendProblem(response, methodNotAllowed(request, allowed), parts.log, headers);
  });
}

function methodNotAllowed(request: Request, allowed: readonly string[]): AppError {
  const message = `${redactUrl(request.path).slice(0, 200)} does not take ${request.method}: it takes ${allowed.join(', ')}`;
  return new AppError('method-not-allowed', 'method-not-allowed', message);
}
