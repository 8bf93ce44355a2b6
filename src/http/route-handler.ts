import type { Request, RequestHandler, Response } from 'express';
import { carryOutAction } from './action-handler.ts';
import { type CheckedRequest, inputCheck } from './checked-request.ts';
import { identify, requirePermission } from './credential.ts';
import { carryOutEvents } from './events-handler.ts';
import { carryOutPublic } from './public-handler.ts';
import { carryOutDocument, carryOutRead } from './read-handler.ts';
import { contextOf, type RequestContext } from './request-context.ts';
import { type Answer, send, sendProblem } from './respond.ts';
import type { EventsRoute, PublicRoute, Route } from './route.ts';
import type { ServerParts } from './server-parts.ts';
import { carryOutUpload } from './upload-handler.ts';
import { carryOutWrite } from './write-handler.ts';

/** Compiles a route: what does not depend on the request is decided here, once. Every outcome becomes an answer. */
export function routeHandler(route: Route, parts: ServerParts): RequestHandler {
  const respond = responder(route, parts);
  const handle = async (request: Request, response: Response): Promise<void> => {
    const context = contextOf(request);
    context.routeLabel = route.path;
    try {
      await respond(request, response, context);
    } catch (thrown) {
      sendProblem(response, thrown, parts.log);
    }
  };
  return (request, response) => void handle(request, response);
}

type Responder = (request: Request, response: Response, context: RequestContext) => Promise<void>;

function responder(route: Route, parts: ServerParts): Responder {
  const check = inputCheck(route);
  if (route.kind === 'public') {
    return async (request, response) => {
      check(request);
      send(response, await carryOutPublic(route, parts, request));
    };
  }
  const carryOut = executor(route, parts);
  return async (request, response, context) => {
    const identity = await identify(parts.authenticator, context.credential);
    context.identity = identity;
    requirePermission(identity, route.permission);
    await carryOut(request, response, { context, identity, ...check(request) });
  };
}

type Executor = (request: Request, response: Response, checked: CheckedRequest) => Promise<void>;

function executor(route: Exclude<Route, PublicRoute>, parts: ServerParts): Executor {
  if (route.kind === 'events') {
    return (request, response, checked) => carryOutEvents(route, parts, request, response, checked);
  }
  const answer = answerer(route, parts);
  return async (request, response, checked) => send(response, await answer(request, checked));
}

type Answerer = (request: Request, checked: CheckedRequest) => Promise<Answer>;

function answerer(route: Exclude<Route, EventsRoute | PublicRoute>, parts: ServerParts): Answerer {
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
