import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { createEgress, type EgressRequest } from '../../src/egress/egress.ts';
import { closeServers, listen, serveBytes, serveHttp } from './server.ts';

closeServers();

const ask = (port: number, path = '/', request: EgressRequest = {}) =>
  createEgress({ allowList: [`http://127.0.0.1:${port}`] }).request(`http://127.0.0.1:${port}${path}`, request);

describe('a request', () => {
  test('sends method, path, query, headers and body, and answers status, headers and body', async () => {
    const port = await serveHttp((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => {
        const { method, url, headers } = request;
        response.writeHead(201, { 'x-answer': 'yes' });
        response.end(JSON.stringify({ method, url, headers, body: Buffer.concat(chunks).toString() }));
      });
    });
    const response = await ask(port, '/hook/%2f?a=b', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: 'Bearer x' },
      body: '{"alert":"库存"}',
    });
    expect(response.status).toBe(201);
    expect(response.headers['x-answer']).toBe('yes');
    expect(JSON.parse(response.body.toString())).toMatchObject({
      method: 'POST',
      url: '/hook/%2f?a=b',
      body: '{"alert":"库存"}',
      headers: {
        host: `127.0.0.1:${port}`,
        'content-type': 'application/json',
        authorization: 'Bearer x',
        'user-agent': 'Muster',
        'content-length': String(Buffer.byteLength('{"alert":"库存"}')),
      },
    });
  });

  test.each([200, 204, 304, 404, 500, 503])('answers status %d like any other', async (status) => {
    const port = await serveHttp((_request, response) => response.writeHead(status).end());
    expect((await ask(port)).status).toBe(status);
  });

  test('leaves no connection behind', async () => {
    let open = 0;
    const port = await serveHttp((request, response) => {
      open += 1;
      request.socket.once('close', () => (open -= 1));
      response.end('x'.repeat(1000));
    });
    await Promise.all(Array.from({ length: 5 }, () => ask(port)));
    await expect(ask(port, '/', { maxResponseBytes: 10 })).rejects.toThrow();
    await expect.poll(() => open).toBe(0);
  });
});

