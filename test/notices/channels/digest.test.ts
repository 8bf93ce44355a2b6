import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { retireChannel, updateChannel } from '../../../src/notices/channels/channel.service.ts';
import { channelChangeSchema } from '../../../src/notices/channels/channel.ts';
import { nextDueAt } from '../../../src/notices/channels/delivery.queries.ts';
import { redriveDelivery } from '../../../src/notices/channels/delivery.service.ts';
import { PEOPLE_ENTITIES } from '../../people/entities.ts';
import { useDatabase } from '../../support/database.ts';
import { closeMailServers, type MailServer, startMailServer } from './mail-server.ts';
import { answering, closeReceivers, type Receiver, startReceiver } from './receiver.ts';
import { useChannels } from './support.ts';

const database = useDatabase(PEOPLE_ENTITIES);
const bench = useChannels(database);
closeReceivers();
closeMailServers();

let receiver: Receiver;
let mails: MailServer;
let person: string;
beforeAll(async () => {
  receiver = await startReceiver();
  mails = await startMailServer();
});
beforeEach(async () => {
  receiver.received.length = 0;
  receiver.answer = answering(204);
  person = await bench.person();
});

const postMany = async (count: number, more: Parameters<typeof bench.post>[1] = {}) => {
  for (let index = 0; index < count; index += 1) await bench.post([person], { summary: `notice ${index}`, ...more });
};

const channelOf = async (more: object = {}) =>
  (await bench.channel(receiver, { subscriptions: [{ recipientId: person }], ...more })).id;

const deliveredNotices = async () => {
  const [row] = await database.db.rows<{ count: number }>(
    'SELECT count(*)::integer AS count FROM notice WHERE recipient_id = $1 AND delivered_at IS NOT NULL',
    [person],
  );
  return row?.count;
};

const countStates = async (channelId: string) => {
  const log = await bench.log(channelId);
  return Object.fromEntries(
    Object.entries(Object.groupBy(log, ({ kind, state }) => `${kind} ${state}`)).map(([key, all]) => [
      key,
      all?.length,
    ]),
  );
};

describe('a digest', () => {
  test('lists what waits when it is more than the channel allows, and emergencies go by themselves, first', async () => {
    const id = await channelOf({ digestAbove: 3 });
    await postMany(5);
    await postMany(1, { urgency: 4, summary: 'an emergency' });
    await postMany(1, { urgency: 2, summary: 'the most urgent of the rest' });
    expect(await bench.deliver(id)).toEqual({ delivered: 2, failed: 0 });
    const [emergency, digest] = receiver.received;
    expect(emergency?.body).toMatchObject({ type: 'backup.damaged', data: { summary: 'an emergency' } });
    expect(digest?.body.type).toBe('notification-channel.digest');
    expect(digest?.body.data.count).toBe(6);
    const listed = digest?.body.data.notices as { summary: string }[] | undefined;
    expect(listed?.map(({ summary }) => summary)).toEqual([
      'the most urgent of the rest',
      ...Array.from({ length: 5 }, (_, index) => `notice ${index}`),
    ]);
    expect(await countStates(id)).toEqual({ 'digest delivered': 1, 'notice delivered': 7 });
    expect(await deliveredNotices()).toBe(7);
  });

  test('is made of no more than so many, and never where there is no limit', async () => {
    const [few, never] = [await channelOf({ digestAbove: 5 }), await channelOf({ digestAbove: null })];
    await postMany(5);
    expect(await bench.deliver(few)).toEqual({ delivered: 5, failed: 0 });
    await postMany(7);
    expect(await bench.deliver(never)).toEqual({ delivered: 12, failed: 0 });
  });

  test('that fails comes again as it was, dies with what it lists, and is sent again with it', async () => {
    const id = await channelOf({ digestAbove: 2 });
    await postMany(4);
    receiver.answer = answering(500);
    for (let attempt = 1; attempt <= 11; attempt += 1) {
      await bench.deliver(id);
      await bench.pausesOver(id);
      if (attempt === 1) expect(await countStates(id)).toEqual({ 'digest waiting': 1, 'notice bundled': 4 });
    }
    expect(await countStates(id)).toEqual({ 'digest dead': 1, 'notice dead': 4 });
    const log = await bench.log(id);
    const digest = log.find(({ kind }) => kind === 'digest');
    const listed = log.find(({ kind }) => kind === 'notice');
    const redrive = (deliveryId = '') => database.db.transaction((tx) => redriveDelivery(tx, bench.caller, deliveryId));
    await expect(redrive(listed?.id)).rejects.toMatchObject({ code: 'delivery-in-digest' });
    await redrive(digest?.id);
    expect(await countStates(id)).toEqual({ 'digest waiting': 1, 'notice bundled': 4 });
    receiver.answer = answering(204);
    await postMany(1);
    expect(await bench.deliver(id)).toEqual({ delivered: 2, failed: 0 });
    const texts = receiver.received.filter((message) => message.id === digest?.id).map(({ text }) => text);
    expect(texts).toHaveLength(12);
    expect(new Set(texts).size).toBe(1);
    expect(await deliveredNotices()).toBe(5);
  });

  test('is given up with its channel', async () => {
    const id = await channelOf({ digestAbove: 2 });
    await postMany(4);
    receiver.answer = answering(500);
    await bench.deliver(id);
    await database.db.transaction((tx) => retireChannel(tx, bench.caller, { id, expectedVersion: 1 }, 'a test'));
    expect(await countStates(id)).toEqual({ 'digest dead': 1, 'notice dead': 4 });
  });

  test('of e-mail is one for each address', async () => {
    const subscriptions = ['a@example.org', 'b@example.org'].map((address) => ({ address, recipientId: person }));
    const email = { host: '127.0.0.1', port: mails.port, security: 'none', from: 'muster@example.org' };
    const { id } = await bench.channel({ url: '' }, { webhook: null, email, subscriptions, digestAbove: 1 });
    await postMany(3);
    expect(await bench.deliver(id)).toEqual({ delivered: 2, failed: 0 });
    expect(mails.mails.map(({ to }) => to).toSorted()).toEqual([['a@example.org'], ['b@example.org']]);
    expect(mails.mails[0]?.text).toContain('3 notices, the most urgent first:');
  });
});

