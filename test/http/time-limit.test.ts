import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import supertest from 'supertest';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineRead } from '../../src/http/route.ts';
import { runAs, useDatabase } from '../support/database.ts';
import { serving, useApp } from './support.ts';
import { THING_TABLE, thingRoutes } from './things.ts';

let aborted = 0;
const waitForEver = defineRead({
  path: '/wait',
  operationId: 'waitForEver',
  tag: 'things',
  summary: 'Never answers by itself',
  permission: 'service.read',
  response: z.object({}),
  examples: { response: {} },
  handle: ({ signal }) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        aborted += 1;
        reject(new Error('aborted'));
      });
    }),
});

const database = useDatabase();
const server = useApp(database, () => ({
  routes: [...thingRoutes, waitForEver],
  limits: { requestSecondsMax: 0.3, requestsPerMinute: 1_000_000 },
}));
beforeAll(() => runAs(database.owner, THING_TABLE));
beforeEach(() => {
  aborted = 0;
});
const slow = (where: string, seconds: number) => server.request('post', '/api/v1/things/slow').send({ where, seconds });
const things = async () => (await database.db.rows('SELECT id FROM thing')).length;

describe('a request that takes too long', () => {
  it('is answered with 504, and its work is told to stop', async () => {
    const answer = await server.request('get', '/api/v1/wait');
    expect([answer.status, answer.body.code]).toEqual([504, 'request-timeout']);
    expect(aborted).toBe(1);
  });

  it.each(['code', 'database'])('leaves nothing behind when it was slow in the %s', async (where) => {
    const answer = await slow(where, 1);
    expect([answer.status, answer.body.code]).toEqual([504, 'request-timeout']);
    expect(answer.body.detail).toContain('nothing was changed');
    await untilIdle();
    expect(await things()).toBe(0);
  });

  it('does not go on in the database after its time', async () => {
    const startedAtMs = performance.now();
    await slow('database', 99);
    await untilIdle();
    expect(performance.now() - startedAtMs).toBeLessThan(50_000);
  });

  it('is answered also when it is the body that does not come', async () => {
    const answer = await serving(server.app, (port) =>
      sendRaw(port, [
        'POST /api/v1/things HTTP/1.1',
        'Host: localhost',
        `Authorization: ${server.admin.bearer}`,
        'Content-Type: application/json',
        'Content-Length: 100',
        '',
        '{"name":',
      ]),
    );
    expect(answer).toContain('HTTP/1.1 504');
    expect(answer).toContain('request-timeout');
  });

  it('is told to stop when its client goes away', async () => {
    await serving(server.app, async (port) => {
      const going = new AbortController();
      const url = `http://127.0.0.1:${port}/api/v1/wait`;
      const sent = fetch(url, { headers: { Authorization: server.admin.bearer }, signal: going.signal }).catch(
        () => 'gone',
      );
      await delay(50);
      going.abort();
      expect(await sent).toBe('gone');
      await until(() => aborted === 1);
    });
  });

  it('does not stop the server from answering others', async () => {
    const waiting = Array.from({ length: 20 }, () =>
      server.request('get', '/api/v1/wait').then((answer) => answer.status),
    );
    expect((await supertest(server.app).get('/livez')).status).toBe(200);
    expect(new Set(await Promise.all(waiting))).toEqual(new Set([504]));
  });
});

async function untilIdle(): Promise<void> {
  const busy = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND backend_type = 'client backend' AND state <> 'idle'`;
  await until(async () => (await runAs(database.superuser, busy)).length === 0);
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 3000; attempt += 1) {
    if (await condition()) return;
    await delay(10);
  }
  throw new Error('it did not happen within half a minute');
}

/** Sends bytes as they are and answers everything that comes back until the first pause. */
function sendRaw(port: number, lines: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(lines.join('\r\n')));
    socket.once('data', (data) => {
      resolve(data.toString());
      socket.destroy();
    });
    socket.once('error', reject);
  });
}
