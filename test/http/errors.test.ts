import supertest from 'supertest';
import { beforeAll, describe, expect, it } from 'vitest';
import { PROBLEM_TYPE } from '../../src/http/problem.ts';
import { runAs, useDatabase } from '../support/database.ts';
import { useApp } from './support.ts';
import { THING_TABLE, thingRoutes } from './things.ts';

const database = useDatabase();
const server = useApp(database, () => ({ routes: thingRoutes }));
beforeAll(() => runAs(database.owner, THING_TABLE));

const ID = '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c11';
const THINGS = '/api/v1/things';

describe('every error is a problem document', () => {
  it('names what it is, where, and the request', async () => {
    const answer = await server.request('get', `${THINGS}?limit=201`).set('X-Request-Id', 'from-the-caller.1');
    expect(answer.status).toBe(400);
    expect(answer.type).toBe(PROBLEM_TYPE);
    expect(answer.body).toEqual({
      type: '/api/docs#invalid',
      title: 'Invalid input',
      status: 400,
      detail: expect.stringContaining('query.limit'),
      instance: THINGS,
      code: 'invalid-query',
      requestId: 'from-the-caller.1',
      fields: [{ field: 'query.limit', message: expect.stringContaining('200') }],
    });
    expect(answer.headers['x-request-id']).toBe('from-the-caller.1');
  });

  it('gives a request an id of its own when the caller sends an unfit one', async () => {
    const answer = await server.request('get', THINGS).set('X-Request-Id', 'has blanks and "quotes"');
    expect(answer.headers['x-request-id']).toMatch(/^[\w-]{12}\.[0-9a-z]+$/);
  });

  it.each([
    ['/nowhere', 404, 'no-such-path'],
    ['/api/v1/things/', 404, 'no-such-path'],
    ['/api/v1/THINGS', 404, 'no-such-path'],
    [`${THINGS}/%ZZ`, 400, 'bad-url-encoding'],
    [`${THINGS}?limit=%c3%28`, 400, 'bad-url-encoding'],
    [`${THINGS}/not-a-uuid`, 400, 'invalid-path'],
    [`${THINGS}/%00`, 400, 'invalid-path'],
    [`${THINGS}?after=%00`, 400, 'invalid-query'],
    [`${THINGS}?after=abc`, 400, 'invalid-query'],
    [`${THINGS}?after=${Buffer.from('"no uuid"').toString('base64url')}`, 400, 'invalid-query'],
    [`${THINGS}?limit=5&limit=6`, 400, 'invalid-query'],
    [`${THINGS}?limit=1e2`, 400, 'invalid-query'],
    [`${THINGS}?__proto__=1`, 400, 'invalid-query'],
    [`${THINGS}?constructor=1`, 400, 'invalid-query'],
    [`${THINGS}?named=yes`, 400, 'invalid-query'],
    [`${THINGS}/${ID}?verbose=true`, 400, 'invalid-query'],
    [`${THINGS}/${ID}`, 404, 'no-such-thing'],
  ])('GET %s is %i %s', async (path, status, code) => {
    const answer = await server.request('get', path);
    expect([answer.status, answer.body.code, answer.type]).toEqual([status, code, PROBLEM_TYPE]);
  });

  it('refuses an address without end', async () => {
    const answer = await server.request('get', `${THINGS}?x=${'y'.repeat(5000)}`);
    expect([answer.status, answer.body.code]).toEqual([413, 'url-too-long']);
  });

  it('refuses a method that the path does not know, and says which it knows', async () => {
    const answer = await server.request('put', THINGS).send({});
    expect([answer.status, answer.body.code]).toEqual([405, 'method-not-allowed']);
    expect(answer.headers.allow).toBe('GET, HEAD, POST');
  });

  it('answers HEAD as GET without the content, and OPTIONS with the methods', async () => {
    const head = await supertest(server.app).head(THINGS).set('Authorization', server.admin.bearer);
    expect([head.status, head.text]).toEqual([200, undefined]);
    const options = await supertest(server.app).options(THINGS);
    expect([options.status, options.headers.allow]).toEqual([204, 'GET, HEAD, POST']);
  });

  it('tells nothing about a bug but where its trace is', async () => {
    const answer = await server.request('get', `${THINGS}/broken?how=throws`);
    expect([answer.status, answer.body.code]).toEqual([500, 'internal']);
    expect(answer.text).not.toContain('swordfish');
  });

  it.each(['answers', 'leaks'])('fails in tests when a handler %s what its schema does not say', async (how) => {
    expect((await server.request('get', `${THINGS}/broken?how=${how}`)).status).toBe(500);
    const lenient = supertest(server.variant({ checkResponses: false }));
    const answer = await lenient.get(`${THINGS}/broken?how=${how}`).set('Authorization', server.admin.bearer);
    expect(answer.status).toBe(200);
  });
});

