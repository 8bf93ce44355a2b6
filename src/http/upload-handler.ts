import type { Request } from 'express';
import { AppError } from '../kernel/errors.ts';
import { jsonAnswer } from './answer.ts';
import type { CheckedRequest } from './checked-request.ts';
import { requireSameOrigin, sessionIdOf } from './credential.ts';
import { cutShort } from './json-body.ts';
import type { Answer } from './respond.ts';
import type { UploadRoute } from './route.ts';
import type { ServerParts } from './server-parts.ts';

/** Takes a file in. */
export async function carryOutUpload(
  route: UploadRoute,
  parts: ServerParts,
  request: Request,
  { context, identity, query }: CheckedRequest,
): Promise<Answer> {
  if (identity.kind === 'session') requireSameOrigin(request);
  requireMediaType(request, route.accepts);
  try {
    const reply = await route.handle({
      db: parts.db,
      content: bytesOf(request),
      params: {},
      // Sound: the schema that the handler's type comes from has parsed it.
      query: query as never,
      principal: identity.principal,
      sessionId: sessionIdOf(identity),
      requestId: context.requestId,
      headers: request.headers,
      get signal() {
        return context.signal;
      },
    });
    return jsonAnswer(route, reply, request, parts.checkResponses);
  } finally {
    // What is left of it is read and forgotten, so that the client gets to read its answer.
    request.resume();
  }
}

function requireMediaType(request: Request, accepts: readonly string[]): void {
  const { 'content-type': type = 'no type', 'content-encoding': encoding = 'identity' } = request.headers;
  const mediaType = type.split(';')[0]?.trim().toLowerCase() ?? '';
  if (!accepts.includes(mediaType)) {
    const message = `The body must be ${accepts.join(' or ')}, not ${type.slice(0, 100)}`;
    throw new AppError('unsupported', 'unsupported-media-type', message);
  }
  if (encoding !== 'identity') {
    throw new AppError('unsupported', 'unsupported-encoding', 'The body must not be compressed');
  }
}

/** @throws AppError `invalid` `invalid-body` when the client goes away in the middle. */
async function* bytesOf(request: Request): AsyncGenerator<Uint8Array> {
  try {
    yield* request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  } catch (thrown) {
    throw request.readableEnded ? thrown : cutShort();
  }
}
