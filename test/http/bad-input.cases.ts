import { type JsonSchema, schemaOf } from '../../src/http/openapi-schema.ts';
import {
  type ActionRoute,
  bodyOf,
  type PublicRoute,
  type Route,
  type Schema,
  type WriteRoute,
} from '../../src/http/route.ts';
import { newId } from '../../src/kernel/ids.ts';

/** One request that is wrong on purpose, or that only looks odd. */
export interface BadRequest {
  readonly title: string;
  /** Path and query below `/api/v1`, as they go over the wire. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The field that the refusal must name (or one inside it); absent when any answer below 500 will do. */
  readonly field?: string;
  /** The only status that will do; otherwise any 4xx where a field is expected. */
  readonly status?: number;
}

/** Where to find things that a route needs to be addressed, when made-up values will not do. */
export type KnownParams = Readonly<Record<string, string>>;

const TEXTS = [
  '',
  '\0',
  'a\0b',
  "'; DROP TABLE x; --",
  '../../etc/passwd',
  '\u202e',
  '😀',
  '-1',
  '1e400',
  'x'.repeat(3000),
];
const BIG = '1'.repeat(30);

/** Values of every JSON type at their worst, as JSON text, because some cannot be written in JavaScript. */
const JSON_VALUES = [
  'null',
  'true',
  '-1',
  '0.5',
  BIG,
  '1e308',
  '1e999',
  '""',
  '"\\u0000"',
  '"\\ud800"',
  '"x\\u202ey"',
  JSON.stringify('x'.repeat(100_000)),
  '[]',
  '{}',
  '[[[[]]]]',
  `${'['.repeat(5000)}${']'.repeat(5000)}`,
  '{"__proto__":{"admin":true}}',
  '{"constructor":{"prototype":{"admin":true}}}',
];

/** A request as it should be, in parts that can be replaced one by one. */
interface Sound {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly request: BadRequest;
}

/** Everything wrong that can be sent to a route by somebody who is allowed to use it. */
export function badRequests(route: Route, known: KnownParams = {}): BadRequest[] {
  const sound = soundParts(route, known);
  const { request } = sound;
  return [
    ...badPaths(route, sound),
    ...badQueries(route, sound),
    ...badHeaders(route, request),
    ...(route.kind === 'write' || route.kind === 'action' || route.kind === 'public' ? badBodies(route, request) : []),
  ];
}

/** A request as it should be. */
export function soundRequest(route: Route, known: KnownParams): BadRequest {
  return soundParts(route, known).request;
}

function soundParts(route: Route, known: KnownParams): Sound {
  const params = validParams(route, known);
  const query = requiredQuery(route);
  const url = urlOf(route, params, query);
  return {
    params,
    query,
    request: { title: 'as it should be', url, headers: validHeaders(route), ...validBody(route) },
  };
}

function badPaths(route: Route, { params, query, request }: Sound): BadRequest[] {
  return Object.keys(params).flatMap((name) =>
    TEXTS.filter((text) => text !== '').map((text) => {
      const wrong = { ...params, [name]: text };
      const fits = route.params.safeParse(wrong).success && !text.includes('\0');
      const bad = { ...request, title: `path ${name}=${shown(text)}`, url: urlOf(route, wrong, query) };
      return fits ? bad : { ...bad, field: `path.${name}` };
    }),
  );
}

function badQueries(route: Route, { params, query, request }: Sound): BadRequest[] {
  const unknown = ['nonsense', '__proto__', 'constructor', 'toString'].map((name) => ({
    ...request,
    title: `unknown parameter ${name}`,
    url: withPair(request.url, `${name}=1`),
    field: `query.${name}`,
  }));
  const known = Object.keys(propertiesOf(route.query)).flatMap((name) => {
    const { [name]: _right, ...others } = query;
    const url = urlOf(route, params, others);
    const odd = (title: string, pair: string, field: string) => ({
      ...request,
      title: `query ${name} ${title}`,
      url: withPair(url, pair),
      field,
    });
    return [
      odd('twice', `${name}=a&${name}=b`, `query.${name}`),
      odd('badly encoded', `${name}=%e0%a4%a`, `query.${name}`),
      odd('as an object', `${name}[a]=1`, `query.${name}[a]`),
      ...[...TEXTS, BIG].map((text) => {
        const fits = route.query.safeParse({ ...others, [name]: text }).success && !text.includes('\0');
        const { field, ...bad } = odd(`= ${shown(text)}`, `${name}=${encodeURIComponent(text)}`, `query.${name}`);
        return fits ? bad : { ...bad, field };
      }),
    ];
  });
  return [...unknown, ...known];
}

function badHeaders(route: Route, base: BadRequest): BadRequest[] {
  if (route.kind !== 'write') return [];
  const put = (name: string, value: string, rest: Partial<BadRequest>) => ({
    ...base,
    title: `${name}: ${shown(value)}`,
    headers: { ...base.headers, [name]: value },
    ...rest,
  });
  const { 'if-match': _version, ...unconditional } = base.headers;
  return [
    put('idempotency-key', 'has blanks', { field: 'header.Idempotency-Key' }),
    put('idempotency-key', 'x'.repeat(300), { field: 'header.Idempotency-Key' }),
    ...(route.ifMatch
      ? [
          { ...base, title: 'no If-Match', headers: unconditional, field: 'header.If-Match', status: 428 },
          ...['', '3', '*', '"x"', '"99999999999"', 'W/"1"', '"1", "2"'].map((value) =>
            put('if-match', value, { field: 'header.If-Match' }),
          ),
        ]
      : []),
    ...(route.body
      ? [put('content-type', 'text/plain', { status: 415 }), put('content-encoding', 'gzip', { status: 415 })]
      : []),
  ];
}

