import type { Request } from 'express';
import type { OpenedSession } from '../auth/session.store.ts';
import { SESSION_COOKIE } from './credential.ts';

/**
 * The `Set-Cookie` of a session, or of its end. No script reads it, no other site makes a browser send it, and over TLS it
 * never goes out in the clear.
 */
export function sessionCookie({ secure }: Pick<Request, 'secure'>, session: OpenedSession | 'ended'): string {
  const { secret, expiresInSeconds } = session === 'ended' ? { secret: '', expiresInSeconds: 0 } : session;
  const attributes = `Path=/; Max-Age=${expiresInSeconds}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
  return `${SESSION_COOKIE}=${secret}; ${attributes}`;
}
