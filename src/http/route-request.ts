import type { IncomingHttpHeaders } from 'node:http';
import type { Arrival, Client } from '../auth/arrival.ts';
import type { Principal } from '../auth/principal.ts';
import type { OpenedSession } from '../auth/session.store.ts';
import type { Database, Queryable, Tx } from '../database/database.ts';

/** What a handler is given: everything checked against the route's schemas, and the caller. */
interface RequestBase<Params, Query> {
  readonly params: Params;
  readonly query: Query;
  readonly principal: Principal;
  /** The session that sent it; undefined when a token did. */
  readonly sessionId: string | undefined;
  readonly requestId: string;
  readonly headers: IncomingHttpHeaders;
  /** Aborted when the time limit is over or the client has gone. */
  readonly signal: AbortSignal;
}

/** A read: statements run one by one on the pool. */
export interface ReadRequest<Params, Query> extends RequestBase<Params, Query> {
  readonly db: Queryable;
}

/**
 * A write: the whole handler runs inside one transaction, which also holds the idempotency record. It may run more than
 * once (deadlock retry), so it has no effect outside `tx`.
 */
export interface WriteRequest<Params, Query, Body, Match extends boolean> extends RequestBase<Params, Query> {
  readonly tx: Tx;
  readonly body: Body;
  /** The version that `If-Match` names: a number when the route declares `ifMatch`. */
  readonly expectedVersion: Match extends true ? number : undefined;
}

/** A file that is sent in: its bytes come as they arrive, and the handler makes transactions of its own. */
export interface UploadRequest<Query> extends RequestBase<Record<never, never>, Query> {
  readonly db: Database;
  readonly content: AsyncIterable<Uint8Array>;
}

/** Something that is done outside of the database: the handler makes transactions of its own, none of them around that. */
export interface ActionRequest<Params, Query, Body> extends RequestBase<Params, Query> {
  readonly db: Database;
  readonly client: Client;
  readonly body: Body;
}

/** What anybody may send: nothing is known of the sender but what the body says. */
export interface PublicRequest<Body> extends Arrival {
  readonly db: Database;
  readonly body: Body;
}

/** A handler's answer, sent as JSON with the route's success status. */
export interface Reply<Response> {
  readonly body: Response;
  /** The row's version: sent as `ETag`. */
  readonly version?: number;
  /** Path of the thing that was made, below `/api/v1`: sent as `Location`. */
  readonly location?: string;
  /** The session that the browser has from now on, or no longer: sent as its cookie. */
  readonly session?: OpenedSession | 'ended';
}

/** A handler's answer that is not JSON: a report page, a file. */
export interface Document {
  readonly contentType: string;
  /** What does not fit into memory comes in pieces. */
  readonly content: string | Uint8Array | AsyncIterable<string>;
  /** When set, the browser is told to save it under this name. */
  readonly fileName?: string;
}
