import { Histogram, Registry } from 'prom-client';
import supertest from 'supertest';
import { beforeAll, describe, expect, it } from 'vitest';
import { authRoutes } from '../../src/auth/auth.routes.ts';
import type { HealthCheck } from '../../src/http/health.ts';
import { referencePage } from '../../src/http/reference.page.ts';
import { AppError } from '../../src/kernel/errors.ts';
import { runAs, useDatabase } from '../support/database.ts';
import { makeCaller, useApp } from './support.ts';
import { THING_TABLE, thingRoutes } from './things.ts';

const database = useDatabase();
const routes = [...authRoutes(), ...thingRoutes];
const server = useApp(database, () => ({ routes, pages: [referencePage(routes)] }));
beforeAll(() => runAs(database.owner, THING_TABLE));

const check = (name: string, ok: boolean): HealthCheck => ({
  name,
  check: async () => ({ ok, detail: `${name} is ${ok}` }),
});
const ready = (...checks: HealthCheck[]) => supertest(server.variant({ checks })).get('/readyz');

describe('/livez', () => {
  it('needs nothing but the process', async () => {
    const answer = await supertest(server.app).get('/livez');
    expect([answer.status, answer.body]).toEqual([200, { status: 'ok' }]);
  });
});

describe('/readyz', () => {
  it('is 200 when every check is ok, and names them', async () => {
    const answer = await ready(check('database', true), check('disk', true));
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      ready: true,
      checks: [
        { name: 'database', ok: true, detail: 'database is true' },
        { name: 'disk', ok: true, detail: 'disk is true' },
      ],
    });
  });

  it('is 503 when one is not, or throws', async () => {
    expect((await ready(check('database', true), check('disk', false))).status).toBe(503);
    const throwing = (error: Error): HealthCheck => ({ name: 'database', check: () => Promise.reject(error) });
    const known = await ready(throwing(new AppError('unavailable', 'x', 'The database cannot be reached')));
    expect([known.status, known.body.checks[0].detail]).toEqual([503, 'The database cannot be reached']);
    const foreign = await ready(throwing(new Error('connect ENOENT /var/secret/place')));
    expect([foreign.status, foreign.text.includes('/var/secret')]).toEqual([503, false]);
  });

  it('waits for no check that hangs', { timeout: 20_000 }, async () => {
    const answer = await ready({ name: 'disk', check: () => new Promise(() => {}) });
    expect([answer.status, answer.body.checks[0].detail]).toEqual([503, 'No answer within 5 s']);
  });

  it('runs its checks once for many probes at the same time', async () => {
    let runs = 0;
    const counted: HealthCheck = {
      name: 'counted',
      check: async () => {
        runs += 1;
        return { ok: true, detail: 'fine' };
      },
    };
    const probed = supertest(server.variant({ checks: [counted] }));
    await Promise.all(Array.from({ length: 10 }, () => probed.get('/readyz')));
    expect(runs).toBe(1);
  });
});

describe('/metrics', () => {
  it('needs system.read, unless it is public', async () => {
    const nobody = await makeCaller(database.db, 'nobody', []);
    expect((await supertest(server.app).get('/metrics')).status).toBe(401);
    expect((await supertest(server.app).get('/metrics').set('Authorization', nobody.bearer)).status).toBe(403);
    expect((await server.request('get', '/metrics')).status).toBe(200);
    expect((await supertest(server.variant({ metricsPublic: true })).get('/metrics')).status).toBe(200);
  });

  it('counts requests by route template, never by path', async () => {
    const metrics = new Registry();
    new Histogram({ name: 'of_somebody_else', help: 'x', registers: [metrics] }).observe(1);
    const counted = supertest(server.variant({ metrics, metricsPublic: true }));
    await counted.get('/api/v1/things/019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11').set('Authorization', server.admin.bearer);
    await counted.get('/nowhere/in/particular');
    const { text, type } = await counted.get('/metrics');
    expect(type).toBe('text/plain');
    expect(text).toContain(
      'muster_http_request_duration_seconds_count{method="GET",route="/things/{id}",status="404"} 1',
    );
    expect(text).toContain('muster_http_request_duration_seconds_count{method="GET",route="unmatched",status="404"} 1');
    expect(text).toContain('of_somebody_else');
  });
});

