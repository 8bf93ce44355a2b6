import { randomBytes } from 'node:crypto';
import type { OutgoingHttpHeaders } from 'node:http';
import type { Request, RequestHandler, Response } from 'express';
import type { AppError } from '../kernel/errors.ts';
import { type Html, html } from '../kernel/html.ts';
import { identify, requirePermission } from './credential.ts';
import { type HtmlPage, htmlDocument } from './html-page.ts';
import { PROBLEM_KINDS, problemHeaders, problemOf, toAppError } from './problem.ts';
import { contextOf } from './request-context.ts';
import { logFailure, send } from './respond.ts';
import { PAGE_HEADERS, pagePolicy } from './security-headers.ts';
import type { ServerParts } from './server-parts.ts';

/** Serves a page; whatever goes wrong becomes a page as well. */
export function pageHandler(page: HtmlPage, parts: ServerParts): RequestHandler {
  return guardedPage(page.path, parts, async (request, response) => {
    const context = contextOf(request);
    context.identity = await identify(parts.authenticator, context.credential);
    requirePermission(context.identity, page.permission);
    const { principal } = context.identity;
    const content = await page.render({ db: parts.db, principal, requestId: context.requestId });
    sendPage(response, { status: 200, title: page.title, content });
  });
}

/** Runs something that answers with a page, and turns what it throws into a page. */
export function guardedPage(
  label: string,
  parts: ServerParts,
  serve: (request: Request, response: Response) => Promise<void>,
): RequestHandler {
  return async (request, response) => {
    const context = contextOf(request);
    context.routeLabel = label;
    try {
      await serve(request, response);
    } catch (thrown) {
      const error = toAppError(thrown);
      logFailure(error, context.requestId, parts.log);
      const { status, title, detail } = problemOf(error, context);
      const content = failureContent(error, title, detail, context.requestId);
      sendPage(response, { status, title, content, headers: problemHeaders(error) });
    }
  };
}

interface PageAnswer {
  readonly status: number;
  readonly title: string;
  readonly content: Html;
  /** English unless stated. */
  readonly language?: string;
  readonly headers?: OutgoingHttpHeaders;
}

/** Sends a page under the policy for pages of ours. */
export function sendPage(response: Response, { status, title, content, language, headers }: PageAnswer): void {
  const nonce = randomBytes(16).toString('base64');
  send(response, {
    status,
    contentType: 'text/html; charset=utf-8',
    content: htmlDocument({ title, content, nonce, language }),
    headers: { ...PAGE_HEADERS, ...headers, 'Content-Security-Policy': pagePolicy(nonce) },
  });
}

function failureContent(error: AppError, title: string, detail: string, requestId: string): Html {
  if (error.kind === 'unauthenticated') return signInAdvice(error);
  return html`<h1>${title}</h1><p>${detail}</p><p>${PROBLEM_KINDS[error.kind].advice}</p>
<p class="soft">Request <code>${requestId}</code></p>`;
}

function signInAdvice(error: AppError): Html {
  const why = error.code === 'no-credentials' ? 'You are not signed in.' : error.message;
  return html`<h1>Sign in</h1><p>${why}</p>
<p>Signing in takes a link that works once. Two ways to get one, both on the machine that runs Muster:</p>
<ul><li>run <code>muster token sign-in-link</code>, or</li>
<li>look at what the service prints when it starts on a terminal.</li></ul>
<p>Programs send <code>Authorization: Bearer</code> with a token instead.</p>`;
}