/** All of the week but one minute of the day before yesterday: it is quiet now, whenever this runs. */
function nearlyAlways(urgentFrom: number) {
  const names = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
  const weekday = names[(new Date().getUTCDay() + 5) % 7];
  return [{ fromWeekday: weekday, from: '00:01', untilWeekday: weekday, until: '00:00', urgentFrom }];
}

describe('quiet times of a channel', () => {
  test('hold what is not urgent enough until they end, and let the rest go', async () => {
    const id = await channelOf({ quietTimes: nearlyAlways(3) });
    for (const urgency of [1, 2, 3, 4] as const) await postMany(1, { urgency });
    expect(await bench.deliver(id)).toEqual({ delivered: 2, failed: 0 });
    expect(receiver.received.map(({ body }) => body.data.urgency)).toEqual([4, 3]);
    const next = await nextDueAt(database.db, id);
    // The end of the quiet time: five days from now at the most, at midnight.
    expect(next?.at.getTime()).toBeGreaterThan(next?.now.getTime() ?? 0);
    expect(next?.at.toISOString()).toMatch(/T00:00:00\.000Z$/);

    const change = channelChangeSchema.parse({ quietTimes: [] });
    await database.db.transaction((tx) =>
      updateChannel(tx, bench.caller, bench.keyring, { id, expectedVersion: 1 }, change),
    );
    expect(await bench.deliver(id)).toEqual({ delivered: 2, failed: 0 });
    expect(await deliveredNotices()).toBe(4);
  });

  test('end, and what waited goes, in a digest where it is much', async () => {
    const id = await channelOf({ quietTimes: nearlyAlways(4), digestAbove: 2 });
    await postMany(5);
    expect(await bench.deliver(id)).toEqual({ delivered: 0, failed: 0 });
    // As if the quiet time were over, and this the minute that is open.
    await database.db.execute(`UPDATE notification_channel SET quiet_times = '[]' WHERE id = $1`, [id]);
    await bench.pausesOver(id);
    expect(await bench.deliver(id)).toEqual({ delivered: 1, failed: 0 });
    expect(receiver.received[0]?.body.data.count).toBe(5);
  });
});
