import type { Request } from 'express';
import { jsonAnswer } from './answer.ts';
import { checkedBody } from './checked-body.ts';
import { arrivalOf } from './client-of.ts';
import { requireSameOrigin } from './credential.ts';
import { readJsonBody } from './json-body.ts';
import type { Answer } from './respond.ts';
import type { PublicRoute } from './route.ts';
import type { ServerParts } from './server-parts.ts';

/**
 * Carries out what needs no credential. Whoever is signed in by another site would work in the name of somebody else without
 * knowing, so it must come from a page of this server, with a cookie or without.
 */
export async function carryOutPublic(route: PublicRoute, parts: ServerParts, request: Request): Promise<Answer> {
  requireSameOrigin(request);
  const body = checkedBody(route.body, await readJsonBody(request, parts.limits.bodyBytesMax));
  // Sound: it was parsed by the schema that the handler's type comes from.
  const reply = await route.handle({ db: parts.db, body: body as never, ...arrivalOf(request) });
  return jsonAnswer(route, reply, request, parts.checkResponses);
}
