import type { z } from 'zod';
import type { Permission } from '../auth/permissions.ts';
import { addressed } from './addressed.ts';
import { type EventOf, type EventSchemas, type EventsRequest, eventSchema } from './event.ts';
import type {
  ActionRequest,
  Document,
  PublicRequest,
  ReadRequest,
  Reply,
  UploadRequest,
  WriteRequest,
} from './route-request.ts';

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
export type Schema = z.ZodType;
/** Stands for a body or an answer that is not there. */
type Absent = z.ZodUndefined;
type SuccessStatus = 200 | 201 | 202 | 204;

interface RouteCommon {
  /** Below `/api/v1`, with parameters in braces: `/services/{id}`. */
  readonly path: `/${string}`;
  readonly operationId: string;
  readonly tag: string;
  readonly summary: string;
  /** Error codes that this route may answer besides the general ones, for the reference. */
  readonly errors?: readonly string[];
}

interface Permitted {
  readonly permission: Permission;
}

interface Exchange extends RouteCommon {
  readonly method: Method;
  readonly params: Schema;
  readonly query: Schema;
  readonly status: SuccessStatus;
  readonly examples: { readonly body?: unknown; readonly response?: unknown };
}

interface RouteBase extends Exchange, Permitted {}

/** Answers JSON without changing anything. */
export interface ReadRoute extends RouteBase {
  readonly kind: 'read';
  readonly response: Schema;
  readonly handle: (request: ReadRequest<never, never>) => Promise<Reply<unknown>>;
}

/** Answers something that is not JSON, without changing anything. */
export interface DocumentRoute extends RouteBase {
  readonly kind: 'document';
  readonly contentTypes: readonly string[];
  readonly handle: (request: ReadRequest<never, never>) => Promise<Document>;
}

/** Changes something, inside one transaction. Without `response` it answers 204. */
export interface WriteRoute extends RouteBase {
  readonly kind: 'write';
  readonly body: Schema | undefined;
  readonly response: Schema | undefined;
  readonly ifMatch: boolean;
  /** The answer holds a secret that is shown once: it is never stored, so a replay is refused (409). */
  readonly showsSecret: boolean;
  readonly handle: (request: WriteRequest<never, never, never, boolean>) => Promise<Reply<unknown>>;
}

/** Takes a file in that is too large to be read as a whole. What it does must be safe to repeat: no key makes it so. */
export interface UploadRoute extends RouteBase {
  readonly kind: 'upload';
  /** What the body may be. */
  readonly accepts: readonly string[];
  readonly response: Schema;
  readonly handle: (request: UploadRequest<never>) => Promise<Reply<unknown>>;
}

/**
 * Does something that no transaction can take back, such as sending a message. Doing it twice does it twice: no key makes it
 * safe.
 */
export interface ActionRoute extends RouteBase {
  readonly kind: 'action';
  readonly body: Schema | undefined;
  readonly response: Schema | undefined;
  readonly handle: (request: ActionRequest<never, never, never>) => Promise<Reply<unknown>>;
}

/** Takes a request of anybody, from a page of this server only. What it does must be bounded by itself: no permission does. */
export interface PublicRoute extends Exchange {
  readonly kind: 'public';
  readonly permission?: undefined;
  readonly body: Schema;
  readonly response: Schema;
  readonly handle: (request: PublicRequest<never>) => Promise<Reply<unknown>>;
}

/** Answers server-sent events for as long as its reader stays, without changing anything. */
export interface EventsRoute extends RouteBase {
  readonly kind: 'events';
  /** Of the data of each event, by the event's name. */
  readonly events: EventSchemas;
  /** Of one event, whichever it is. */
  readonly response: Schema;
  readonly handle: (request: EventsRequest<never, never>) => AsyncIterable<EventOf<EventSchemas>>;
}

/**
 * A route as data. Build one with {@link defineRead}, {@link defineDocument}, {@link defineWrite}, {@link defineUpload},
 * {@link defineAction}, {@link defineEvents} or {@link definePublic}.
 */
export type Route = ReadRoute | DocumentRoute | WriteRoute | UploadRoute | ActionRoute | EventsRoute | PublicRoute;

/** The schema of a route's JSON body, if it takes one. */
export function bodyOf(route: Route): Schema | undefined {
  return route.kind === 'write' || route.kind === 'action' || route.kind === 'public' ? route.body : undefined;
}

interface Addressed<Params extends Schema, Query extends Schema> extends RouteCommon, Permitted {
  /** A strict object with one key for each brace of the path; needed when the path has any. */
  readonly params?: Params;
  /** A strict object; without it, every query parameter is refused. */
  readonly query?: Query;
}

type Nothing = z.ZodObject<Record<never, never>>;

/** One example of what a schema describes, when there is a schema. */
type Example<Key extends string, Of extends Schema> = [Of] extends [Absent]
  ? { readonly [K in Key]?: never }
  : { readonly [K in Key]: z.input<Of> };

interface ReadDefinition<Params extends Schema, Query extends Schema, Response extends Schema>
  extends Addressed<Params, Query> {
  readonly response: Response;
  readonly examples: Example<'response', Response>;
  readonly handle: (request: ReadRequest<z.output<Params>, z.output<Query>>) => Promise<Reply<z.input<Response>>>;
}

/** Declares a GET that answers JSON. Parameter, query and answer types follow from the schemas. */
export function defineRead<Response extends Schema, Params extends Schema = Nothing, Query extends Schema = Nothing>(
  definition: ReadDefinition<Params, Query, Response>,
): ReadRoute {
  return { ...addressed(definition), kind: 'read', method: 'get', status: 200 };
}

