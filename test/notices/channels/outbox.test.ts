import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { newId } from '../../../src/kernel/ids.ts';
import { disableChannel, retireChannel } from '../../../src/notices/channels/channel.service.ts';
import type { Subscription } from '../../../src/notices/channels/channel.ts';
import { postNotice } from '../../../src/notices/notice.store.ts';
import type { Urgency } from '../../../src/notices/notice.ts';
import { PEOPLE_ENTITIES } from '../../people/entities.ts';
import { runAs, useDatabase } from '../../support/database.ts';
import { scaled } from '../../support/scale.ts';
import { noticeTo, useChannels } from './support.ts';

const database = useDatabase(PEOPLE_ENTITIES);
const bench = useChannels(database);
const NOWHERE = { url: 'http://127.0.0.1:1/' };

const KINDS = ['backup.damaged', 'backup.late', 'drill.failed', 'drill.failed.again'];
const PREFIXES = ['', 'backup.', 'backup.la', 'drill.failed', 'licence.'];

/** Which channels carried the notices of a key, and to whom. */
const carriedBy = (onceKey: string) =>
  database.db.rows<{ recipient: string; channel: string }>(
    `SELECT n.recipient_id AS recipient, d.channel_id AS channel FROM notice n JOIN notice_delivery d ON d.notice_id = n.id
     WHERE n.once_key = $1 ORDER BY 1, 2`,
    [onceKey],
  );

let people: readonly string[];
beforeAll(async () => {
  people = await Promise.all(Array.from({ length: 3 }, () => bench.person()));
});

describe('the outbox', () => {
  test('has a delivery for each notice and each channel with a subscription that fits, whatever they are', async () => {
    const subscription = fc.record({
      recipientId: fc.option(fc.nat(2), { nil: null }),
      kindPrefix: fc.constantFrom(...PREFIXES),
      urgencyMin: fc.integer({ min: 1, max: 4 }),
    });
    const told = fc.record({
      to: fc.uniqueArray(fc.nat(2), { maxLength: 3 }),
      kind: fc.constantFrom(...KINDS),
      urgency: fc.constantFrom<Urgency>(1, 2, 3, 4),
      isUndone: fc.boolean(),
    });
    const cases = fc.tuple(fc.array(fc.array(subscription, { maxLength: 3 }), { maxLength: 3 }), told);
    await fc.assert(
      fc.asyncProperty(cases, async ([wanted, { to, kind, urgency, isUndone }]) => {
        const channels: { id: string; subscriptions: Subscription[] }[] = [];
        for (const each of wanted) {
          const subscriptions = each.map((one) => ({
            ...one,
            address: null,
            recipientId: one.recipientId === null ? null : (people[one.recipientId] ?? null),
          }));
          channels.push({ subscriptions, id: (await bench.channel(NOWHERE, { subscriptions })).id });
        }
        const onceKey = newId();
        const recipients = to.map((index) => people[index] ?? '');
        const work = database.db.transaction(async (tx) => {
          await postNotice(tx, { ...noticeTo(recipients), kind, urgency, onceKey });
          if (isUndone) throw new Error('undone');
        });
        await work.catch(() => {});
        const expected = recipients.flatMap((recipient) =>
          channels
            .filter(({ subscriptions }) =>
              subscriptions.some(
                (one) =>
                  (one.recipientId === null || one.recipientId === recipient) &&
                  kind.startsWith(one.kindPrefix) &&
                  urgency >= one.urgencyMin,
              ),
            )
            .map(({ id }) => ({ recipient, channel: id })),
        );
        const mine = new Set(channels.map(({ id }) => id));
        const carried = (await carriedBy(onceKey)).filter(({ channel }) => mine.has(channel));
        const inOrder = (rows: typeof expected) => rows.map((row) => `${row.recipient} ${row.channel}`).toSorted();
        expect(inOrder(carried)).toEqual(isUndone ? [] : inOrder(expected));
      }),
      { numRuns: scaled(40) },
    );
  });

  test('a notice that is posted again is not carried again, by twenty at once', async () => {
    const [person = ''] = people;
    const { id } = await bench.channel(NOWHERE, { subscriptions: [{ recipientId: person }] });
    const onceKey = newId();
    const post = () => database.db.transaction((tx) => postNotice(tx, { ...noticeTo([person]), onceKey }));
    const told = await Promise.all(Array.from({ length: 20 }, post));
    expect(told.reduce((sum, count) => sum + count, 0)).toBe(1);
    expect(await bench.log(id)).toHaveLength(1);
  });

  test('has nothing for a channel that is disabled or retired', async () => {
    const [person = ''] = people;
    const target = (id: string) => ({ id, expectedVersion: 1 });
    const [used, disabled, retired] = await Promise.all([1, 2, 3].map(() => bench.channel(NOWHERE)));
    await database.db.transaction(async (tx) => {
      await disableChannel(tx, bench.caller, target(disabled?.id ?? ''), 'a test');
      await retireChannel(tx, bench.caller, target(retired?.id ?? ''), 'a test');
    });
    const carriers = (await carriedBy(await bench.post([person]))).map(({ channel }) => channel);
    expect(carriers).toContain(used?.id);
    expect(carriers).not.toContain(disabled?.id);
    expect(carriers).not.toContain(retired?.id);
  });
});

describe('the database', () => {
  test('lets nobody rewrite, skip or delete what is to be sent, or what was tried', async () => {
    const { id } = await bench.channel(NOWHERE);
    await bench.post([people[0] ?? '']);
    await bench.deliver(id);
    const [delivery] = await bench.log(id);
    expect(delivery).toMatchObject({ state: 'waiting', attempt: 1 });
    const of = `WHERE id = '${delivery?.id}'`;
    for (const [statement, refusal] of [
      [`DELETE FROM notice_delivery ${of}`, 'notice_delivery_kept'],
      [`UPDATE notice_delivery SET state = 'delivered', settled_at = now() ${of}`, 'notice_delivery_course'],
      [`UPDATE notice_delivery SET attempt = 0 ${of}`, 'notice_delivery_course'],
      [`UPDATE notice_delivery SET channel_id = notice_id ${of}`, 'notice_delivery_course'],
      [`UPDATE notice_delivery SET state = 'sending' ${of}`, 'notice_delivery_lease'],
      [`DELETE FROM delivery_attempt`, 'delivery_attempt_kept'],
      [`UPDATE delivery_attempt SET detail = 'all was well'`, 'delivery_attempt_stays'],
      [`UPDATE notice SET urgency = 4`, 'notice_said_stays'],
      [`DELETE FROM notification_channel`, 'never_deleted'],
    ] as const) {
      const failure = await runAs(database.owner, statement).catch((thrown: { constraint?: string }) => thrown);
      expect([statement, (failure as { constraint?: string }).constraint]).toEqual([
        statement,
        expect.stringContaining(refusal),
      ]);
    }
  });
});
