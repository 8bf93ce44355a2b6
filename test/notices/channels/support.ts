import { beforeAll } from 'vitest';
import { SYSTEM_ACTOR } from '../../../src/audit/entry.ts';
import type { Caller } from '../../../src/auth/caller.ts';
import { createPrincipal } from '../../../src/auth/principal.store.ts';
import type { Queryable } from '../../../src/database/database.ts';
import { createEgress } from '../../../src/egress/egress.ts';
import { newId } from '../../../src/kernel/ids.ts';
import { createChannel } from '../../../src/notices/channels/channel.service.ts';
import { newChannelSchema } from '../../../src/notices/channels/channel.ts';
import { type DeliveryDeps, deliverDue } from '../../../src/notices/channels/deliver.service.ts';
import { attemptsAt, listDeliveries } from '../../../src/notices/channels/delivery.queries.ts';
import { postNotice } from '../../../src/notices/notice.store.ts';
import type { NewNotice } from '../../../src/notices/notice.ts';
import type { Keyring } from '../../../src/secrets/keyring.ts';
import { makeCaller } from '../../people/cast.ts';
import type { TestDatabase } from '../../support/database.ts';
import { newKeyring } from '../../support/keyring.ts';
import type { Receiver } from './receiver.ts';

/** Where messages go in tests: to anything on the loopback address. */
const ALLOWED = ['http://127.0.0.1:*', 'smtp://127.0.0.1:*'];

/** What tests of channels work with. Read the members inside tests only. */
export interface ChannelBench {
  readonly deps: DeliveryDeps;
  readonly keyring: Keyring;
  /** An administrator, who owns every channel. */
  readonly caller: Caller;
  /** A channel that carries everything to a receiver, unless stated; with `webhook: null` it is none. */
  channel(receiver: Pick<Receiver, 'url'>, more?: object): Promise<{ readonly id: string; readonly secret: string }>;
  person(): Promise<string>;
  /** Tells people something of a new subject. @returns what makes it the same. */
  post(recipients: readonly string[], more?: Partial<NewNotice>): Promise<string>;
  /** Sends what is due for a channel. */
  deliver(channelId: string): ReturnType<typeof deliverDue>;
  /** The deliveries of a channel, newest first, each with its attempts. */
  log(channelId: string): ReturnType<typeof logOf>;
  /** As if the pauses of a channel and of its deliveries were over. */
  pausesOver(channelId: string): Promise<void>;
}

/** Keys, egress and an owner before the file's tests. */
export function useChannels(database: TestDatabase, options: Partial<DeliveryDeps> = {}): ChannelBench {
  let deps: DeliveryDeps;
  let caller: Caller;
  beforeAll(async () => {
    const keyring = await newKeyring();
    const egress = createEgress({ allowList: ALLOWED });
    deps = { db: database.db, keyring, egress, sendMs: 5000, leaseSeconds: 60, ...options };
    caller = await makeCaller(database.db);
  });
  return {
    get deps() {
      return deps;
    },
    get keyring() {
      return deps.keyring;
    },
    get caller() {
      return caller;
    },
    async channel({ url }, { webhook = {}, ...more }: { webhook?: object | null } = {}) {
      const wanted = newChannelSchema.parse({
        ...{ name: `channel ${newId()}`, ownerId: caller.principal.id, subscriptions: [{}], messagesPerMinute: 600 },
        digestAbove: null,
        ...more,
        ...(webhook && { webhook: { url, ...webhook } }),
      });
      const made = await database.db.transaction((tx) => createChannel(tx, caller, deps.keyring, wanted));
      return { id: made.channel.id, secret: made.secret ?? '' };
    },
    async person() {
      const origin = { actor: SYSTEM_ACTOR };
      const wanted = { kind: 'person', name: `person ${newId()}`, roles: [] } as const;
      return (await database.db.transaction((tx) => createPrincipal(tx, wanted, origin))).id;
    },
    async post(recipients, more = {}) {
      const onceKey = newId();
      await database.db.transaction((tx) => postNotice(tx, { ...noticeTo(recipients), onceKey, ...more }));
      return onceKey;
    },
    deliver: (channelId) => deliverDue(deps, channelId, new AbortController().signal),
    log: (channelId) => logOf(database.db, channelId),
    async pausesOver(channelId) {
      const { db } = database;
      await db.execute('UPDATE notification_channel SET paused_until = NULL WHERE id = $1', [channelId]);
      const due = `UPDATE notice_delivery SET due_at = now() WHERE channel_id = $1 AND state = 'waiting'`;
      await db.execute(due, [channelId]);
    },
  };
}

/** A notice of a new subject. */
export const noticeTo = (recipients: readonly string[]) => ({
  kind: 'backup.damaged',
  recipients,
  subjectKind: 'backup-set',
  subjectId: newId(),
  summary: 'A backup is damaged: 备份损坏',
  details: { file: 'a.tar' },
});

async function logOf(db: Queryable, channelId: string) {
  const deliveries = await listDeliveries(db, { channelId, limit: 200 });
  return Promise.all(deliveries.map(async (each) => ({ ...each, attempts: await attemptsAt(db, each.id) })));
}
