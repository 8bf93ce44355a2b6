import supertest from 'supertest';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { newId } from '../../../src/kernel/ids.ts';
import { channelRoutes } from '../../../src/notices/channels/channel.routes.ts';
import { deliveryRoutes } from '../../../src/notices/channels/delivery.routes.ts';
import { makeCaller, useApp } from '../../http/support.ts';
import { auditOf } from '../../people/cast.ts';
import { PEOPLE_ENTITIES } from '../../people/entities.ts';
import { useDatabase } from '../../support/database.ts';
import { answering, closeReceivers, isGenuine, type Receiver, startReceiver } from './receiver.ts';
import { useChannels } from './support.ts';

const database = useDatabase(PEOPLE_ENTITIES);
const bench = useChannels(database, { sendMs: 1500 });
const server = useApp(database, () => ({
  routes: [...channelRoutes({ keyring: bench.keyring, delivery: bench.deps }), ...deliveryRoutes()],
}));
closeReceivers();

const CHANNELS = '/api/v1/notification-channels';
const DELIVERIES = '/api/v1/notice-deliveries';

let receiver: Receiver;
beforeAll(async () => {
  receiver = await startReceiver();
});
beforeEach(() => {
  receiver.received.length = 0;
  receiver.answer = answering(204);
});

const bodyOf = (more: object = {}) => ({
  name: `channel ${newId()}`,
  ownerId: bench.caller.principal.id,
  webhook: { url: receiver.url },
  ...more,
});

async function made(more: object = {}) {
  const answer = await server.request('post', CHANNELS).send(bodyOf(more));
  expect([answer.status, answer.body]).toEqual([201, expect.anything()]);
  return answer.body as { channel: { id: string; version: number; name: string }; secret: string };
}

const change = (method: 'post' | 'patch', path: string, version: number, body?: object) =>
  server
    .request(method, CHANNELS + path)
    .set('If-Match', `"${version}"`)
    .send(body);