describe('limits', () => {
  const tooLarge = { kind: 'too-large', code: 'egress-response-too-large' };

  test('an answer above its size is refused when it says so, and when it does not', async () => {
    const stated = await serveHttp((_request, response) => response.end(Buffer.alloc(2000)));
    const chunked = await serveHttp((_request, response) => {
      const timer = setInterval(() => response.write(Buffer.alloc(300)), 2);
      response.once('close', () => clearInterval(timer));
    });
    const lying = await serveBytes((socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n'));
    for (const port of [stated, chunked, lying]) {
      await expect(ask(port, '/', { maxResponseBytes: 1000 })).rejects.toMatchObject(tooLarge);
    }
    expect((await ask(stated, '/', { maxResponseBytes: 2000 })).body).toHaveLength(2000);
    expect((await ask(stated, '/', { method: 'HEAD', maxResponseBytes: 10 })).body).toHaveLength(0);
  });

  test.each([
    ['never answers', () => {}],
    ['stops in its headers', (write: (text: string) => void) => write('HTTP/1.1 200 OK\r\nx: ')],
    ['stops in its body', (write: (text: string) => void) => write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc')],
    [
      'trickles for ever',
      (write: (text: string) => void) => {
        write('HTTP/1.1 200 OK\r\n\r\n');
        const timer = setInterval(() => write('x'), 5);
        setTimeout(() => clearInterval(timer), 30_000).unref();
      },
    ],
  ])('a server that %s is given up in time', async (_what, speak) => {
    const port = await serveBytes((socket) => speak((text) => socket.write(text)));
    const began = performance.now();
    await expect(ask(port, '/', { timeoutMs: 150 })).rejects.toMatchObject({ kind: 'timeout', code: 'egress-timeout' });
    expect(performance.now() - began).toBeLessThan(20_000);
  });

  test('a look-up that never ends is given up too', async () => {
    const egress = createEgress({ allowList: ['https://*'], resolve: () => new Promise(() => {}) });
    const attempt = egress.request('https://slow.example/', { timeoutMs: 50 });
    await expect(attempt).rejects.toMatchObject({ code: 'egress-timeout' });
  });

  test('a caller can give up before and while it waits', async () => {
    const port = await serveHttp(() => {});
    const reason = new Error('not needed any more');
    await expect(ask(port, '/', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const attempt = ask(port, '/', { signal: controller.signal });
    controller.abort(reason);
    await expect(attempt).rejects.toBe(reason);
  });
});

describe('a failure', () => {
  const TOKEN = 'token-in-the-path';
  const BODY = 'secret-in-a-body';

  test.each([
    ['is cut in its body', `HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n${BODY}`],
    ['is no HTTP', `${BODY} ${BODY}\r\n\r\n`],
    ['has a broken header', `HTTP/1.1 200 OK\r\nbad header ${BODY}\r\n\r\n`],
    ['has endless headers', `HTTP/1.1 200 OK\r\n${`x-filler: ${BODY}\r\n`.repeat(2000)}\r\n`],
    ['switches protocols', `HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n${BODY}`],
    ['has two lengths', `HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n${BODY}`],
    ['is empty', ''],
  ])('of an answer that %s tells neither what was sent nor what came', async (_what, bytes) => {
    const port = await serveBytes((socket) => socket.once('data', () => socket.end(bytes)));
    const headers = { authorization: `Bearer ${BODY}` };
    const failure = await ask(port, `/${TOKEN}?${TOKEN}`, { method: 'POST', headers, body: BODY }).catch((e) => e);
    expect(failure).toMatchObject({ kind: 'unavailable', code: 'egress-failed' });
    expect(failure.message).toContain(`http://127.0.0.1:${port}`);
    const everything = inspect(failure, { depth: 9, showHidden: true });
    expect(everything).not.toMatch(/secret-in-a-body|token-in-the-path/);
    expect(everything).not.toContain(Buffer.from(BODY).toString('hex').match(/../g)?.slice(0, 8).join(' '));
  });

  test('to connect names the place and the system code', async () => {
    const port = await serveHttp(() => {});
    const failure = createEgress({ allowList: [`http://127.0.0.3:${port}`] }).request(`http://127.0.0.3:${port}/x`);
    await expect(failure).rejects.toMatchObject({
      code: 'egress-failed',
      message: `http://127.0.0.3:${port} did not answer: ECONNREFUSED`,
    });
  });
});

describe('TLS', () => {
  const openssl = findOpenssl();
  const directory = mkdtempSync(join(tmpdir(), 'muster-tls-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test.skipIf(!openssl)('checks the certificate against the name, though the address is pinned', async () => {
    const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
    const subject = ['-subj', '/CN=right.test', '-addext', 'subjectAltName=DNS:right.test', '-days', '2'];
    const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key];
    execFileSync('openssl', [...args, '-out', cert, ...subject], { stdio: 'ignore' });
    const names: (string | false)[] = [];
    const server = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => {
      names.push((request.socket as { servername?: string | false }).servername ?? false);
      response.end('over TLS');
    });
    const port = await listen(server, '127.0.0.1', 0);
    const resolve = async () => ['127.0.0.1'];
    const allowList = [`https://127.0.0.1:${port}`];
    const trusting = createEgress({ allowList, resolve, certificateAuthorities: [readFileSync(cert, 'utf8')] });
    expect((await trusting.request(`https://right.test:${port}/`)).body.toString()).toBe('over TLS');
    expect(names).toEqual(['right.test']);
    await expect(trusting.request(`https://wrong.test:${port}/`)).rejects.toMatchObject({
      code: 'egress-failed',
      message: expect.stringContaining('ERR_TLS_CERT_ALTNAME_INVALID'),
    });
    const strict = createEgress({ allowList, resolve });
    await expect(strict.request(`https://right.test:${port}/`)).rejects.toMatchObject({
      message: expect.stringContaining('SELF_SIGNED'),
    });
    expect(names).toHaveLength(1);
  });
});

function findOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
