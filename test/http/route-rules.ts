import { PERMISSIONS } from '../../src/auth/permissions.ts';
import { type JsonSchema, schemaOf } from '../../src/http/openapi-schema.ts';
import { bodyOf, type Route, type Schema } from '../../src/http/route.ts';

/** What a route does against the rules of the house: `operationId: rule: detail`. */
type Violation = string;
type Complain = (rule: string, detail: string) => void;

/**
 * Everything in a list of routes that breaks a rule of the house. Exceptions are named one by one, as `operationId: rule`;
 * one that is not needed any more is itself a violation.
 */
export function routeViolations(routes: readonly Route[], exceptions: readonly string[] = []): Violation[] {
  const violations: Violation[] = [];
  for (const route of routes) {
    const complain: Complain = (rule, detail) => violations.push(`${route.operationId}: ${rule}: ${detail}`);
    checkWords(route, complain);
    checkInputs(route, complain);
    checkAnswer(route, complain);
    checkEvents(route, complain);
    checkExamples(route, complain);
  }
  violations.push(
    ...repeated(routes.map((route) => route.operationId)).map((id) => `${id}: unique: operationId used twice`),
  );
  violations.push(
    ...repeated(routes.map((route) => `${route.method} ${route.path}`)).map((at) => `${at}: unique: declared twice`),
  );
  const unused = exceptions.filter(
    (exception) => !violations.some((violation) => violation.startsWith(`${exception}:`)),
  );
  return [
    ...violations.filter((violation) => !exceptions.some((exception) => violation.startsWith(`${exception}:`))),
    ...unused.map((exception) => `exception not needed: ${exception}`),
  ];
}

function checkWords(route: Route, complain: Complain): void {
  if (route.kind === 'public') complain('public', 'needs no credential');
  else if (!(PERMISSIONS as readonly string[]).includes(route.permission))
    complain('permission', `unknown ${route.permission}`);
  if (!/^[a-z][A-Za-z0-9]{2,60}$/.test(route.operationId)) complain('operation-id', 'must be camelCase');
  if (!/^[A-Z0-9][^\n]{7,139}[^.\s]$/.test(route.summary))
    complain('summary', 'must be a line from a capital, without full stop');
  if (!/^[a-z][a-z-]+$/.test(route.tag)) complain('tag', 'must be kebab-case');
  if (!/^(\/([a-z0-9-]+(\.[a-z]+)?|\{[a-z][A-Za-z]*\}))+$/.test(route.path))
    complain('path', 'must be kebab-case with {camelCase} parameters');
  for (const code of route.errors ?? [])
    if (!/^[a-z][a-z0-9-]+$/.test(code)) complain('errors', `${code} is not kebab-case`);
  if ((route.method === 'put' || route.method === 'patch') && route.kind === 'write' && !route.ifMatch) {
    complain('if-match', 'an update must name the version that it is based on');
  }
}

function checkInputs(route: Route, complain: Complain): void {
  checkInput(route.params, 'path', complain);
  checkInput(route.query, 'query', complain);
  const body = bodyOf(route);
  if (body) checkInput(body, '#', complain);
}

function checkInput(schema: Schema, place: string, complain: Complain): void {
  const components: Record<string, JsonSchema> = {};
  const root = schemaOf(schema, components);
  for (const { at, part } of partsOf(root, place, components)) {
    if (part.type === 'object' && part.additionalProperties !== false && !part.propertyNames) {
      complain('strict', `${at} lets unknown fields through: use z.strictObject`);
    }
    if (part.type === 'string' && !['maxLength', 'format', 'enum', 'const', 'pattern'].some((key) => key in part)) {
      complain('bounded', `${at} is text without a longest length`);
    }
    if ((part.type === 'integer' || part.type === 'number') && !isBounded(part))
      complain('bounded', `${at} has no largest value`);
    if (part.type === 'array' && part.maxItems === undefined)
      complain('bounded', `${at} is a list without a longest length`);
  }
  for (const [name, field] of Object.entries(propertiesOf(resolved(root, components)))) {
    if (!resolved(field, components).description && !field.description)
      complain('described', `${place} ${name} has no description`);
  }
}