describe('a channel over HTTP', () => {
  test('is entered, shown without its secrets, changed, and retired', async () => {
    const { channel, secret } = await made({ subscriptions: [{ kindPrefix: 'backup.', urgencyMin: 2 }] });
    const { id } = channel;
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(channel).toMatchObject({
      destination: new URL(receiver.url).origin,
      subscriptions: [{ recipientId: null, kindPrefix: 'backup.', urgencyMin: 2 }],
      messagesPerMinute: 60,
    });
    const seen = [
      await server.request('get', `${CHANNELS}/${id}`),
      await server.request('get', CHANNELS),
      await change('patch', `/${id}`, 1, { messagesPerMinute: 5, webhook: { expectBody: 'ok' }, subscriptions: [] }),
    ];
    expect(seen.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(seen[2]?.body).toMatchObject({
      ...{ messagesPerMinute: 5, version: 2, subscriptions: [], webhook: { expectBody: 'ok' }, name: channel.name },
    });
    const retired = await change('post', `/${id}/retire`, 2, { reason: 'not used' });
    expect([retired.status, retired.body.retired.reason]).toEqual([200, 'not used']);
    const trail = await auditOf(database.db, 'notification-channel', id);
    expect(trail.map(({ action }) => action.replace('notification-channel.', ''))).toEqual([
      'create',
      'update',
      'retire',
    ]);
    const everything = JSON.stringify([seen.map(({ text }) => text), retired.text, trail]);
    expect(everything).not.toContain('a-token-in-the-path');
    expect(everything).not.toContain(secret);
    expect((await change('patch', `/${id}`, 3, { name: 'again' })).body.code).toBe('notification-channel-retired');
  });

  test('is disabled and enabled', async () => {
    const { channel } = await made();
    const { id } = channel;
    const off = await change('post', `/${id}/disable`, 1, { reason: 'being moved' });
    expect(off.body.disabled).toMatchObject({ reason: 'being moved' });
    expect((await change('post', `/${id}/disable`, 2, { reason: 'x' })).body.code).toBe(
      'notification-channel-disabled',
    );
    expect((await change('post', `/${id}/enable`, 2)).body).toMatchObject({ disabled: null, version: 3 });
    expect((await change('post', `/${id}/enable`, 3)).body.code).toBe('notification-channel-enabled');
  });

  test('gets another secret, and the one before is named as valid for a time', async () => {
    const { channel, secret } = await made();
    const rotated = await change('post', `/${channel.id}/rotate-secret`, 1, {});
    expect(rotated.status).toBe(200);
    expect(rotated.body.secret).not.toBe(secret);
    expect(rotated.body.channel.webhook.previousSecretUntil).toEqual(expect.any(String));
    await server.request('post', `${CHANNELS}/${channel.id}/test`);
    expect(receiver.received.map((each) => [secret, rotated.body.secret].map((one) => isGenuine(one, each)))).toEqual([
      [true, true],
    ]);
  });

  test.each([
    [{ webhook: { url: 'ftp://example.org/' } }, '#/webhook/url'],
    [{ webhook: { url: 'https://user:password@example.org/' } }, '#/webhook/url'],
    [{ webhook: { url: 'not a url' } }, '#/webhook/url'],
    [{ ownerId: newId() }, '#/ownerId'],
    [{ subscriptions: [{}, { recipientId: newId() }] }, '#/subscriptions/1/recipientId'],
    [{ subscriptions: [{ urgencyMin: 5 }] }, '#/subscriptions/0/urgencyMin'],
    [{ subscriptions: [{ kindPrefix: '%' }] }, '#/subscriptions/0/kindPrefix'],
    [{ messagesPerMinute: 0 }, '#/messagesPerMinute'],
  ])('%j names what is wrong', async (more, field) => {
    const answer = await server.request('post', CHANNELS).send(bodyOf(more));
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(answer.body.fields[0].field).toBe(field);
    expect(answer.text).not.toContain('password@');
  });

  test('a name is taken once', async () => {
    const { channel } = await made();
    const again = await server.request('post', CHANNELS).send(bodyOf({ name: channel.name.toUpperCase() }));
    expect([again.status, again.body.code]).toEqual([409, 'notification-channel-name-taken']);
  });
});

describe('a test message', () => {
  test('is real, is signed, and its answer says what happened', async () => {
    const { channel, secret } = await made();
    const good = await server.request('post', `${CHANNELS}/${channel.id}/test`);
    expect(good.body).toEqual({
      ...{ deliveryId: receiver.received[0]?.id, outcome: 'delivered', status: 204, detail: 'answered 204' },
    });
    expect(receiver.received.map((message) => isGenuine(secret, message))).toEqual([true]);
    expect(receiver.received[0]?.body.type).toBe('notification-channel.test');
    receiver.answer = answering(403, { body: 'secret words' });
    const bad = await server.request('post', `${CHANNELS}/${channel.id}/test`);
    expect(bad.body).toMatchObject({ outcome: 'failed', status: 403, detail: 'answered 403' });
    const listed = await server.request('get', `${DELIVERIES}?channelId=${channel.id}`);
    expect(listed.body.items).toMatchObject([
      { kind: 'test', state: 'dead', notice: null },
      { kind: 'test', state: 'delivered' },
    ]);
    expect((await server.request('post', `${DELIVERIES}/${bad.body.deliveryId}/redrive`)).body.code).toBe(
      'delivery-not-dead',
    );
    const trail = await auditOf(database.db, 'notification-channel', channel.id);
    expect(trail.map(({ action }) => action)).toEqual([
      ...['notification-channel.create', 'notification-channel.test', 'notification-channel.test'],
    ]);
  });

  test('goes to an address if it is e-mail, and only then, and needs a channel in use', async () => {
    const { channel } = await made();
    const path = `${CHANNELS}/${channel.id}/test`;
    const mail = { host: 'mail.test', from: 'muster@example.org' };
    const body = { ...bodyOf(), webhook: undefined, email: mail };
    const other = (await server.request('post', CHANNELS).send(body)).body;
    expect(other).toMatchObject({ secret: null, channel: { webhook: null, destination: 'smtp://mail.test:587' } });
    for (const [at, address] of [
      [path, 'room@example.org'],
      [`${CHANNELS}/${other.channel.id}/test`, undefined],
      [`${CHANNELS}/${other.channel.id}/test`, 'no address'],
    ] as const) {
      const answer = await server.request('post', at).send({ address });
      expect([answer.status, answer.body.fields[0].field]).toEqual([400, '#/address']);
    }
    expect((await server.request('post', `${CHANNELS}/${newId()}/test`)).body.code).toBe(
      'no-such-notification-channel',
    );
    await change('post', `/${channel.id}/retire`, 1, { reason: 'not used' });
    expect((await server.request('post', path)).body.code).toBe('notification-channel-retired');
    expect(receiver.received).toEqual([]);
  });
});

test('deliveries are listed page by page with what was tried, and a dead one is sent again', async () => {
  const person = await bench.person();
  const { channel } = await made({ subscriptions: [{ recipientId: person }] });
  receiver.answer = answering(410);
  for (let count = 0; count < 3; count += 1) await bench.post([person], { summary: `notice ${count}` });
  await bench.deliver(channel.id);
  const listed = async (filter: string) =>
    (await server.request('get', `${DELIVERIES}?channelId=${channel.id}${filter}`)).body;
  const first = await listed('&limit=2');
  const second = await listed(`&limit=2&after=${first.next}`);
  const summaries = [...first.items, ...second.items].map((item) => item.notice.summary);
  expect(summaries).toEqual(['notice 2', 'notice 1', 'notice 0']);
  const [dead] = (await listed('&state=dead')).items;
  const one = await server.request('get', `${DELIVERIES}/${dead.id}`);
  expect(one.body).toMatchObject({ state: 'dead', attempts: [{ attempt: 1, outcome: 'gone', status: 410 }] });
  const redriven = await server.request('post', `${DELIVERIES}/${dead.id}/redrive`);
  expect([redriven.status, redriven.body.state]).toEqual([200, 'waiting']);
});

test('who reads alerts sees channels, and neither changes, tests nor redrives', async () => {
  const { bearer } = await makeCaller(database.db, `viewer ${newId()}`, ['viewer']);
  const { channel } = await made();
  const as = (method: 'get' | 'post', path: string) => supertest(server.app)[method](path).set('Authorization', bearer);
  expect((await as('get', CHANNELS)).status).toBe(200);
  for (const path of [CHANNELS, `${CHANNELS}/${channel.id}/test`, `${DELIVERIES}/${newId()}/redrive`]) {
    expect((await as('post', path)).status).toBe(403);
  }
});
