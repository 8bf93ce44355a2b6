import { randomBytes } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import Negotiator from 'negotiator';
import { html } from '../kernel/html.ts';
import { type ConsoleBuild, type ConsoleFile, readConsoleBuild } from './console-build.ts';
import { sendPage } from './page-handler.ts';
import { contextOf } from './request-context.ts';
import { send } from './respond.ts';
import { consolePolicy, PAGE_HEADERS } from './security-headers.ts';

/** Stands in the built page where each answer puts a nonce of its own. */
const NONCE_PLACE = /CSP_NONCE/g;

/** First segments of addresses that programs ask for: what is not there stays a problem document. */
const NO_PAGES = new Set(['api', 'assets', 'case', 'ping', 'livez', 'readyz', 'metrics', 'sign-in', 'sign-out']);

/** The names of files hold the digest of their content, so they are good for ever. */
const KEPT_FOR_EVER = { 'Cache-Control': 'public, max-age=31536000, immutable' } as const;
const KEPT_WITH_ETAG = { 'Cache-Control': 'no-cache' } as const;

/**
 * Serves the console: its files, and its one page at every address that a browser opens and nothing else answers. Which page of
 * the console that is, the console itself finds out. Nothing of it is secret: data comes from the API alone.
 */
export function consoleHandler(directory: string): RequestHandler {
  let read: { readonly build: ConsoleBuild | undefined } | undefined;
  return (request, response, next) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      next();
      return;
    }
    read ??= { build: readConsoleBuild(directory) };
    const { build } = read;
    // One that is built after the start is found.
    if (build === undefined) read = undefined;
    const context = contextOf(request);
    const file = build?.files.get(context.path);
    if (file) {
      context.routeLabel = '/assets';
      sendFile(request, response, file);
    } else if (isNavigation(request, context.path)) {
      context.routeLabel = '/';
      sendConsole(response, build);
    } else next();
  };
}

function sendFile(request: Request, response: Response, file: ConsoleFile): void {
  const caching = contextOf(request).path.startsWith('/assets/') ? KEPT_FOR_EVER : KEPT_WITH_ETAG;
  const headers = { ...caching, ETag: file.etag, Vary: 'Accept-Encoding' };
  if (request.headers['if-none-match'] === file.etag) {
    send(response, { status: 304, contentType: file.contentType, content: '', headers });
    return;
  }
  const offered = [...(file.br ? ['br'] : []), ...(file.gzip ? ['gzip'] : []), 'identity'];
  const taken = new Negotiator(request).encodings(offered);
  const encoding = (['br', 'gzip'] as const).find((name) => taken.includes(name));
  const packed = encoding && file[encoding];
  send(response, {
    status: 200,
    contentType: file.contentType,
    content: packed ?? file.plain,
    headers: { ...headers, ...(packed && encoding ? { 'Content-Encoding': encoding } : {}) },
  });
}

function sendConsole(response: Response, build: ConsoleBuild | undefined): void {
  if (build === undefined) {
    sendPage(response, { status: 503, title: 'The console is not built', content: NOT_BUILT });
    return;
  }
  const nonce = randomBytes(16).toString('base64');
  send(response, {
    status: 200,
    contentType: 'text/html; charset=utf-8',
    content: build.page.replaceAll(NONCE_PLACE, nonce),
    headers: { ...PAGE_HEADERS, 'Content-Security-Policy': consolePolicy(nonce) },
  });
}

/** Whether a person opens an address, as opposed to a program that asks for data. */
function isNavigation(request: Request, path: string): boolean {
  return !NO_PAGES.has(path.split('/')[1] ?? '') && (request.headers.accept ?? '').includes('text/html');
}

const NOT_BUILT = html`<h1>The console is not built</h1>
<p><code>npm start</code> builds it before it starts the service. The <a href="/api/docs">API reference</a> works without it.</p>`;
