import type { Request } from 'express';
import type { Tx } from '../database/database.ts';
import { AppError } from '../kernel/errors.ts';
import { jsonAnswer } from './answer.ts';
import { checkedBody } from './checked-body.ts';
import type { CheckedRequest } from './checked-request.ts';
import { requireSameOrigin, sessionIdOf } from './credential.ts';
import { claimKey, type IdempotentWrite, requestHashOf, type StoredAnswer, storeAnswer } from './idempotency.store.ts';
import { type JsonBody, readJsonBody } from './json-body.ts';
import { type Answer, JSON_TYPE } from './respond.ts';
import type { WriteRoute } from './route.ts';
import type { WriteRequest } from './route-request.ts';
import type { ServerParts } from './server-parts.ts';
import { expectedVersionOf, idempotencyKeyOf } from './write-preconditions.ts';

type AnyWriteRequest = WriteRequest<never, never, never, boolean>;

/**
 * Carries a write out: claim of the key, effect and stored answer in one transaction. When the time limit is over before
 * its commit, it is rolled back.
 */
export async function carryOutWrite(
  route: WriteRoute,
  parts: ServerParts,
  request: Request,
  checked: CheckedRequest,
): Promise<Answer> {
  const { context, identity } = checked;
  if (identity.kind === 'session') requireSameOrigin(request);
  const json = await readJsonBody(request, parts.limits.bodyBytesMax);
  const body = checkedBody(route.body, json);
  const expectedVersion = route.ifMatch ? expectedVersionOf(request.headers) : undefined;
  const repeatable = repeatableWrite(route, request, checked, json);

  return parts.db.transaction<Answer, StoredAnswer | undefined>(
    async (tx, stored) => {
      if (stored) return replayOf(route, stored);
      const answer = jsonAnswer(
        route,
        await route.handle(writeRequest(tx, request, checked, { body, expectedVersion })),
        request,
        parts.checkResponses,
      );
      if (context.timedOut) throw context.timeOut();
      // The answer is stored by the same message that commits: from here on nobody can say that nothing was changed.
      if (repeatable) storeAnswer(tx, repeatable, storedAnswerOf(route, answer));
      context.committing = true;
      return answer;
    },
    {
      // The database gives up by itself when nobody waits any more, instead of holding locks for a lost request.
      statementMsMax: () => context.remainingMs,
      isByKeys: true,
      opening: async (tx) => {
        context.committing = false;
        return repeatable && claimKey(tx, repeatable);
      },
    },
  );
}

function repeatableWrite(
  route: WriteRoute,
  request: Request,
  { identity }: CheckedRequest,
  json: JsonBody,
): IdempotentWrite | undefined {
  const key = idempotencyKeyOf(request.headers);
  if (key === undefined) return undefined;
  return {
    principalId: identity.principal.id,
    operationId: route.operationId,
    key,
    requestHash: requestHashOf(request.originalUrl, json.raw),
  };
}

function writeRequest(
  tx: Tx,
  request: Request,
  checked: CheckedRequest,
  parsed: { readonly body: unknown; readonly expectedVersion: number | undefined },
): AnyWriteRequest {
  const { context, identity } = checked;
  return {
    tx,
    // Sound: all of these were parsed by the schemas that the handler's types come from.
    params: checked.params as never,
    query: checked.query as never,
    body: parsed.body as never,
    expectedVersion: parsed.expectedVersion as never,
    principal: identity.principal,
    sessionId: sessionIdOf(identity),
    requestId: context.requestId,
    headers: request.headers,
    get signal() {
      return context.signal;
    },
  };
}

function storedAnswerOf(route: WriteRoute, answer: Answer): StoredAnswer {
  const header = (name: string) => (answer.headers?.[name] as string | undefined) ?? null;
  return {
    status: answer.status,
    body: route.showsSecret || answer.content === '' ? null : String(answer.content),
    etag: header('ETag'),
    location: header('Location'),
  };
}

function replayOf(route: WriteRoute, stored: StoredAnswer): Answer {
  if (route.showsSecret) {
    throw new AppError(
      'conflict',
      'secret-not-repeatable',
      'This was done by the first request with this Idempotency-Key, and its secret was shown only then: revoke what it made, and make a new one under a new key',
    );
  }
  return {
    status: stored.status,
    contentType: JSON_TYPE,
    content: stored.body ?? '',
    headers: {
      'Idempotency-Replayed': 'true',
      ...(stored.etag === null ? {} : { ETag: stored.etag }),
      ...(stored.location === null ? {} : { Location: stored.location }),
    },
  };
}
