import type { Request } from 'express';
import { jsonAnswer } from './answer.ts';
import { checkedBody } from './checked-body.ts';
import type { CheckedRequest } from './checked-request.ts';
import { clientOf } from './client-of.ts';
import { requireSameOrigin, sessionIdOf } from './credential.ts';
import { readJsonBody } from './json-body.ts';
import type { Answer } from './respond.ts';
import type { ActionRoute } from './route.ts';
import type { ServerParts } from './server-parts.ts';

/** Carries out what goes on outside of the database. */
export async function carryOutAction(
  route: ActionRoute,
  parts: ServerParts,
  request: Request,
  { context, identity, params, query }: CheckedRequest,
): Promise<Answer> {
  if (identity.kind === 'session') requireSameOrigin(request);
  const body = checkedBody(route.body, await readJsonBody(request, parts.limits.bodyBytesMax));
  const reply = await route.handle({
    db: parts.db,
    // Sound: all three were parsed by the schemas that the handler's types come from.
    params: params as never,
    query: query as never,
    body: body as never,
    principal: identity.principal,
    sessionId: sessionIdOf(identity),
    client: clientOf(request),
    requestId: context.requestId,
    headers: request.headers,
    get signal() {
      return context.signal;
    },
  });
  return jsonAnswer(route, reply, request, parts.checkResponses);
}
