import supertest from 'supertest';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SYSTEM_ACTOR } from '../../src/audit/entry.ts';
import { authRoutes } from '../../src/auth/auth.routes.ts';
import { personAccountRoutes } from '../../src/auth/person-account.routes.ts';
import { createPrincipal } from '../../src/auth/principal.store.ts';
import { sessionRoutes } from '../../src/auth/session.routes.ts';
import { createSignInLink } from '../../src/auth/session.store.ts';
import { openApiDocument } from '../../src/http/openapi.ts';
import { PROBLEM_TYPE } from '../../src/http/problem.ts';
import { letTriesAge, type MadePerson, makePerson, PASSWORD } from '../auth/persons.ts';
import { runAs, useDatabase } from '../support/database.ts';
import { useApp } from './support.ts';

const routes = [...authRoutes(), ...sessionRoutes(), ...personAccountRoutes()];
const database = useDatabase();
const server = useApp(database, () => ({ routes, trustedProxies: 1 }));
const HOST = 'muster.test:7300';
const OURS = { Host: HOST, Origin: `http://${HOST}` };
const NEXT = 'noch vier andere Wörter';
let addresses = 0;
let person: MadePerson;
let admin: MadePerson;
beforeAll(async () => {
  admin = await makePerson(database.db, { roles: ['admin'] });
});
beforeEach(async () => {
  person = await makePerson(database.db);
});

type Method = 'get' | 'post' | 'put' | 'delete';
type Headers = Readonly<Record<string, string>>;

/** A request as a page of ours sends it; each test run comes from addresses that nobody used before. */
function send(method: Method, path: string, headers: Headers = {}, body?: object) {
  addresses += 1;
  const from = `198.51.${addresses >> 8}.${addresses & 255}`;
  const request = supertest(server.app)
    [method](`/api/v1${path}`)
    .set({ ...OURS, 'X-Forwarded-For': from, ...headers });
  return body ? request.send(body) : request;
}

const signIn = (name = person.name, password = PASSWORD, headers: Headers = {}) =>
  send('post', '/session', headers, { name, password });
const cookieOf = (answer: supertest.Response) => answer.get('Set-Cookie')?.[0]?.split(';')[0] ?? '';
const signedIn = async (who = person) => cookieOf(await signIn(who.name));
const ENDED = /^muster_session=; Path=\/; Max-Age=0; HttpOnly; SameSite=Strict$/;

/** A session is believed for a second: a new app has asked nobody yet. */
async function codeOf(cookie: string): Promise<string> {
  const me = () => send('get', '/me', { Cookie: cookie });
  await expect.poll(async () => (await me()).status, { interval: 20 }).toBe(401);
  return (await me()).body.code;
}

async function byLink(who = person): Promise<string> {
  const { secret } = await database.db.transaction((tx) =>
    createSignInLink(tx, who.principal.id, { actor: SYSTEM_ACTOR }),
  );
  return cookieOf(await supertest(server.app).post('/sign-in').set(OURS).type('form').send({ token: secret }));
}

const age = (what: string) =>
  runAs(database.superuser, `UPDATE session SET ${what} WHERE principal_id = $1`, [person.principal.id]);
const actionsOf = async () =>
  (
    await database.db.rows<{ action: string }>(
      `SELECT action FROM audit_entry WHERE actor_id = $1 OR subject_id = $1::text ORDER BY id`,
      [person.principal.id],
    )
  ).map(({ action }) => action);