interface DocumentDefinition<Params extends Schema, Query extends Schema> extends Addressed<Params, Query> {
  /** The media types that `handle` may answer. */
  readonly contentTypes: readonly string[];
  readonly handle: (request: ReadRequest<z.output<Params>, z.output<Query>>) => Promise<Document>;
}

/** Declares a GET that answers a page or a file. */
export function defineDocument<Params extends Schema = Nothing, Query extends Schema = Nothing>(
  definition: DocumentDefinition<Params, Query>,
): DocumentRoute {
  return { ...addressed(definition), kind: 'document', method: 'get', status: 200, examples: {} };
}

interface UploadDefinition<Query extends Schema, Response extends Schema> extends Addressed<Nothing, Query> {
  readonly accepts: readonly string[];
  readonly response: Response;
  readonly examples: Example<'response', Response>;
  readonly handle: (request: UploadRequest<z.output<Query>>) => Promise<Reply<z.input<Response>>>;
}

/** Declares a POST that takes a file in, and answers 202: what is to be made of it is found out afterwards. */
export function defineUpload<Response extends Schema, Query extends Schema = Nothing>(
  definition: UploadDefinition<Query, Response>,
): UploadRoute {
  return {
    ...addressed(definition),
    kind: 'upload',
    method: 'post',
    status: 202,
    // Sound: the server calls it only with a query that this schema has checked.
    handle: definition.handle as UploadRoute['handle'],
  };
}

interface ActionDefinition<Params extends Schema, Query extends Schema, Body extends Schema, Response extends Schema>
  extends Addressed<Params, Query> {
  /** POST unless stated. */
  readonly method?: 'post' | 'put';
  readonly body?: Body;
  /** Without it the route answers 204. */
  readonly response?: Response;
  readonly examples: Example<'body', Body> & Example<'response', Response>;
  readonly handle: (
    request: ActionRequest<z.output<Params>, z.output<Query>, z.output<Body>>,
  ) => Promise<Reply<z.input<Response>>>;
}

/** Declares something that is done outside of the database, and answers what came of it. */
export function defineAction<
  Response extends Schema = Absent,
  Params extends Schema = Nothing,
  Query extends Schema = Nothing,
  Body extends Schema = Absent,
>(definition: ActionDefinition<Params, Query, Body, Response>): ActionRoute {
  return {
    ...addressed(definition),
    kind: 'action',
    method: definition.method ?? 'post',
    status: definition.response === undefined ? 204 : 200,
    body: definition.body,
    response: definition.response,
    // Sound: the server calls it only with a request that these schemas have checked.
    handle: definition.handle as ActionRoute['handle'],
  };
}

interface EventsDefinition<Params extends Schema, Query extends Schema, Events extends EventSchemas>
  extends Addressed<Params, Query> {
  readonly events: Events;
  readonly examples: { readonly response: EventOf<Events> };
  readonly handle: (request: EventsRequest<z.output<Params>, z.output<Query>>) => AsyncIterable<EventOf<Events>>;
}

/**
 * Declares a GET that answers server-sent events. What is thrown before the first event is a problem like any other; so the
 * first one is the present state, and comes at once.
 */
export function defineEvents<
  Events extends EventSchemas,
  Params extends Schema = Nothing,
  Query extends Schema = Nothing,
>(definition: EventsDefinition<Params, Query, Events>): EventsRoute {
  const response = eventSchema(definition.events);
  return { ...addressed(definition), kind: 'events', method: 'get', status: 200, response };
}

interface PublicDefinition<Body extends Schema, Response extends Schema> extends RouteCommon {
  readonly body: Body;
  readonly response: Response;
  readonly examples: Example<'body', Body> & Example<'response', Response>;
  readonly handle: (request: PublicRequest<z.output<Body>>) => Promise<Reply<z.input<Response>>>;
}

/** Declares a POST that needs no credential, because it is how one gets one. It answers 201. */
export function definePublic<Body extends Schema, Response extends Schema>(
  definition: PublicDefinition<Body, Response>,
): PublicRoute {
  return {
    ...addressed(definition),
    kind: 'public',
    method: 'post',
    status: 201,
    // Sound: the server calls it only with a body that its schema has checked.
    handle: definition.handle as PublicRoute['handle'],
  };
}

interface WriteDefinition<
  Params extends Schema,
  Query extends Schema,
  Body extends Schema,
  Response extends Schema,
  Match extends boolean,
> extends Addressed<Params, Query> {
  readonly method: Exclude<Method, 'get'>;
  readonly body?: Body;
  /** Without it the route answers 204. */
  readonly response?: Response;
  /** 200 unless stated; 204 without `response`. */
  readonly status?: 200 | 201 | 202;
  /** The caller must name the version it read (`If-Match`): 428 without, and `expectedVersion` is a number. */
  readonly ifMatch?: Match;
  readonly showsSecret?: boolean;
  readonly examples: Example<'body', Body> & Example<'response', Response>;
  readonly handle: (
    request: WriteRequest<z.output<Params>, z.output<Query>, z.output<Body>, Match>,
  ) => Promise<Reply<z.input<Response>>>;
}

/** Declares a route that changes something. Everything its handler does through `tx` is committed together or not at all. */
export function defineWrite<
  Params extends Schema = Nothing,
  Query extends Schema = Nothing,
  Body extends Schema = Absent,
  Response extends Schema = Absent,
  Match extends boolean = false,
>(definition: WriteDefinition<Params, Query, Body, Response, Match>): WriteRoute {
  return {
    ...addressed(definition),
    kind: 'write',
    body: definition.body,
    response: definition.response,
    status: definition.response === undefined ? 204 : (definition.status ?? 200),
    ifMatch: definition.ifMatch ?? false,
    showsSecret: definition.showsSecret ?? false,
    // Sound: the server calls it only with a request that these schemas and `ifMatch` have checked.
    handle: definition.handle as WriteRoute['handle'],
  };
}
