import { z } from 'zod';
import { pageOf, pageQueryBy, pageSchema } from '../../http/page.ts';
import { idParams } from '../../http/parameters.ts';
import { defineAction, defineRead, defineWrite, type Route } from '../../http/route.ts';
import { RETIRED_EXAMPLE, retireBody, stateFilter } from '../../kernel/retirement.ts';
import { lineText } from '../../kernel/text.ts';
import type { Keyring } from '../../secrets/keyring.ts';
import { channelById, listChannels } from './channel.queries.ts';
import {
  createChannel,
  disableChannel,
  enableChannel,
  retireChannel,
  rotateSecret,
  updateChannel,
} from './channel.service.ts';
import { type Channel, channelChangeSchema, newChannelSchema } from './channel.ts';
import { CHANNEL, channelView, NEW_CHANNEL, viewOfChannel } from './channel.views.ts';
import type { DeliveryDeps } from './deliver.service.ts';
import { sendTest } from './test-message.service.ts';

/** What routes of channels need besides their request. */
export interface ChannelRoutesDeps {
  readonly keyring: Keyring;
  readonly delivery: DeliveryDeps;
}

/** Notification channels: configured ways out for notices. */
export const channelRoutes = ({ keyring, delivery }: ChannelRoutesDeps): Route[] => [
  list,
  getOne,
  create(keyring),
  update(keyring),
  retire,
  disable,
  enable,
  rotate(keyring),
  test(delivery),
];

const read = { tag: 'notices', permission: 'alert.read' } as const;
const write = { tag: 'notices', permission: 'alert.write', params: idParams } as const;

const replyOf = (channel: Channel) => ({ body: viewOfChannel(channel), version: channel.version });

const list = defineRead({
  ...read,
  path: '/notification-channels',
  operationId: 'listNotificationChannels',
  summary: 'Ways out for notices, in the order of their names, without their secrets',
  query: pageQueryBy(z.string().max(240)).extend({ state: stateFilter }),
  response: pageSchema(channelView),
  examples: { response: { items: [CHANNEL], next: null } },
  handle: async ({ db, query: { state, limit, after } }) => {
    const page = pageOf(await listChannels(db, state, { limit: limit + 1, after }), limit, (row) => row.nameKey);
    return { body: { items: page.items.map(({ channel }) => viewOfChannel(channel)), next: page.next } };
  },
});

const getOne = defineRead({
  ...read,
  path: '/notification-channels/{id}',
  operationId: 'getNotificationChannel',
  summary: 'One notification channel, also a retired one',
  errors: ['no-such-notification-channel'],
  params: idParams,
  response: channelView,
  examples: { response: CHANNEL },
  handle: async ({ db, params }) => replyOf(await channelById(db, params.id)),
});

const withSecret = z.object({
  channel: channelView,
  secret: z
    .string()
    .nullable()
    .describe('The secret of Standard Webhooks that signs its messages, for the receiver; null for e-mail'),
});

const SECRET = `whsec_${Buffer.alloc(32).toString('base64')}`;

const WAY_ERRORS = ['webhook-or-email', 'password-needs-login', 'address-of-webhook'] as const;

const create = (keyring: Keyring) =>
  defineWrite({
    ...write,
    params: z.strictObject({}),
    method: 'post',
    path: '/notification-channels',
    operationId: 'createNotificationChannel',
    summary: 'Add a way out for notices; its secret is shown in this answer and never again',
    errors: ['notification-channel-name-taken', 'unsuitable-owner', 'unsuitable-recipient', ...WAY_ERRORS],
    status: 201,
    showsSecret: true,
    body: newChannelSchema,
    response: withSecret,
    examples: { body: NEW_CHANNEL, response: { channel: CHANNEL, secret: SECRET } },
    handle: async (request) => {
      const { channel, secret } = await createChannel(request.tx, request, keyring, request.body);
      const location = `/notification-channels/${channel.id}`;
      return { body: { channel: viewOfChannel(channel), secret }, version: channel.version, location };
    },
  });

const CHANGE_ERRORS = [
  'no-such-notification-channel',
  'stale-notification-channel',
  'notification-channel-retired',
] as const;

const update = (keyring: Keyring) =>
  defineWrite({
    ...write,
    method: 'patch',
    path: '/notification-channels/{id}',
    operationId: 'updateNotificationChannel',
    summary: 'Change a channel: what the body names replaces what was there, the subscriptions as a whole',
    errors: [
      ...CHANGE_ERRORS,
      'notification-channel-name-taken',
      'unsuitable-owner',
      'unsuitable-recipient',
      ...WAY_ERRORS,
      'not-of-this-kind',
      'password-to-be-given-again',
    ],
    ifMatch: true,
    body: channelChangeSchema,
    response: channelView,
    examples: { body: { messagesPerMinute: 10 }, response: { ...CHANNEL, messagesPerMinute: 10, version: 2 } },
    handle: async (request) => {
      return replyOf(await updateChannel(request.tx, request, keyring, targetOf(request), request.body));
    },
  });

