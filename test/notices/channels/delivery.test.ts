import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { retireChannel } from '../../../src/notices/channels/channel.service.ts';
import { deliverDue, settle } from '../../../src/notices/channels/deliver.service.ts';
import { nextDueAt } from '../../../src/notices/channels/delivery.queries.ts';
import { redriveDelivery } from '../../../src/notices/channels/delivery.service.ts';
import { claimDelivery, holdChannel } from '../../../src/notices/channels/delivery.store.ts';
import { auditOf } from '../../people/cast.ts';
import { PEOPLE_ENTITIES } from '../../people/entities.ts';
import { useDatabase } from '../../support/database.ts';
import { answering, closeReceivers, type Receiver, startReceiver } from './receiver.ts';
import { useChannels } from './support.ts';

const database = useDatabase(PEOPLE_ENTITIES);
const bench = useChannels(database);
closeReceivers();

const DELIVERED = { outcome: 'delivered', status: 200, detail: 'answered 200', isChannelWide: false } as const;

let receiver: Receiver;
let person: string;
let channelId: string;
beforeAll(async () => {
  receiver = await startReceiver();
});
beforeEach(async () => {
  receiver.received.length = 0;
  receiver.answer = answering(204);
  person = await bench.person();
  channelId = (await bench.channel(receiver, { subscriptions: [{ recipientId: person }] })).id;
});

const postMany = async (count: number) => {
  for (let index = 0; index < count; index += 1) await bench.post([person]);
};

const claim = (leaseSeconds: number) =>
  database.db.transaction(async (tx) => {
    await holdChannel(tx, channelId);
    return claimDelivery(tx, channelId, leaseSeconds);
  });

describe('several workers', () => {
  test('never send the same message', async () => {
    await postMany(30);
    const runs = await Promise.all(Array.from({ length: 8 }, () => bench.deliver(channelId)));
    expect(runs.reduce((sum, run) => sum + run.delivered, 0)).toBe(30);
    expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(30);
    expect(receiver.received).toHaveLength(30);
  });

  test('a message whose sender is lost is sent again under its id, and what the lost one says later counts for nothing', async () => {
    await postMany(1);
    const lost = await claim(0);
    expect(await bench.deliver(channelId)).toEqual({ delivered: 1, failed: 0 });
    expect(receiver.received.map(({ id }) => id)).toEqual([lost?.id]);
    const failed = { ...DELIVERED, outcome: 'failed', detail: 'late' } as const;
    if (!lost) throw new Error('nothing was claimed');
    expect(await database.db.transaction((tx) => settle(tx, channelId, lost, failed))).toBe(false);
    expect(await bench.log(channelId)).toMatchObject([
      { state: 'delivered', attempts: [{ outcome: 'lost' }, { attempt: 2, outcome: 'delivered' }] },
    ]);
  });

  test('a message that is being sent is left alone', async () => {
    await postMany(1);
    await claim(60);
    expect(await bench.deliver(channelId)).toEqual({ delivered: 0, failed: 0 });
    expect(receiver.received).toEqual([]);
  });
});

test('the most urgent goes first', async () => {
  for (const urgency of [1, 4, 2, 3] as const) await bench.post([person], { urgency });
  await bench.deliver(channelId);
  expect(receiver.received.map(({ body }) => body.data.urgency)).toEqual([4, 3, 2, 1]);
});

test('no more than so many messages a minute go out, over all workers; the rest waits until then', async () => {
  const slow = await bench.channel(receiver, { subscriptions: [{ recipientId: person }], messagesPerMinute: 3 });
  await postMany(5);
  await Promise.all(Array.from({ length: 4 }, () => bench.deliver(slow.id)));
  expect(receiver.received).toHaveLength(3);
  const next = await nextDueAt(database.db, slow.id);
  const [first] = await database.db.rows<{ at: Date }>(
    'SELECT min(started_at) AS at FROM delivery_attempt WHERE channel_id = $1',
    [slow.id],
  );
  expect((next?.at.getTime() ?? 0) - (first?.at.getTime() ?? 0)).toBe(60_000);
  expect(next?.at.getTime()).toBeGreaterThan(next?.now.getTime() ?? 0);
});

describe('a message that never arrives', () => {
  beforeEach(() => {
    receiver.answer = answering(500);
  });

  async function exhaust(): Promise<void> {
    for (let attempt = 1; attempt <= 11; attempt += 1) {
      await bench.deliver(channelId);
      await bench.pausesOver(channelId);
    }
  }

  test('is dead behind eleven attempts, its owner is told, and a person has it sent again under its id', async () => {
    await postMany(1);
    await exhaust();
    const [dead] = await bench.log(channelId);
    expect(dead).toMatchObject({ state: 'dead', attempt: 11 });
    expect(dead?.attempts.every(({ outcome, status }) => outcome === 'failed' && status === 500)).toBe(true);
    expect(await bench.deliver(channelId)).toEqual({ delivered: 0, failed: 0 });
    const told = await database.db.rows<{ summary: string }>(
      `SELECT summary FROM notice WHERE kind = 'notification-channel.delivery-dead' AND subject_id = $1`,
      [channelId],
    );
    expect(told).toHaveLength(1);
    expect(told[0]?.summary).toContain('behind 11 attempts: answered 500');

    const id = dead?.id ?? '';
    const redrive = () => database.db.transaction((tx) => redriveDelivery(tx, bench.caller, id));
    expect(await redrive()).toMatchObject({ state: 'waiting', attempt: 11 });
    await expect(redrive()).rejects.toMatchObject({ code: 'delivery-not-dead' });
    expect(await auditOf(database.db, 'notice-delivery', id)).toMatchObject([{ action: 'notice-delivery.redrive' }]);
    // It is tried as often as a new one.
    await bench.deliver(channelId);
    expect(await bench.log(channelId)).toMatchObject([{ state: 'waiting', attempt: 12 }]);
    receiver.answer = answering(204);
    await bench.pausesOver(channelId);
    await bench.deliver(channelId);
    expect(await bench.log(channelId)).toMatchObject([{ state: 'delivered', attempt: 13 }]);
    expect(new Set(receiver.received.map((message) => message.id))).toEqual(new Set([id]));
  });

  test('does not hold up the others', async () => {
    await postMany(1);
    await bench.deliver(channelId);
    receiver.answer = answering(204);
    await postMany(2);
    expect(await bench.deliver(channelId)).toEqual({ delivered: 2, failed: 0 });
  });
});

test('a channel that is retired gives up what waits for it', async () => {
  await postMany(2);
  await database.db.transaction((tx) =>
    retireChannel(tx, bench.caller, { id: channelId, expectedVersion: 1 }, 'not used any more'),
  );
  expect((await bench.log(channelId)).map(({ state }) => state)).toEqual(['dead', 'dead']);
  expect(await nextDueAt(database.db, channelId)).toBeNull();
});

test('a run ends between two messages when its process stops', async () => {
  await postMany(3);
  const stopping = new AbortController();
  receiver.answer = (response) => {
    stopping.abort();
    response.writeHead(204).end();
  };
  expect(await deliverDue(bench.deps, channelId, stopping.signal)).toEqual({ delivered: 1, failed: 0 });
});
