import supertest from 'supertest';
import { beforeAll, describe, expect, it } from 'vitest';
import { authRoutes } from '../../src/auth/auth.routes.ts';
import { grantToken } from '../../src/auth/token.service.ts';
import { newId } from '../../src/kernel/ids.ts';
import { type Caller, makeCaller, useApp } from '../http/support.ts';
import { useDatabase } from '../support/database.ts';

const database = useDatabase();
const server = useApp(database, () => ({ routes: authRoutes() }));
let operator: Caller;
let viewer: Caller;
let manager: Caller;
beforeAll(async () => {
  operator = await makeCaller(database.db, 'operator', ['operator']);
  viewer = await makeCaller(database.db, 'viewer', ['viewer']);
  manager = await makeCaller(database.db, 'manager', ['asset-manager']);
});

const as = (caller: Caller) => ({
  get: (path: string) => supertest(server.app).get(`/api/v1${path}`).set('Authorization', caller.bearer),
  post: (path: string, body: object) =>
    supertest(server.app).post(`/api/v1${path}`).set('Authorization', caller.bearer).send(body),
  delete: (path: string) => supertest(server.app).delete(`/api/v1${path}`).set('Authorization', caller.bearer),
});

describe('GET /me', () => {
  it('says who one is and what one may do', async () => {
    const { body } = await as(viewer).get('/me');
    expect(body).toMatchObject({ id: viewer.principal.id, name: 'viewer', kind: 'service-account', roles: ['viewer'] });
    expect(body.permissions).toContain('service.read');
    expect(body.permissions).not.toContain('token.manage');
  });

  it.each([
    ['nothing', undefined, 'Bearer realm="muster"'],
    ['another scheme', 'Basic dTpw', 'Bearer realm="muster", error="invalid_token"'],
    ['an unknown token', `Bearer muster_${'x'.repeat(43)}`, 'Bearer realm="muster", error="invalid_token"'],
  ])('with %s is 401 and says how to authenticate', async (_what, authorization, challenge) => {
    const request = supertest(server.app).get('/api/v1/me');
    const answer = await (authorization === undefined ? request : request.set('Authorization', authorization));
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, challenge]);
  });
});

describe('POST /tokens', () => {
  it('makes a token for oneself that works at once and is shown once', async () => {
    const made = await as(viewer).post('/tokens', { name: 'for a script', expiresAt: '2099-01-01T00:00:00Z' });
    expect(made.status).toBe(201);
    expect(made.body.token).toMatchObject({
      name: 'for a script',
      principalName: 'viewer',
      createdBy: viewer.principal.id,
      expiresAt: '2099-01-01T00:00:00.000Z',
    });
    const me = await supertest(server.app).get('/api/v1/me').set('Authorization', `Bearer ${made.body.secret}`);
    expect(me.body.id).toBe(viewer.principal.id);
    expect((await as(viewer).get('/tokens')).text).not.toContain(made.body.secret);
  });

  it('is recorded with who asked for it and the request', async () => {
    const made = await as(viewer).post('/tokens', { name: 'recorded' });
    const entries = await database.db.rows(
      'SELECT actor_id, action, request_id FROM audit_entry WHERE subject_id = $1',
      [made.body.token.id],
    );
    expect(entries).toEqual([
      { actor_id: viewer.principal.id, action: 'token.create', request_id: made.headers['x-request-id'] },
    ]);
  });

  it('for somebody else needs the permission token.manage', async () => {
    const answer = await as(operator).post('/tokens', { name: 'x', principalId: viewer.principal.id });
    expect([answer.status, answer.body.code]).toEqual([403, 'permission-missing']);
    expect(answer.body.detail).toContain('token.manage');
    expect((await as(server.admin).post('/tokens', { name: 'x', principalId: viewer.principal.id })).status).toBe(201);
  });

  it('is refused for an unknown principal and for an expiry in the past', async () => {
    const unknown = await as(server.admin).post('/tokens', { name: 'x', principalId: newId() });
    expect([unknown.status, unknown.body.code]).toEqual([404, 'no-such-principal']);
    const past = await as(viewer).post('/tokens', { name: 'x', expiresAt: '2020-01-01T00:00:00Z' });
    expect([past.status, past.body.fields?.[0].field]).toEqual([400, '#/expiresAt']);
  });
});

describe('GET /tokens', () => {
  it('shows one’s own tokens, and everybody’s to who manages tokens', async () => {
    const owners = async (caller: Caller, query = '') =>
      new Set(
        (await as(caller).get(`/tokens${query}`)).body.items.map(
          (token: { principalName: string }) => token.principalName,
        ),
      );
    expect(await owners(viewer)).toEqual(new Set(['viewer']));
    expect(await owners(server.admin)).toEqual(new Set(['admin', 'operator', 'viewer', 'manager']));
    expect(await owners(server.admin, `?principalId=${operator.principal.id}`)).toEqual(new Set(['operator']));
    expect((await as(viewer).get(`/tokens?principalId=${operator.principal.id}`)).status).toBe(403);
  });

  it('comes in pages that hold each token once', async () => {
    const seen: string[] = [];
    let next: string | null = '';
    while (next !== null) {
      const page: supertest.Response = await as(server.admin).get(`/tokens?limit=2${next && `&after=${next}`}`);
      expect(page.body.items.length).toBeLessThanOrEqual(2);
      seen.push(...page.body.items.map((token: { id: string }) => token.id));
      next = page.body.next;
    }
    const all = await database.db.rows<{ id: string }>('SELECT id FROM api_token ORDER BY id');
    expect(seen).toEqual(all.map((token) => token.id));
  });
});

describe('DELETE /tokens/{id}', () => {
  it('revokes one’s own token; it stops working as soon as what is believed about it is old', async () => {
    const { token, secret } = (await as(manager).post('/tokens', { name: 'short' })).body;
    const me = () => supertest(server.app).get('/api/v1/me').set('Authorization', `Bearer ${secret}`);
    expect((await me()).status).toBe(200);
    expect((await as(manager).delete(`/tokens/${token.id}`)).status).toBe(204);
    await expect.poll(async () => (await me()).body.code, { interval: 20 }).toBe('token-revoked');
  });

  it('knows nothing of the tokens of others, unless one manages tokens', async () => {
    const path = `/tokens/${operator.tokenId}`;
    const foreign = await as(viewer).delete(path);
    const unknown = await as(viewer).delete(`/tokens/${newId()}`);
    expect([foreign.status, foreign.body.code]).toEqual([unknown.status, unknown.body.code]);
    expect((await as(server.admin).delete(path)).status).toBe(204);
    expect((await as(server.admin).delete(path)).status).toBe(204);
  });
});

describe('authority', () => {
  it('cannot be widened: nobody makes a token for a principal that may do more than they', async () => {
    // No role has token.manage without being admin, so a principal between the two is made by hand.

    const permissions = new Set([...viewer.principal.permissions, 'token.manage' as const]);
    const caller = { principal: { ...viewer.principal, permissions }, requestId: 'r' };
    const grant = (principalId: string) =>
      database.db.transaction((tx) => grantToken(tx, caller, { principalId, name: 'x', expiresAt: null }));
    await expect(grant(server.admin.principal.id)).rejects.toMatchObject({
      kind: 'forbidden',
      code: 'more-than-yourself',
    });
    const peer = await makeCaller(database.db, 'peer', ['viewer']);
    expect((await grant(peer.principal.id)).token.principalId).toBe(peer.principal.id);
  });
});
