import { setTimeout as delay } from 'node:timers/promises';
import supertest from 'supertest';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { purgeIdempotencyRecords } from '../../src/http/idempotency.store.ts';
import { newId } from '../../src/kernel/ids.ts';
import { runAs, useDatabase } from '../support/database.ts';
import { makeCaller, useApp } from './support.ts';
import { THING_TABLE, thingRoutes } from './things.ts';

const database = useDatabase();
const server = useApp(database, () => ({ routes: thingRoutes }));
beforeAll(() => runAs(database.owner, THING_TABLE));
beforeEach(() => database.db.execute('DELETE FROM thing'));

const create = (key: string, body: object = { name: 'pump', amount: 1 }) =>
  server.request('post', '/api/v1/things').set('Idempotency-Key', key).send(body);
const things = async () => (await database.db.rows('SELECT id FROM thing')).length;

describe('a write with an Idempotency-Key', () => {
  it('is done once and answered twice, the second time marked as a replay', async () => {
    const key = newId();
    const first = await create(key);
    const second = await create(key);
    expect(first.status).toBe(201);
    expect(first.headers['idempotency-replayed']).toBeUndefined();
    expect(second.headers['idempotency-replayed']).toBe('true');
    expect([second.status, second.body]).toEqual([201, first.body]);
    expect([second.headers.etag, second.headers.location]).toEqual([first.headers.etag, first.headers.location]);
    expect(await things()).toBe(1);
  });

  it('is refused with another body, path or query under the same key', async () => {
    const key = newId();
    await create(key);
    const other = await create(key, { name: 'pump', amount: 2 });
    expect([other.status, other.body.code]).toEqual([422, 'idempotency-key-reused']);
    expect(await things()).toBe(1);
  });

  it('is done once when twenty copies arrive at the same time', async () => {
    const key = newId();
    const answers = await Promise.all(Array.from({ length: 20 }, () => create(key)));
    const statuses = answers.map((answer) => answer.status);
    expect(statuses.filter((status) => status !== 201 && status !== 409)).toEqual([]);
    expect(
      answers.filter((answer) => answer.status === 409).every((answer) => answer.headers['retry-after'] === '1'),
    ).toBe(true);
    expect(await things()).toBe(1);
  });

  it('is refused while the first is still under way', async () => {
    const key = newId();
    const slow = (seconds: number) =>
      server.request('post', '/api/v1/things/slow').set('Idempotency-Key', key).send({ where: 'database', seconds });
    const first = slow(1).then((answer) => answer);
    await inTransaction();
    const second = await slow(1);
    expect([second.status, second.body.code]).toEqual([409, 'request-in-progress']);
    expect((await first).status).toBe(204);
    expect((await slow(1)).headers['idempotency-replayed']).toBe('true');
  });

  it('keeps no failure: the same key may succeed later', async () => {
    const key = newId();
    const { id } = (await create(newId())).body;
    const remove = (which: string) => server.request('delete', `/api/v1/things/${which}`).set('Idempotency-Key', key);
    expect((await remove(newId())).status).toBe(404);
    expect((await remove(id)).status).toBe(204);
    expect((await remove(id)).status).toBe(204);
    expect((await server.request('delete', `/api/v1/things/${id}`)).status).toBe(404);
  });

  it('belongs to its principal: the same key of somebody else is another request', async () => {
    const key = newId();
    const other = await makeCaller(database.db, 'other operator', ['asset-manager']);
    await create(key);
    const theirs = supertest(server.app).post('/api/v1/things').set('Authorization', other.bearer);
    expect((await theirs.set('Idempotency-Key', key).send({ name: 'pump', amount: 1 })).status).toBe(201);
    expect(await things()).toBe(2);
  });

  it('that shows a secret is done once, and never shown again', async () => {
    const key = newId();
    const thing = (await create(newId())).body;
    const reveal = () => server.request('post', `/api/v1/things/${thing.id}/reveal`).set('Idempotency-Key', key);
    expect((await reveal()).body).toEqual({ shown: 'open sesame' });
    const again = await reveal();
    expect([again.status, again.body.code]).toEqual([409, 'secret-not-repeatable']);
    const [kept] = await database.db.rows<{ body: string | null }>(
      'SELECT body FROM idempotency_record WHERE key = $1',
      [key],
    );
    expect(kept?.body).toBeNull();
    expect(await database.db.rows('SELECT amount FROM thing')).toEqual([{ amount: 2 }]);
  });

  it('is forgotten after 24 hours, not before', async () => {
    const [old, young] = [newId(), newId()];
    await create(old);
    await create(young);
    const age = `UPDATE idempotency_record SET created_at = now() - make_interval(mins => $2) WHERE key = $1`;
    await runAs(database.superuser, age, [old, 24 * 60 + 1]);
    await runAs(database.superuser, age, [young, 24 * 60 - 1]);
    expect(await purgeIdempotencyRecords(database.db)).toBe(1);
    expect((await create(old)).headers['idempotency-replayed']).toBeUndefined();
    expect((await create(young)).headers['idempotency-replayed']).toBe('true');
  });

  /** Waits until a statement of the slow route is running. */
  async function inTransaction(): Promise<void> {
    const running = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'SELECT pg_sleep%'`;
    for (let attempt = 0; attempt < 200; attempt += 1) {
      if ((await runAs(database.superuser, running)).length > 0) return;
      await delay(10);
    }
    throw new Error('the slow request never began');
  }
});

describe('a change of something that others change too', () => {
  const change = (id: string, version: string | undefined, amount: number) => {
    const request = server.request('patch', `/api/v1/things/${id}`);
    return (version === undefined ? request : request.set('If-Match', version)).send({ amount });
  };

  it('names the version that it is based on: 428 without, 412 when it is old', async () => {
    const { id } = (await create(newId())).body;
    const read = await server.request('get', `/api/v1/things/${id}`);
    expect(read.headers.etag).toBe('"1"');
    expect((await change(id, undefined, 5)).status).toBe(428);
    const changed = await change(id, read.headers.etag, 5);
    expect([changed.status, changed.headers.etag, changed.body.amount]).toEqual([200, '"2"', 5]);
    const late = await change(id, read.headers.etag, 6);
    expect([late.status, late.body.code]).toEqual([412, 'stale-thing']);
  });

  it('succeeds for one of many who saw the same version', async () => {
    const { id } = (await create(newId())).body;
    const answers = await Promise.all([1, 2, 3, 4, 5].map((amount) => change(id, '"1"', amount)));
    expect(answers.map((answer) => answer.status).toSorted()).toEqual([200, 412, 412, 412, 412]);
  });
});
