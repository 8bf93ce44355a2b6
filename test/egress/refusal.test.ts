import { describe, expect, test } from 'vitest';
import { createEgress } from '../../src/egress/egress.ts';
import { closeServers, serveHttp } from './server.ts';

closeServers();

/** A resolver that answers from a list, in turn, and counts. */
function answering(...answers: string[][]) {
  const asked: string[] = [];
  const resolve = async (host: string) => {
    asked.push(host);
    return answers[Math.min(asked.length, answers.length) - 1] ?? [];
  };
  return { asked, resolve };
}

const REFUSED = { kind: 'forbidden', code: 'egress-refused' };

describe('what is not allowed does not go out', () => {
  test('without rules nothing does, and the name is not even looked up', async () => {
    const { asked, resolve } = answering(['93.184.215.14']);
    const egress = createEgress({ allowList: [], resolve });
    await expect(egress.request('https://example.com/')).rejects.toMatchObject(REFUSED);
    expect(asked).toEqual([]);
  });

  test('a loopback server is out of reach in every notation, until its address is listed', async () => {
    let hits = 0;
    const port = await serveHttp((_request, response) => {
      hits += 1;
      response.end('inside');
    });
    const hosts = [
      '127.0.0.1',
      '127.0.0.1.',
      '127.1',
      '2130706433',
      '0x7f000001',
      '0x7f.0.0.1',
      '0177.0.0.1',
      '017700000001',
      '１２７.0.0.1',
      '%31%32%37.0.0.1',
      '[::ffff:127.0.0.1]',
      '[::ffff:7f00:1]',
      '[0:0:0:0:0:ffff:127.0.0.1]',
      '[64:ff9b::127.0.0.1]',
      '[::127.0.0.1]',
      '[::1]',
      '0.0.0.0',
      '0',
      '[::]',
      'localhost',
      'LocalHost.',
    ];
    const egress = createEgress({ allowList: [`http://*:${port}`] });
    for (const host of hosts) {
      await expect(egress.request(`http://${host}:${port}/`), host).rejects.toMatchObject(REFUSED);
    }
    expect(hits).toBe(0);
    const listed = createEgress({ allowList: [`http://127.0.0.1:${port}`] });
    for (const host of ['127.0.0.1', '2130706433', '[::ffff:127.0.0.1]']) {
      expect((await listed.request(`http://${host}:${port}/`)).body.toString(), host).toBe('inside');
    }
    await expect(listed.request(`http://127.0.0.2:${port}/`)).rejects.toMatchObject(REFUSED);
    expect(hits).toBe(3);
  });

  test('an allowed name that leads inside is refused', async () => {
    for (const inside of ['127.0.0.1', '169.254.169.254', '::1', '::ffff:127.0.0.1', '0.0.0.0', 'fd00:ec2::254']) {
      const { resolve } = answering([inside]);
      const egress = createEgress({ allowList: ['http://hooks.example.com'], resolve });
      await expect(egress.request('http://hooks.example.com/'), inside).rejects.toMatchObject(REFUSED);
    }
  });

  test('one bad answer among good ones spoils all of them', async () => {
    const { resolve } = answering(['93.184.215.14', '127.0.0.1']);
    const egress = createEgress({ allowList: ['http://hooks.example.com'], resolve });
    await expect(egress.request('http://hooks.example.com/')).rejects.toMatchObject(REFUSED);
  });

  test('a name that changes its answer after the check is connected where the check looked', async () => {
    const port = await serveHttp((request, response) => response.end(`first, as ${request.headers.host}`), '127.0.0.1');
    let rebound = 0;
    await serveHttp(
      (_request, response) => {
        rebound += 1;
        response.end('second');
      },
      '127.0.0.2',
      port,
    );
    const { asked, resolve } = answering(['127.0.0.1'], ['127.0.0.2']);
    const egress = createEgress({ allowList: [`http://127.0.0.1:${port}`], resolve });
    const response = await egress.request(`http://rebinding.test:${port}/`);
    expect(response.body.toString()).toBe(`first, as rebinding.test:${port}`);
    expect(asked).toEqual(['rebinding.test']);
    // The second request is looked up anew, and what comes back now is refused.
    await expect(egress.request(`http://rebinding.test:${port}/`)).rejects.toMatchObject(REFUSED);
    expect(rebound).toBe(0);
  });

  test('a redirect is handed over, never followed', async () => {
    let hits = 0;
    const inner = await serveHttp(() => {
      hits += 1;
    });
    const port = await serveHttp((_request, response) =>
      response.writeHead(302, { location: `http://127.0.0.1:${inner}/secret` }).end(),
    );
    const egress = createEgress({ allowList: [`http://127.0.0.1:${port}`, `http://127.0.0.1:${inner}`] });
    const response = await egress.request(`http://127.0.0.1:${port}/`);
    expect(response.status).toBe(302);
    expect(response.headers.location).toBe(`http://127.0.0.1:${inner}/secret`);
    expect(hits).toBe(0);
  });

  test('another port or scheme of an allowed host is not allowed', async () => {
    const { resolve } = answering(['93.184.215.14']);
    const egress = createEgress({ allowList: ['https://hooks.example.com'], resolve });
    for (const url of ['http://hooks.example.com/', 'https://hooks.example.com:8443/']) {
      await expect(egress.request(url)).rejects.toMatchObject(REFUSED);
    }
  });

  test.each([
    ['no URL', 'nonsense'],
    ['a file', 'file:///etc/passwd'],
    ['data', 'data:text/plain,x'],
    ['gopher', 'gopher://127.0.0.1:70/'],
    ['a user and password', 'https://user:secret-password@example.com/'],
    ['port 0', 'https://example.com:0/'],
  ])('%s is no request, and the refusal does not repeat it', async (_what, url) => {
    const egress = createEgress({ allowList: ['https://*', 'http://*:*'] });
    await expect(egress.request(url)).rejects.toMatchObject({
      kind: 'invalid',
      code: 'egress-bad-request',
      message: expect.not.stringMatching(/secret-password|passwd/),
    });
  });

  test.each(['Host', 'transfer-encoding', 'Content-Length', 'Connection', 'bad name', 'x\r\ny'])(
    'the header %j belongs to the connection',
    async (name) => {
      const egress = createEgress({ allowList: ['http://127.0.0.1:1'] });
      const attempt = egress.request('http://127.0.0.1:1/', { headers: { [name]: 'x' } });
      await expect(attempt).rejects.toMatchObject({ code: 'egress-bad-request' });
    },
  );

  test('a header value cannot smuggle a line, and is not repeated', async () => {
    const egress = createEgress({ allowList: ['http://127.0.0.1:1'] });
    const attempt = egress.request('http://127.0.0.1:1/', { headers: { authorization: 'secret\r\nx-evil: 1' } });
    await expect(attempt).rejects.toMatchObject({
      code: 'egress-bad-request',
      message: expect.not.stringContaining('secret'),
    });
  });
});

