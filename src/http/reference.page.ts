import { type Html, html } from '../kernel/html.ts';
import { API_ROOT } from './api-root.ts';
import type { HtmlPage } from './html-page.ts';
import { type JsonSchema, parametersOf, schemaOf } from './openapi-schema.ts';
import { PROBLEM_KINDS } from './problem.ts';
import { bodyOf, type Route } from './route.ts';

/** The API reference as a page, made from the routes themselves, once, when it is first asked for. */
export function referencePage(routes: readonly Route[]): HtmlPage {
  let content: Html | undefined;
  const render = async () => {
    content ??= referenceContent(routes);
    return content;
  };
  return { path: '/api/docs', title: 'API reference', permission: 'system.read', render };
}

function referenceContent(routes: readonly Route[]): Html {
  const tags = [...new Set(routes.map((route) => route.tag))].toSorted();
  return html`<h1>API reference</h1>
<p>For machines: <a href="${API_ROOT}/openapi.json">openapi.json</a> (OpenAPI 3.1). Everything here is below
<code>${API_ROOT}</code> and takes <code>Authorization: Bearer muster_…</code>.</p>
<nav><ul>${tags.map((tag) => html`<li><a href="#tag-${tag}">${tag}</a></li>`)}<li><a href="#rules">What holds everywhere</a></li>
<li><a href="#errors">Errors</a></li></ul></nav>
${tags.map((tag) =>
  tagSection(
    tag,
    routes.filter((route) => route.tag === tag),
  ),
)}
${EVERYWHERE}
${errorSection()}`;
}

function tagSection(tag: string, routes: readonly Route[]): Html {
  return html`<section><h2 id="tag-${tag}">${tag}</h2>${routes.map(operation)}</section>`;
}

function operation(route: Route): Html {
  return html`<article id="${route.operationId}">
<h3><code>${route.method.toUpperCase()} ${route.path}</code></h3>
<p>${route.summary}. ${route.kind === 'public' ? 'Needs no credential' : html`Permission: <code>${route.permission}</code>`}</p>
${parameters(route)}
${route.kind === 'upload' ? html`<p>Body: ${route.accepts.join(' or ')}</p>` : ''}
${jsonBody(route)}
${answer(route)}
${route.errors?.length ? html`<p>Own error codes: ${route.errors.map((code) => html`<code>${code}</code> `)}</p>` : ''}
</article>`;
}

function jsonBody(route: Route): Html {
  const body = bodyOf(route);
  return body === undefined ? html`` : jsonSection('Body', schemaOf(body, {}), route.examples.body);
}

function parameters(route: Route): Html {
  const rows = [
    ...parametersOf(route.params, 'path', {}),
    ...parametersOf(route.query, 'query', {}),
    ...(route.kind === 'write' ? headerRows(route.ifMatch) : []),
  ] as { name: string; in: string; required: boolean; description?: string; schema: JsonSchema }[];
  if (rows.length === 0) return html``;
  return html`<table><tr><th>Parameter</th><th>In</th><th>Form</th><th>Meaning</th></tr>
${rows.map(
  (row) => html`<tr><td><code>${row.name}</code>${row.required ? ' (needed)' : ''}</td><td>${row.in}</td>
<td>${formOf(row.schema)}</td><td>${row.description}</td></tr>`,
)}</table>`;
}

function headerRows(ifMatch: boolean): object[] {
  const key = {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    description: 'Makes it safe to repeat',
    schema: {},
  };
  const match = {
    name: 'If-Match',
    in: 'header',
    required: true,
    description: 'The ETag of what you read',
    schema: {},
  };
  return ifMatch ? [match, key] : [key];
}

function answer(route: Route): Html {
  if (route.kind === 'document') return html`<p>Answer: 200, ${route.contentTypes.join(' or ')}</p>`;
  if (route.kind === 'events') {
    const forms = Object.entries(route.events);
    return html`<p>Answer: 200, server-sent events</p>
${forms.map(([name, data]) => html`<p>Data of <code>${name}</code></p>${fieldTable(schemaOf(data, {}))}`)}
<pre><code>${JSON.stringify(route.examples.response, null, 2)}</code></pre>`;
  }
  if (route.response === undefined) return html`<p>Answer: 204, nothing</p>`;
  return jsonSection(`Answer: ${route.status}`, schemaOf(route.response, {}), route.examples.response);
}

