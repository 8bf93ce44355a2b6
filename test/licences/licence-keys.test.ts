import { Writable } from 'node:stream';
import { pino } from 'pino';
import supertest from 'supertest';
import { describe, expect, test } from 'vitest';
import { newId } from '../../src/kernel/ids.ts';
import { licenceKeyRoutes } from '../../src/licences/licence-key.routes.ts';
import { makeCaller, useApp } from '../http/support.ts';
import { auditOf } from '../people/cast.ts';
import { runAs, useDatabase } from '../support/database.ts';
import { LICENCE_ENTITIES, licencesOf, useKeyring } from './support.ts';

const database = useDatabase(LICENCE_ENTITIES);
const secrets = useKeyring();
const server = useApp(database, () => ({ routes: licenceKeyRoutes({ keyring: secrets.keyring }) }));
const make = licencesOf(database);
const KEYS = '/api/v1/licence-keys';
const REASON = { reason: 'Rebuilding the standby node' };

const add = (body: object) => server.request('post', KEYS).send(body);
const reveal = (id: string) => server.request('post', `${KEYS}/${id}/reveal`).send(REASON);
const withdraw = (id: string, version: number) =>
  server.request('post', `${KEYS}/${id}/withdraw`).set('If-Match', `"${version}"`).send({ reason: 'replaced' });

/** A key that no other test has, in an entitlement of its own. */
async function addKey(more: object = {}) {
  const entitlement = await make.entitlement();
  const key = `KEY-${newId().toUpperCase()}`;
  const answer = await add({ entitlementId: entitlement.id, key, ...more });
  expect([answer.status, answer.body.fields]).toEqual([201, undefined]);
  return { id: answer.body.id as string, key, entitlement, answer };
}

/** Changes what the service may not: as somebody who owns the tables and switches their guards off. */
async function tamper(sql: string, parameters: unknown[]): Promise<void> {
  await runAs(database.owner, 'ALTER TABLE licence_key DISABLE TRIGGER licence_key_guard');
  await runAs(database.owner, sql, parameters);
  await runAs(database.owner, 'ALTER TABLE licence_key ENABLE ALWAYS TRIGGER licence_key_guard');
}

describe('a licence key', () => {
  test('is shown to whoever may, for a reason that is recorded', async () => {
    const { id, key, entitlement, answer } = await addKey({ seat: 'standby node' });
    expect(answer.body).toMatchObject({ seat: 'standby node', withdrawn: null, entitlement: { id: entitlement.id } });
    const shown = await reveal(id);
    expect([shown.status, shown.body.key]).toEqual([200, key]);
    expect(shown.headers['cache-control']).toContain('no-store');
    expect(await auditOf(database.db, 'licence-key', id)).toMatchObject([
      { action: 'licence-key.add', actor_id: server.admin.principal.id },
      { action: 'licence-key.reveal', details: { ...REASON, seat: 'standby node', entitlementId: entitlement.id } },
    ]);
  });

  test.each(['-----BEGIN LICENCE-----\r\nAAAA\n-----END LICENCE-----\n', ' 许可 ', 'x'.repeat(12_000)])(
    'comes back as it was given, blanks and line breaks too',
    async (key) => {
      const { id } = await addKey({ key });
      expect((await reveal(id)).body.key).toBe(key);
    },
  );

  test.each(['', '   ', 'x'.repeat(12_001), '许'.repeat(4001), 'a\0b'])('of no use is refused', async (key) => {
    const answer = await add({ entitlementId: newId(), key });
    expect([answer.status, answer.body.fields[0].field]).toEqual([400, '#/key']);
  });

  test('is shown for no empty reason, and not without one', async () => {
    const { id, key } = await addKey();
    for (const body of [{}, { reason: '' }, { reason: '  ' }]) {
      const answer = await server.request('post', `${KEYS}/${id}/reveal`).send(body);
      expect(answer.status).toBe(400);
      expect(answer.text).not.toContain(key);
    }
  });

  test('is shown to nobody without the permission', async () => {
    const { id, key } = await addKey();
    const roles = { viewer: 403, auditor: 403, operator: 200, 'asset-manager': 200 } as const;
    for (const [role, status] of Object.entries(roles)) {
      const caller = await makeCaller(database.db, `${role} ${newId()}`, [role as keyof typeof roles]);
      const as = supertest(server.app).post(`${KEYS}/${id}/reveal`).set('Authorization', caller.bearer);
      const answer = await as.send(REASON);
      expect([role, answer.status, answer.text.includes(key)]).toEqual([role, status, status === 200]);
    }
    const reader = await makeCaller(database.db, `reader ${newId()}`, ['viewer']);
    const written = supertest(server.app).post(KEYS).set('Authorization', reader.bearer);
    expect((await written.send({ entitlementId: newId(), key: 'x' })).status).toBe(403);
  });

  test('is not shown again by a repeated request', async () => {
    const { id, key } = await addKey();
    const once = () => reveal(id).set('Idempotency-Key', `key-${id}`);
    expect((await once()).body.key).toBe(key);
    const again = await once();
    expect([again.status, again.body.code]).toEqual([409, 'secret-not-repeatable']);
    expect(again.text).not.toContain(key);
    expect(await database.db.rows('SELECT * FROM idempotency_record').then(JSON.stringify)).not.toContain(key);
  });

  test('that is withdrawn is shown no more, and its seat may get another', async () => {
    const { id, entitlement } = await addKey();
    const taken = await add({ entitlementId: entitlement.id, key: 'another' });
    expect([taken.status, taken.body.code]).toEqual([409, 'licence-key-seat-taken']);
    expect((await withdraw(id, 7)).body.code).toBe('stale-licence-key');
    expect((await withdraw(id, 1)).body).toMatchObject({ version: 2, withdrawn: { reason: 'replaced' } });
    expect((await reveal(id)).body).toMatchObject({ status: 409, code: 'licence-key-withdrawn' });
    expect((await withdraw(id, 2)).body.code).toBe('licence-key-withdrawn');
    expect((await add({ entitlementId: entitlement.id, key: 'another' })).status).toBe(201);
    const back = database.db.execute('UPDATE licence_key SET withdrawn_at = NULL, withdrawn_reason = NULL');
    await expect(back).rejects.toThrow(/withdrawn once/);
  });

  test('belongs to an entitlement in use', async () => {
    const answer = await add({ entitlementId: newId(), key: 'x' });
    expect([answer.status, answer.body.code]).toEqual([422, 'unsuitable-entitlement']);
    expect((await reveal(newId())).body).toMatchObject({ status: 404, code: 'no-such-licence-key' });
  });
});