describe('what the run itself started', () => {
  test('is reachable on its address and port while it is allowed, and no longer', async () => {
    const port = await serveHttp((_request, response) => response.end('own'));
    const egress = createEgress({ allowList: [] });
    const url = `http://127.0.0.1:${port}/`;
    await expect(egress.request(url)).rejects.toMatchObject(REFUSED);
    const [first, second] = [egress.allowOwn('127.0.0.1', port), egress.allowOwn('127.0.0.1', port)];
    expect((await egress.request(url)).status).toBe(200);
    await expect(egress.request(`http://127.0.0.1:${port + 1}/`)).rejects.toMatchObject(REFUSED);
    await expect(egress.request(`http://127.0.0.2:${port}/`)).rejects.toMatchObject(REFUSED);
    first();
    first();
    expect((await egress.request(url)).status).toBe(200);
    second();
    await expect(egress.request(url)).rejects.toMatchObject(REFUSED);
  });

  test('is named by its address, not by a name', () => {
    expect(() => createEgress({ allowList: [] }).allowOwn('localhost', 80)).toThrow(/is no address/);
  });
});

describe('pinning for clients with connections of their own', () => {
  test('answers the checked addresses, looked up once', async () => {
    const { asked, resolve } = answering(['93.184.215.14', '2606:2800:21f::1'], ['127.0.0.1']);
    const egress = createEgress({ allowList: ['sftp://vault.example.com'], resolve });
    const pinned = await egress.pin({ scheme: 'sftp', host: 'Vault.Example.com.', port: 22 });
    expect(pinned.addresses.map(({ text, family }) => [text, family])).toEqual([
      ['93.184.215.14', 4],
      ['2606:2800:21f::1', 6],
    ]);
    expect(asked).toEqual(['vault.example.com']);
    await expect(egress.pin({ scheme: 'sftp', host: '::1', port: 22 })).rejects.toMatchObject(REFUSED);
  });

  test('a name without an answer, with nonsense for one or with a flood of them is unresolved', async () => {
    const flood = Array.from({ length: 100 }, (_, at) => `93.184.215.${at}`);
    for (const answer of [[], ['nonsense'], flood]) {
      const egress = createEgress({ allowList: ['https://*'], resolve: async () => answer });
      const attempt = egress.pin({ scheme: 'https', host: 'x.example', port: 443 });
      await expect(attempt).rejects.toMatchObject({ kind: 'unavailable', code: 'egress-unresolved' });
    }
  });
});
