import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import supertest from 'supertest';
import { beforeEach, describe, expect, test } from 'vitest';
import { makeSecret } from '../../../src/auth/secret.ts';
import { listPoints } from '../../../src/backups/catalogue.queries.ts';
import { listReports } from '../../../src/backups/external/report.queries.ts';
import { serving } from '../../http/support.ts';
import { useSetsWorld } from './support.ts';

const run = promisify(execFile);
const world = useSetsWorld();
const DIGEST = 'ab'.repeat(32);

let setId: string;
let tokenId: string;
let path: string;
beforeEach(async () => {
  setId = (await world.set()).id;
  const made = (await world.post(`/backup-sets/${setId}/ping-tokens`)) as unknown as {
    token: { id: string };
    path: string;
  };
  tokenId = made.token.id;
  path = made.path;
});

const app = () => supertest(world.api.app);
const reports = () => listReports(world.database.db, setId, { limit: 100 });
const GONE = 'There is no such ping address\n';

describe('a ping address', () => {
  test('takes the start, the success and the failure of a run, by every method that scripts use', async () => {
    await app().get(`${path}/start`).expect(200, 'OK\n').expect('Cache-Control', 'no-store');
    await app().head(`${path}/success`).expect(200);
    await app().post(`${path}/fail`).expect(200, 'OK\n');
    expect((await reports()).map(({ kind, via }) => [kind, via])).toEqual([
      ['fail', 'ping'],
      ['success', 'ping'],
      ['start', 'ping'],
    ]);
    const { items } = await world.get(`/backup-sets/${setId}/ping-tokens`);
    expect(items).toEqual([
      { id: tokenId, setId, createdAt: expect.any(String), lastUsedAt: expect.any(String), revokedAt: null },
    ]);
  });

  test('takes the facts from the query, and enters the point that they name', async () => {
    const facts = `name=db/app-20261122013000.dump&sha256=${DIGEST}&size=4096&duration=1.5`;
    await app().get(`${path}/success?${facts}`).expect(200);
    const [report] = await reports();
    expect(report).toMatchObject({ digest: DIGEST, sizeBytes: 4096, durationSeconds: 1.5, logExcerpt: undefined });
    const [point] = await listPoints(world.database.db, setId, { limit: 2 });
    expect(point).toMatchObject({ id: report?.pointId, digest: DIGEST, digestOrigin: 'api', marks: undefined });
  });

  test('refuses a name that the set will never find, with its field, and notes nothing', async () => {
    const answer = await app().get(`${path}/success?name=db/latest.dump`).expect(422);
    expect(answer.text).toContain('does not fit the pattern db/app-%Y%m%d%H%M%S.dump');
    expect(await reports()).toEqual([]);
  });

  test('has the owner told of a failure, with the last line of what the script said', async () => {
    await app()
      .post(`${path}/fail`)
      .type('text/plain')
      .send('connecting\npg_dump: error: no such database\n')
      .expect(200);
    const notices = await world.database.db.rows<{ summary: string; kind: string }>(
      'SELECT kind, summary FROM notice WHERE subject_id = $1',
      [setId],
    );
    expect(notices).toEqual([
      {
        kind: 'backup-set.failed',
        summary: expect.stringContaining(': its backup failed: pg_dump: error: no such database'),
      },
    ]);
  });

  test('takes the same from a form, and anything else that is sent as the log', async () => {
    await app()
      .post(`${path}/success`)
      .type('form')
      .send({ name: 'db/app-20261123013000.dump', size: '0', log: 'two\nlines' });
    expect((await reports())[0]).toMatchObject({
      pointName: 'db/app-20261123013000.dump',
      verdict: 'damaged',
      logExcerpt: 'two\nlines',
    });
    await app().post(`${path}/fail`).type('form').send('level=error msg=no space left & giving up\n');
    expect((await reports())[0]?.logExcerpt).toBe('level=error msg=no space left & giving up');
    await app().post(`${path}/fail?size=7`).type('text/plain').send('name=x');
    expect((await reports())[0]).toMatchObject({ sizeBytes: 7, logExcerpt: 'name=x', pointName: undefined });
  });

  test('works with the commands that the documentation shows', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'muster-ping-'));
    const log = join(directory, 'log');
    await writeFile(log, `\u001b[1m${'x'.repeat(200_000)}\u001b[0m\nthe end\n`);
    try {
      await serving(world.api.app, async (port) => {
        const url = `http://127.0.0.1:${port}${path}`;
        expect((await run('curl', ['-fsS', `${url}/success`])).stdout).toBe('OK\n');
        expect((await run('curl', ['-fsS', '--data-binary', `@${log}`, `${url}/fail`])).stdout).toBe('OK\n');
        await expect(run('curl', ['-fsS', `http://127.0.0.1:${port}/ping/nobody/success`])).rejects.toMatchObject({
          code: 22,
        });
      });
    } finally {
      await rm(directory, { recursive: true });
    }
    const [failed] = await reports();
    expect(failed?.logExcerpt).toHaveLength(10_000);
    expect(failed?.logExcerpt).toMatch(/x\nthe end$/);
  });

  test('notes a report that is sent again within a minute once, and another one by itself', async () => {
    for (let n = 0; n < 3; n += 1) await app().get(`${path}/success?size=5`).expect(200);
    await Promise.all([1, 2, 3].map(() => app().post(`${path}/success`).send('size 6').type('text/plain').expect(200)));
    await app().get(`${path}/start`).expect(200);
    expect((await reports()).map(({ kind, sizeBytes }) => [kind, sizeBytes])).toEqual([
      ['start', undefined],
      ['success', undefined],
      ['success', 5],
    ]);
    await world.database.db.execute(`UPDATE backup_report SET received_at = received_at - interval '1 minute'`);
    await app().get(`${path}/success?size=5`).expect(200);
    expect(await reports()).toHaveLength(4);
  });

  test('refuses more different reports in a minute than any backup has', async () => {
    for (let n = 1; n <= 60; n += 1) await app().get(`${path}/fail?size=${n}`).expect(200);
    const refused = await app().get(`${path}/fail?size=61`);
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '60']);
    expect(await reports()).toHaveLength(60);
    await app().get(`${path}/fail?size=60`).expect(200);
  });

  test('of another digest for a point that is known is refused, and says so', async () => {
    await app().get(`${path}/success?name=db/app-20261122013000.dump&sha256=${DIGEST}`).expect(200);
    const refused = await app().get(`${path}/success?name=db/app-20261122013000.dump&sha256=${'cd'.repeat(32)}`);
    expect([refused.status, refused.text]).toEqual([409, expect.stringContaining('another digest')]);
  });

  test.each([
    ['size=many', 'query.size'],
    ['size=-1', 'query.size'],
    ['sha256=ab', 'query.sha256'],
    ['name=../x', 'query.name'],
    ['name=a&name=b', 'query.name'],
    ['duration=1e9', 'query.duration'],
    ['nonsense=1', 'query takes name'],
    ['__proto__=1', 'query takes name'],
  ])('refuses ?%s and says what is wrong, without the address', async (query, what) => {
    const refused = await app().get(`${path}/success?${query}`);
    expect([refused.status, refused.type]).toEqual([400, 'text/plain']);
    expect(refused.text).toContain(what);
    expect(refused.text).not.toContain(path.slice(-43));
    expect(await reports()).toEqual([]);
  });

  test('is shown once, and never by a replay of the request that made it', async () => {
    const key = randomUUID();
    const make = () =>
      world.api.request('post', `/api/v1/backup-sets/${setId}/ping-tokens`).set('Idempotency-Key', key);
    const made = await make().expect(201);
    expect((await make().expect(409)).body.code).toBe('secret-not-repeatable');
    const rows = await world.database.db.rows('SELECT * FROM ping_token WHERE id = $1', [made.body.token.id]);
    expect(JSON.stringify(rows)).not.toContain(made.body.path.slice(-43));
  });
});

