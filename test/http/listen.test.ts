import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Listening, listen } from '../../src/http/listen.ts';
import { runAs, useDatabase } from '../support/database.ts';
import { useApp } from './support.ts';
import { THING_TABLE, thingRoutes } from './things.ts';

const database = useDatabase();
const server = useApp(database, () => ({ routes: thingRoutes }));
beforeAll(() => runAs(database.owner, THING_TABLE));

const start = () => listen(server.app, { host: '127.0.0.1', port: 0 });
const slow = ({ port }: Listening, seconds: number) =>
  fetch(`http://127.0.0.1:${port}/api/v1/things/slow`, {
    method: 'POST',
    headers: { Authorization: server.admin.bearer, 'Content-Type': 'application/json' },
    body: JSON.stringify({ where: 'database', seconds }),
  });

describe('draining', () => {
  it('lets requests in flight finish, takes no new ones, and closes idle connections', async () => {
    const listening = await start();
    const url = `http://127.0.0.1:${listening.port}/livez`;
    const idle = connect(listening.port, '127.0.0.1');
    // Answered, and kept alive.
    idle.write('GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(idle, 'data');
    const closed = once(idle.resume(), 'close').then(() => 'closed');
    const inFlight = slow(listening, 2);
    await untilSleeping();
    const drained = listening.drain(60);
    await expect(fetch(url)).rejects.toThrow();
    expect(await Promise.race([closed, inFlight])).toBe('closed');
    expect((await inFlight).status).toBe(204);
    expect(await drained).toBe(true);
  });

  it('cuts what is not finished in time, and says so', async () => {
    const listening = await start();
    const inFlight = slow(listening, 5).then(
      () => 'answered',
      () => 'cut',
    );
    await untilSleeping();
    expect(await listening.drain(0.1)).toBe(false);
    expect(await inFlight).toBe('cut');
  });

  it('may be asked for twice', async () => {
    const listening = await start();
    expect(await Promise.all([listening.drain(1), listening.drain(1)])).toEqual([true, true]);
  });
});

describe('listening', () => {
  it('says in one line that a port is busy', async () => {
    const listening = await start();
    await expect(listen(server.app, { host: '127.0.0.1', port: listening.port })).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'port-busy',
      message: expect.stringContaining('MUSTER_PORT'),
    });
    await listening.drain(1);
  });

  it('says in one line that an address is not of this machine', async () => {
    await expect(listen(server.app, { host: '203.0.113.1', port: 0 })).rejects.toMatchObject({
      code: 'address-unknown',
    });
  });

  it.each([
    ['what is not HTTP', 'hello\r\n\r\n', 400],
    ['headers without end', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['two lengths', 'POST /sign-in HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello', 400],
    [
      'a length and chunks',
      'POST /sign-in HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
  ])('answers %s with a problem', async (_what, bytes, status) => {
    const listening = await start();
    const answer = await talk(listening.port, bytes);
    expect(answer).toContain(`HTTP/1.1 ${status}`);
    expect(answer).toContain('application/problem+json');
    await listening.drain(1);
  });
});

function talk(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let heard = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (data) => {
      heard += data;
    });
    socket.on('close', () => resolve(heard));
    socket.on('error', reject);
  });
}

/** Waits until the slow statement runs. */
async function untilSleeping(): Promise<void> {
  const sleeping = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND query LIKE 'SELECT pg_sleep%'`;
  for (let attempt = 0; attempt < 500; attempt += 1) {
    if ((await runAs(database.superuser, sleeping)).length > 0) return;
    await delay(10);
  }
  throw new Error('the slow request never began');
}