describe('a body', () => {
  const post = (body: string, type = 'application/json') =>
    server.request('post', THINGS).set('Content-Type', type).send(body);
  const fieldsOf = (answer: supertest.Response) => answer.body.fields?.map((field: { field: string }) => field.field);

  it.each([
    ['{"name":', '#'],
    ['', '#'],
    ['[]', '#'],
    ['"text"', '#'],
    ['null', '#'],
    ['{"name":"a","amount":1,"colour":"red"}', '#/colour'],
    ['{"name":"a","amount":1,"a/b~c":1}', '#/a~1b~0c'],
    ['{"amount":1}', '#/name'],
    ['{"name":"a","amount":"1"}', '#/amount'],
    ['{"name":"a","amount":1.5}', '#/amount'],
    ['{"name":"a","amount":1e999}', '#/amount'],
    ['{"name":"a","amount":99999999999999999999}', '#/amount'],
    ['{"name":"a\\u0000","amount":1}', '#/name'],
    ['{"name":"\\ud800","amount":1}', '#/name'],
    ['{"name":"a","amount":1,"note":{"k\\u0000":1}}', '#/note/k\0'],
    ['{"name":"a","amount":1,"note":{"k":"\\u0000"}}', '#/note/k'],
    ['{"name":"a","amount":1,"note":{"k":true}}', '#/note/k'],
    ['{"name":"a","amount":1,"__proto__":{"admin":true}}', '#/__proto__'],
    ['{"name":"a","amount":1,"constructor":{}}', '#/constructor'],
    ['{"name":"a","amount":1,"lines":[{"quantity":1},{"quantity":0}]}', '#/lines/1/quantity'],
    ['{"name":"","amount":1}', '#/name'],
  ])('%s is refused, naming %s', async (body, field) => {
    const answer = await post(body);
    expect([answer.status, answer.type]).toEqual([400, PROBLEM_TYPE]);
    expect(fieldsOf(answer)).toContain(field);
  });

  it('of endless nesting is refused', async () => {
    const deep = `{"name":"a","amount":1,"note":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}}`;
    const answer = await post(deep);
    expect(answer.status).toBe(400);
    expect(fieldsOf(answer)?.[0]).toMatch(/^#\/note\/a\/a/);
  });

  it('that is not UTF-8 is refused', async () => {
    const sending = server.request('post', THINGS).set('Content-Type', 'application/json');
    sending.write(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]));
    const answer = await sending;
    expect([answer.status, answer.body.code]).toEqual([400, 'malformed-json']);
  });

  it('never has its content quoted back by a syntax error', async () => {
    const answer = await post('{"password":"swordfish" oops}');
    expect(answer.status).toBe(400);
    expect(answer.text).not.toContain('swordfish');
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx'])(
    'of type %s is 415',
    async (type) => {
      expect((await post('{"name":"a","amount":1}', type)).status).toBe(415);
    },
  );

  it('in another encoding is 415', async () => {
    expect((await post('{}', 'application/json; charset=latin1')).status).toBe(415);
    const packed = server
      .request('post', THINGS)
      .set('Content-Type', 'application/json')
      .set('Content-Encoding', 'gzip');
    expect((await packed.send('x')).status).toBe(415);
  });

  it('above the limit is 413, with and without a stated length', async () => {
    const large = JSON.stringify({ name: 'a'.repeat(1024 * 1024) });
    expect((await post(large)).body.code).toBe('body-too-large');
    const chunked = server
      .request('post', THINGS)
      .set('Content-Type', 'application/json')
      .set('Transfer-Encoding', 'chunked');
    for (let part = 0; part < 20; part += 1) chunked.write('x'.repeat(100_000));
    const answer = await chunked;
    expect([answer.status, answer.body.code]).toEqual([413, 'body-too-large']);
  });

  it('on a route that takes none is refused, unless it is empty', async () => {
    const remove = () => server.request('delete', `${THINGS}/${ID}`);
    expect((await remove().send({ force: true })).body.code).toBe('invalid-body');
    expect((await remove().send({})).body.code).toBe('no-such-thing');
    expect((await remove()).body.code).toBe('no-such-thing');
  });

  it('in UTF-8 comes back as it went in', async () => {
    const made = await post(JSON.stringify({ name: '备件 – größe 😀', amount: 2 }), 'application/json; charset=UTF-8');
    expect(made.status).toBe(201);
    const read = await server.request('get', `/api/v1${made.headers.location?.slice('/api/v1'.length)}`);
    expect(read.body).toEqual({ id: made.body.id, name: '备件 – größe 😀', amount: 2, version: 1 });
  });
});