const targetOf = (request: { params: { id: string }; expectedVersion: number }) => ({
  id: request.params.id,
  expectedVersion: request.expectedVersion,
});

const retire = defineWrite({
  ...write,
  method: 'post',
  path: '/notification-channels/{id}/retire',
  operationId: 'retireNotificationChannel',
  summary: 'Take a channel out of use for good; what waits for it is given up',
  errors: CHANGE_ERRORS,
  ifMatch: true,
  body: retireBody,
  response: channelView,
  examples: {
    body: { reason: RETIRED_EXAMPLE.reason },
    response: { ...CHANNEL, version: 2, retired: RETIRED_EXAMPLE },
  },
  handle: async (request) => {
    return replyOf(await retireChannel(request.tx, request, targetOf(request), request.body.reason));
  },
});

const DISABLED = { at: '2026-11-22T10:00:00Z', reason: 'The receiver is being moved' };

const disable = defineWrite({
  ...write,
  method: 'post',
  path: '/notification-channels/{id}/disable',
  operationId: 'disableNotificationChannel',
  summary: 'Give a channel nothing new until it is enabled; what waits goes on waiting',
  errors: [...CHANGE_ERRORS, 'notification-channel-disabled'],
  ifMatch: true,
  body: z.strictObject({ reason: lineText(500).describe('Why; shown with the channel') }),
  response: channelView,
  examples: { body: { reason: DISABLED.reason }, response: { ...CHANNEL, version: 2, disabled: DISABLED } },
  handle: async (request) => {
    return replyOf(await disableChannel(request.tx, request, targetOf(request), request.body.reason));
  },
});

const enable = defineWrite({
  ...write,
  method: 'post',
  path: '/notification-channels/{id}/enable',
  operationId: 'enableNotificationChannel',
  summary: 'Use a disabled channel again; what waited for it goes at once',
  errors: [...CHANGE_ERRORS, 'notification-channel-enabled'],
  ifMatch: true,
  response: channelView,
  examples: { response: { ...CHANNEL, version: 3 } },
  handle: async (request) => replyOf(await enableChannel(request.tx, request, targetOf(request))),
});

const rotate = (keyring: Keyring) =>
  defineWrite({
    ...write,
    method: 'post',
    path: '/notification-channels/{id}/rotate-secret',
    operationId: 'rotateNotificationChannelSecret',
    summary: 'Make another secret, shown once; the one before signs as well for the stated time',
    errors: [...CHANGE_ERRORS, 'not-a-webhook'],
    ifMatch: true,
    showsSecret: true,
    body: z.strictObject({
      keepPreviousHours: z.int().min(0).max(168).default(24).describe('0: the one before is worth nothing at once'),
    }),
    response: withSecret,
    examples: {
      body: { keepPreviousHours: 24 },
      response: {
        channel: { ...CHANNEL, version: 2, webhook: { expectBody: null, previousSecretUntil: '2026-11-23T09:30:00Z' } },
        secret: SECRET,
      },
    },
    handle: async (request) => {
      const { keepPreviousHours } = request.body;
      const rotated = await rotateSecret(request.tx, request, keyring, targetOf(request), keepPreviousHours);
      return { body: { ...rotated, channel: viewOfChannel(rotated.channel) }, version: rotated.channel.version };
    },
  });

const outcomeView = z.object({
  deliveryId: z.uuid(),
  outcome: z.enum(['delivered', 'failed', 'refused', 'gone']),
  status: z.int().nullable().describe('The status that was answered, if there was an answer'),
  detail: z.string().describe('What happened; nothing that the receiver wrote'),
});

const test = (delivery: ChannelRoutesDeps['delivery']) =>
  defineAction({
    ...write,
    permission: 'alert.operate',
    path: '/notification-channels/{id}/test',
    operationId: 'testNotificationChannel',
    summary: 'Send a real test message now, once, and answer what happened',
    errors: ['no-such-notification-channel', 'notification-channel-retired', 'unsuitable-test-address'],
    body: z
      .strictObject({ address: z.email().max(254).optional().describe('Of e-mail: where the test goes') })
      .default({}),
    response: outcomeView,
    examples: {
      body: { address: 'operations@example.org' },
      response: {
        deliveryId: '019aab2c-7a10-7c3e-9d52-6f1b0a4e8c12',
        outcome: 'delivered',
        status: 204,
        detail: 'answered 204',
      },
    },
    handle: async (request) => {
      const { deliveryId, result } = await sendTest(request, delivery, request.params.id, request.body.address);
      const { outcome, status, detail } = result;
      return { body: { deliveryId, outcome, status, detail } };
    },
  });