function isBounded(part: JsonSchema): boolean {
  const { maximum, exclusiveMaximum, enum: values } = part;
  const most = maximum ?? exclusiveMaximum;
  return values !== undefined || 'const' in part || (typeof most === 'number' && most < Number.MAX_SAFE_INTEGER);
}

function checkEvents(route: Route, complain: Complain): void {
  if (route.kind !== 'events') return;
  if (!route.path.endsWith('/events')) complain('events', 'the path of a stream ends in /events');
  const names = Object.keys(route.events);
  if (names.length === 0) complain('events', 'a stream must say what its events are');
  for (const name of names) if (!/^[a-z][a-z-]+$/.test(name)) complain('events', `${name} is not kebab-case`);
}

function checkAnswer(route: Route, complain: Complain): void {
  if (route.kind === 'document') {
    if (route.contentTypes.length === 0) complain('content-types', 'a document must say what it can be');
    return;
  }
  if (route.response === undefined) return;
  const components: Record<string, JsonSchema> = {};
  const root = resolved(schemaOf(route.response, components), components);
  if (root.type !== 'object' && !root.anyOf && !root.oneOf) complain('answer', 'must be an object');
  const fields = propertiesOf(root);
  for (const { at, part } of partsOf(root, '#', components)) {
    for (const name of Object.keys(propertiesOf(part))) {
      if (!/^[a-z][A-Za-z0-9]*$/.test(name)) complain('names', `${at}/${name} is not camelCase`);
    }
  }
  if (
    Object.values(fields).some((field) => field.type === 'array') &&
    route.method === 'get' &&
    /[^s]s$/.test(route.path)
  ) {
    if (!['items,next', 'items,next,total'].includes(Object.keys(fields).toSorted().join())) {
      complain('list', 'a list is { items, next }, and total where it is declared');
    }
    const query = Object.keys(propertiesOf(schemaOf(route.query, {})));
    if (!query.includes('limit') || !query.includes('after')) complain('list', 'a list takes limit and after');
  }
}

function checkExamples(route: Route, complain: Complain): void {
  const schemas = [
    ['body', bodyOf(route)],
    ['response', route.kind === 'document' ? undefined : route.response],
  ] as const;
  for (const [name, schema] of schemas) {
    const example = route.examples[name];
    if (schema === undefined) continue;
    if (example === undefined) complain('examples', `there is no example of the ${name}`);
    else if (!schema.safeParse(example).success)
      complain('examples', `the example of the ${name} does not fit its schema`);
  }
}

/** A schema and everything inside it, with where it is. */
function* partsOf(
  schema: JsonSchema,
  at: string,
  components: Readonly<Record<string, JsonSchema>>,
  seen: ReadonlySet<unknown> = new Set(),
): Generator<{ at: string; part: JsonSchema }> {
  const part = resolved(schema, components);
  if (seen.has(part)) return;
  const within = new Set([...seen, part]);
  yield { at, part };
  for (const [name, field] of Object.entries(propertiesOf(part)))
    yield* partsOf(field, `${at}/${name}`, components, within);
  for (const key of ['items', 'additionalProperties', 'propertyNames'] as const) {
    const inner = part[key];
    if (typeof inner === 'object' && inner !== null) yield* partsOf(inner as JsonSchema, `${at}/*`, components, within);
  }
  for (const key of ['anyOf', 'oneOf', 'allOf', 'prefixItems'] as const) {
    for (const inner of (part[key] as JsonSchema[] | undefined) ?? []) yield* partsOf(inner, at, components, within);
  }
}

function propertiesOf(schema: JsonSchema): Record<string, JsonSchema> {
  return (schema.properties as Record<string, JsonSchema> | undefined) ?? {};
}

function resolved(schema: JsonSchema, components: Readonly<Record<string, JsonSchema>>): JsonSchema {
  const name = typeof schema.$ref === 'string' ? (schema.$ref.split('/').at(-1) ?? '') : undefined;
  return name === undefined ? schema : (components[name] ?? schema);
}

function repeated(names: readonly string[]): string[] {
  return names.filter((name, index) => names.indexOf(name) !== index);
}
