import type { IncomingHttpHeaders } from 'node:http';
import type { z } from 'zod';
import type { Permission } from '../auth/permissions.ts';
import type { Principal } from '../auth/principal.ts';
import type { Queryable, Tx } from '../database/database.ts';

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** What a handler is given: everything checked against the route's schemas, and the caller. */
interface RequestBase<Params, Query> {
  readonly params: Params;
  readonly query: Query;
  readonly principal: Principal;
  readonly requestId: string;
  readonly headers: IncomingHttpHeaders;
}

/** A read: statements run one by one on the pool. */
export interface ReadRequest<Params, Query> extends RequestBase<Params, Query> {
  readonly db: Queryable;
}

/**
 * A write: the whole handler runs inside one transaction, which also holds the idempotency record. It may run more than
 * once (deadlock retry), so it has no effect outside `tx`.
 */
export interface WriteRequest<Params, Query, Body> extends RequestBase<Params, Query> {
  readonly tx: Tx;
  readonly body: Body;
  /** The version that `If-Match` names; always there when the route declares `ifMatch`. */
  readonly expectedVersion: number;
}

/** A handler's answer. A plain JSON value is a 200 (201 with `created`). */
export interface Reply<Response> {
  readonly status?: 200 | 201 | 202 | 204;
  readonly body: Response;
  /** The row's version: sent as `ETag`. */
  readonly version?: number;
  /** Path of the thing that was made: sent as `Location`. */
  readonly location?: string;
}

/** A handler's answer that is not JSON: a report page, a file. */
export interface Document {
  readonly contentType: string;
  readonly content: string | Uint8Array;
  /** When set, the browser is told to save it under this name. */
  readonly fileName?: string;
}

interface RouteCommon {
  /** Below `/api/v1`, with parameters in braces: `/services/{id}`. */
  readonly path: `/${string}`;
  readonly operationId: string;
  readonly tag: string;
  readonly summary: string;
  readonly permission: Permission;
  /** Error codes that this route may answer besides the general ones, for the reference. */
  readonly errors?: readonly string[];
}

type Schema = z.ZodType;

/** A route as data. Build one with {@link defineRead}, {@link defineDocument} or {@link defineWrite}. */
export interface Route extends RouteCommon {
  readonly method: Method;
  readonly params: Schema;
  readonly query: Schema;
  readonly body?: Schema;
  /** Absent for a document. */
  readonly response?: Schema;
  readonly contentTypes?: readonly string[];
  readonly examples: { readonly body?: unknown; readonly response?: unknown };
  readonly ifMatch: boolean;
  /** The answer holds a secret that is shown once: it is never stored, so a replay is refused (409). */
  readonly showsSecret: boolean;
  readonly handleRead?: (request: ReadRequest<never, never>) => Promise<Reply<unknown> | Document>;
  readonly handleWrite?: (request: WriteRequest<never, never, never>) => Promise<Reply<unknown>>;
}
