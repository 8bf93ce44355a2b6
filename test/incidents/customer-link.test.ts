import { Writable } from 'node:stream';
import { pino } from 'pino';
import supertest from 'supertest';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { customerLinkRoutes } from '../../src/incidents/customer-link.routes.ts';
import { timelineRoutes } from '../../src/incidents/timeline.routes.ts';
import { type Caller, makeCaller, useApp } from '../http/support.ts';
import { auditOf } from '../people/cast.ts';
import { runAs, useDatabase } from '../support/database.ts';
import { layClocks } from './clocks.ts';
import { type LaidIncident, layIncident } from './laid-incident.ts';

const database = useDatabase();
const server = useApp(database, () => ({ routes: [...customerLinkRoutes(), ...timelineRoutes()] }));
const API = '/api/v1';
const HOUR_MS = 3_600_000;

let manager: Caller;
let incident: LaidIncident;

beforeAll(async () => {
  manager = await makeCaller(database.db, 'Service manager', ['admin'], 'person');
});

beforeEach(async () => {
  const title = '<b>Orders</b> & "stock" do not answer';
  incident = await layIncident(database, manager.principal.id, { title, until: 'handle' });
  const fromMs = Date.now() - 3 * HOUR_MS;
  const clock = { severity: 'emergency', serviceId: null, calendarId: null, subject: incident.number } as const;
  await layClocks(database, [
    {
      ...{ ...clock, kind: 'respond', term: { unit: 'minutes', amount: 30, counted: 'always' } },
      segments: [
        { state: 'running', fromMs },
        { state: 'stopped', fromMs: fromMs + 600_000 },
      ],
    },
    {
      ...{ ...clock, kind: 'recover', term: { unit: 'hours', amount: 2, counted: 'always' } },
      segments: [{ state: 'running', fromMs }],
    },
    // How we work is nobody's business.
    {
      ...{ ...clock, kind: 'classify', term: { unit: 'hours', amount: 2, counted: 'always' } },
      segments: [{ state: 'running', fromMs }],
    },
  ]);
});

const reader = () => supertest(server.app);

async function linked(more: object = {}) {
  const answer = await server
    .request('post', `${API}/incidents/${incident.id}/customer-links`)
    .set('Authorization', manager.bearer)
    .send({ label: 'Service desk of the customer', ...more });
  expect(answer.status, answer.text).toBe(201);
  return answer.body as { path: string; link: { id: string; expiresAt: string } };
}

const publish = (text: string) =>
  server.request('post', `${API}/incidents/${incident.id}/customer-updates`).send({ text });
const linkRow = async (id: string) =>
  (await server.request('get', `${API}/incidents/${incident.id}/customer-links`)).body.items.find(
    (link: { id: string }) => link.id === id,
  );

