import supertest from 'supertest';
import { beforeAll, describe, expect, test } from 'vitest';
import { SYSTEM_ACTOR } from '../../src/audit/entry.ts';
import { permissionsOf, ROLES, type Role } from '../../src/auth/permissions.ts';
import { createPrincipal } from '../../src/auth/principal.store.ts';
import { createSignInLink } from '../../src/auth/session.store.ts';
import type { Route } from '../../src/http/route.ts';
import { type RouteDependencies, routes } from '../../src/routes.ts';
import { useDatabase } from '../support/database.ts';
import { type Caller, makeCaller, serving, useApp } from './support.ts';

// Whatever is refused here is refused before a handler runs, so nothing that a handler needs is there.
const unused = new Proxy({}, { get: () => unused }) as RouteDependencies;
const ROUTES = routes(unused).filter((route) => route.kind !== 'public');
const database = useDatabase();
const server = useApp(database, () => ({ routes: routes(unused) }));
const HOST = 'muster.test:7300';

const methodOf = ({ method }: Route) => method.toUpperCase();
const pathOf = ({ path }: Route) => `/api/v1${path.replaceAll(/\{\w+\}/g, crypto.randomUUID())}`;

/** What a caller is told at each of some routes: status and code. */
async function answersTo(of: readonly Route[], headers: Readonly<Record<string, string>>): Promise<Set<string>> {
  return serving(server.app, async (port) => {
    const told = new Set<string>();
    for (const route of of) {
      const method = methodOf(route);
      const answer = await fetch(`http://127.0.0.1:${port}${pathOf(route)}`, { method, headers });
      const { code } = (await answer.json()) as { code: string };
      const isKept = answer.headers.get('cache-control') !== 'no-store';
      told.add(`${answer.status} ${code}${isKept ? ` may be kept: ${route.operationId}` : ''}`);
    }
    return told;
  });
}

describe('every route of the API', () => {
  let session: string;
  beforeAll(async () => {
    const wanted = { kind: 'person', name: 'An administrator', roles: ['admin'] } as const;
    const token = await database.db.transaction(async (tx) => {
      const { id } = await createPrincipal(tx, wanted, { actor: SYSTEM_ACTOR });
      return (await createSignInLink(tx, id, { actor: SYSTEM_ACTOR })).secret;
    });
    const form = supertest(server.app)
      .post('/sign-in')
      .set({ Host: HOST, Origin: `http://${HOST}` })
      .type('form');
    session = (await form.send({ token })).get('Set-Cookie')?.[0]?.split(';')[0] ?? '';
  });

  test('answers nobody who does not say who they are', async () => {
    expect(ROUTES.length).toBeGreaterThan(200);
    expect(await answersTo(ROUTES, {})).toEqual(new Set(['401 no-credentials']));
  });

  test.each(ROLES)('refuses a %s what the role may not do, before it looks at anything else', async (role: Role) => {
    const allowed = permissionsOf([role]);
    const forbidden = ROUTES.filter(({ permission }) => !allowed.has(permission));
    if (role === 'admin') return expect(forbidden.length).toBeLessThan(ROUTES.length);
    const { bearer }: Caller = await makeCaller(database.db, `a ${role} ${crypto.randomUUID()}`, [role]);
    expect(forbidden.length).toBeGreaterThan(20);
    return expect(await answersTo(forbidden, { Authorization: bearer })).toEqual(new Set(['403 permission-missing']));
  });

  test('takes no change from a page of another site, whoever is signed in', async () => {
    const changes = ROUTES.filter((route) => methodOf(route) !== 'GET');
    expect(changes.length).toBeGreaterThan(100);
    for (const headers of [{}, { Origin: 'http://evil.test' }, { 'Sec-Fetch-Site': 'cross-site' }]) {
      const told = await answersTo(changes, { Cookie: session, ...headers });
      // An address that stands for nothing is told so; nothing of it has been done either.
      for (const code of ['invalid-path', 'invalid-query']) told.delete(`400 ${code}`);
      expect(told).toEqual(new Set(['403 cross-site-request']));
    }
  });
});