describe('the OpenAPI document', () => {
  const read = async () => (await server.request('get', '/api/v1/openapi.json')).body;

  it('needs system.read', async () => {
    expect((await supertest(server.app).get('/api/v1/openapi.json')).status).toBe(401);
  });

  it('describes every route with its permission, parameters, body, answer and examples', async () => {
    const document = await read();
    expect(document.openapi).toBe('3.1.0');
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path as object));
    expect(operations.map((operation) => operation.operationId).toSorted()).toEqual(
      routes.map((route) => route.operationId).toSorted(),
    );
    const change = document.paths['/things/{id}'].patch;
    expect(change['x-permission']).toBe('service.write');
    expect(change.parameters.map((parameter: { name: string; in: string; required: boolean }) => parameter)).toEqual([
      expect.objectContaining({ name: 'id', in: 'path', required: true }),
      expect.objectContaining({ name: 'If-Match', in: 'header', required: true }),
      expect.objectContaining({ name: 'Idempotency-Key', in: 'header', required: false }),
    ]);
    const { schema, example } = change.requestBody.content['application/json'];
    expect(schema).toMatchObject({ type: 'object', additionalProperties: false, required: ['amount'] });
    expect(example).toEqual({ amount: 4 });
    expect(change.responses['200'].content['application/json'].example.version).toBe(2);
    expect(change.responses['200'].headers.ETag).toEqual({ $ref: '#/components/headers/ETag' });
    expect(change.responses.default).toEqual({ $ref: '#/components/responses/Problem' });
  });

  it('says what a query parameter takes, and which are needed', async () => {
    const { parameters } = (await read()).paths['/things'].get;
    const limit = parameters.find((parameter: { name: string }) => parameter.name === 'limit');
    expect(limit).toEqual({
      name: 'limit',
      in: 'query',
      required: false,
      description: 'Rows on a page',
      schema: { type: 'integer', minimum: 1, maximum: 200, default: 50 },
    });
  });

  it('refers only to what it holds', async () => {
    const document = await read();
    const text = JSON.stringify(document);
    for (const [, reference = ''] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      const found = reference.split('/').reduce((part, key) => part?.[key], document);
      expect(found, reference).toBeTypeOf('object');
    }
    expect(document.components.schemas.Problem.properties.code.type).toBe('string');
    expect(text).not.toContain('$defs');
  });
});

describe('the API reference', () => {
  it('shows every route, its permission, fields and examples, and loads nothing from outside', async () => {
    const { text, status } = await server.request('get', '/api/docs');
    expect(status).toBe(200);
    for (const route of routes) {
      expect(text).toContain(`id="${route.operationId}"`);
      expect(text).toContain(`<code>${route.permission}</code>`);
    }
    expect(text).toContain('<code>GET /things/{id}</code>');
    expect(text).toContain('<code>lines[].quantity</code>');
    expect(text).toContain('integer 1 to 10');
    expect(text).toContain('no-such-thing');
    expect(text).not.toMatch(/<script|src=|href="http|@import|url\(/);
  });

  it('explains every type of problem that answers point to', async () => {
    const { text } = await server.request('get', '/api/docs');
    const problem = (await server.request('get', '/api/v1/things?limit=0')).body;
    expect(text).toContain(`id="${problem.type.split('#')[1]}"`);
  });
});

describe('every answer', () => {
  it.each(['/livez', '/api/v1/me', '/nowhere', '/api/v1/things?limit=0'])(
    'of %s carries the security headers',
    async (path) => {
      const { headers } = await server.request('get', path);
      expect(headers).toMatchObject({
        'content-security-policy': "default-src 'none';frame-ancestors 'none';base-uri 'none';form-action 'none'",
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'strict-transport-security': 'max-age=31536000',
        'cross-origin-resource-policy': 'same-origin',
        'cache-control': 'no-store',
      });
      expect(headers).not.toHaveProperty('x-powered-by');
    },
  );

  it('that is a document runs nothing and is saved under its name', async () => {
    const { headers } = await server.request('get', '/api/v1/things/report');
    expect(headers['content-security-policy']).toMatch(/^sandbox; default-src 'none'/);
    expect(headers).toMatchObject({ 'referrer-policy': 'no-referrer', 'cross-origin-opener-policy': 'same-origin' });
    expect(headers['content-disposition']).toBe(
      `attachment; filename="Ding _1_.html"; filename*=UTF-8''Ding%20%221%22.html`,
    );
  });
});