describe('POST /session', () => {
  it('answers 201 with a cookie that scripts and other sites cannot use', async () => {
    const answer = await signIn();
    expect([answer.status, answer.body]).toEqual([201, { principal: { id: person.principal.id, name: person.name } }]);
    expect(answer.get('Set-Cookie')).toEqual([
      expect.stringMatching(
        /^muster_session=muster_session_[\w-]{43}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/,
      ),
    ]);
    expect(answer.text).not.toContain('muster_session');
    expect((await signIn(person.email, PASSWORD, { 'X-Forwarded-Proto': 'https' })).get('Set-Cookie')?.[0]).toMatch(
      /; Secure$/,
    );
  });

  it('opens a session of its own each time, and ends the one that came along', async () => {
    const planted = await signedIn(await makePerson(database.db));
    const answer = await signIn(person.name, PASSWORD, { Cookie: planted });
    expect(cookieOf(answer)).not.toBe(planted);
    expect(await codeOf(planted)).toBe('session-revoked');
    expect((await send('get', '/me', { Cookie: cookieOf(answer) })).body.id).toBe(person.principal.id);
    const worthless = `muster_session=muster_session_${'x'.repeat(43)}`;
    expect((await signIn(person.name, PASSWORD, { Cookie: worthless })).status).toBe(201);
  });

  it('refuses a wrong password with a problem and no cookie', async () => {
    const answer = await signIn(person.name, 'wrong');
    expect([answer.status, answer.type, answer.body.code]).toEqual([401, PROBLEM_TYPE, 'sign-in-refused']);
    expect(answer.get('Set-Cookie')).toBeUndefined();
  });

  it('says with 429 when to try again, and a link signs in all the same', async () => {
    for (let count = 0; count < 5; count += 1) await signIn(person.name, 'wrong');
    const answer = await signIn();
    expect([answer.status, answer.type, answer.body.code]).toEqual([429, PROBLEM_TYPE, 'sign-in-locked']);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    expect((await send('get', '/me', { Cookie: await byLink() })).status).toBe(200);
    await letTriesAge(database.db, 31);
    expect((await signIn()).status).toBe(201);
  });

  it('cannot be sent by another site, cookie or not', async () => {
    const foreign: Headers[] = [
      { Origin: 'http://evil.test' },
      { Origin: 'null' },
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
    ];
    for (const headers of foreign) {
      const answer = await signIn(person.name, PASSWORD, headers);
      expect([answer.status, answer.body.code, answer.get('Set-Cookie')]).toEqual([
        403,
        'cross-site-request',
        undefined,
      ]);
    }
    const silent = await supertest(server.app).post('/api/v1/session').send({ name: person.name, password: PASSWORD });
    expect(silent.status).toBe(403);
  });

  it('is the one operation of the document without a credential', () => {
    const { paths } = openApiDocument(routes, { version: '1' }) as {
      paths: Record<string, Record<string, { security?: unknown[]; operationId: string }>>;
    };
    const open = Object.values(paths).flatMap((path) => Object.values(path).filter(({ security }) => security));
    expect(open).toEqual([expect.objectContaining({ operationId: 'signIn', security: [] })]);
  });
});

describe('a session', () => {
  it('is told by /me, and is none where a token comes', async () => {
    const { body } = await send('get', '/me', { Cookie: await signedIn() });
    expect(body).toMatchObject({ hasPassword: true, zone: null, session: { openedBy: 'password' } });
    const linked = await makePerson(database.db, { hasPassword: false });
    const { body: other } = await send('get', '/me', { Cookie: await byLink(linked) });
    expect(other).toMatchObject({ hasPassword: false, session: { openedBy: 'link' } });
    expect((await server.request('get', '/api/v1/me')).body).toMatchObject({ hasPassword: false, session: null });
  });

  it('ends by signing out, which clears the cookie', async () => {
    const cookie = await signedIn();
    expect((await send('delete', '/session', { Cookie: cookie, Origin: 'http://evil.test' })).status).toBe(403);
    const answer = await send('delete', '/session', { Cookie: cookie });
    expect([answer.status, answer.get('Set-Cookie')]).toEqual([204, [expect.stringMatching(ENDED)]]);
    expect(await codeOf(cookie)).toBe('session-revoked');
    expect(await actionsOf()).toEqual(expect.arrayContaining(['session.open', 'session.close']));
  });

  it('is over when nobody used it for two hours, and goes on where somebody did', async () => {
    const cookie = await signedIn();
    await age(`last_used_at = now() - interval '2 hours'`);
    expect(await codeOf(cookie)).toBe('session-expired');
    await age(`last_used_at = now() - interval '119 minutes'`);
    expect((await send('get', '/me', { Cookie: cookie })).status).toBe(200);
    await server.authenticator.flush();
    const [row] = await database.db.rows<{ fresh: boolean }>(
      `SELECT last_used_at > now() - interval '1 minute' AS fresh FROM session WHERE principal_id = $1`,
      [person.principal.id],
    );
    expect(row?.fresh).toBe(true);
  });

  it('is listed with where it was opened, and others are not', async () => {
    await signedIn(admin);
    const first = await signIn(person.name, PASSWORD, { 'User-Agent': `Browser\u00e9 ${'x'.repeat(300)}` });
    const odd = await signIn(person.name, PASSWORD, { 'X-Forwarded-For': `no address ${'x'.repeat(100)}` });
    expect((await send('delete', '/session', { Cookie: cookieOf(odd) })).status).toBe(204);
    const cookie = await signedIn();
    const { body } = await send('get', '/me/sessions', { Cookie: cookie });
    expect(body.items).toHaveLength(2);
    expect(body.items[0]).toMatchObject({
      openedBy: 'password',
      isThisOne: true,
      address: expect.stringMatching(/^198/),
    });
    expect(body.items[1]).toMatchObject({ isThisOne: false, agent: `Browser ${'x'.repeat(192)}` });
    const { body: page } = await send('get', '/me/sessions?limit=1', { Cookie: cookieOf(first) });
    const { body: rest } = await send('get', `/me/sessions?after=${page.next}`, { Cookie: cookieOf(first) });
    expect(rest.items.map(({ id }: { id: string }) => id)).toEqual([body.items[1].id]);
  });

  it('can be ended by its owner from another one, and by nobody else', async () => {
    const [cookie, lost] = [await signedIn(), await signedIn()];
    const { body } = await send('get', '/me/sessions', { Cookie: lost });
    const { id } = body.items[0];
    const stranger = await send('delete', `/me/sessions/${id}`, { Cookie: await signedIn(admin) });
    expect([stranger.status, stranger.body.code]).toEqual([404, 'no-such-session']);
    const answer = await send('delete', `/me/sessions/${id}`, { Cookie: cookie });
    expect([answer.status, answer.get('Set-Cookie')]).toEqual([204, undefined]);
    expect(await codeOf(lost)).toBe('session-revoked');
    const own = (await send('get', '/me/sessions', { Cookie: cookie })).body.items[0].id;
    expect((await send('delete', `/me/sessions/${own}`, { Cookie: cookie })).get('Set-Cookie')).toEqual([
      expect.stringMatching(ENDED),
    ]);
  });

  it('ends with all others by signing out everywhere', async () => {
    const cookies = [await signedIn(), await signedIn(), await byLink()];
    const answer = await send('delete', '/me/sessions', { Cookie: cookies[0] ?? '' });
    expect([answer.status, answer.get('Set-Cookie')]).toEqual([204, [expect.stringMatching(ENDED)]]);
    for (const cookie of cookies) expect(await codeOf(cookie)).toBe('session-revoked');
  });
});

