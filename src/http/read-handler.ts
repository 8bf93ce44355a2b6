import type { OutgoingHttpHeaders } from 'node:http';
import type { Request } from 'express';
import { jsonAnswer } from './answer.ts';
import type { CheckedRequest } from './checked-request.ts';
import { contentDisposition } from './content-disposition.ts';
import type { Answer } from './respond.ts';
import type { Document, DocumentRoute, ReadRequest, ReadRoute } from './route.ts';
import { DOCUMENT_POLICY } from './security-headers.ts';
import type { ServerParts } from './server-parts.ts';

/** Carries a read out. */
export async function carryOutRead(
  route: ReadRoute,
  parts: ServerParts,
  request: Request,
  checked: CheckedRequest,
): Promise<Answer> {
  const reply = await route.handle(readRequest(parts, request, checked));
  return jsonAnswer(route, reply, parts.checkResponses);
}

/** Gives a document out. */
export async function carryOutDocument(
  route: DocumentRoute,
  parts: ServerParts,
  request: Request,
  checked: CheckedRequest,
): Promise<Answer> {
  const { contentType, content, fileName }: Document = await route.handle(readRequest(parts, request, checked));
  const mediaType = contentType.split(';')[0] ?? '';
  if (!route.contentTypes.includes(mediaType)) {
    throw new Error(`${route.operationId} answers ${mediaType}, which it does not declare`);
  }
  const headers: OutgoingHttpHeaders = { 'Content-Security-Policy': DOCUMENT_POLICY };
  if (fileName !== undefined) headers['Content-Disposition'] = contentDisposition(fileName);
  return { status: route.status, contentType, content, headers };
}

function readRequest(parts: ServerParts, request: Request, checked: CheckedRequest): ReadRequest<never, never> {
  const { context, identity } = checked;
  return {
    db: parts.db,
    // Sound: both were parsed by the schemas that the handler's types come from.
    params: checked.params as never,
    query: checked.query as never,
    principal: identity.principal,
    requestId: context.requestId,
    headers: request.headers,
    get signal() {
      return context.signal;
    },
  };
}