describe('a customer link', () => {
  test('shows programs a fixed list of facts, and nothing else', async () => {
    const { path } = await linked();
    await publish('The spare is on its way');
    const update = await publish('It is built in');
    const answer = await reader().get(`${path}/json`).expect(200);
    expect(answer.body).toEqual({
      number: incident.number,
      title: '<b>Orders</b> & "stock" do not answer',
      severity: 'emergency',
      stage: 'handle',
      ...{ receivedAt: expect.any(String), restoredAt: null, resolvedAt: null, readAt: expect.any(String) },
      promises: [
        {
          ...{ kind: 'respond', target: { unit: 'minutes', amount: 30, counted: 'always' }, state: 'met' },
          ...{ dueAt: expect.any(String), reachedAt: expect.any(String) },
        },
        {
          ...{ kind: 'recover', target: { unit: 'hours', amount: 2, counted: 'always' }, state: 'missed' },
          ...{ dueAt: expect.any(String), reachedAt: null },
        },
      ],
      updates: [
        { at: update.body.at, text: 'It is built in' },
        { at: expect.any(String), text: 'The spare is on its way' },
      ],
    });
    const timeline = await server.request('get', `${API}/incidents/${incident.id}/timeline?kind=customer-update`);
    expect(timeline.body.items.map(({ details }: { details: object }) => details)).toEqual([
      { text: 'The spare is on its way' },
      { text: 'It is built in' },
    ]);
  });

  test('shows people a page in the language that they prefer or ask for, which holds no script and lets nothing out', async () => {
    const { path } = await linked();
    await publish('<script>alert(1)</script>');
    const english = await reader().get(path).expect(200);
    expect(english.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-robots-tag': 'noindex, nofollow, noarchive',
    });
    expect(english.headers['content-security-policy']).toContain("default-src 'none'");
    expect(english.headers['set-cookie']).toBeUndefined();
    expect(english.text).not.toMatch(/<script|<b>|src=|javascript:/);
    for (const words of [
      'lang="en"',
      'Emergency',
      'Being worked on',
      'First response',
      '30 minutes, around the clock',
    ]) {
      expect(english.text).toContain(words);
    }
    expect(english.text).toContain('&lt;b&gt;Orders&lt;/b&gt; &amp; &quot;stock&quot; do not answer');
    const preferred = await reader().get(path).set('Accept-Language', 'zh-CN,zh;q=0.9,en;q=0.5');
    for (const words of ['lang="zh"', '紧急', '处理中', '首次响应', '30 分钟']) expect(preferred.text).toContain(words);
    const asked = await reader().get(`${path}?lang=en`).set('Accept-Language', 'zh-CN');
    expect(asked.text).toContain('lang="en"');
    const json = await reader().get(`${path}/json`);
    expect(json.headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
  });

  test('is stored as a digest, shown once, and its reads are counted without anything of the reader', async () => {
    const { path, link } = await linked();
    const secret = path.split('/').at(-1) ?? '';
    const [row] = await runAs<Record<string, unknown>>(
      database.superuser,
      'SELECT l.*, encode(hash, $2) AS digest FROM customer_link l WHERE id = $1',
      [link.id, 'hex'],
    );
    expect(JSON.stringify(row)).not.toContain(secret);
    expect(row?.digest).toMatch(/^[0-9a-f]{64}$/);
    await reader().get(path).set('User-Agent', 'a browser');
    await reader().get(`${path}/json`);
    expect(await linkRow(link.id)).toMatchObject({ reads: 2, lastReadAt: expect.any(String) });
    expect(Object.keys(row ?? {}).toSorted()).toEqual(
      ['created_at', 'created_by', 'digest', 'expires_at', 'hash', 'id', 'incident_id', 'label', 'last_read_at'].concat(
        ['reads', 'revoked_at'],
      ),
    );
    const replay = await server.request('get', `${API}/incidents/${incident.id}/customer-links`);
    expect(replay.text).not.toContain(secret);
    expect(JSON.stringify(await auditOf(database.db, 'customer-link', link.id))).not.toContain(secret);
  });

  test('is not in the log', async () => {
    const { path } = await linked();
    const lines: string[] = [];
    const write = (chunk: Buffer, _encoding: string, done: () => void) => {
      lines.push(String(chunk));
      done();
    };
    const log = pino(new Writable({ write }));
    await supertest(server.variant({ log })).get(path).expect(200);
    await supertest(server.variant({ log })).get(`${path}/elsewhere`).expect(404);
    await expect.poll(() => lines.length).toBeGreaterThanOrEqual(2);
    expect(lines.join('')).toContain('/case/[redacted]');
    expect(lines.join('')).not.toContain(path.split('/').at(-1));
  });

  test('ends when it is revoked or its days are over, and nobody is told which, or that it ever was', async () => {
    const [revoked, expired] = [await linked(), await linked({ days: 1 })];
    await server.request('delete', `${API}/customer-links/${revoked.link.id}`).expect(204);
    await runAs(
      database.superuser,
      `ALTER TABLE customer_link DISABLE TRIGGER customer_link_stays;
       UPDATE customer_link SET created_at = now() - interval '2 days', expires_at = now() - interval '1 second'
         WHERE id = '${expired.link.id}';
       ALTER TABLE customer_link ENABLE ALWAYS TRIGGER customer_link_stays`,
    );
    const never = `/case/muster_case_${'x'.repeat(43)}`;
    const pages = [];
    for (const path of [revoked.path, expired.path, never, '/case/nothing']) {
      const page = await reader().get(path).expect(404);
      pages.push(page.text.replaceAll(/nonce="[^"]+"/g, ''));
      const { requestId: _, ...gone } = (await reader().get(`${path}/json`).expect(404)).body;
      expect(gone).toMatchObject({ code: 'no-such-link' });
    }
    expect(new Set(pages).size).toBe(1);
    expect(pages[0]).toContain('This link is not valid');
    expect(await linkRow(revoked.link.id)).toMatchObject({ reads: 0, revokedAt: expect.any(String) });
    await server.request('delete', `${API}/customer-links/${revoked.link.id}`).expect(204);
    expect((await auditOf(database.db, 'customer-link', revoked.link.id)).map(({ action }) => action)).toEqual([
      'customer-link.create',
      'customer-link.revoke',
    ]);
  });

  test('lasts ninety days at most, and can be neither revived nor turned to another incident', async () => {
    const long = await server
      .request('post', `${API}/incidents/${incident.id}/customer-links`)
      .send({ label: 'Too long', days: 91 });
    expect(long.status).toBe(400);
    const { link } = await linked();
    await server.request('delete', `${API}/customer-links/${link.id}`);
    for (const change of ['revoked_at = NULL', `expires_at = now() + interval '90 days'`, `hash = sha256('x')`]) {
      await expect(
        database.db.execute(`UPDATE customer_link SET ${change} WHERE id = '${link.id}'`),
      ).rejects.toMatchObject({ constraint: 'customer_link_stays' });
    }
    await expect(database.db.execute(`UPDATE customer_update SET text = 'x'`)).rejects.toMatchObject({ code: '42501' });
  });
});
