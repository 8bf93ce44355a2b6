import supertest from 'supertest';
import { beforeAll, describe, expect, it } from 'vitest';
import { SYSTEM_ACTOR } from '../../src/audit/entry.ts';
import { permissionsOf, ROLES, type Role } from '../../src/auth/permissions.ts';
import { makeSecret } from '../../src/auth/secret.ts';
import { createToken, revokeToken } from '../../src/auth/token.store.ts';
import { API_ROOT } from '../../src/http/api-root.ts';
import { PROBLEM_TYPE } from '../../src/http/problem.ts';
import { bodyOf, type PublicRoute, type Route } from '../../src/http/route.ts';
import { newId } from '../../src/kernel/ids.ts';
import { sendBadInput } from '../http/bad-input.ts';
import { type Caller, makeCaller } from '../http/support.ts';
import { runAs } from '../support/database.ts';
import { knownThings } from './known-things.ts';
import { useRealApp } from './real-app.ts';

const real = useRealApp();
const callers = new Map<Role, Caller>();
let powerless: Caller;
let known: Awaited<ReturnType<typeof knownThings>>;

beforeAll(async () => {
  const { db } = real.database;
  known = await knownThings(real);
  for (const role of ROLES) callers.set(role, await makeCaller(db, `only ${role}`, [role]));
  powerless = await makeCaller(db, 'powerless', []);
});

const groupOf = (route: Route) => `/${route.path.split('/')[1]}`;

/** The routes that need a credential. */
const guarded = () => real.routes.filter((route): route is Exclude<Route, PublicRoute> => route.kind !== 'public');

/** A request to a route that names things which do not exist, with the example as its body. */
function attempt(route: Route, bearer: string) {
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_brace, name: string) => (name === 'version' ? '1' : newId()));
  const request = supertest(real.server.app)
    [route.method](API_ROOT + path)
    .set('Authorization', bearer);
  if (route.kind === 'write' && route.ifMatch) request.set('If-Match', '"1"');
  return bodyOf(route) ? request.send(route.examples.body as object) : request;
}

// Whoever adds routes whose requests lead into the depths only with things that are there adds these to `knownThings`.
describe('bad input at every route of the service', () => {
  it('is refused with a problem that names the field: never a 5xx, never a hang', async () => {
    const ids = { allowed: real.server.admin.bearer, powerless: powerless.bearer };
    const groups = Map.groupBy(real.routes, groupOf);
    const failures: string[] = [];
    let sent = 0;
    for (const [group, routes] of groups) {
      const run = await sendBadInput(real.server.app, routes, ids, known.get(group));
      failures.push(...run.failures);
      sent += run.sent;
    }
    expect(failures).toEqual([]);
    expect(sent).toBeGreaterThan(real.routes.length * 20);
  }, 400_000);
});

describe('who may do what', () => {
  it('is the same for every route and role: 403 names the permission that is missing', async () => {
    const wrong: string[] = [];
    for (const route of guarded()) {
      for (const [role, caller] of callers) {
        const answer = await attempt(route, caller.bearer);
        const may = permissionsOf([role]).has(route.permission);
        const refused = answer.status === 403 && answer.body.detail.includes(route.permission);
        const isFine = may ? answer.status < 500 && !refused : refused && answer.body.code === 'permission-missing';
        if (!isFine) wrong.push(`${role} ${route.operationId}: ${answer.status} ${answer.text}`);
      }
    }
    expect(wrong).toEqual([]);
  }, 300_000);

  it('an expired, a revoked and a foreign token open no route', async () => {
    const { db } = real.database;
    const origin = { actor: SYSTEM_ACTOR };
    const principalId = real.server.admin.principal.id;
    const make = (name: string, expiresAt: Date | null) =>
      db.transaction((tx) => createToken(tx, { principalId, name, expiresAt }, origin));
    const revoked = await make('revoked', null);
    await db.transaction((tx) => revokeToken(tx, revoked.id, origin));
    const expired = await make('expired', new Date(Date.now() + 3_600_000));
    await runAs(
      real.database.superuser,
      `UPDATE api_token SET created_at = now() - interval '2 hours', expires_at = now() - interval '1 second' WHERE id = $1`,
      [expired.id],
    );
    const wrong: string[] = [];
    for (const [what, secret] of [
      ['revoked', revoked.secret],
      ['expired', expired.secret],
      ['foreign', makeSecret('token')],
    ]) {
      for (const route of guarded()) {
        const answer = await attempt(route, `Bearer ${secret}`);
        const isFine = answer.status === 401 && answer.type === PROBLEM_TYPE && answer.headers['www-authenticate'];
        if (!isFine) wrong.push(`${what} ${route.operationId}: ${answer.status} ${answer.text}`);
      }
    }
    expect(wrong).toEqual([]);
  }, 300_000);
});

describe('methods', () => {
  const METHODS = ['get', 'head', 'post', 'put', 'patch', 'delete', 'options'] as const;
  const pathOf = (path: string) => API_ROOT + path.replaceAll(/\{\w+\}/g, newId());
  const send = (method: (typeof METHODS)[number], path: string) =>
    supertest(real.server.app)[method](pathOf(path)).set('Authorization', real.server.admin.bearer);

  it('that a path does not take are answered with 405 and those it takes', async () => {
    const wrong: string[] = [];
    for (const [path, routes] of Map.groupBy(real.routes, (route) => route.path)) {
      const known = new Set<string>(routes.map((route) => route.method));
      for (const method of METHODS) {
        if (known.has(method) || method === 'options' || (method === 'head' && known.has('get'))) continue;
        const answer = await send(method, path);
        const allow = new Set((answer.headers.allow ?? '').toLowerCase().split(', '));
        if (answer.status !== 405 || [...known].some((one) => !allow.has(one)))
          wrong.push(`${method} ${path}: ${answer.status}`);
      }
      const options = await send('options', path);
      if (options.status !== 204) wrong.push(`options ${path}: ${options.status}`);
    }
    expect(wrong).toEqual([]);
  }, 300_000);

  it('HEAD answers as GET does, without a body', async () => {
    const wrong: string[] = [];
    for (const route of real.routes.filter(({ method }) => method === 'get')) {
      const [get, head] = [await send('get', route.path), await send('head', route.path)];
      const isSame = head.status === get.status && head.headers['content-type'] === get.headers['content-type'];
      if (!isSame || head.text) wrong.push(`${route.path}: GET ${get.status}, HEAD ${head.status} ${head.text}`);
    }
    expect(wrong).toEqual([]);
  }, 60_000);
});
