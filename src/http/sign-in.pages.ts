import express, { type Request, type RequestHandler, type Response } from 'express';
import { originOf } from '../auth/actor.ts';
import { consumeSignInLink, type OpenedSession, revokeSession, SESSION_SECONDS } from '../auth/session.store.ts';
import { AppError } from '../kernel/errors.ts';
import { html } from '../kernel/html.ts';
import { arrivalOf } from './client-of.ts';
import { identify, requireSameOrigin } from './credential.ts';
import { guardedPage, sendPage } from './page-handler.ts';
import { contextOf } from './request-context.ts';
import { send } from './respond.ts';
import type { ServerParts } from './server-parts.ts';
import { sessionCookie } from './session-cookie.ts';

/** The path that signs in with a link's secret. */
export function signInPath(secret: string): string {
  return `/sign-in?token=${secret}`;
}

/** A form has one short field; anything longer is no form of ours. */
const FORM_BYTES_MAX = 4096;

/**
 * `GET /sign-in` only shows a button: programs that preview links fetch them, and must not use them up. The button posts.
 */
export function showSignIn(parts: ServerParts): RequestHandler {
  return guardedPage('/sign-in', parts, async (request, response) => {
    const { token } = request.query;
    if (typeof token !== 'string' || token === '') throw linkIncomplete();
    sendPage(response, {
      status: 200,
      title: 'Sign in',
      // `no-referrer`, the rule elsewhere, would make the browser send `Origin: null` with the form.
      headers: { 'Referrer-Policy': 'strict-origin' },
      content: html`<h1>Sign in to Muster</h1>
<p>This link works once. The session lasts ${SESSION_SECONDS / 3600} hours in this browser.</p>
<form method="post" action="/sign-in"><input type="hidden" name="token" value="${token}">
<button type="submit">Sign in</button></form>`,
    });
  });
}

/** `POST /sign-in` uses the link up, sets the session cookie and goes to the first page. */
export function carryOutSignIn(parts: ServerParts): RequestHandler[] {
  return [
    express.urlencoded({ extended: false, limit: FORM_BYTES_MAX, inflate: false, parameterLimit: 5 }),
    guardedPage('/sign-in', parts, async (request, response) => {
      requireSameOrigin(request);
      const token: unknown = request.body?.token;
      if (typeof token !== 'string') throw linkIncomplete();
      const arrival = arrivalOf(request);
      const session = await parts.db.transaction((tx) => consumeSignInLink(tx, token, arrival));
      redirectHome(request, response, session);
    }),
  ];
}

/** `POST /sign-out` ends the session and forgets the cookie. */
export function carryOutSignOut(parts: ServerParts): RequestHandler {
  return guardedPage('/sign-out', parts, async (request, response) => {
    requireSameOrigin(request);
    const context = contextOf(request);
    const identity = await identify(parts.authenticator, context.credential);
    context.identity = identity;
    if (identity.kind === 'session') {
      const origin = originOf({ principal: identity.principal, requestId: context.requestId });
      await parts.db.transaction((tx) => revokeSession(tx, identity.credentialId, origin));
    }
    redirectHome(request, response, 'ended');
  });
}

function redirectHome(request: Request, response: Response, session: OpenedSession | 'ended'): void {
  send(response, {
    status: 303,
    contentType: 'text/plain; charset=utf-8',
    content: 'See /',
    headers: { Location: '/', 'Set-Cookie': sessionCookie(request, session) },
  });
}

function linkIncomplete(): AppError {
  return new AppError(
    'invalid',
    'sign-in-link-incomplete',
    'The link is not complete: open the whole line, from http to its last character',
    { fields: [{ field: 'query.token', message: 'is missing' }] },
  );
}
