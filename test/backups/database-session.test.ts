import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSession } from '../../src/backups/database-session.ts';
import { ReplicationConnection } from '../../src/backups/replication.connection.ts';

/** Takes connections, reads what comes, and never answers. */
let mute: Server;

beforeAll(async () => {
  mute = createServer((socket) => socket.resume()).listen(0, '127.0.0.1');
  await once(mute, 'listening');
});
afterAll(() => {
  mute.close();
});

const settings = () => {
  return { host: '127.0.0.1', port: (mute.address() as AddressInfo).port, database: 'any', user: 'anybody' };
};

test.each<[string, (signal: AbortSignal) => Promise<unknown>]>([
  ['a session', (signal) => openSession(settings(), 'test', signal)],
  ['a replication connection', (signal) => ReplicationConnection.open(settings(), signal)],
])('%s that is aborted while it connects ends with the reason, and does not hang', async (_what, open) => {
  const stop = new AbortController();
  const arrived = once(mute, 'connection');
  const opening = open(stop.signal);
  await arrived;
  stop.abort(new Error('enough'));
  await expect(opening).rejects.toThrow('enough');
});
