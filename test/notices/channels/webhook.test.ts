import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { rotateSecret } from '../../../src/notices/channels/channel.service.ts';
import { PEOPLE_ENTITIES } from '../../people/entities.ts';
import { useDatabase } from '../../support/database.ts';
import { type Answer, answering, closeReceivers, isGenuine, type Receiver, startReceiver } from './receiver.ts';
import { useChannels } from './support.ts';

const database = useDatabase(PEOPLE_ENTITIES);
const bench = useChannels(database, { sendMs: 1500 });
closeReceivers();

let receiver: Receiver;
let person: string;
beforeAll(async () => {
  person = await bench.person();
});
beforeEach(async () => {
  receiver = await startReceiver();
});

/** A channel for one person, so that the notices of other tests do not come along. */
async function channelFor(recipientId: string, webhook: object = {}) {
  return bench.channel(receiver, { webhook, subscriptions: [{ recipientId }] });
}

describe('a webhook', () => {
  test('carries a notice, signed as Standard Webhooks says, and notes that it has', async () => {
    const { id, secret } = await channelFor(person);
    const onceKey = await bench.post([person], { urgency: 3 });
    expect(await bench.deliver(id)).toEqual({ delivered: 1, failed: 0 });
    const [message] = receiver.received;
    const [delivery] = await bench.log(id);
    expect(receiver.received).toHaveLength(1);
    expect(message && isGenuine(secret, message)).toBe(true);
    expect(message && isGenuine('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', message)).toBe(false);
    expect(message?.headers).toMatchObject({ 'content-type': 'application/json', 'webhook-id': delivery?.id });
    expect(message?.body).toMatchObject({
      type: 'backup.damaged',
      timestamp: expect.any(String),
      data: { urgency: 3, recipient: { id: person, kind: 'person' }, summary: 'A backup is damaged: 备份损坏' },
    });
    expect(delivery).toMatchObject({
      state: 'delivered',
      attempts: [{ attempt: 1, outcome: 'delivered', status: 204, detail: 'answered 204' }],
    });
    const notices = await database.db.rows<{ told: boolean }>(
      'SELECT delivered_at IS NOT NULL AS told FROM notice WHERE once_key = $1',
      [onceKey],
    );
    expect(notices).toEqual([{ told: true }]);
    expect(await bench.deliver(id)).toEqual({ delivered: 0, failed: 0 });
  });

  test('is signed with both secrets while they are exchanged', async () => {
    const { id, secret } = await channelFor(person);
    const turn = (version: number, hours: number) =>
      database.db.transaction((tx) =>
        rotateSecret(tx, bench.caller, bench.keyring, { id, expectedVersion: version }, hours),
      );
    const second = await turn(1, 24);
    await bench.post([person]);
    await bench.deliver(id);
    const third = await turn(2, 0);
    await bench.post([person]);
    await bench.deliver(id);
    const genuine = receiver.received.map((message) =>
      [secret, second.secret, third.secret].map((each) => isGenuine(each ?? '', message)),
    );
    expect(genuine).toEqual([
      [true, true, false],
      [false, false, true],
    ]);
  });
});

/** An answer that goes on and on. */
const endless: Answer = (response) => {
  response.writeHead(200);
  const more = () => {
    if (!response.destroyed && response.write('x'.repeat(64 * 1024))) setImmediate(more);
  };
  response.on('drain', more);
  response.on('error', () => {});
  more();
};

const ERROR_INSIDE = answering(200, { body: '{"errcode":310000,"errmsg":"secret words of the other side"}' });

