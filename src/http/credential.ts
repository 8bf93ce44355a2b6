import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Authenticator } from '../auth/authenticator.ts';
import type { CredentialKind, Identity } from '../auth/credential.queries.ts';
import type { Permission } from '../auth/permissions.ts';
import { presentedDigest } from '../auth/secret.ts';
import { AppError } from '../kernel/errors.ts';

/** What a request carries to prove itself; not yet looked at. */
export interface Credential {
  readonly kind: CredentialKind;
  /** Undefined when the text can be no secret of that kind. */
  readonly digest: string | undefined;
}

export const SESSION_COOKIE = 'muster_session';
const SESSION_COOKIE_VALUE = new RegExp(`(?:^|;\\s*)${SESSION_COOKIE}=([^;\\s]*)`);

interface Seen {
  readonly authorization: string | undefined;
  readonly cookie: string | undefined;
  readonly credential: Credential | undefined;
}

/** What the last request of a connection carried: the next one mostly carries the same, and hashing costs. */
const lastSeen = new WeakMap<Socket, Seen>();

/** The credential of a request: `Authorization: Bearer`, else the session cookie. */
export function credentialOf(request: IncomingMessage): Credential | undefined {
  const { authorization, cookie } = request.headers;
  if (authorization === undefined && cookie === undefined) return undefined;
  const seen = lastSeen.get(request.socket);
  if (seen && seen.authorization === authorization && seen.cookie === cookie) return seen.credential;
  const credential = readCredential(authorization, cookie);
  lastSeen.set(request.socket, { authorization, cookie, credential });
  return credential;
}

function readCredential(authorization: string | undefined, cookie: string | undefined): Credential | undefined {
  if (authorization !== undefined) {
    const secret = /^Bearer +([^\s]+) *$/i.exec(authorization)?.[1];
    return { kind: 'token', digest: presentedDigest('token', secret ?? '') };
  }
  const secret = cookie === undefined ? undefined : SESSION_COOKIE_VALUE.exec(cookie)?.[1];
  return secret === undefined ? undefined : { kind: 'session', digest: presentedDigest('session', secret) };
}

/**
 * Who sent the request.
 * @throws AppError `unauthenticated`; `unavailable` when the database is away.
 */
export function identify(
  authenticator: Authenticator,
  credential: Credential | undefined,
): Identity | Promise<Identity> {
  if (credential) return authenticator.identify(credential.kind, credential.digest);
  throw new AppError(
    'unauthenticated',
    'no-credentials',
    'This needs a token: send `Authorization: Bearer muster_…` (make one with `muster token create`)',
  );
}

/** The session that an identity was proven with; undefined when it was a token. */
export function sessionIdOf({ kind, credentialId }: Identity): string | undefined {
  return kind === 'session' ? credentialId : undefined;
}

/** @throws AppError `forbidden` `permission-missing`, naming the permission. */
export function requirePermission(identity: Identity, permission: Permission): void {
  if (identity.principal.permissions.has(permission)) return;
  throw new AppError(
    'forbidden',
    'permission-missing',
    `${identity.principal.name} needs the permission ${permission} for this; an administrator can give a role that has it`,
  );
}

/**
 * A browser sends its session cookie with whatever page makes it send a request. So a write with a cookie must come from
 * a page of ours: the browser says so itself, in headers that no page can set.
 * @throws AppError `forbidden` `cross-site-request`.
 */
export function requireSameOrigin(request: IncomingMessage): void {
  const { origin, host, 'sec-fetch-site': site } = request.headers;
  // Over plain HTTP to another machine browsers leave Sec-Fetch-Site out, but never Origin.
  const ours = site === undefined ? origin !== undefined && originHost(origin) === host : site === 'same-origin';
  if (ours) return;
  throw new AppError(
    'forbidden',
    'cross-site-request',
    'A change with a session cookie must come from a page of this server; programs send a bearer token instead',
  );
}

function originHost(origin: string): string | undefined {
  return URL.parse(origin)?.host;
}
