import type { Request, RequestHandler, Response } from 'express';
import { carryOutAction } from './action-handler.ts';
import { type CheckedRequest, inputCheck } from './checked-request.ts';
import { identify, requirePermission } from './credential.ts';
import { carryOutDocument, carryOutRead } from './read-handler.ts';
import { contextOf } from './request-context.ts';
import { type Answer, send, sendProblem } from './respond.ts';
import type { Route } from './route.ts';
import type { ServerParts } from './server-parts.ts';
import { carryOutUpload } from './upload-handler.ts';
import { carryOutWrite } from './write-handler.ts';

/** Compiles a route: what does not depend on the request is decided here, once. Every outcome becomes an answer. */
export function routeHandler(route: Route, parts: ServerParts): RequestHandler {
  const check = inputCheck(route);
  const carryOut = executor(route, parts);
  const handle = async (request: Request, response: Response): Promise<void> => {
    const context = contextOf(request);
    context.routeLabel = route.path;
    try {
      const identity = await identify(parts.authenticator, context.credential);
      context.identity = identity;
      requirePermission(identity, route.permission);
      send(response, await carryOut(request, { context, identity, ...check(request) }));
    } catch (thrown) {
      sendProblem(response, thrown, parts.log);
    }
  };
  return (request, response) => void handle(request, response);
}

type Executor = (request: Request, checked: CheckedRequest) => Promise<Answer>;

function executor(route: Route, parts: ServerParts): Executor {
  switch (route.kind) {
    case 'read':
      return (request, checked) => carryOutRead(route, parts, request, checked);
    case 'document':
      return (request, checked) => carryOutDocument(route, parts, request, checked);
    case 'upload':
      return (request, checked) => carryOutUpload(route, parts, request, checked);
    case 'write':
      return (request, checked) => carryOutWrite(route, parts, request, checked);
    case 'action':
      return (request, checked) => carryOutAction(route, parts, request, checked);
  }
}
