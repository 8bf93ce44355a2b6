import { createHash, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Server, type ServerConfig, utils } from 'ssh2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { faultOf } from '../../../src/backups/remote/remote-fault.ts';
import { SftpStore } from '../../../src/backups/remote/sftp/sftp-store.ts';
import { LOCAL_EGRESS } from './support/sshd.ts';

// OpenSSH asks the system for passwords; a test adds no user to a system. This server knows one password, and no file.
const KEYS = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'pkcs1', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
});
let server: Server;
let port = 0;
const tried: string[] = [];

beforeAll(async () => {
  server = new Server({ hostKeys: [KEYS.privateKey] } satisfies ServerConfig, (client) => {
    client.on('error', () => undefined);
    client.on('authentication', (login) => {
      if (login.method !== 'password') return login.reject(['password']);
      tried.push(login.password);
      return login.password === 'right' && login.username === 'muster' ? login.accept() : login.reject(['password']);
    });
    client.on('session', (accept) => {
      accept().on('sftp', (open) => {
        const sftp = open();
        const directory = { mode: 0o40755, uid: 0, gid: 0, size: 0, atime: 0, mtime: 0 };
        sftp.on('REALPATH', (id, path) => sftp.name(id, [{ filename: path, longname: path, attrs: directory }]));
        sftp.on('STAT', (id) => sftp.attrs(id, directory)).on('LSTAT', (id) => sftp.attrs(id, directory));
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
afterAll(() => void server.close());

test('logs in with a password, which is told to nobody who has not proven the pinned key', async () => {
  const key = utils.parseKey(KEYS.privateKey);
  if (key instanceof Error) throw key;
  const bytes = (Array.isArray(key) ? key[0] : key)?.getPublicSSH() ?? Buffer.alloc(0);
  const hostKey = `SHA256:${createHash('sha256').update(bytes).digest('base64').replace(/=+$/, '')}`;
  const { signal } = new AbortController();
  const look = async (password: string, pinned: string) => {
    const place = { kind: 'sftp', host: '127.0.0.1', port, user: 'muster', path: '/srv', hostKey: pinned } as const;
    const store = new SftpStore({ place, credentials: { password }, egress: LOCAL_EGRESS });
    try {
      return (await store.look('', signal))?.type;
    } catch (thrown) {
      return faultOf(thrown)?.code;
    } finally {
      await store.close();
    }
  };
  expect(await look('secret', `SHA256:${'A'.repeat(43)}`)).toBe('host-key-differs');
  expect(tried).toEqual([]);
  expect(await look('wrong', hostKey)).toBe('authentication-refused');
  expect(await look('right', hostKey)).toBe('directory');
  expect(tried).toEqual(['wrong', 'right']);
});
