import type { Request } from 'express';
import { ipKeyGenerator, MemoryStore } from 'express-rate-limit';
import { AppError } from '../kernel/errors.ts';
import type { RequestContext } from './request-context.ts';
import type { ServerParts } from './server-parts.ts';

const WINDOW_SECONDS = 60;

/** Probes must get through whatever else happens. */
const EXEMPT_PATHS = new Set(['/livez', '/readyz']);

/** What a client that asks too often is told. */
export interface RateLimitRefusal {
  readonly error: AppError;
  readonly retryAfterSeconds: number;
}

/**
 * Counts the requests of each client. A token that was good when it was last looked up counts by itself; everything else
 * counts for its address, so that nobody can make the database look up guessed tokens without end. The library's store is
 * used without its middleware, which costs as much as a whole small request.
 */
export function rateLimiter({ authenticator, limits }: ServerParts) {
  const store = new MemoryStore();
  store.init({ windowMs: WINDOW_SECONDS * 1000 } as Parameters<MemoryStore['init']>[0]);
  const { requestsPerMinute } = limits;
  return async (request: Request, context: RequestContext): Promise<RateLimitRefusal | undefined> => {
    if (EXEMPT_PATHS.has(context.path)) return undefined;
    const digest = context.credential?.digest;
    const known = digest === undefined ? undefined : authenticator.lastKnownId(digest);
    const { totalHits, resetTime } = await store.increment(known ?? ipKeyGenerator(request.ip ?? 'unknown'));
    return totalHits <= requestsPerMinute ? undefined : refusal(requestsPerMinute, resetTime);
  };
}

function refusal(requestsPerMinute: number, resetTime: Date | undefined): RateLimitRefusal {
  const waitMs = (resetTime?.getTime() ?? Date.now() + WINDOW_SECONDS * 1000) - Date.now();
  const message = `More than ${requestsPerMinute} requests in a minute: wait for the seconds in Retry-After`;
  return {
    error: new AppError('too-many', 'rate-limit', message),
    retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)),
  };
}
