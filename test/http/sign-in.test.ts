import supertest from 'supertest';
import { beforeAll, describe, expect, it } from 'vitest';
import { SYSTEM_ACTOR } from '../../src/audit/entry.ts';
import { authRoutes } from '../../src/auth/auth.routes.ts';
import { createPrincipal } from '../../src/auth/principal.store.ts';
import { makeSecret } from '../../src/auth/secret.ts';
import { createSignInLink } from '../../src/auth/session.store.ts';
import type { HtmlPage } from '../../src/http/html-page.ts';
import { signInPath } from '../../src/http/sign-in.pages.ts';
import { html } from '../../src/kernel/html.ts';
import { useDatabase } from '../support/database.ts';
import { makeCaller, useApp } from './support.ts';

const pages: readonly HtmlPage[] = [
  {
    path: '/',
    title: 'Start',
    permission: 'system.read',
    render: async ({ principal }) => html`<h1>Hello ${principal.name}</h1>`,
  },
  {
    path: '/broken',
    title: 'Broken',
    permission: 'system.read',
    render: async () => {
      throw new Error('swordfish');
    },
  },
];

const database = useDatabase();
const server = useApp(database, () => ({ routes: authRoutes(), pages }));
let principalId: string;
beforeAll(async () => {
  const wanted = { kind: 'person', name: '<b>Night & day</b>', roles: ['viewer'] } as const;
  principalId = (await database.db.transaction((tx) => createPrincipal(tx, wanted, { actor: SYSTEM_ACTOR }))).id;
});

const HOST = 'muster.test:7300';
const makeLink = async () =>
  (await database.db.transaction((tx) => createSignInLink(tx, principalId, { actor: SYSTEM_ACTOR }))).secret;
const signIn = (token: string, origin: string = `http://${HOST}`) =>
  supertest(server.app).post('/sign-in').set('Host', HOST).set('Origin', origin).type('form').send({ token });

async function signedIn(): Promise<string> {
  const [cookie] = (await signIn(await makeLink())).get('Set-Cookie') ?? [];
  return cookie?.split(';')[0] ?? '';
}

describe('a page', () => {
  it('without a session is a plain 401 page that says how to sign in', async () => {
    const answer = await supertest(server.app).get('/');
    expect([answer.status, answer.type]).toEqual([401, 'text/html']);
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="muster"');
    expect(answer.text).toContain('muster token sign-in-link');
  });

  it('shows itself to a session and to a bearer token, and escapes what it is given', async () => {
    const answer = await supertest(server.app)
      .get('/')
      .set('Cookie', await signedIn());
    expect([answer.status, answer.type]).toEqual([200, 'text/html']);
    expect(answer.text).toContain('Hello &lt;b&gt;Night &amp; day&lt;/b&gt;');
    expect((await server.request('get', '/')).status).toBe(200);
  });

  it('needs its permission', async () => {
    const nobody = await makeCaller(database.db, 'nobody', []);
    const answer = await supertest(server.app).get('/').set('Authorization', nobody.bearer);
    expect([answer.status, answer.type]).toEqual([403, 'text/html']);
    expect(answer.text).toContain('system.read');
  });

  it('allows no script, nothing from outside, and no frame around it', async () => {
    const answer = await server.request('get', '/');
    const policy = answer.headers['content-security-policy'] ?? '';
    const nonce = /style-src 'nonce-([^']+)'/.exec(policy)?.[1];
    expect(policy).toMatch(/^default-src 'none'/);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(answer.text).toContain(`<style nonce="${nonce}">`);
    expect((await server.request('get', '/')).headers['content-security-policy']).not.toBe(policy);
  });

  it('tells nothing about a bug', async () => {
    const answer = await server.request('get', '/broken');
    expect([answer.status, answer.type]).toEqual([500, 'text/html']);
    expect(answer.text).not.toContain('swordfish');
    expect(answer.text).toContain(answer.headers['x-request-id']);
  });
});

