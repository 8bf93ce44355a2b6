import type { RequestListener } from 'node:http';
import express, { type Express, type Request, type RequestHandler, type Response } from 'express';
import { AppError } from '../kernel/errors.ts';
import { apiRouter } from './api-router.ts';
import type { AppOptions } from './app-options.ts';
import { beginRequest } from './begin-request.ts';
import { caseJson, casePage } from './case.page.ts';
import { consoleHandler } from './console-handler.ts';
import { EventStreams } from './event-streams.ts';
import { DEFAULT_HTTP_LIMITS } from './limits.ts';
import { pageHandler } from './page-handler.ts';
import { addPath, type MethodHandlers } from './path-methods.ts';
import { pingHandler } from './ping.handler.ts';
import { redactUrl } from './redact-url.ts';
import { sendProblem } from './respond.ts';
import type { ServerParts } from './server-parts.ts';
import { carryOutSignIn, carryOutSignOut, showSignIn } from './sign-in.pages.ts';
import { systemHandlers } from './system-handlers.ts';

/** Builds the whole server from its lists. Every request gets an answer; every error is a problem document or a page. */
export function createApp(options: AppOptions): RequestListener {
  const limits = { ...DEFAULT_HTTP_LIMITS, ...options.limits };
  const parts: ServerParts = {
    ...options,
    limits,
    streams: new EventStreams({ ...options, limits }),
    checkResponses: options.checkResponses ?? false,
  };
  const app = express();
  app.disable('x-powered-by').disable('etag').enable('case sensitive routing').enable('strict routing');
  app.set('trust proxy', options.trustedProxies ?? 0);
  app.use(beginRequest(parts, options.metrics));
  addSystemPaths(app, options, parts);
  app.use(apiRouter(options.routes, parts));
  if (options.consoleDirectory !== undefined) app.use(consoleHandler(options.consoleDirectory));
  app.use((request: Request, response: Response) => sendProblem(response, noSuchPath(request), parts.log));
  app.use((thrown: unknown, _request: Request, response: Response, _next: unknown) =>
    sendProblem(response, middlewareError(thrown), parts.log),
  );
  return app;
}

function addSystemPaths(app: Express, options: AppOptions, parts: ServerParts): void {
  const get = (handler: RequestHandler): MethodHandlers[] => [{ method: 'get', handlers: [handler] }];
  for (const [path, handler] of Object.entries(systemHandlers(options, parts))) addPath(app, path, get(handler), parts);
  for (const page of options.pages) {
    addPath(app, page.path, get(pageHandler(page, parts)), parts);
  }
  const ping = { handlers: [pingHandler(parts)] };
  addPath(
    app,
    '/ping/{token}/{kind}',
    [
      { method: 'get', ...ping },
      { method: 'post', ...ping },
    ],
    parts,
  );
  addPath(app, '/case/{token}', get(casePage(parts)), parts);
  addPath(app, '/case/{token}/json', get(caseJson(parts)), parts);
  const signIn: MethodHandlers[] = [
    { method: 'get', handlers: [showSignIn(parts)] },
    { method: 'post', handlers: carryOutSignIn(parts) },
  ];
  addPath(app, '/sign-in', signIn, parts);
  addPath(app, '/sign-out', [{ method: 'post', handlers: [carryOutSignOut(parts)] }], parts);
}

function noSuchPath(request: Request): AppError {
  return new AppError(
    'not-found',
    'no-such-path',
    `There is no ${redactUrl(request.path).slice(0, 200)} here: see /api/docs`,
  );
}

/** Middleware of others says with `status` that the request was at fault; anything else is a bug. */
function middlewareError(thrown: unknown): unknown {
  const { status } = thrown as { status?: number };
  if (thrown instanceof AppError || status === undefined || status < 400 || status > 499) return thrown;
  if (status === 413) return new AppError('too-large', 'body-too-large', 'The form is too large', { cause: thrown });
  return new AppError('invalid', 'invalid-request', 'The request cannot be read: check its path, headers and body', {
    cause: thrown,
  });
}
