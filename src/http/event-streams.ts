import type { ServerResponse } from 'node:http';
import { Gauge, type Registry } from 'prom-client';
import type { Authenticator } from '../auth/authenticator.ts';
import type { Identity } from '../auth/credential.queries.ts';
import type { Permission } from '../auth/permissions.ts';
import type { Clock } from '../kernel/clock.ts';
import { AppError } from '../kernel/errors.ts';
import { identify, requirePermission } from './credential.ts';
import type { HttpLimits } from './limits.ts';
import type { RequestContext } from './request-context.ts';

/** How often the open streams are looked after. */
const ROUND_MS = 1000;

/** A comment, which readers pass over: it keeps proxies from taking the connection for dead. */
const HEARTBEAT = ': still here\n\n';

export interface EventStreamsOptions {
  readonly authenticator: Authenticator;
  readonly clock: Clock;
  readonly limits: HttpLimits;
  readonly metrics: Registry;
  /** Aborted when the server stops: then every stream ends at once. */
  readonly stopping?: AbortSignal | undefined;
}

/** Who reads a stream, and what that takes. */
interface Reader {
  readonly response: ServerResponse;
  readonly context: RequestContext;
  readonly identity: Identity;
  readonly permission: Permission;
}

/** A stream that has its place among the open ones. */
interface OpenStream {
  /** Aborted when it has to end, for whatever reason. */
  readonly signal: AbortSignal;
  /** Gives its place back. */
  release(): void;
}

/**
 * The open streams of this process. Their number is bounded; each is kept alive, and ends when its reader has gone or takes
 * nothing any more, when the reader's credential or permission does not hold any longer, when the database is away, and when
 * the server stops.
 */
export class EventStreams {
  readonly #options: EventStreamsOptions;
  readonly #open = new Set<Stream>();
  #rounds: NodeJS.Timeout | undefined;

  constructor(options: EventStreamsOptions) {
    this.#options = options;
    const open = this.#open;
    new Gauge({
      name: 'muster_http_event_streams',
      help: 'Streams of server-sent events that are open now',
      registers: [options.metrics],
      collect() {
        this.set(open.size);
      },
    });
    options.stopping?.addEventListener('abort', () => {
      for (const stream of open) stream.end();
    });
  }

  /** @throws AppError `too-many` `too-many-streams`; `unavailable` `stopping`. */
  open(reader: Reader): OpenStream {
    if (this.#options.stopping?.aborted) throw stoppingError();
    this.#requirePlace(reader.identity);
    const stream = new Stream(reader, this.#options.clock.monotonicMs());
    this.#open.add(stream);
    this.#rounds ??= this.#startRounds();
    return {
      signal: stream.signal,
      release: () => {
        this.#open.delete(stream);
        if (this.#open.size > 0) return;
        clearInterval(this.#rounds);
        this.#rounds = undefined;
      },
    };
  }

  #requirePlace({ principal }: Identity): void {
    const { eventStreamsMax, eventStreamsPerPrincipalMax } = this.#options.limits;
    if (this.#open.size >= eventStreamsMax) {
      throw tooMany(`${eventStreamsMax} event streams are open, which is the most that this process serves`);
    }
    const own = [...this.#open].filter(({ reader }) => reader.identity.principal.id === principal.id).length;
    if (own < eventStreamsPerPrincipalMax) return;
    throw tooMany(`${principal.name} has ${own} event streams open, which is the most: close one of them`);
  }

  /** One timer for all of them. */
  #startRounds(): NodeJS.Timeout {
    const { eventHeartbeatSeconds, eventRecheckSeconds } = this.#options.limits;
    const everyMs = Math.min(ROUND_MS, eventHeartbeatSeconds * 1000, eventRecheckSeconds * 1000);
    return setInterval(() => this.#lookAfterAll(), everyMs).unref();
  }

  #lookAfterAll(): void {
    const { authenticator, clock, limits } = this.#options;
    const nowMs = clock.monotonicMs();
    for (const stream of this.#open) {
      stream.beat(nowMs, limits);
      if (nowMs - stream.checkedAtMs < limits.eventRecheckSeconds * 1000) continue;
      stream.checkedAtMs = nowMs;
      void stream.checkAgain(authenticator);
    }
  }
}

class Stream {
  readonly reader: Reader;
  checkedAtMs: number;
  #beatAtMs: number;
  /** Since when the reader has taken nothing. */
  #stuckSinceMs: number | undefined;
  readonly #ending = new AbortController();

  constructor(reader: Reader, nowMs: number) {
    this.reader = reader;
    this.checkedAtMs = nowMs;
    this.#beatAtMs = nowMs;
    reader.context.signal.addEventListener('abort', () => this.end());
  }

  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  end(): void {
    this.#ending.abort();
  }

  /** Says that it is still there; ends it when nothing of what was said has been taken for too long. */
  beat(nowMs: number, limits: HttpLimits): void {
    const { response } = this.reader;
    if (!response.headersSent || response.writableEnded) return;
    if (response.writableNeedDrain) {
      this.#stuckSinceMs ??= nowMs;
      if (nowMs - this.#stuckSinceMs > limits.eventStuckSecondsMax * 1000) this.end();
      return;
    }
    this.#stuckSinceMs = undefined;
    if (nowMs - this.#beatAtMs < limits.eventHeartbeatSeconds * 1000) return;
    this.#beatAtMs = nowMs;
    response.write(HEARTBEAT);
  }

  /** A credential that does not hold any more ends it, and so does a database that cannot say. */
  async checkAgain(authenticator: Authenticator): Promise<void> {
    const { context, permission } = this.reader;
    try {
      requirePermission(await identify(authenticator, context.credential), permission);
    } catch {
      this.end();
    }
  }
}

function tooMany(message: string): AppError {
  return new AppError('too-many', 'too-many-streams', message);
}

/** What a reader is told that comes while the server stops. */
export function stoppingError(): AppError {
  return new AppError('unavailable', 'stopping', 'The server is stopping: try again when it is back');
}