function badBodies(route: WriteRoute | ActionRoute | PublicRoute, base: BadRequest): BadRequest[] {
  const send = (title: string, body: string, rest: Partial<BadRequest>) => ({ ...base, title, body, ...rest });
  const malformed = ['{', '{"a":}', '\u0000', "{'a':1}", '{"a":1}{', 'NaN', '\ufeff{}'].map((text) =>
    send(`body ${shown(text)}`, text, { field: '#' }),
  );
  const oversized = send('body of 2 MiB', JSON.stringify({ a: 'x'.repeat(2 * 1024 * 1024) }), { status: 413 });
  const { body } = route;
  if (!body) return [...malformed, oversized, send('a body where none is taken', '{"a":1}', { field: '#' })];
  const example = route.examples.body;
  return [
    ...malformed,
    oversized,
    ...JSON_VALUES.map((value) => mutation(base, body, '#', value)),
    ...fieldsOf(example).flatMap(({ pointer, replace, left }) => [
      ...JSON_VALUES.map((value) => mutation(base, body, pointer, replace(value))),
      mutation(base, body, pointer, left),
    ]),
    // The rules of the house name the routes that let unknown fields through.
    ...(body.safeParse({ ...(example as object), nonsense: 1 }).success
      ? []
      : ['nonsense', '__proto__', 'constructor']
    ).map((name) =>
      send(`unknown field ${name}`, JSON.stringify(example).replace('{', `{"${name}":1,`).replace(',}', '}'), {
        field: `#/${name}`,
      }),
    ),
  ];
}

/** A body with one value replaced. What the schema refuses must be refused at that place, or inside it, or just above. */
function mutation(base: BadRequest, schema: Schema, pointer: string, body: string): BadRequest {
  const fits = schema.safeParse(JSON.parse(body)).success && !/\\u0000|\\ud800/.test(body) && !body.includes('[[[[[[');
  const title = `${pointer} in ${shown(body)}`;
  return fits ? { ...base, title, body } : { ...base, title, body, field: pointer };
}

interface Place {
  readonly pointer: string;
  /** The example with other JSON text in this place. */
  readonly replace: (json: string) => string;
  /** The example without it. */
  readonly left: string;
}

function fieldsOf(example: unknown): Place[] {
  const places: Place[] = [];
  const MARK = 'put it here';
  const visit = (value: unknown, pointer: string, path: readonly string[]): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, member] of Object.entries(value)) {
      const here = [...path, key];
      const marked = JSON.stringify(withValue(example, here, MARK));
      places.push({
        pointer: `${pointer}/${key}`,
        replace: (json) => marked.replace(JSON.stringify(MARK), () => json),
        left: JSON.stringify(withValue(example, here, undefined)),
      });
      visit(member, `${pointer}/${key}`, here);
    }
  };
  visit(example, '#', []);
  return places;
}

function withValue(root: unknown, path: readonly string[], value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const copy = structuredClone(root) as Record<string, unknown>;
  copy[key] = withValue(copy[key], rest, value);
  return copy;
}

function urlOf(
  route: Route,
  params: Readonly<Record<string, string>>,
  query: Readonly<Record<string, string>>,
): string {
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_brace, name: string) => encodeURIComponent(params[name] ?? ''));
  const pairs = Object.entries(query).map(([name, text]) => `${name}=${encodeURIComponent(text)}`);
  return pairs.reduce(withPair, path);
}

function withPair(url: string, pair: string): string {
  return `${url}${url.includes('?') ? '&' : '?'}${pair}`;
}

function validParams(route: Route, known: KnownParams): Record<string, string> {
  return Object.fromEntries(
    Object.entries(propertiesOf(route.params)).map(([name, schema]) => [name, known[name] ?? validText(schema)]),
  );
}

function requiredQuery(route: Route): Record<string, string> {
  const { required = [] } = schemaOf(route.query, {}) as { required?: string[] };
  const properties = propertiesOf(route.query);
  return Object.fromEntries(required.map((name) => [name, validText(properties[name] ?? {})]));
}

function validText(schema: JsonSchema): string {
  const { format, enum: values, minimum } = schema as { format?: string; enum?: unknown[]; minimum?: number };
  if (format === 'uuid') return newId();
  if (values) return String(values[0]);
  return String(minimum ?? 'x');
}

function validHeaders(route: Route): Record<string, string> {
  if (route.kind !== 'write' && route.kind !== 'action' && route.kind !== 'public') return {};
  return {
    'content-type': 'application/json',
    ...(route.kind === 'public' ? { 'sec-fetch-site': 'same-origin' } : {}),
    ...(route.kind === 'write' && route.ifMatch ? { 'if-match': '"1"' } : {}),
  };
}

function validBody(route: Route): { body?: string } {
  return bodyOf(route) ? { body: JSON.stringify(route.examples.body) } : {};
}

function propertiesOf(schema: Schema): Record<string, JsonSchema> {
  return (schemaOf(schema, {}).properties as Record<string, JsonSchema> | undefined) ?? {};
}

function shown(text: string): string {
  const line = JSON.stringify(text);
  return line.length > 60 ? `${line.slice(0, 60)}…` : line;
}