describe('what counts as delivered', () => {
  test.each<[string, Answer, object, object]>([
    ['a status of 2xx', answering(202, { body: 'whatever' }), {}, { state: 'delivered', status: 202 }],
    ['2xx before a body without end', endless, {}, { state: 'delivered', status: 200 }],
    ['2xx whose body is slow', (response) => void response.writeHead(200).write('.'), {}, { state: 'delivered' }],
    ['2xx with an error in it, which nobody looks for', ERROR_INSIDE, {}, { state: 'delivered', status: 200 }],
    [
      'not 200 without the expected text',
      ERROR_INSIDE,
      { expectBody: '"errcode":0' },
      { state: 'waiting', status: 200 },
    ],
    ['200 with it', answering(200, { body: '{"errcode":0}' }), { expectBody: '"errcode":0' }, { state: 'delivered' }],
    ['not a body without end where a text is expected', endless, { expectBody: 'ok' }, { state: 'waiting' }],
    ['not a redirect', answering(302, { headers: { location: 'http://127.0.0.1:1/' } }), {}, { status: 302 }],
    ['not a status of 4xx', answering(404), {}, { state: 'waiting', status: 404 }],
    ['not a status of 5xx', answering(500, { body: 'secret words' }), {}, { state: 'waiting', status: 500 }],
    ['not a connection that is reset', (response) => void response.socket?.resetAndDestroy(), {}, { status: null }],
    ['not silence', () => {}, {}, { state: 'waiting', status: null }],
  ])('%s', async (_what, answer, webhook, expected) => {
    receiver.answer = answer;
    const recipient = await bench.person();
    const { id } = await channelFor(recipient, webhook);
    await bench.post([recipient]);
    await bench.deliver(id);
    const [delivery] = await bench.log(id);
    const [attempt] = delivery?.attempts ?? [];
    expect({ ...attempt, state: delivery?.state }).toMatchObject(expected);
    expect(attempt?.outcome).toBe(delivery?.state === 'delivered' ? 'delivered' : 'failed');
    expect(JSON.stringify(delivery)).not.toMatch(/secret words|a-token-in-the-path/);
  });

  test('what may not be reached fails, and says who allows it', async () => {
    const recipient = await bench.person();
    const { id } = await bench.channel(
      { url: 'https://127.0.0.1:1/hook' },
      { subscriptions: [{ recipientId: recipient }] },
    );
    await bench.post([recipient]);
    await bench.deliver(id);
    const [delivery] = await bench.log(id);
    expect(delivery?.state).toBe('waiting');
    expect(delivery?.attempts[0]?.detail).toContain('an administrator allows it with MUSTER_EGRESS_ALLOW');
  });
});

describe('a receiver that wants a pause', () => {
  test.each([429, 503])('gets it for all its messages: %d with Retry-After', async (status) => {
    receiver.answer = answering(status, { headers: { 'retry-after': '1800' } });
    const recipient = await bench.person();
    const { id } = await channelFor(recipient);
    for (let count = 0; count < 3; count += 1) await bench.post([recipient]);
    expect(await bench.deliver(id)).toEqual({ delivered: 0, failed: 1 });
    expect(receiver.received).toHaveLength(1);
    const [waits] = await database.db.rows<{ delivery: boolean; channel: boolean }>(
      `SELECT d.due_at > now() + interval '29 minutes' AS delivery, c.paused_until > now() + interval '29 minutes' AS channel
       FROM notice_delivery d JOIN notification_channel c ON c.id = d.channel_id WHERE c.id = $1 AND d.attempt = 1`,
      [id],
    );
    expect(waits).toEqual({ delivery: true, channel: true });

    receiver.answer = answering(204);
    await bench.pausesOver(id);
    expect(await bench.deliver(id)).toEqual({ delivered: 3, failed: 0 });
    // The repeat is the same message under the same id.
    expect(new Set(receiver.received.map((message) => message.id)).size).toBe(3);
    expect(receiver.received.find((message) => message.id === receiver.received[0]?.id)?.text).toBe(
      receiver.received[0]?.text,
    );
  });

  test('for good, with 410 Gone, is asked no more, and the owner of the channel is told', async () => {
    receiver.answer = answering(410);
    const recipient = await bench.person();
    const { id } = await channelFor(recipient);
    await bench.post([recipient]);
    await bench.post([recipient]);
    expect(await bench.deliver(id)).toEqual({ delivered: 0, failed: 1 });
    expect(await bench.deliver(id)).toEqual({ delivered: 0, failed: 0 });
    expect((await bench.log(id)).map((delivery) => delivery.state).toSorted()).toEqual(['dead', 'waiting']);
    const told = await database.db.rows<{ kind: string; recipient_id: string }>(
      `SELECT kind, recipient_id FROM notice WHERE subject_id = $1 ORDER BY kind`,
      [id],
    );
    expect(told).toEqual([
      { kind: 'notification-channel.delivery-dead', recipient_id: bench.caller.principal.id },
      { kind: 'notification-channel.disabled', recipient_id: bench.caller.principal.id },
    ]);
    // Nothing new is given to it.
    await bench.post([recipient]);
    expect(await bench.log(id)).toHaveLength(2);
  });
});
