import type { OutgoingHttpHeaders } from 'node:http';
import { isDeepStrictEqual } from 'node:util';
import type { Request } from 'express';
import { API_ROOT } from './api-root.ts';
import { type Answer, JSON_TYPE } from './respond.ts';
import type { ActionRoute, PublicRoute, ReadRoute, UploadRoute, WriteRoute } from './route.ts';
import type { Reply } from './route-request.ts';
import { sessionCookie } from './session-cookie.ts';
import { etagOf } from './write-preconditions.ts';

/** A route whose answer is JSON. */
type JsonRoute = ReadRoute | WriteRoute | UploadRoute | ActionRoute | PublicRoute;

/** A handler's reply as it goes over the wire. */
export function jsonAnswer(
  route: JsonRoute,
  reply: Reply<unknown>,
  request: Pick<Request, 'secure'>,
  checkResponses: boolean,
): Answer {
  const content = route.response === undefined ? '' : JSON.stringify(reply.body);
  if (checkResponses) checkAgainstSchema(route, content);
  const headers: OutgoingHttpHeaders = {};
  if (reply.version !== undefined) headers.ETag = etagOf(reply.version);
  if (reply.location !== undefined) headers.Location = API_ROOT + reply.location;
  if (reply.session !== undefined) headers['Set-Cookie'] = sessionCookie(request, reply.session);
  return { status: route.status, contentType: JSON_TYPE, content, headers };
}

/**
 * Compares what would be sent with the route's schema. A field that the schema does not name is a difference as well:
 * clients would never learn of it, and it may be one that was not meant to leave.
 */
function checkAgainstSchema(route: JsonRoute, content: string): void {
  if (route.response === undefined) return;
  const sent: unknown = JSON.parse(content);
  const parsed = route.response.safeParse(sent);
  if (!parsed.success) {
    throw new Error(`${route.operationId} answers what its schema does not say: ${parsed.error.message}`);
  }
  if (!isDeepStrictEqual(parsed.data, sent)) {
    throw new Error(`${route.operationId} answers fields that its schema does not name: ${content.slice(0, 500)}`);
  }
}
