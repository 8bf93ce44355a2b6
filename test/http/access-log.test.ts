import { Writable } from 'node:stream';
import { pino } from 'pino';
import supertest from 'supertest';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { authRoutes } from '../../src/auth/auth.routes.ts';
import { makeSecret } from '../../src/auth/secret.ts';
import { redactUrl } from '../../src/http/redact-url.ts';
import { signInPath } from '../../src/http/sign-in.pages.ts';
import { runAs, useDatabase } from '../support/database.ts';
import { useApp } from './support.ts';
import { THING_TABLE, thingRoutes } from './things.ts';

const database = useDatabase();
const server = useApp(database, () => ({ routes: [...authRoutes(), ...thingRoutes] }));
beforeAll(() => runAs(database.owner, THING_TABLE));

let lines: string[];
let app: ReturnType<typeof supertest>;
beforeEach(() => {
  lines = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  app = supertest(server.variant({ log: pino({ level: 'info', base: null }, sink) }));
});

const logged = async (count: number): Promise<Record<string, unknown>[]> => {
  await expect.poll(() => lines.length, { timeout: 2000, interval: 5 }).toBeGreaterThanOrEqual(count);
  return lines.map((line) => JSON.parse(line));
};

describe('the log', () => {
  it('has one line for a request, with its id, who asked, what came of it and how long it took', async () => {
    await app.get('/api/v1/me').set('Authorization', server.admin.bearer).set('X-Request-Id', 'abc');
    expect(await logged(1)).toEqual([
      expect.objectContaining({
        level: 30,
        requestId: 'abc',
        method: 'GET',
        url: '/api/v1/me',
        status: 200,
        ms: expect.any(Number),
        principal: 'admin',
        msg: 'request completed',
      }),
    ]);
  });

  it('has the trace of a bug under the request id, which the caller gets too', async () => {
    const answer = await app.get('/api/v1/things/broken?how=throws').set('Authorization', server.admin.bearer);
    const [bug, line] = await logged(2);
    expect(bug).toMatchObject({
      level: 50,
      requestId: answer.body.requestId,
      err: { message: 'the password is swordfish' },
    });
    expect(bug).toHaveProperty('err.stack', expect.stringContaining('things.ts'));
    expect(line).toMatchObject({ level: 50, requestId: answer.body.requestId, status: 500 });
  });

  it('holds no secret: not from headers, cookies, addresses or bodies', async () => {
    const secrets = [
      makeSecret('token'),
      makeSecret('session'),
      makeSecret('sign-in-link'),
      makeSecret('sign-in-link'),
    ];
    const [token = '', session = '', link = '', posted = ''] = secrets;
    await app.get('/api/v1/me').set('Authorization', `Bearer ${token}`);
    await app.get('/api/v1/me').set('Cookie', `muster_session=${session}`);
    await app.get(signInPath(link)).set('Referer', `http://localhost${signInPath(link)}`);
    await app.post('/sign-in').set({ Host: 'a', Origin: 'http://a' }).type('form').send({ token: posted });
    await app.get(`/nowhere/${token}?x=${link}`);
    const made = await app.post('/api/v1/tokens').set('Authorization', server.admin.bearer).send({ name: 'x' });
    await logged(6);
    for (const secret of [...secrets, made.body.secret, server.admin.secret]) {
      expect(lines.join('')).not.toContain(secret.slice(-43));
    }
  });

  it('is not filled by probes', async () => {
    await app.get('/livez');
    await app.get('/readyz');
    await app.get('/nowhere');
    expect((await logged(1)).map((line) => line.url)).toEqual(['/nowhere']);
  });
});

describe('an address in the log', () => {
  it.each([
    ['/a?token=abc&x=1', '/a?token=[redacted]&x=1'],
    ['/a?x=1&SECRET=abc', '/a?x=1&SECRET=[redacted]'],
    [`/ping/muster_${'x'.repeat(43)}/ok`, '/ping/[redacted]/ok'],
    [`/case/muster_case_${'x'.repeat(43)}/json?lang=zh`, '/case/[redacted]/json?lang=zh'],
    ['/case/%6duster', '/case/[redacted]'],
    ['/a?x=1', '/a?x=1'],
  ])('%s is written as %s', (url, written) => {
    expect(redactUrl(url)).toBe(written);
  });
});
