import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { isDeepStrictEqual } from 'node:util';
import type { Request, Response } from 'express';
import type { CheckedRequest } from './checked-request.ts';
import { type EventOf, type EventSchemas, eventText, lastEventIdOf } from './event.ts';
import { stoppingError } from './event-streams.ts';
import { toAppError } from './problem.ts';
import { CheckedRead } from './read-handler.ts';
import { logFailure } from './respond.ts';
import type { EventsRoute } from './route.ts';
import { API_HEADERS } from './security-headers.ts';
import type { ServerParts } from './server-parts.ts';

type AnyEvent = EventOf<EventSchemas>;

/** How long a browser waits before it comes back after its stream has ended. */
const RETRY_MS = 3000;

/**
 * Sends events as they come, until the handler or the stream ends. The next event is asked for when the one before has been
 * taken, so that nothing piles up for a slow reader. What fails before the first event is thrown; what fails later is logged
 * and ends the stream: the reader comes back, and is told then.
 */
export async function carryOutEvents(
  route: EventsRoute,
  parts: ServerParts,
  request: Request,
  response: Response,
  checked: CheckedRequest,
): Promise<void> {
  const { context, identity } = checked;
  const stream = parts.streams.open({ response, context, identity, permission: route.permission });
  const { signal } = stream;
  try {
    const read = new CheckedRead(parts, request, checked);
    const lastEventId = lastEventIdOf(request.headers['last-event-id']);
    const { db, params, query, principal, requestId, headers, sessionId } = read;
    const events = route.handle({ db, params, query, principal, requestId, headers, sessionId, lastEventId, signal });
    await sendAll(route, parts, { events: events[Symbol.asyncIterator](), request, response, checked, signal });
  } finally {
    stream.release();
  }
}

interface Sending {
  readonly events: AsyncIterator<AnyEvent>;
  readonly request: Request;
  readonly response: Response;
  readonly checked: CheckedRequest;
  readonly signal: AbortSignal;
}

async function sendAll(
  route: EventsRoute,
  parts: ServerParts,
  { events, request, response, checked: { context }, signal }: Sending,
): Promise<void> {
  let next = await nextOf(events, signal);
  if (next === undefined) {
    // Its client has gone, or its time was over and it was told so; else the server stops.
    if (response.destroyed || response.headersSent) return;
    throw stoppingError();
  }
  const textOf = eventTexts(route, parts.checkResponses);
  let text = next.done ? '' : textOf(next.value);
  context.isStream = true;
  response.writeHead(route.status, { ...EVENT_HEADERS, 'X-Request-Id': context.requestId });
  if (request.method === 'HEAD') {
    leave(events, response);
    return;
  }
  response.write(`retry: ${RETRY_MS}\n\n`);
  try {
    while (next !== undefined && !next.done) {
      if (!response.write(text)) await drained(response, signal);
      next = await nextOf(events, signal);
      if (next !== undefined && !next.done) text = textOf(next.value);
    }
  } catch (thrown) {
    logFailure(toAppError(thrown), context.requestId, parts.log);
  }
  leave(events, response);
}

const EVENT_HEADERS = {
  ...API_HEADERS,
  'Content-Type': 'text/event-stream; charset=utf-8',
  // A proxy that packs or gathers what comes would hold it back.
  'Cache-Control': 'no-store, no-transform',
  'X-Accel-Buffering': 'no',
};

/**
 * The next event; undefined when the stream ends first. Not `Promise.race`, which would keep something of every event until
 * the end.
 */
function nextOf(events: AsyncIterator<AnyEvent>, signal: AbortSignal): Promise<IteratorResult<AnyEvent> | undefined> {
  return new Promise((resolve, reject) => {
    const end = () => resolve(undefined);
    if (signal.aborted) return end();
    signal.addEventListener('abort', end);
    events
      .next()
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', end));
  });
}

async function drained(response: ServerResponse, signal: AbortSignal): Promise<void> {
  await once(response, 'drain', { signal }).catch(() => undefined);
}

/** A reader that has not taken what was sent is not waited for: that would hold up the end of the server. */
function leave(events: AsyncIterator<AnyEvent>, response: ServerResponse): void {
  if (response.writableNeedDrain) response.destroy();
  else response.end();
  events.return?.().catch(() => undefined);
}

function eventTexts({ operationId, events }: EventsRoute, checked: boolean): (event: AnyEvent) => string {
  return (event) => {
    const schema = events[event.event];
    if (schema === undefined) throw new Error(`${operationId} sends ${event.event}, which it does not declare`);
    if (checked) {
      const sent: unknown = JSON.parse(JSON.stringify(event.data));
      const parsed = schema.safeParse(sent);
      if (!parsed.success || !isDeepStrictEqual(parsed.data, sent)) {
        throw new Error(`${operationId} sends a ${event.event} that its schema does not say: ${parsed.error?.message}`);
      }
    }
    return eventText(event);
  };
}
