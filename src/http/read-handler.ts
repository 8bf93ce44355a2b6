import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import type { Request } from 'express';
import type { Principal } from '../auth/principal.ts';
import type { Queryable } from '../database/database.ts';
import { jsonAnswer } from './answer.ts';
import type { CheckedRequest } from './checked-request.ts';
import { contentDisposition } from './content-disposition.ts';
import { sessionIdOf } from './credential.ts';
import type { RequestContext } from './request-context.ts';
import type { Answer } from './respond.ts';
import type { DocumentRoute, ReadRoute } from './route.ts';
import type { Document, ReadRequest } from './route-request.ts';
import { DOCUMENT_POLICY, PAGE_HEADERS } from './security-headers.ts';
import type { ServerParts } from './server-parts.ts';

/** Carries a read out. */
export async function carryOutRead(
  route: ReadRoute,
  parts: ServerParts,
  request: Request,
  checked: CheckedRequest,
): Promise<Answer> {
  const reply = await route.handle(new CheckedRead(parts, request, checked));
  return jsonAnswer(route, reply, request, parts.checkResponses);
}

/** Gives a document out. */
export async function carryOutDocument(
  route: DocumentRoute,
  parts: ServerParts,
  request: Request,
  checked: CheckedRequest,
): Promise<Answer> {
  const { contentType, content, fileName }: Document = await route.handle(new CheckedRead(parts, request, checked));
  const mediaType = contentType.split(';')[0] ?? '';
  if (!route.contentTypes.includes(mediaType)) {
    throw new Error(`${route.operationId} answers ${mediaType}, which it does not declare`);
  }
  const headers: OutgoingHttpHeaders = { ...PAGE_HEADERS, 'Content-Security-Policy': DOCUMENT_POLICY };
  if (fileName !== undefined) headers['Content-Disposition'] = contentDisposition(fileName);
  return { status: route.status, contentType, content, headers };
}

/**
 * What a handler is given that changes nothing. A class, because its `signal` is a getter: on an object literal that costs
 * more than all the rest of it.
 */
export class CheckedRead implements ReadRequest<never, never> {
  readonly db: Queryable;
  readonly params: never;
  readonly query: never;
  readonly principal: Principal;
  readonly sessionId: string | undefined;
  readonly requestId: string;
  readonly headers: IncomingHttpHeaders;
  readonly #context: RequestContext;

  constructor(parts: ServerParts, request: Request, { context, identity, params, query }: CheckedRequest) {
    this.db = parts.db;
    // Sound: both were parsed by the schemas that the handler's types come from.
    this.params = params as never;
    this.query = query as never;
    this.principal = identity.principal;
    this.sessionId = sessionIdOf(identity);
    this.requestId = context.requestId;
    this.headers = request.headers;
    this.#context = context;
  }

  get signal(): AbortSignal {
    return this.#context.signal;
  }
}
