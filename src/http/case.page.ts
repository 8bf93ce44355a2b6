import type { Request, RequestHandler, Response } from 'express';
import { readCase } from '../incidents/customer-case.service.ts';
import type { CustomerCase, CustomerPromise } from '../incidents/customer-link.ts';
import {
  CUSTOMER_LANGUAGES,
  type CustomerLanguage,
  type CustomerWords,
  customerWords,
  targetInWords,
} from '../incidents/customer-words.ts';
import { type Html, html } from '../kernel/html.ts';
import { guardedPage, sendPage } from './page-handler.ts';
import { PROBLEM_KINDS } from './problem.ts';
import { contextOf } from './request-context.ts';
import { send } from './respond.ts';
import { PAGE_HEADERS } from './security-headers.ts';
import type { ServerParts } from './server-parts.ts';

/** Nobody's search engine lists what only its customer may see. */
const NOT_LISTED = { 'X-Robots-Tag': 'noindex, nofollow, noarchive' };

/**
 * `GET /case/{token}`: how an incident stands, for its customer. Nobody is asked who they are: the address is the secret. So one
 * that is not there, was revoked or has ended gets one and the same answer.
 */
export function casePage(parts: ServerParts): RequestHandler {
  return guardedPage('/case', parts, async (request, response) => {
    const language = languageOf(request);
    const words = customerWords(language);
    const found = await readCase(parts.db, String(request.params.token));
    sendPage(response, {
      status: found ? 200 : 404,
      title: found ? found.number : words.gone,
      language,
      headers: NOT_LISTED,
      content: found ? caseContent(found, words, language) : html`<h1>${words.gone}</h1><p>${words.goneAdvice}</p>`,
    });
  });
}

/** `GET /case/{token}/json`: the same for programs. */
export function caseJson(parts: ServerParts): RequestHandler {
  return guardedPage('/case', parts, async (request, response) => {
    const found = await readCase(parts.db, String(request.params.token));
    answerJson(response, found);
  });
}

function answerJson(response: Response, found: CustomerCase | undefined): void {
  const { status, title } = PROBLEM_KINDS['not-found'];
  const gone = { title, status, code: 'no-such-link', detail: 'The link has ended, was withdrawn, or never was' };
  send(response, {
    status: found ? 200 : status,
    contentType: found ? 'application/json' : 'application/problem+json',
    content: JSON.stringify(found ?? { ...gone, requestId: contextOf(response.req as Request).requestId }),
    headers: { ...PAGE_HEADERS, ...NOT_LISTED },
  });
}

function languageOf(request: Request): CustomerLanguage {
  const { lang } = request.query;
  const asked = CUSTOMER_LANGUAGES.find((known) => known === lang);
  return asked ?? (request.acceptsLanguages([...CUSTOMER_LANGUAGES]) === 'zh' ? 'zh' : 'en');
}

function caseContent(found: CustomerCase, words: CustomerWords, language: CustomerLanguage): Html {
  const { number, title, severity, stage, updates } = found;
  return html`<p class="soft"><a href="?lang=${language === 'zh' ? 'en' : 'zh'}" rel="noreferrer">${words.other}</a></p>
<p class="soft">${number}</p><h1>${title}</h1>
<dl class="facts"><dt>${words.severity}</dt><dd>${words.severities[severity]}</dd>
<dt>${words.stage}</dt><dd>${words.stages[stage]}</dd>
<dt>${words.received}</dt><dd>${time(found.receivedAt)}</dd>
<dt>${words.restored}</dt><dd>${time(found.restoredAt) ?? words.notYet}</dd>
<dt>${words.resolved}</dt><dd>${time(found.resolvedAt) ?? words.notYet}</dd></dl>
${found.promises.length > 0 && promisesTable(found.promises, words)}
<h2>${words.updates}</h2>
${updates.length === 0 && html`<p>${words.noUpdates}</p>`}
${updates.map(({ at, text }) => html`<article><p class="soft">${time(at)}</p>${paragraphsOf(text)}</article>`)}
<p class="soft">${words.asOf} ${time(found.readAt)}</p>`;
}

function promisesTable(promises: readonly CustomerPromise[], words: CustomerWords): Html {
  const heads = [words.promise, words.target, words.due, words.state, words.reached];
  return html`<h2>${words.promises}</h2>
<table><thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${promises.map((promise) => promiseRow(promise, words))}</tbody></table>`;
}

function promiseRow({ kind, target, dueAt, state, reachedAt }: CustomerPromise, words: CustomerWords): Html {
  const mark = { met: 'good', missed: 'bad', paused: 'warn', running: '' }[state];
  return html`<tr><td>${words.clocks[kind] ?? kind}</td><td>${targetInWords(target, words)}</td><td>${time(dueAt)}</td>
<td><span class="mark ${mark}">${words.states[state]}</span></td><td>${time(reachedAt) ?? words.notYet}</td></tr>`;
}

const paragraphsOf = (text: string) => text.split(/\r?\n+/).map((line) => html`<p>${line}</p>`);

/** An instant for people, to the minute. */
function time(instant: string | null): Html | undefined {
  if (instant === null) return undefined;
  return html`<time datetime="${instant}">${instant.slice(0, 16).replace('T', ' ')} UTC</time>`;
}