describe('signing in', () => {
  it('is not done by a program that only looks at the link', async () => {
    const link = await makeLink();
    for (const method of ['get', 'head', 'get'] as const) {
      const looked = await supertest(server.app)[method](signInPath(link));
      expect([looked.status, looked.get('Set-Cookie')]).toEqual([200, undefined]);
    }
    expect((await signIn(link)).status).toBe(303);
  });

  it('gives a cookie that scripts and other sites cannot use, and goes to the first page', async () => {
    const answer = await signIn(await makeLink());
    expect([answer.status, answer.headers.location]).toEqual([303, '/']);
    const [cookie = ''] = answer.get('Set-Cookie') ?? [];
    expect(cookie).toMatch(
      /^muster_session=muster_session_[\w-]{43}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/,
    );
  });

  it('marks the cookie Secure behind a proxy that speaks TLS', async () => {
    const behindProxy = server.variant({ trustedProxies: 1 });
    const request = supertest(behindProxy).post('/sign-in').set('Host', HOST).set('X-Forwarded-Proto', 'https');
    const answer = await request
      .set('Sec-Fetch-Site', 'same-origin')
      .type('form')
      .send({ token: await makeLink() });
    expect(answer.get('Set-Cookie')?.[0]).toMatch(/; Secure$/);
  });

  it('never goes on with a session that was there before, planted or somebody’s', async () => {
    const me = (cookie: string) => supertest(server.app).get('/api/v1/me').set('Cookie', cookie);
    const nobodys = `muster_session=${makeSecret('session')}`;
    for (const planted of [nobodys, await signedIn()]) {
      const answer = await signIn(await makeLink()).set('Cookie', planted);
      const [cookie = ''] = answer.get('Set-Cookie')?.[0]?.split(';') ?? [];
      expect(cookie).not.toBe(planted);
      expect((await me(cookie)).status).toBe(200);
      await expect.poll(async () => (await me(planted)).status, { interval: 20 }).toBe(401);
    }
  });

  it('works once', async () => {
    const link = await makeLink();
    expect((await signIn(link)).status).toBe(303);
    const again = await signIn(link);
    expect([again.status, again.get('Set-Cookie')]).toEqual([401, undefined]);
    expect(again.text).toContain('was used already');
  });

  it.each([
    ['nothing', ''],
    ['nonsense', 'nonsense'],
    ['a token', makeSecret('token')],
    ['a link of nobody', makeSecret('sign-in-link')],
  ])('with %s is refused with a page', async (_what, token) => {
    const answer = await signIn(token);
    expect([answer.status, answer.type]).toEqual([401, 'text/html']);
  });

  it('cannot be started by another site', async () => {
    const link = await makeLink();
    expect((await signIn(link, 'http://evil.test')).status).toBe(403);
    expect((await signIn(link, 'null')).status).toBe(403);
    const silent = supertest(server.app).post('/sign-in').set('Host', HOST).type('form').send({ token: link });
    expect((await silent).status).toBe(403);
    expect((await signIn(link)).status).toBe(303);
  });

  it('lets the browser send its origin with the form', async () => {
    const answer = await supertest(server.app).get(signInPath(await makeLink()));
    expect(answer.headers['referrer-policy']).toBe('strict-origin');
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it('refuses a form that is too large, and other bodies', async () => {
    const send = (type: string, body: string) =>
      supertest(server.app).post('/sign-in').set('Host', HOST).set('Origin', `http://${HOST}`).type(type).send(body);
    expect((await send('form', `token=${'x'.repeat(5000)}`)).status).toBe(413);
    expect((await send('json', '{"token":"x"}')).status).toBe(400);
  });
});

describe('a session', () => {
  it('reads the API like a token', async () => {
    const answer = await supertest(server.app)
      .get('/api/v1/me')
      .set('Cookie', `theme=dark; ${await signedIn()}`);
    expect(answer.body.id).toBe(principalId);
  });

  it('writes only from a page of this server', async () => {
    const cookie = await signedIn();
    const write = (headers: Record<string, string>) =>
      supertest(server.app)
        .post('/api/v1/tokens')
        .set({ Host: HOST, Cookie: cookie, ...headers })
        .send({ name: 'x' });
    for (const headers of [
      {},
      { Origin: 'http://evil.test' },
      { Origin: 'null' },
      { Origin: `http://${HOST}`, 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
      { 'Sec-Fetch-Site': 'none' },
    ]) {
      const answer = await write(headers);
      expect([answer.status, answer.body.code]).toEqual([403, 'cross-site-request']);
    }
    expect((await write({ Origin: `http://${HOST}` })).status).toBe(201);
    expect((await write({ Origin: `http://${HOST}`, 'Sec-Fetch-Site': 'same-origin' })).status).toBe(201);
  });

  it('ends by signing out', async () => {
    const cookie = await signedIn();
    const out = await supertest(server.app)
      .post('/sign-out')
      .set({ Host: HOST, Cookie: cookie, Origin: `http://${HOST}` });
    expect([out.status, out.get('Set-Cookie')?.[0]]).toEqual([303, expect.stringContaining('Max-Age=0')]);
    const me = () => supertest(server.app).get('/api/v1/me').set('Cookie', cookie);
    await expect.poll(async () => (await me()).body.code, { timeout: 3000, interval: 20 }).toBe('session-revoked');
  });
});