describe('an address that is none', () => {
  test('is answered in one and the same way, whether it never was or was revoked', async () => {
    await world.api.request('delete', `/api/v1/ping-tokens/${tokenId}`).expect(204);
    await world.api.request('delete', `/api/v1/ping-tokens/${tokenId}`).expect(204);
    const live = ((await world.post(`/backup-sets/${setId}/ping-tokens`)) as unknown as { path: string }).path;
    const tried = [
      `${path}/success`,
      `/ping/${makeSecret('ping')}/success`,
      `/ping/${makeSecret('token')}/success`,
      '/ping/x/success',
      `${live}/finished`,
      `${live}/toString`,
      `${path}/success?size=many`,
    ];
    for (const address of tried) await app().get(address).expect(404, GONE);
    await app().post(`${path}/success`).type('form').send({ size: 'many' }).expect(404, GONE);
    expect(await reports()).toEqual([]);
  });

  test('is that of a set that was retired', async () => {
    await world.retire(`/backup-sets/${setId}`, 1);
    await app().get(`${path}/success`).expect(404, GONE);
  });
});

test('the secret of an address is in no log line, no error and no figure', async () => {
  const lines: string[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const metrics = new Registry();
  // Addresses that cannot be read are refused before they are counted, so the last request is the eighth.
  const log = pino({ level: 'trace', base: null }, sink);
  const watched = supertest(
    world.api.variant({ log, metrics, metricsPublic: true, limits: { requestsPerMinute: 7, urlLengthMax: 500 } }),
  );
  const secret = path.slice(-43);
  const encoded = path
    .replace('muster_ping_', 'muster%5Fping%5F')
    .replace(secret, `%${Buffer.from(secret[0] ?? '').toString('hex')}${secret.slice(1)}`);
  const answers = [
    await watched.get(`${path}/success`),
    await watched.get(`${encoded}/start`),
    await watched.get(`${path}/success?size=many`),
    await watched.delete(`${path}/success`),
    await watched.options(`${path}/success`),
    await watched.get(path),
    await watched.get(`${path}/success/more`),
    await watched.get(`${path}/success?name=${'x'.repeat(500)}`),
    await watched.get(`${path}/success?name=%ff`),
    await watched.get(`${path}/success`),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 400, 405, 204, 404, 404, 413, 400, 429]);
  await expect.poll(() => lines.length, { timeout: 2000, interval: 5 }).toBeGreaterThanOrEqual(answers.length);
  const told = [
    ...lines,
    ...answers.map((answer) => answer.text + JSON.stringify(answer.headers)),
    await metrics.metrics(),
  ];
  for (const text of told) expect(text).not.toContain(secret.slice(1));
  expect(lines.filter((line) => line.includes('"url":"/ping/[redacted]'))).toHaveLength(answers.length);
});