describe('PUT /me/password', () => {
  const change = (cookie: string, body: object, headers: Headers = {}) =>
    send('put', '/me/password', { Cookie: cookie, ...headers }, body);

  it('changes it: other sessions end, and this one gets another secret', async () => {
    const [cookie, other] = [await signedIn(), await signedIn()];
    const answer = await change(cookie, { current: PASSWORD, password: NEXT });
    expect([answer.status, answer.text]).toEqual([204, '']);
    const renewed = cookieOf(answer);
    expect(renewed).toMatch(/^muster_session=muster_session_/);
    expect(await codeOf(cookie)).toBe('session-unknown');
    expect(await codeOf(other)).toBe('session-revoked');
    expect((await send('get', '/me', { Cookie: renewed })).status).toBe(200);
    expect((await signIn()).status).toBe(401);
    expect((await signIn(person.name, NEXT)).status).toBe(201);
    expect(await actionsOf()).toContain('password.set');
    const kept = await database.db.rows('SELECT FROM audit_entry WHERE details::text LIKE $1', [`%${NEXT}%`]);
    expect(kept).toEqual([]);
  });

  it('wants the current one, and counts what is tried as it does where people sign in', async () => {
    const cookie = await signedIn();
    const missing = await change(cookie, { password: NEXT });
    expect([missing.status, missing.body.code]).toEqual([400, 'current-password-missing']);
    for (let count = 0; count < 5; count += 1) {
      const wrong = await change(cookie, { current: 'wrong', password: NEXT });
      expect([wrong.status, wrong.body.fields[0].field]).toEqual([422, '#/current']);
    }
    expect((await change(cookie, { current: PASSWORD, password: NEXT })).status).toBe(429);
    expect((await signIn()).status).toBe(429);
  });

  it('needs no current one shortly after a link, and where there is none', async () => {
    const cookie = await byLink();
    const renewed = cookieOf(await change(cookie, { password: NEXT }));
    await age(`created_at = created_at - interval '16 minutes'`);
    expect((await change(renewed, { password: PASSWORD })).body.code).toBe('current-password-missing');
    const linked = await makePerson(database.db, { hasPassword: false });
    expect((await change(await byLink(linked), { password: NEXT })).status).toBe(204);
    expect((await signIn(linked.name, NEXT)).status).toBe(201);
  });

  it('names what is wrong with a new one', async () => {
    const answer = await change(await signedIn(), { current: PASSWORD, password: `${person.name} again` });
    expect([answer.status, answer.body.code, answer.body.fields]).toEqual([
      400,
      'unfit-password',
      [{ field: '#/password', message: 'must not contain your name or e-mail address' }],
    ]);
  });

  it('cannot be sent by another site, by a token, or for a team', async () => {
    const foreign = await change(
      await signedIn(),
      { current: PASSWORD, password: NEXT },
      { Origin: 'http://evil.test' },
    );
    expect([foreign.status, foreign.body.code]).toEqual([403, 'cross-site-request']);
    const token = await server.request('put', '/api/v1/me/password').send({ password: NEXT });
    expect([token.status, token.body.code]).toEqual([403, 'session-needed']);
    const wanted = { kind: 'team', name: 'a team', roles: ['viewer'] } as const;
    const team = await database.db.transaction((tx) => createPrincipal(tx, wanted, { actor: SYSTEM_ACTOR }));
    const answer = await change(await byLink({ ...person, principal: team }), { password: NEXT });
    expect([answer.status, answer.body.code]).toEqual([422, 'not-a-person']);
  });

  it('is not kept, nor any digest of it, under the key of a repeatable request', async () => {
    const key = { 'Idempotency-Key': 'password-change' };
    expect((await change(await signedIn(), { current: PASSWORD, password: NEXT }, key)).status).toBe(204);
    expect(await database.db.rows('SELECT FROM idempotency_record WHERE key = $1', ['password-change'])).toEqual([]);
  });
});

