import type { RequestHandler } from 'express';
import { ipKeyGenerator, rateLimit } from 'express-rate-limit';
import { AppError } from '../kernel/errors.ts';
import { contextOf } from './request-context.ts';
import { sendProblem } from './respond.ts';
import type { ServerParts } from './server-parts.ts';

const WINDOW_SECONDS = 60;

/** Probes must get through whatever else happens. */
const EXEMPT_PATHS = new Set(['/livez', '/readyz']);

/**
 * Counts the requests of each client. A token that was good when it was last looked up counts by itself; everything else
 * counts for its address, so that nobody can make the database look up guessed tokens without end.
 */
export function rateLimiter({ authenticator, limits, log }: ServerParts): RequestHandler {
  return rateLimit({
    windowMs: WINDOW_SECONDS * 1000,
    limit: limits.requestsPerMinute,
    standardHeaders: 'draft-7',
    legacyHeaders: false,
    // Its warnings go to the console; what they are about is decided in the configuration.
    validate: false,
    skip: (request) => EXEMPT_PATHS.has(contextOf(request).path),
    keyGenerator: (request) => {
      const { credential } = contextOf(request);
      const id = credential && authenticator.lastKnownId(credential.kind, credential.secret);
      return id ?? ipKeyGenerator(request.ip ?? 'unknown');
    },
    handler: (request, response) =>
      sendProblem(
        request,
        response,
        new AppError(
          'too-many',
          'rate-limit',
          `More than ${limits.requestsPerMinute} requests in a minute: wait for the seconds in Retry-After`,
        ),
        log,
      ),
  });
}