describe('a sealed key that somebody meddled with', () => {
  test('is not opened when it was moved from another row', async () => {
    const [from, to] = [await addKey(), await addKey()];
    const move = 'UPDATE licence_key SET sealed = (SELECT sealed FROM licence_key WHERE id = $1) WHERE id = $2';
    await expect(database.db.execute(move, [from.id, to.id])).rejects.toThrow(/nothing else of it changes/);
    await tamper(move, [from.id, to.id]);
    const answer = await reveal(to.id);
    expect([answer.status, answer.body.code]).toEqual([422, 'secret-altered']);
    expect(answer.text).not.toContain(from.key);
    const actions = (await auditOf(database.db, 'licence-key', to.id)).map((line) => line.action);
    expect(actions).toEqual(['licence-key.add']);
  });

  test('is not opened when a bit of it changed', async () => {
    const { id } = await addKey();
    const [row] = await database.db.rows<{ sealed: string }>('SELECT sealed FROM licence_key WHERE id = $1', [id]);
    const sealed = row?.sealed ?? '';
    const flipped = `${sealed.slice(0, -5)}${sealed.at(-5) === 'A' ? 'B' : 'A'}${sealed.slice(-4)}`;
    await tamper('UPDATE licence_key SET sealed = $1 WHERE id = $2', [flipped, id]);
    expect((await reveal(id)).body.code).toBe('secret-altered');
  });

  test('is not opened with the keys of another installation', async () => {
    const { id } = await addKey();
    const keyring = await secrets.another();
    const stranger = server.variant({ routes: licenceKeyRoutes({ keyring }) });
    const answer = await supertest(stranger)
      .post(`${KEYS}/${id}/reveal`)
      .set('Authorization', server.admin.bearer)
      .send(REASON);
    expect([answer.status, answer.body.code]).toEqual([422, 'secret-foreign-key']);
  });
});

test('a key is in no list, no log, no audit entry and no table', async () => {
  const lines: string[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const app = server.variant({ log: pino({ level: 'trace' }, sink) });
  const as = (method: 'get' | 'post', path: string) =>
    supertest(app)[method](path).set('Authorization', server.admin.bearer);
  const entitlement = await make.entitlement();
  const key = `KEY-${newId().toUpperCase()}`;
  const body = { entitlementId: entitlement.id, key };
  const made = await as('post', KEYS).set('Idempotency-Key', newId()).send(body);
  const answers = [
    made,
    await as('post', KEYS).send({ ...body, seat: 7 }),
    await as('post', KEYS).send(body),
    await as('get', `${KEYS}/${made.body.id}`),
    await as('get', `${KEYS}?entitlementId=${entitlement.id}&state=all`),
  ];
  expect(answers.map((answer) => answer.status)).toEqual([201, 400, 409, 200, 200]);
  expect((await as('post', `${KEYS}/${made.body.id}/reveal`).send(REASON)).body.key).toBe(key);
  for (const answer of answers) expect(answer.text).not.toContain(key);
  expect(lines.join('')).toContain(KEYS);
  expect(lines.join('')).not.toContain(key);
  const tables = await database.db.rows<{ name: string }>(
    `SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind = 'r' AND n.nspname = 'public'`,
  );
  expect(tables.length).toBeGreaterThan(20);
  for (const { name } of tables) {
    const found = await runAs(database.superuser, `SELECT FROM ${name} t WHERE strpos(t::text, $1) > 0`, [key]);
    expect([name, found.length]).toEqual([name, 0]);
  }
});