describe('an administrator', () => {
  it('makes a link for a person that works once', async () => {
    const cookie = await signedIn(admin);
    const answer = await send('post', `/persons/${person.principal.id}/sign-in-links`, { Cookie: cookie });
    expect(answer.status).toBe(201);
    const token = /^\/sign-in\?token=(.*)$/.exec(answer.body.path)?.[1] ?? '';
    const use = () => supertest(server.app).post('/sign-in').set(OURS).type('form').send({ token });
    const used = await use();
    expect((await send('get', '/me', { Cookie: cookieOf(used) })).body.id).toBe(person.principal.id);
    expect((await use()).status).toBe(401);
  });

  it('takes a password away, and the sessions with it', async () => {
    const [cookie, theirs] = [await signedIn(admin), await signedIn()];
    const withdraw = () => send('delete', `/persons/${person.principal.id}/password`, { Cookie: cookie });
    expect((await withdraw()).status).toBe(204);
    expect(await codeOf(theirs)).toBe('session-revoked');
    expect((await signIn()).status).toBe(401);
    expect((await withdraw()).status).toBe(204);
    expect((await actionsOf()).filter((action) => action === 'password.withdraw')).toHaveLength(1);
  });

  it('ends the sessions of a person, who may sign in again', async () => {
    const theirs = await signedIn();
    const path = `/persons/${person.principal.id}/sessions`;
    expect((await send('delete', path, { Cookie: await signedIn(admin) })).status).toBe(204);
    expect(await codeOf(theirs)).toBe('session-revoked');
    expect((await signIn()).status).toBe(201);
  });

  it('alone may do so', async () => {
    const cookie = await signedIn();
    for (const [method, what] of [
      ['post', 'sign-in-links'],
      ['delete', 'password'],
      ['delete', 'sessions'],
    ] as const) {
      const answer = await send(method, `/persons/${admin.principal.id}/${what}`, { Cookie: cookie });
      expect([answer.status, answer.body.code]).toEqual([403, 'permission-missing']);
    }
  });

  it('does it to persons alone, and makes no link for a disabled one', async () => {
    const cookie = await signedIn(admin);
    for (const [method, what] of [
      ['post', 'sign-in-links'],
      ['delete', 'password'],
      ['delete', 'sessions'],
    ] as const) {
      const answer = await send(method, `/persons/${server.admin.principal.id}/${what}`, { Cookie: cookie });
      expect([answer.status, answer.body.code]).toEqual([404, 'no-such-person']);
    }
    await database.db.execute('UPDATE principal SET disabled_at = now() WHERE id = $1', [person.principal.id]);
    const answer = await send('post', `/persons/${person.principal.id}/sign-in-links`, { Cookie: cookie });
    expect([answer.status, answer.body.code]).toEqual([409, 'principal-disabled']);
  });
});
