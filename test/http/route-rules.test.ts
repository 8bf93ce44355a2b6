import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { authRoutes } from '../../src/auth/auth.routes.ts';
import { pageSchema } from '../../src/http/page.ts';
import { defineEvents, defineRead, defineWrite } from '../../src/http/route.ts';
import { inMatchingOrder } from '../../src/http/route-order.ts';
import { routeViolations } from './route-rules.ts';
import { thingRoutes } from './things.ts';

const sound = {
  method: 'post',
  path: '/widgets',
  operationId: 'makeWidget',
  tag: 'widgets',
  summary: 'Make a widget',
  permission: 'service.write',
  handle: async () => ({ body: undefined }),
} as const;
const text = z.string().max(10).describe('Some text');

describe('the rules of the house for routes', () => {
  it('hold for the routes of tokens', () => {
    expect(routeViolations(authRoutes())).toEqual([]);
  });

  it.each([
    ['a permission that does not exist', { ...sound, permission: 'widget.write' as never, examples: {} }, /permission/],
    ['a summary that is none', { ...sound, summary: 'make', examples: {} }, /summary/],
    ['an operationId with blanks', { ...sound, operationId: 'make widget', examples: {} }, /operation-id/],
    ['a path in capitals', { ...sound, path: '/Widgets' as const, examples: {} }, /path/],
    ['an error code in capitals', { ...sound, errors: ['NoWidget'], examples: {} }, /errors/],
    ['an update without If-Match', { ...sound, method: 'patch' as const, examples: {} }, /if-match/],
  ])('find %s', (_what, definition, found) => {
    expect(routeViolations([defineWrite(definition)])).toEqual([expect.stringMatching(found)]);
  });

  it.each([
    ['unknown fields that pass', z.object({ a: text }), { a: 'x' }, /strict/],
    [
      'unknown fields that pass deep inside',
      z.strictObject({
        a: z
          .array(z.object({ b: text }))
          .max(3)
          .describe('x'),
      }),
      { a: [] },
      /strict: #\/a\/\*/,
    ],
    ['text without an end', z.strictObject({ a: z.string().describe('x') }), { a: 'x' }, /bounded/],
    ['numbers without an end', z.strictObject({ a: z.int().describe('x') }), { a: 1 }, /bounded/],
    ['lists without an end', z.strictObject({ a: z.array(text).describe('x') }), { a: [] }, /bounded/],
    ['fields without a description', z.strictObject({ a: z.string().max(3) }), { a: 'x' }, /described/],
    ['an example that does not fit', z.strictObject({ a: text }), { a: 'far too long for this' }, /examples/],
  ])('find %s in a body', (_what, body, example, found) => {
    const route = defineWrite({ ...sound, body: body as z.ZodType, examples: { body: example } });
    expect(routeViolations([route])).toEqual([expect.stringMatching(found)]);
  });

  it('find a list that is not paged', () => {
    const response = pageSchema(z.object({ id: z.uuid() }));
    const { method: _post, ...read } = sound;
    const list = defineRead({
      ...read,
      permission: 'service.read',
      response,
      examples: { response: { items: [], next: null } },
      handle: async () => ({ body: { items: [], next: null } }),
    });
    expect(routeViolations([list])).toEqual([expect.stringMatching(/list takes limit and after/)]);
  });

  it('find a stream whose path or events are named otherwise', () => {
    const { method: _post, ...read } = sound;
    const data = z.object({ count: z.int() });
    const stream = defineEvents({
      ...read,
      permission: 'service.read',
      events: { newCount: data },
      examples: { response: { event: 'newCount', data: { count: 1 } } },
      async *handle() {
        yield { event: 'newCount', data: { count: 1 } };
      },
    });
    expect(routeViolations([stream])).toEqual([expect.stringMatching(/\/events/), expect.stringMatching(/kebab-case/)]);
  });

  it('find what is declared twice, and let through what is excepted by name', () => {
    const route = defineWrite({ ...sound, examples: {} });
    expect(routeViolations([route, route])).toHaveLength(2);
    const update = defineWrite({ ...sound, method: 'put', examples: {} });
    expect(routeViolations([update], ['makeWidget: if-match'])).toEqual([]);
    expect(routeViolations([route], ['makeWidget: if-match'])).toEqual([expect.stringMatching(/not needed/)]);
  });
});

describe('the order in which paths are tried', () => {
  it('puts fixed segments before parameters', () => {
    const paths = [...inMatchingOrder(thingRoutes).keys()];
    expect(paths.indexOf('/things/report')).toBeLessThan(paths.indexOf('/things/{id}'));
  });

  it('refuses two routes for one method and path, and two names for one parameter', () => {
    const [getThing] = thingRoutes;
    if (!getThing) throw new Error('no routes');
    expect(() => inMatchingOrder([getThing, getThing])).toThrow(/same method/);
    const other = { ...getThing, path: '/things/{name}' } as const;
    expect(() => inMatchingOrder([getThing, other])).toThrow(/different parameter names/);
  });
});

describe('a route definition', () => {
  it('must have a schema for exactly the braces of its path', () => {
    expect(() => defineWrite({ ...sound, path: '/widgets/{id}', examples: {} })).toThrow(/braces/);
  });

  it('has types that follow from its schemas', () => {
    defineWrite({
      ...sound,
      body: z.strictObject({ a: z.int() }),
      response: z.object({ b: z.string() }),
      examples: { body: { a: 1 }, response: { b: 'x' } },
      handle: async ({ body, expectedVersion }) => {
        const none: undefined = expectedVersion;
        const a: number = body.a;
        return { body: { b: `${a}${none}` } };
      },
    });
    defineWrite({
      ...sound,
      ifMatch: true,
      response: z.object({ version: z.int() }),
      examples: { response: { version: 1 } },
      handle: async ({ expectedVersion }) => ({ body: { version: expectedVersion } }),
    });
    const body = z.strictObject({ a: z.int() });
    const response = z.object({ b: z.string() });
    defineWrite({
      ...sound,
      body,
      // @ts-expect-error a body needs an example
      examples: {},
    });
    defineWrite({
      ...sound,
      response,
      examples: { response: { b: 'x' } },
      // @ts-expect-error the answer must have the form of the response
      handle: async () => ({ body: { b: 1 } }),
    });
  });
});
