import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Identity } from '../auth/credential.queries.ts';
import type { Clock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { type Credential, credentialOf } from './credential.ts';

/** Ids that callers may choose: they go into logs, headers and the audit trail as they are. */
const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;

/** Distinguishes the requests of this process from those of all others; counting is cheaper than a UUID for each. */
const PROCESS_PREFIX = randomBytes(9).toString('base64url');
let requestCount = 0;

function newRequestId(): string {
  requestCount += 1;
  return `${PROCESS_PREFIX}.${requestCount.toString(36)}`;
}

/** What the server knows about one request beside the request itself. */
export class RequestContext {
  readonly requestId: string;
  /** The path without the query. */
  readonly path: string;
  readonly credential: Credential | undefined;
  /** The route's template, for figures: paths themselves would be unbounded. */
  routeLabel = 'unmatched';
  identity: Identity | undefined;
  /** True while a write's transaction is being committed: from here on nobody can say that nothing was changed. */
  committing = false;
  timedOut = false;
  /** True once its answer goes on for as long as its reader stays: then it has no time limit. */
  isStream = false;
  readonly #clock: Clock;
  readonly #startedAtMs: number;
  readonly #limitMs: number;
  #controller: AbortController | undefined;

  constructor(request: IncomingMessage, clock: Clock, requestSecondsMax: number) {
    const wanted = request.headers['x-request-id'];
    this.requestId = typeof wanted === 'string' && REQUEST_ID.test(wanted) ? wanted : newRequestId();
    this.path = pathOf(request.url ?? '/');
    this.credential = credentialOf(request);
    this.#clock = clock;
    this.#startedAtMs = clock.monotonicMs();
    this.#limitMs = requestSecondsMax * 1000;
  }

  /** Made on first use, because most requests never look at it. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.timedOut) this.#controller.abort();
    return this.#controller.signal;
  }

  get elapsedMs(): number {
    return this.#clock.monotonicMs() - this.#startedAtMs;
  }

  /** Whole milliseconds until the time limit, at least 1. */
  get remainingMs(): number {
    return Math.max(1, Math.floor(this.#limitMs - this.elapsedMs));
  }

  /** Tells the work that nobody waits for it any more. */
  abort(): void {
    this.#controller?.abort();
  }

  /** The time limit is over: what the caller is told. */
  timeOut(): AppError {
    this.timedOut = true;
    this.abort();
    const seconds = this.#limitMs / 1000;
    return timeoutError(
      this.committing
        ? `${seconds} s were not enough; the change may have been made: look, or repeat it with the same Idempotency-Key`
        : `${seconds} s were not enough; nothing was changed`,
    );
  }
}

const CONTEXT = Symbol('request context');

type WithContext = IncomingMessage & { [CONTEXT]?: RequestContext };

/** Gives a request its context. Called once, before everything else. */
export function attachContext(request: WithContext, context: RequestContext): void {
  request[CONTEXT] = context;
}

/** The context of a request that {@link attachContext} was called for. */
export function contextOf(request: WithContext): RequestContext {
  const context = request[CONTEXT];
  if (!context) throw new Error('the request has no context: the first middleware did not run');
  return context;
}

function timeoutError(message: string): AppError {
  return new AppError('timeout', 'request-timeout', message);
}

function pathOf(url: string): string {
  const end = url.indexOf('?');
  return end === -1 ? url : url.slice(0, end);
}