function jsonSection(title: string, schema: JsonSchema, example: unknown): Html {
  return html`<p>${title}</p>${fieldTable(schema)}<pre><code>${JSON.stringify(example, null, 2)}</code></pre>`;
}

function fieldTable(schema: JsonSchema): Html {
  const rows = fieldRows(schema, '');
  if (rows.length === 0) return html``;
  return html`<table><tr><th>Field</th><th>Form</th><th>Meaning</th></tr>${rows}</table>`;
}

/** One row a field, those of nested objects and list items below their own. */
function fieldRows(schema: JsonSchema, prefix: string): Html[] {
  const { properties = {}, required = [] } = schema as { properties?: Record<string, JsonSchema>; required?: string[] };
  return Object.entries(properties).flatMap(([name, field]) => {
    const row = html`<tr><td><code>${prefix}${name}</code>${required.includes(name) ? '' : ' (optional)'}</td>
<td>${formOf(field)}</td><td>${field.description as string | undefined}</td></tr>`;
    const items = field.items as JsonSchema | undefined;
    return [row, ...fieldRows(field, `${prefix}${name}.`), ...(items ? fieldRows(items, `${prefix}${name}[].`) : [])];
  });
}

/** A JSON Schema in a few words: `string (uuid)`, `integer 1 to 200`, `a | b`. */
function formOf(schema: JsonSchema): string {
  const { $ref, enum: values, const: constant, anyOf, oneOf, type, format, minimum, maximum, maxLength } = schema;
  if (typeof $ref === 'string') return $ref.split('/').at(-1) ?? '';
  if (Array.isArray(values)) return values.join(' | ');
  if (constant !== undefined) return String(constant);
  const alternatives = (anyOf ?? oneOf) as JsonSchema[] | undefined;
  if (alternatives) return alternatives.map(formOf).join(' or ');
  const bounds =
    typeof maximum === 'number' && maximum < Number.MAX_SAFE_INTEGER ? ` ${minimum ?? ''} to ${maximum}` : '';
  const length = maxLength === undefined ? '' : `, at most ${maxLength} characters`;
  return `${[type].flat().join(' or ')}${format ? ` (${format})` : ''}${bounds}${length}`;
}

const EVERYWHERE = html`<section><h2 id="rules">What holds everywhere</h2><ul>
<li>Lists are <code>{ "items": […], "next": … }</code>. Pass <code>next</code> as <code>after</code> until it is null.
A <code>limit</code> above 200 is refused.</li>
<li>Unknown fields and parameters are refused. Bodies are JSON in UTF-8.</li>
<li>Instants are ISO 8601 in UTC.</li>
<li>A write with an <code>Idempotency-Key</code> is safe to repeat for 24 hours: the same request gets the same answer
(<code>Idempotency-Replayed: true</code>), another one under the same key 422, one that is still under way 409.</li>
<li>A change that names <code>If-Match</code> is based on the version that you read: 428 without it, 412 when it is old.</li>
<li>Every answer carries <code>X-Request-Id</code>; the log has it too.</li></ul></section>`;

function errorSection(): Html {
  const rows = Object.entries(PROBLEM_KINDS).filter(([kind]) => kind !== 'usage');
  return html`<section><h2 id="errors">Errors</h2>
<p>Every error is <code>application/problem+json</code>: <code>type, title, status, detail, instance, code, requestId</code>
and, for wrong input, <code>fields</code>. Decide on <code>code</code>.</p>
<table><tr><th>Status</th><th>Kind</th><th>What to do</th></tr>
${rows.map(([kind, info]) => html`<tr id="${kind}"><td>${info.status}</td><td>${info.title}</td><td>${info.advice}</td></tr>`)}
</table></section>`;
}
