import type { z } from 'zod';
import { API_ROOT } from './api-root.ts';
import { SESSION_COOKIE } from './credential.ts';
import { componentSchemas, type JsonSchema, parametersOf, schemaOf } from './openapi-schema.ts';
import { PROBLEM_TYPE, problemSchema } from './problem.ts';
import { bodyOf, type Route, type UploadRoute, type WriteRoute } from './route.ts';

/** What the document says about the server that it describes. */
export interface ApiInfo {
  readonly version: string;
}

/** The OpenAPI 3.1 document of the routes: the same list, and the same schemas, that the server works by. */
export function openApiDocument(routes: readonly Route[], info: ApiInfo): Record<string, unknown> {
  const components = componentSchemas();
  schemaOf(problemSchema, components);
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method]: operationOf(route, components) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Muster', version: info.version, description: DESCRIPTION },
    servers: [{ url: API_ROOT }],
    security: [{ token: [] }, { session: [] }],
    tags: [...new Set(routes.map((route) => route.tag))].toSorted().map((name) => ({ name })),
    paths,
    components: {
      schemas: components,
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'A token: `muster_` and 43 characters' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: SESSION_COOKIE,
          description: 'What a browser has that signed in',
        },
      },
      responses: { Problem: problemResponse() },
      headers: HEADERS,
    },
  };
}

const DESCRIPTION =
  'Lists are `{ items, next }`: pass `next` as `after` for the next page. Errors are RFC 9457 problem documents; decide on their `code`. Instants are ISO 8601 in UTC.';

const HEADERS = {
  'X-Request-Id': { description: 'The id of the request in the log; yours when you sent a fit one', schema: text() },
  ETag: { description: 'The version: send it as `If-Match` with a change', schema: text() },
  Location: { description: 'Where the new thing is', schema: text() },
  'Idempotency-Replayed': { description: '`true` when this is the answer to an earlier request', schema: text() },
};

function operationOf(route: Route, components: Record<string, JsonSchema>): Record<string, unknown> {
  return {
    operationId: route.operationId,
    tags: [route.tag],
    summary: route.summary,
    description: descriptionOf(route),
    ...(route.kind === 'public' ? { security: [] } : { 'x-permission': route.permission }),
    parameters: [
      ...parametersOf(route.params, 'path', components),
      ...parametersOf(route.query, 'query', components),
      ...(route.kind === 'write' ? headerParameters(route) : []),
      ...(route.kind === 'events' ? [LAST_EVENT_ID] : []),
    ],
    ...jsonBody(route, components),
    ...(route.kind === 'upload' ? { requestBody: fileBody(route) } : {}),
    responses: {
      [route.status]: successResponse(route, components),
      default: { $ref: '#/components/responses/Problem' },
    },
  };
}

function descriptionOf(route: Route): string {
  const codes = route.errors?.length
    ? ` Own error codes: ${route.errors.map((code) => `\`${code}\``).join(', ')}.`
    : '';
  const secret =
    route.kind === 'write' && route.showsSecret ? ' The answer shows a secret once; it cannot be repeated.' : '';
  const needs = route.kind === 'public' ? 'Needs no credential.' : `Needs the permission \`${route.permission}\`.`;
  return `${needs}${secret}${codes}`;
}

function headerParameters(route: WriteRoute): unknown[] {
  const ifMatch = {
    name: 'If-Match',
    in: 'header',
    required: true,
    description: 'The version that the change is based on: the `ETag` of what you read',
    schema: { type: 'string', pattern: '^"[0-9]+"$' },
    example: '"3"',
  };
  const idempotencyKey = {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    description: 'Makes the request safe to repeat: the same key, path and body get the same answer for 24 hours',
    schema: { type: 'string', minLength: 1, maxLength: 255 },
    example: '0b8f6c1e-5a53-4f0e-9f0e-2f1c6a7d9b10',
  };
  return route.ifMatch ? [ifMatch, idempotencyKey] : [idempotencyKey];
}

const LAST_EVENT_ID = {
  name: 'Last-Event-ID',
  in: 'header',
  required: false,
  description: 'The `id` of the last event that was read, to go on from there: browsers send it by themselves',
  schema: { type: 'string', maxLength: 64 },
};

function jsonBody(route: Route, components: Record<string, JsonSchema>): { readonly requestBody?: unknown } {
  const body = bodyOf(route);
  if (body === undefined) return {};
  const required = !body.safeParse(undefined).success;
  const content = { schema: schemaOf(body, components), example: route.examples.body };
  return { requestBody: { required, content: { 'application/json': content } } };
}

function fileBody({ accepts }: UploadRoute): unknown {
  const content = Object.fromEntries(accepts.map((type) => [type, { schema: text() }]));
  return { required: true, content };
}

function successResponse(route: Route, components: Record<string, JsonSchema>): unknown {
  const headers = Object.fromEntries(
    headerNames(route).map((name) => [name, { $ref: `#/components/headers/${name}` }]),
  );
  if (route.kind === 'document') {
    const content = Object.fromEntries(route.contentTypes.map((type) => [type, { schema: text() }]));
    return { description: 'The document', headers, content };
  }
  if (route.response === undefined) return { description: 'Done', headers };
  const json = { schema: schemaOf(route.response, components), example: route.examples.response };
  if (route.kind === 'events') {
    const description = 'Server-sent events, each of this form, until the thing is over or the reader leaves';
    return { description, headers, content: { 'text/event-stream': json } };
  }
  return { description: 'Success', headers, content: { 'application/json': json } };
}

function headerNames(route: Route): string[] {
  const names = ['X-Request-Id'];
  if (route.kind === 'write' && !route.showsSecret) names.push('Idempotency-Replayed');
  if (route.kind !== 'document' && route.kind !== 'events') names.push('ETag');
  if (route.status === 201) names.push('Location');
  return names;
}

function problemResponse(): unknown {
  const example: z.input<typeof problemSchema> = {
    type: '/api/docs#invalid',
    title: 'Invalid input',
    status: 400,
    detail: 'The query is not what this route takes: query.limit Too big: expected number to be <=200',
    instance: `${API_ROOT}/tokens`,
    code: 'invalid-query',
    requestId: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11',
    fields: [{ field: 'query.limit', message: 'Too big: expected number to be <=200' }],
  };
  const content = { schema: { $ref: '#/components/schemas/Problem' }, example };
  return { description: 'Any error', content: { [PROBLEM_TYPE]: content } };
}

function text(): JsonSchema {
  return { type: 'string' };
}
