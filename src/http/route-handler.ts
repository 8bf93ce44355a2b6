import type { Request, RequestHandler, Response } from 'express';
import { carryOutAction } from './action-handler.ts';
import { type CheckedRequest, inputCheck } from './checked-request.ts';
import { identify, requirePermission } from './credential.ts';
import { carryOutPublic } from './public-handler.ts';
import { carryOutDocument, carryOutRead } from './read-handler.ts';
import { contextOf, type RequestContext } from './request-context.ts';
import { type Answer, send, sendProblem } from './respond.ts';
import type { PublicRoute, Route } from './route.ts';
import type { ServerParts } from './server-parts.ts';
import { carryOutUpload } from './upload-handler.ts';
import { carryOutWrite } from './write-handler.ts';

/** Compiles a route: what does not depend on the request is decided here, once. Every outcome becomes an answer. */
export function routeHandler(route: Route, parts: ServerParts): RequestHandler {
  const answerTo = answerer(route, parts);
  const handle = async (request: Request, response: Response): Promise<void> => {
    const context = contextOf(request);
    context.routeLabel = route.path;
    try {
      send(response, await answerTo(request, context));
    } catch (thrown) {
      sendProblem(response, thrown, parts.log);
    }
  };
  return (request, response) => void handle(request, response);
}

function answerer(route: Route, parts: ServerParts): (request: Request, context: RequestContext) => Promise<Answer> {
  const check = inputCheck(route);
  if (route.kind === 'public') {
    return async (request) => {
      check(request);
      return carryOutPublic(route, parts, request);
    };
  }
  const carryOut = executor(route, parts);
  return async (request, context) => {
    const identity = await identify(parts.authenticator, context.credential);
    context.identity = identity;
    requirePermission(identity, route.permission);
    return carryOut(request, { context, identity, ...check(request) });
  };
}

type Executor = (request: Request, checked: CheckedRequest) => Promise<Answer>;

function executor(route: Exclude<Route, PublicRoute>, parts: ServerParts): Executor {
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
